//! [`Assignment`]: every node is given a value; the score is the share of nodes that have the right one.
//!
//! An answer reads `0: 5, 1: 7/2`. Nodes left out count as wrong; a node named twice, or something that is no node of the
//! question, earns nothing at all. Values are compared as text or, where both are numbers, exactly; where `decimals` is
//! set, to half a unit of the last decimal.
//!
//! ```
//! use ssl4rl_graph::question::{Assignment, AssignmentTruth};
//! use ssl4rl_tasks::Verifier;
//! let texts = |list: [&str; 2]| list.map(String::from).to_vec();
//! let truth = AssignmentTruth { nodes: texts(["0", "1"]), values: texts(["5", "7/2"]), decimals: None, blind: 0.1 };
//! assert!(Assignment.verify("<answer>1: 3.5, 0: 5</answer>", &truth).exact);
//! assert_eq!(Assignment.verify("<answer>0: 5</answer>", &truth).score, 0.5);
//! assert_eq!(Assignment.verify("<answer>0: 5, 0: 6, 1: 4</answer>", &truth).score, 0.0);
//! ```

use serde::{Deserialize, Serialize};

use super::{Fraction, Posed, Shown, answer};
use ssl4rl_tasks::verifiers::wording::normalised;
use ssl4rl_tasks::{Verdict, Verifier, protocol};

/// Decimals beyond which a number is not compared.
const MOST_DECIMALS: usize = 15;

/// The nodes asked about and the right value of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssignmentTruth {
    /// Names of the nodes, distinct once normalised.
    pub nodes: Vec<String>,
    /// Right value of each; with `decimals`, to three decimals more.
    pub values: Vec<String>,
    /// Decimals to which a number must be right; `None` asks for the exact value.
    pub decimals: Option<usize>,
    /// Expected share of right values of the best answer that looks at nothing.
    pub blind: f32,
}

impl AssignmentTruth {
    /// Exact values of all nodes of a question, by the id that each had before it was posed.
    pub fn exact(posed: &Posed, values: Vec<String>, blind: f32) -> Self {
        let nodes = (0..values.len()).map(|id| posed.name(id as u32).to_owned()).collect();
        Self { nodes, values, decimals: None, blind }
    }

    /// The right answer.
    pub fn right_answer(&self) -> String {
        let rounded = |value: &String| match (self.decimals, value.parse::<f64>()) {
            (Some(decimals), Ok(number)) => format!("{number:.0$}", decimals.min(MOST_DECIMALS)),
            _ => value.clone(),
        };
        listing(self.nodes.iter().cloned().zip(self.values.iter().map(rounded)).collect())
    }

    /// Whether `given` is the right value of the node at `position`.
    fn is_right(&self, position: usize, given: &str) -> bool {
        let Some(right) = self.values.get(position) else { return false };
        let numbers = (Fraction::read(given), Fraction::read(right));
        match (self.decimals, numbers) {
            (Some(decimals), (Some(given), Some(right))) => {
                // Right values are stored to a thousandth of the last decimal.
                let unit = 10_f64.powi(-(decimals.min(MOST_DECIMALS) as i32));
                (given.value() - right.value()).abs() <= unit * 0.501
            }
            (None, (Some(given), Some(right))) => given == right,
            _ => normalised(given) == normalised(right),
        }
    }
}

/// The values of nodes by id as a prompt has them, shorter names first: `0: 5, 1: 7/2`.
pub fn given<Value: ToString>(name: &dyn Fn(u32) -> String, values: impl IntoIterator<Item = Value>) -> String {
    listing((0..).zip(values).map(|(id, value)| (name(id), value.to_string())).collect())
}

/// Nodes and their values as an answer or a prompt has them, shorter names first: `0: 5, 1: 7/2`.
pub fn listing(mut pairs: Vec<(String, String)>) -> String {
    pairs.sort_by(|left, right| (left.0.len(), &left.0).cmp(&(right.0.len(), &right.0)));
    pairs.iter().map(|(node, value)| format!("{node}: {value}")).collect::<Vec<_>>().join(", ")
}

/// Scores an assignment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Assignment;

impl Verifier for Assignment {
    const SCORING: &'static str = "share of nodes with the right value";
    type Truth = AssignmentTruth;

    fn verify(&self, completion: &str, truth: &AssignmentTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let shown = Shown { names: truth.nodes.clone(), edges: Vec::new(), directed: false };
        let Some(given) = answer::mapping(text, &shown) else {
            return Verdict::unreadable("not a list of nodes with values");
        };
        let mut named = vec![false; truth.nodes.len()];
        let mut right = 0;
        for (node, value) in given {
            if std::mem::replace(&mut named[node as usize], true) {
                return Verdict::wrong(text, "a node is named twice");
            }
            right += usize::from(truth.is_right(node as usize, value));
        }
        match truth.nodes.len() {
            all if right == all && all > 0 => Verdict::right(text),
            _ if right == 0 => Verdict::wrong(text, "no value is right"),
            all => Verdict::partial(right as f32 / all as f32, text, format!("{right} of {all} values")),
        }
    }
}
