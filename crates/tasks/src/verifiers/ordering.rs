//! [`Ordering`]: all items, in the right order.
//!
//! The answer must be a permutation of the items, else it scores 0. With n items, [`OrderCredit`] chooses
//!
//! - `positions`: the share of items that stand where they belong
//! - `pairs`: `max(0, 1 - 2 d / (n (n - 1) / 2))`, with d the pairs in the wrong order: Kendall's tau, cut at 0
//!
//! Score 1 needs the right order. Items that are single words may also be separated by blanks, with an `and` among them.
//!
//! Blind expectation over uniformly shuffled truths: 1/n for `positions`; for `pairs` the mean of the cut tau over all
//! permutations, computed exactly by [`OrderingTruth::blind_score`]. Every fixed answer has the same.
//!
//! ```
//! use ssl4rl_tasks::{Verifier, verifiers::{OrderCredit, Ordering, OrderingTruth}};
//! let truth = OrderingTruth::new(["p", "q", "r", "s"], OrderCredit::Positions);
//! assert_eq!(Ordering.verify("<answer>p, q, r, s</answer>", &truth).score, 1.0);
//! assert_eq!(Ordering.verify("<answer>p, q, s, r</answer>", &truth).score, 0.5);
//! assert_eq!(Ordering.verify("<answer>p, p, r, s</answer>", &truth).score, 0.0);
//! assert_eq!(truth.blind_score(), 0.25);
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wording::{UNREADABLE_ANSWER, items, normalised, words_listed, write_items};
use crate::{Verdict, Verifier, protocol};

/// What an order that is right in part earns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrderCredit {
    /// The share of items in their place.
    #[default]
    Positions,
    /// Kendall's tau, cut at 0.
    Pairs,
}

/// The right order and how nearness pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderingTruth {
    /// Items in the right order, distinct once normalised.
    pub order: Vec<String>,
    /// What an order that is right in part earns.
    pub credit: OrderCredit,
}

impl OrderingTruth {
    /// Items in the right order.
    pub fn new<Item: Into<String>>(order: impl IntoIterator<Item = Item>, credit: OrderCredit) -> Self {
        Self { order: order.into_iter().map(Into::into).collect(), credit }
    }

    /// The right order as an answer.
    pub fn right_answer(&self) -> String {
        write_items(&self.order)
    }

    /// Expected score of any fixed permutation, over uniformly shuffled truths.
    pub fn blind_score(&self) -> f32 {
        let count = self.order.len();
        match self.credit {
            OrderCredit::Positions => 1.0 / count.max(1) as f32,
            OrderCredit::Pairs => inversion_probabilities(count)
                .into_iter()
                .enumerate()
                .map(|(wrong, probability)| probability * pair_credit(wrong, count))
                .sum::<f64>() as f32,
        }
    }

    /// `places[i]` is the place the item given at `i` belongs to; `None` unless the answer is a permutation.
    fn places(&self, given: &[&str]) -> Option<Vec<usize>> {
        if given.len() != self.order.len() {
            return None;
        }
        let order: Vec<String> = self.order.iter().map(|item| normalised(item)).collect();
        let mut free = vec![true; order.len()];
        given
            .iter()
            .map(|item| {
                let item = normalised(item);
                let place = (0..order.len()).find(|&place| free[place] && order[place] == item)?;
                free[place] = false;
                Some(place)
            })
            .collect()
    }

    fn partial(&self, places: &[usize]) -> f64 {
        match self.credit {
            OrderCredit::Positions => {
                let right = places.iter().enumerate().filter(|&(at, &place)| at == place).count();
                right as f64 / places.len().max(1) as f64
            }
            OrderCredit::Pairs => pair_credit(inversions(places), places.len()),
        }
    }
}

/// Scores an order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ordering;

impl Verifier for Ordering {
    const SCORING: &'static str = "1 for the right order; else the share of positions, or Kendall's tau cut at 0";
    type Truth = OrderingTruth;

    fn verify(&self, completion: &str, truth: &OrderingTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable(UNREADABLE_ANSWER) };
        let given = items(answer);
        if given.is_empty() {
            return Verdict::unreadable("the list is empty");
        }
        let Some(places) = truth.places(&given).or_else(|| truth.places(&words_listed(answer))) else {
            return Verdict::wrong(answer, "not a permutation of the items");
        };
        if places.is_sorted() {
            return Verdict::right(answer);
        }
        match truth.partial(&places) as f32 {
            score if score > 0.0 => Verdict::partial(score, answer, "right in part"),
            _ => Verdict::wrong(answer, "another order"),
        }
    }
}

fn inversions(places: &[usize]) -> usize {
    places.iter().enumerate().map(|(at, place)| places[at + 1..].iter().filter(|later| *later < place).count()).sum()
}

fn pair_credit(wrong: usize, count: usize) -> f64 {
    let pairs = count * count.saturating_sub(1) / 2;
    if pairs == 0 { 1.0 } else { (1.0 - 2.0 * wrong as f64 / pairs as f64).max(0.0) }
}

/// Probability of each number of inversions in a uniform permutation: adding item k adds 0 to k - 1 inversions, uniformly.
fn inversion_probabilities(count: usize) -> Vec<f64> {
    let mut probabilities = vec![1.0];
    for item in 2..=count {
        let mut next = vec![0.0; probabilities.len() + item - 1];
        for (before, probability) in probabilities.iter().enumerate() {
            for added in 0..item {
                next[before + added] += probability / item as f64;
            }
        }
        probabilities = next;
    }
    probabilities
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]
mod tests {
    use super::*;

    fn permutations(count: usize) -> Vec<Vec<usize>> {
        if count == 0 {
            return vec![vec![]];
        }
        let extend = |shorter: Vec<usize>| {
            (0..count).map(move |at| {
                let mut longer = shorter.clone();
                longer.insert(at, count - 1);
                longer
            })
        };
        permutations(count - 1).into_iter().flat_map(extend).collect()
    }

    #[test]
    fn the_blind_score_is_the_mean_over_all_permutations() {
        for credit in [OrderCredit::Positions, OrderCredit::Pairs] {
            let truth = OrderingTruth::new(["a", "b", "c", "d", "e"], credit);
            let all = permutations(5);
            let mean = all.iter().map(|places| truth.partial(places)).sum::<f64>() / 120.0;
            assert!((mean - f64::from(truth.blind_score())).abs() < 1e-6, "{credit:?}: {mean}");
        }
    }

    #[test]
    fn kendall_by_hand() {
        let truth = OrderingTruth::new(["a", "b", "c"], OrderCredit::Pairs);
        let score = |answer: &str| Ordering.verify(&protocol::wrap(answer), &truth).score;
        assert!((score("b, a, c") - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(score("c, b, a"), 0.0);
        assert_eq!(score("a, b"), 0.0);
        assert_eq!(score("a, b, c, c"), 0.0);
        for answer in ["[a, b, c]", "a b c", "a, b and c", "a, b, and c.", "a\nb, c"] {
            assert_eq!(score(answer), 1.0, "{answer}");
        }
        for answer in ["a b", "a b c c", "a b or c", "abc", "a, b, c or c, b, a", "a, b, c; c, b, a", "not a b c"] {
            assert_eq!(score(answer), 0.0, "{answer}");
        }
    }
}
