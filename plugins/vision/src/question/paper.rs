//! [`Paper`]: answers read and scored as the paper's code does.
//!
//! The first answer block after the last line `assistant`, without white space at its ends. A text scores 1 where it is, letter for
//! letter, one of the truths separated by commas. A list scores the share of its places that hold the right whole number; what is
//! no number is passed over, what is too long is cut, and nothing asks for a permutation, so that `1,1,1,1` always earns a fourth.
//!
//! ```
//! use ssl4rl_tasks::Verifier;
//! use ssl4rl_vision::question::{Paper, PaperTruth};
//! let text = PaperTruth::Text("90".into());
//! assert_eq!(Paper.verify("<answer> 90 </answer>", &text).score, 1.0);
//! assert_eq!(Paper.verify("<answer>90 degrees</answer>", &text).score, 0.0);
//! let list = PaperTruth::List(vec![3, 1, 2, 4]);
//! assert_eq!(Paper.verify("<answer>1,1,1,1</answer>", &list).score, 0.25);
//! assert_eq!(Paper.verify("<answer>3,1,2,4,9</answer>", &list).score, 1.0);
//! ```

use serde::{Deserialize, Serialize};
use ssl4rl_tasks::protocol::{self, AnswerRule};
use ssl4rl_tasks::{Verdict, Verifier};

/// What an answer is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaperTruth {
    /// One text, or several separated by commas.
    Text(String),
    /// Whole numbers in order.
    List(Vec<i64>),
}

impl PaperTruth {
    /// Longest side of a picture in the paper's data, in pixels; larger ones are reduced by a whole factor.
    pub const LONGEST_SIDE: usize = 2000;
    /// Smallest side of what is cut from a picture in the paper's data, in pixels.
    pub const SHORTEST_SIDE: usize = 28;

    /// The right answer, as the paper's data writes it.
    pub fn right_answer(&self) -> String {
        match self {
            Self::Text(text) => text.split(',').next().unwrap_or_default().trim().to_owned(),
            Self::List(list) => list.iter().map(i64::to_string).collect::<Vec<_>>().join(","),
        }
    }
}

/// Scores as the paper's code does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paper;

impl Verifier for Paper {
    const SCORING: &'static str = "as the paper's code: the exact text, or the share of right places of a list";
    type Truth = PaperTruth;

    fn verify(&self, completion: &str, truth: &PaperTruth) -> Verdict {
        let canonical = protocol::canonical(completion, AnswerRule::Paper);
        let Some(answer) = protocol::answer(&canonical) else {
            return Verdict::unreadable("no answer block, or one too long to be read");
        };
        match truth {
            PaperTruth::Text(text) if text.split(',').any(|right| right.trim() == answer) => Verdict::right(answer),
            PaperTruth::Text(_) => Verdict::wrong(answer, "another text"),
            PaperTruth::List(list) => places(answer, list),
        }
    }
}

fn places(answer: &str, list: &[i64]) -> Verdict {
    let given = answer.split(',').map(|item| item.trim().parse::<i64>().ok());
    let right = given.zip(list).filter(|(given, right)| *given == Some(**right)).count();
    match right {
        0 => Verdict::wrong(answer, "no place is right"),
        right if right == list.len() => Verdict::right(answer),
        right => {
            Verdict::partial(right as f32 / list.len() as f32, answer, format!("{right} of {} places", list.len()))
        }
    }
}
