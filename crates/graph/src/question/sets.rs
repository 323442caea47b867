//! Sets of nodes and of edges as answers, scored by F1.
//!
//! With answer A and truth T, F1 = 2 |A ∩ T| / (|A| + |T|). Order, repetitions and the direction of an edge do not count;
//! score 1 needs equal sets. `none` is the empty set. Naming all candidates earns [`SetF1::blind_score`], which is
//! therefore chance.
//!
//! ```
//! use ssl4rl_graph::question::{EdgeSet, EdgeSetVerifier, NodeSet, NodeSetVerifier, Shown};
//! use ssl4rl_tasks::Verifier;
//! let names = ["0", "1", "2", "3"].map(String::from).to_vec();
//! let shown = Shown { names, edges: vec![(0, 1), (1, 2), (2, 3)], directed: false };
//! let nodes = NodeSet { shown: shown.clone(), right: vec![0, 2], candidates: 3 };
//! assert!(NodeSetVerifier.verify("<answer>2, 0, 2</answer>", &nodes).exact);
//! assert_eq!(NodeSetVerifier.verify("<answer>2, 3</answer>", &nodes).score, 0.5); // 2 * 1 / (2 + 2)
//! let edges = EdgeSet { shown, right: vec![(1, 2)], candidates: 3 };
//! assert!(EdgeSetVerifier.verify("<answer>(2, 1)</answer>", &edges).exact);
//! assert_eq!(edges.blind_score(), 0.5); // 2 * 1 / (3 + 1)
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Shown, answer};
use ssl4rl_tasks::verifiers::SetF1;
use ssl4rl_tasks::{Verdict, Verifier, protocol};

/// Nodes asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSet {
    /// The graph of the prompt.
    pub shown: Shown,
    /// The right nodes.
    pub right: Vec<u32>,
    /// Number of nodes that could be right.
    pub candidates: usize,
}

impl NodeSet {
    /// The right nodes as an answer.
    pub fn right_answer(&self) -> String {
        let names: Vec<&str> = self.right.iter().map(|&node| self.shown.name(node)).collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }

    /// What naming all candidates earns.
    pub fn blind_score(&self) -> f32 {
        SetF1::blind_score(self.candidates, self.right.len())
    }
}

/// Edges asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeSet {
    /// The graph of the prompt.
    pub shown: Shown,
    /// The right edges, whether they are shown or not.
    pub right: Vec<(u32, u32)>,
    /// Number of edges that could be right.
    pub candidates: usize,
}

impl EdgeSet {
    /// The right edges as an answer.
    pub fn right_answer(&self) -> String {
        if self.right.is_empty() { "none".into() } else { self.shown.edge_list(&self.right) }
    }

    /// What naming all candidates earns.
    pub fn blind_score(&self) -> f32 {
        SetF1::blind_score(self.candidates, self.right.len())
    }
}

/// Scores a list of nodes by F1.
#[derive(Debug, Clone, Copy, Default)]
pub struct NodeSetVerifier;

impl Verifier for NodeSetVerifier {
    const SCORING: &'static str = "F1 of the nodes given";
    type Truth = NodeSet;

    fn verify(&self, completion: &str, truth: &NodeSet) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        match answer::nodes(answer, &truth.shown) {
            Some(nodes) => f1(nodes, truth.right.iter().copied(), answer),
            None => Verdict::unreadable("not a list of nodes"),
        }
    }
}

/// Scores a list of edges by F1.
#[derive(Debug, Clone, Copy, Default)]
pub struct EdgeSetVerifier;

impl Verifier for EdgeSetVerifier {
    const SCORING: &'static str = "F1 of the edges given";
    type Truth = EdgeSet;

    fn verify(&self, completion: &str, truth: &EdgeSet) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let sorted = |edge: (u32, u32)| (edge.0.min(edge.1), edge.0.max(edge.1));
        match answer::edges(answer, &truth.shown) {
            Some(edges) => f1(edges.into_iter().map(sorted), truth.right.iter().copied().map(sorted), answer),
            None => Verdict::unreadable("not a list of edges"),
        }
    }
}

/// F1 of a set of `named` items of which `hits` are among the `right` ones, rescaled so that naming all `candidates` earns 0, and
/// cut there.
pub fn f1_above_all(hits: usize, named: usize, right: usize, candidates: usize) -> f64 {
    let f1 = |hits: usize, named: usize| 2.0 * hits as f64 / (named + right).max(1) as f64;
    let all = f1(right, candidates);
    if all >= 1.0 { 0.0 } else { ((f1(hits, named) - all) / (1.0 - all)).clamp(0.0, 1.0) }
}

fn f1<Item: Ord>(given: impl IntoIterator<Item = Item>, right: impl Iterator<Item = Item>, answer: &str) -> Verdict {
    let (given, right): (BTreeSet<Item>, BTreeSet<Item>) = (given.into_iter().collect(), right.collect());
    if given == right {
        return Verdict::right(answer);
    }
    match given.intersection(&right).count() {
        0 => Verdict::wrong(answer, "nothing of it is right"),
        shared => Verdict::partial(
            2.0 * shared as f32 / (given.len() + right.len()) as f32,
            answer,
            format!("{shared} of {} found, {} named", right.len(), given.len()),
        ),
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]
mod tests {
    use super::*;

    #[test]
    fn naming_everything_is_worth_nothing() {
        // Two of six are right: naming all is an F1 of 4 / 8, naming one of them 2 / 3, a third of the way up from there.
        assert_eq!(f1_above_all(2, 6, 2, 6), 0.0);
        assert!((f1_above_all(1, 1, 2, 6) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((f1_above_all(2, 2, 2, 6), f1_above_all(0, 1, 2, 6)), (1.0, 0.0));
        assert_eq!(f1_above_all(3, 3, 3, 3), 0.0, "there is nothing to find");
    }

    #[test]
    fn what_is_named_twice_counts_once() {
        let names = ["0", "1", "2", "3"].map(String::from).to_vec();
        let shown = Shown { names, edges: vec![(0, 1), (1, 2), (2, 3)], directed: false };
        let nodes = NodeSet { shown: shown.clone(), right: vec![0, 2], candidates: 4 };
        let edges = EdgeSet { shown, right: vec![(1, 2), (2, 3)], candidates: 3 };
        // One of two named is right, and one of two right ones is named: 2 * 1 / (2 + 2).
        assert_eq!(NodeSetVerifier.verify(&protocol::wrap("2, 2, 3"), &nodes).score, 0.5);
        assert_eq!(NodeSetVerifier.verify(&protocol::wrap("2, 3, 3"), &nodes).score, 0.5);
        assert_eq!(EdgeSetVerifier.verify(&protocol::wrap("(1, 2) (2, 1) (0, 1)"), &edges).score, 0.5);
        assert_eq!(EdgeSetVerifier.verify(&protocol::wrap("(1, 2) (0, 1) (1, 0)"), &edges).score, 0.5);
        assert!(EdgeSetVerifier.verify(&protocol::wrap("(1, 2) (3, 2) (2, 1)"), &edges).exact);
    }
}
