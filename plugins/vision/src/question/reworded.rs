//! [`Reworded`]: a choice whose options have other names that a reader would take for them.
//!
//! ```
//! use ssl4rl_tasks::Verifier;
//! use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth};
//! use ssl4rl_vision::question::{Places, Reworded};
//! let truth = ChoiceTruth::new(["top-left", "top-right"], 0, AnswerStyle::Text);
//! for answer in ["top-left", "top left", "upper-left", "the upper left quadrant"] {
//!     assert!(Reworded(Places::QUADRANTS).verify(&format!("<answer>{answer}</answer>"), &truth).exact, "{answer}");
//! }
//! ```

use ssl4rl_tasks::verifiers::wording::{LONGEST_PHRASE, normalised};
use ssl4rl_tasks::verifiers::{Choice, ChoiceTruth};
use ssl4rl_tasks::{Verdict, Verifier, protocol};

/// How answers are put into the words of the options.
pub trait Rewording: Send + Sync {
    /// A short answer (normalised) in the words of the options; `None` where it stays as it is.
    fn usual(&self, answer: &str) -> Option<String>;
}

/// Scores the choice of one option, after its [`Rewording`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Reworded<Rule>(pub Rule);

impl<Rule: Rewording> Verifier for Reworded<Rule> {
    const SCORING: &'static str = Choice::SCORING;
    type Truth = ChoiceTruth;

    fn verify(&self, completion: &str, truth: &ChoiceTruth) -> Verdict {
        let short = protocol::answer(completion).filter(|answer| answer.len() <= LONGEST_PHRASE);
        match short.and_then(|answer| self.0.usual(&normalised(answer))) {
            Some(answer) => Choice.verify(&protocol::wrap(&answer), truth),
            None => Choice.verify(completion, truth),
        }
    }

    fn choice<'truth>(&self, truth: &'truth ChoiceTruth) -> Option<&'truth ChoiceTruth> {
        Some(truth)
    }
}

/// Other names of what lies, or is turned, up and down and to the sides, each with the usual one.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// What stands before `left` and `right`.
    vertical: &'static [(&'static str, &'static str)],
    /// What joins the two.
    joints: &'static [&'static str],
}

impl Places {
    /// Parts of a picture: `top-left`.
    pub const QUADRANTS: Self = Self {
        vertical: &[("top", "top"), ("upper", "top"), ("bottom", "bottom"), ("lower", "bottom")],
        joints: &["-", " ", "/"],
    };
    /// Directions: `above-left`.
    pub const DIRECTIONS: Self = Self {
        vertical: &[
            ("above", "above"),
            ("top", "above"),
            ("upper", "above"),
            ("below", "below"),
            ("bottom", "below"),
            ("lower", "below"),
        ],
        joints: &["-", " ", "/", " and to the ", " and "],
    };
}

impl Rewording for Places {
    fn usual(&self, answer: &str) -> Option<String> {
        let mut text = answer.to_owned();
        for (name, usual) in self.vertical {
            for (joint, side) in self.joints.iter().flat_map(|joint| ["left", "right"].map(|side| (joint, side))) {
                text = text.replace(&format!("{name}{joint}{side}"), &format!("{usual}-{side}"));
            }
        }
        (text != answer).then_some(text)
    }
}

/// `top to bottom` for `top-bottom`, `left and right` for `left-right`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Axes;

impl Rewording for Axes {
    fn usual(&self, answer: &str) -> Option<String> {
        let mut text = answer.to_owned();
        for (from, to) in [("top", "bottom"), ("left", "right")] {
            for joint in [" to ", " and "] {
                text = text.replace(&format!("{from}{joint}{to}"), &format!("{from}-{to}"));
            }
        }
        (text != answer).then_some(text)
    }
}

/// `G, B, R` or `green, blue, red` for `GBR`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Initials;

