//! [`ExactText`]: the answer is one text, and nothing else will do.
//!
//! Score 1 where answer and truth agree after [`normalised`]: case, runs of white
//! space, and quotes, emphasis or full stops at the ends do not count. Everything else scores 0. A blank truth is never right.
//!
//! Blind expectation: the share of the most frequent truth.
//!
//! ```
//! use ssl4rl_tasks::{Verifier, verifiers::ExactText};
//! let truth = String::from("New York");
//! assert_eq!(ExactText.verify("<answer> new  york. </answer>", &truth).score, 1.0);
//! assert_eq!(ExactText.verify("<answer>York</answer>", &truth).score, 0.0);
//! assert_eq!(ExactText.verify("New York", &truth).parsed, None);
//! ```

use super::wording::{UNREADABLE_ANSWER, normalised};
use crate::{Verdict, Verifier, protocol};

/// Compares normalised texts.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExactText;

impl Verifier for ExactText {
    const SCORING: &'static str = "1 for the right text";
    type Truth = String;

    fn verify(&self, completion: &str, truth: &String) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable(UNREADABLE_ANSWER) };
        let given = normalised(answer);
        if given.is_empty() {
            Verdict::unreadable("the answer is blank")
        } else if given == normalised(truth) {
            Verdict::right(given)
        } else {
            Verdict::wrong(given, "another text")
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]
mod tests {
    use super::*;

    #[test]
    fn a_blank_truth_is_never_right() {
        assert_eq!(ExactText.verify("<answer></answer>", &String::new()).score, 0.0);
    }

    #[test]
    fn letters_whose_lower_case_is_longer() {
        assert!(ExactText.verify("<answer>İstanbul</answer>", &"İSTANBUL".into()).exact);
    }
}
