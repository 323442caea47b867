//! Several pictures of which one is right.

use ssl4rl_tasks::TaskRng;
use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth};

use crate::picture::Picture;

/// The right picture among the wrong ones in random order, and the choice between the numbers they have in the prompt, where
/// `before` pictures stand before them.
pub fn shuffled_pictures(
    right: Picture,
    wrong: Vec<Picture>,
    before: usize,
    style: AnswerStyle,
    rng: &mut TaskRng,
) -> (Vec<Picture>, ChoiceTruth) {
    let count = wrong.len() + 1;
    let at = rng.below(count);
    let mut pictures = wrong;
    rng.shuffle(&mut pictures);
    pictures.insert(at, right);
    (pictures, numbered(before + 1, count, at, style))
}

/// The choice between `count` numbers from `first`, of which the one at `correct` is right.
pub fn numbered(first: usize, count: usize, correct: usize, style: AnswerStyle) -> ChoiceTruth {
    ChoiceTruth::new((first..first + count).map(|number| number.to_string()), correct, style)
}
