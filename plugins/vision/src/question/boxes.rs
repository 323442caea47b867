//! [`Boxes`]: a rectangle, scored by its overlap with the right one.
//!
//! The answer is four numbers, `left, top, right, bottom`, where right and bottom are the first beyond the rectangle. The score is
//! the overlap over the union (`IoU`); from [`BoxTruth::full`] on it is 1. Corners may stand in brackets of their own, numbers may have
//! the names of their sides and the unit `px`; a name at another's place, a width or a height are not read.
//!
//! ```
//! use ssl4rl_tasks::Verifier;
//! use ssl4rl_vision::question::{BoxTruth, Boxes};
//! let truth = BoxTruth { corners: [0, 0, 10, 10], full: 0.9, floor: 0.0, chance: 0.1 };
//! assert_eq!(Boxes.verify("<answer>0, 0, 10, 10</answer>", &truth).score, 1.0);
//! assert_eq!(Boxes.verify("<answer>[0, 0, 10, 5]</answer>", &truth).score, 0.5);
//! assert_eq!(Boxes.verify("<answer>(0, 0) to (10px, 5px)</answer>", &truth).score, 0.5);
//! assert_eq!(Boxes.verify("<answer>top: 0, left: 0, right: 10, bottom: 5</answer>", &truth).score, 0.0);
//! assert_eq!(Boxes.verify("<answer>10, 10, 0, 0</answer>", &truth).score, 0.0);
//! ```

use serde::{Deserialize, Serialize};
use ssl4rl_tasks::protocol;
use ssl4rl_tasks::verifiers::read_number;
use ssl4rl_tasks::verifiers::wording::{LONGEST_PHRASE, bare, denies, hedges, normalised};
use ssl4rl_tasks::{Verdict, Verifier};

/// The right rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoxTruth {
    /// Left, top, right and bottom.
    pub corners: [i64; 4],
    /// Overlap over union from which an answer is right, above 0 and at most 1.
    pub full: f64,
    /// Overlap over union below which an answer earns nothing.
    pub floor: f64,
    /// What the best answer that looks at nothing earns.
    pub chance: f32,
}

impl BoxTruth {
    /// The right answer.
    pub fn right_answer(&self) -> String {
        self.corners.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The score of an overlap over union.
    pub fn credit(&self, overlap: f64) -> f64 {
        if overlap >= self.full {
            1.0
        } else if overlap < self.floor {
            0.0
        } else {
            overlap
        }
    }
}

/// Overlap over union of two rectangles given by left, top, right and bottom; 0 where one is empty.
pub fn overlap_over_union(left: [f64; 4], right: [f64; 4]) -> f64 {
    let length = |start: f64, end: f64| (end - start).max(0.0);
    let size = |corners: [f64; 4]| length(corners[0], corners[2]) * length(corners[1], corners[3]);
    let shared =
        length(left[0].max(right[0]), left[2].min(right[2])) * length(left[1].max(right[1]), left[3].min(right[3]));
    let union = size(left) + size(right) - shared;
    if shared > 0.0 && union.is_finite() { shared / union } else { 0.0 }
}

/// The four numbers of a short answer, in order. Each may have the name of its side before it.
fn read(answer: &str) -> Option<[f64; 4]> {
    let phrase = normalised(answer);
    if answer.len() > LONGEST_PHRASE || denies(&phrase) || hedges(&phrase) {
        return None;
    }
    let separates = |symbol: char| symbol.is_whitespace() || ",;|:=[](){}\"'".contains(symbol);
    let mut numbers = Vec::with_capacity(4);
    let mut places = ANYWHERE;
    for word in phrase.split(separates).map(bare).filter(|word| !word.is_empty()) {
        if let Some(number) = read_number(word.strip_suffix("px").unwrap_or(word)) {
            if !places.contains(&numbers.len()) {
                return None;
            }
            numbers.push(number);
            places = ANYWHERE;
        } else if SIZES.contains(&word) {
            return None;
        } else if let Some((_, named)) = SIDES.iter().find(|(names, _)| names.contains(&word)) {
            places = named;
        } else if word.contains(char::is_numeric) {
            return None;
        }
    }
    numbers.try_into().ok()
}

/// Places of the four numbers.
const ANYWHERE: &[usize] = &[0, 1, 2, 3];
/// What the sides may be called, and the places of their numbers.
const SIDES: [(&[&str], &[usize]); 6] = [
    (&["left", "x1", "xmin", "x_min"], &[0]),
    (&["top", "y1", "ymin", "y_min"], &[1]),
    (&["right", "x2", "xmax", "x_max"], &[2]),
    (&["bottom", "y2", "ymax", "y_max"], &[3]),
    (&["x"], &[0, 2]),
    (&["y"], &[1, 3]),
];
/// Names of what is no corner.
const SIZES: [&str; 7] = ["width", "height", "wide", "high", "size", "w", "h"];

/// Scores a rectangle.
#[derive(Debug, Clone, Copy, Default)]
pub struct Boxes;

impl Verifier for Boxes {
    const SCORING: &'static str = "overlap over union of the rectangles, 1 where it is nearly whole";
    type Truth = BoxTruth;

    fn verify(&self, completion: &str, truth: &BoxTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else {
            return Verdict::unreadable("no answer block, or one too long to be read");
        };
        let Some(given) = read(answer) else {
            return Verdict::unreadable("not four numbers");
        };
        let overlap = overlap_over_union(given, truth.corners.map(|corner| corner as f64));
        match truth.credit(overlap) {
            1.0.. => Verdict::right(answer),
            credit if credit > 0.0 => Verdict::partial(credit as f32, answer, format!("overlap {overlap:.2}")),
            _ => Verdict::wrong(answer, "too little overlap"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_written_in_many_ways() {
        for answer in [
            "1, 2, 30, 4.5",
            "[1, 2, 30, 4.5]",
            "1 2 30 4.5",
            "1; 2; 30; 4.5",
            "1\n2\n30\n4.5",
            "(1, 2), (30, 4.5)",
            "[[1, 2], [30, 4.5]]",
            "(1, 2) to (30, 4.5)",
            "1px, 2px, 30px, 4.5px",
            "1 px, 2 px, 30 px and 4.5 px",
            "left: 1, top: 2, right: 30, bottom: 4.5",
            "left 1, top 2, right 30, bottom 4.5.",
            "x1=1, y1=2, x2=30, y2=4.5",
            "x=1, y=2, x=30, y=4.5",
            r#"{"left": 1, "top": 2, "right": 30, "bottom": 4.5}"#,
            "The rectangle is 1, 2, 30, 4.5.",
        ] {
            assert_eq!(read(answer), Some([1.0, 2.0, 30.0, 4.5]), "{answer}");
        }
    }

    #[test]
    fn what_may_mean_another_rectangle_is_not_read() {
        for answer in [
            "",
            "1, 2, 30",
            "1, 2, 30, 4, 5",
            "1, 2, 30 or 4",
            "not 1, 2, 30, 4",
            "top: 2, left: 1, right: 30, bottom: 4",
            "left: 1, right: 30, top: 2, bottom: 4",
            "y=2, x=1, y=4, x=30",
            "1, 2, width 29, height 2",
            "x=1, y=2, w=29, h=2",
            "1/2, 2, 30, 4",
            "1, 2, 30, 4%",
            "1-2-30-4",
        ] {
            assert_eq!(read(answer), None, "{answer}");
        }
    }
}
