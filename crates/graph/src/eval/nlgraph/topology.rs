//! Topological sort: any order of all nodes in which every arc leads forward.

use super::problem::{self, Problem};
use ssl4rl_tasks::Verdict;

/// Arcs between numbered nodes.
pub(super) struct Topology {
    nodes: usize,
    arcs: Vec<(usize, usize)>,
}

impl Topology {
    /// Reads lines such as `node 0 should be visited before node 27`.
    pub(super) fn read(question: &str) -> Option<Self> {
        let nodes = problem::node_count(question)?;
        let arcs: Vec<(usize, usize)> = question
            .lines()
            .filter(|line| line.contains("should be visited before"))
            .map(|line| match problem::numbers(line)[..] {
                [before, after] => Some((before, after)),
                _ => None,
            })
            .collect::<Option<_>>()?;
        arcs.iter().all(|&(before, after)| before.max(after) < nodes).then_some(Self { nodes, arcs })
    }
}

impl Problem for Topology {
    fn verify(&self, answer: &str) -> Verdict {
        let Some(order) = problem::only_list(answer) else { return Verdict::unreadable("no list of nodes") };
        let mut place = vec![None; self.nodes];
        for (position, &node) in order.iter().enumerate() {
            match place.get_mut(node) {
                Some(free @ None) => *free = Some(position),
                _ => return Verdict::wrong(answer, "a node that is repeated or not there"),
            }
        }
        if order.len() < self.nodes {
            return Verdict::wrong(answer, "not all nodes");
        }
        let kept = self.arcs.iter().filter(|&&(before, after)| place[before] < place[after]).count();
        if kept == self.arcs.len() { Verdict::right(answer) } else { Verdict::wrong(answer, "an arc leads backward") }
    }

    fn blind_answers(&self) -> Vec<(&'static str, String)> {
        vec![("nodes as numbered", (0..self.nodes).map(|node| node.to_string()).collect::<Vec<_>>().join(","))]
    }
}