impl Rewording for Initials {
    fn usual(&self, answer: &str) -> Option<String> {
        let words = answer.split(|symbol: char| symbol.is_whitespace() || ",;|/-[](){}".contains(symbol));
        let channels = words.filter(|word| !matches!(*word, "" | "and")).map(|word| match word {
            "r" | "red" => Some('R'),
            "g" | "green" => Some('G'),
            "b" | "blue" => Some('B'),
            _ => None,
        });
        let initials: String = channels.collect::<Option<String>>()?;
        (initials.len() == 3).then_some(initials)
    }
}

#[cfg(test)]
mod tests {
    use ssl4rl_tasks::verifiers::AnswerStyle;

    use super::*;

    /// Whether an answer names the option that is meant, and no other.
    fn names(rule: impl Rewording + Copy, options: &[&str], at: usize, answer: &str) -> bool {
        let right = |at| {
            let truth = ChoiceTruth::new(options.iter().copied(), at, AnswerStyle::Text);
            Reworded(rule).verify(&protocol::wrap(answer), &truth).exact
        };
        (0..options.len()).all(|other| right(other) == (other == at))
    }

    /// Whether an answer names no option.
    fn names_none(rule: impl Rewording + Copy, options: &[&str], answer: &str) -> bool {
        names(rule, options, options.len(), answer)
    }

    #[test]
    fn quadrants_have_other_names() {
        let options = ["top-left", "top-right", "bottom-left", "bottom-right"];
        for answer in
            ["top left", "Upper-Left", "upper left", "top\u{2011}left", "top/left", "In the upper-left corner."]
        {
            assert!(names(Places::QUADRANTS, &options, 0, answer), "{answer}");
        }
        assert!(names(Places::QUADRANTS, &options, 3, "lower right"));
        for answer in ["upper", "left", "upper left or lower left", "not upper left", "upper left, or so"] {
            assert!(names_none(Places::QUADRANTS, &options, answer), "{answer}");
        }
    }

    #[test]
    fn directions_have_other_names() {
        let options = ["left", "right", "above", "below", "above-left", "above-right", "below-left", "below-right"];
        for answer in
            ["above left", "above and to the left", "upper left", "top-left", "It is above and to the left of it."]
        {
            assert!(names(Places::DIRECTIONS, &options, 4, answer), "{answer}");
        }
        assert!(names(Places::DIRECTIONS, &options, 0, "to the left"));
        assert!(names(Places::DIRECTIONS, &options, 3, "below"));
        for answer in ["above or left", "not above left", "above, left", "left or right"] {
            assert!(names_none(Places::DIRECTIONS, &options, answer), "{answer}");
        }
        // Where only the straight ones are asked for, no slanting one is meant by its parts.
        assert!(names_none(Places::DIRECTIONS, &options[..4], "above-left"));
        assert!(names_none(Places::DIRECTIONS, &options[..4], "above left"));
    }

    #[test]
    fn axes_have_other_names() {
        let options = ["unchanged", "top-bottom", "left-right"];
        for answer in ["top bottom", "top to bottom", "top/bottom", "mirrored top to bottom", "Top and bottom"] {
            assert!(names(Axes, &options, 1, answer), "{answer}");
        }
        assert!(names(Axes, &options, 2, "left to right"));
        for answer in ["top", "top or bottom", "top-bottom and left-right", "top to left", "not top to bottom"] {
            assert!(names_none(Axes, &options, answer), "{answer}");
        }
    }

    #[test]
    fn channels_may_be_listed() {
        let options = ["RGB", "RBG", "GRB", "GBR", "BRG", "BGR"];
        for answer in ["GBR", "gbr", "G, B, R", "g b r", "G-B-R", "G/B/R", "(G, B, R)", "green, blue and red"] {
            assert!(names(Initials, &options, 3, answer), "{answer}");
        }
        for answer in ["G, B", "G, B, R, G", "G, G, R", "G, B or R", "not G, B, R", "GBR or BGR", "G, B, A"] {
            assert!(names_none(Initials, &options, answer), "{answer}");
        }
    }
}
