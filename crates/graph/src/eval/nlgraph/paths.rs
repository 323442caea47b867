//! Shortest path and Hamilton path: any path that does what is asked.
//!
//! Every published Hamilton question has such a path, so that "no" is always wrong.

use std::collections::BTreeMap;

use petgraph::algo::dijkstra;
use petgraph::graph::{NodeIndex, UnGraph};

use super::problem::{self, Problem};
use ssl4rl_tasks::Verdict;

/// Most nodes of a question that is read.
const MOST_NODES: usize = 1000;

/// A weighted undirected graph and two of its nodes.
pub(super) struct ShortestPath {
    from: usize,
    to: usize,
    weights: BTreeMap<(usize, usize), usize>,
    shortest: usize,
}

impl ShortestPath {
    /// Reads lines such as `an edge between node 0 and node 12 with weight 5,`.
    pub(super) fn read(question: &str) -> Option<Self> {
        let nodes = problem::node_count(question).filter(|&nodes| nodes <= MOST_NODES)?;
        let (from, to) = problem::ends(question)?;
        let mut weights: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for line in question.lines().filter(|line| line.starts_with("an edge between")) {
            let [left, right, weight] = problem::numbers(line)[..] else { return None };
            let known = weights.entry((left.min(right), left.max(right))).or_insert(weight);
            *known = weight.min(*known);
        }
        let mut graph = UnGraph::<(), usize, usize>::default();
        for _ in 0..nodes {
            graph.add_node(());
        }
        if from.max(to) >= nodes || weights.keys().any(|&(_, right)| right >= nodes) {
            return None;
        }
        for (&(left, right), &weight) in &weights {
            graph.add_edge(NodeIndex::new(left), NodeIndex::new(right), weight);
        }
        let distances = dijkstra(&graph, NodeIndex::new(from), Some(NodeIndex::new(to)), |edge| *edge.weight());
        let shortest = *distances.get(&NodeIndex::new(to))?;
        Some(Self { from, to, weights, shortest })
    }
}

impl Problem for ShortestPath {
    fn verify(&self, answer: &str) -> Verdict {
        let Some(path) = problem::only_list(answer) else { return Verdict::unreadable("no path") };
        if path.first() != Some(&self.from) || path.last() != Some(&self.to) {
            return Verdict::wrong(answer, "other ends");
        }
        let weight = |step: &[usize]| self.weights.get(&(step[0].min(step[1]), step[0].max(step[1]))).copied();
        match path.windows(2).map(weight).sum::<Option<usize>>() {
            None => Verdict::wrong(answer, "a step that is no edge"),
            Some(length) if length == self.shortest => Verdict::right(answer),
            Some(length) => Verdict::partial(self.shortest as f32 / length as f32, answer, "there is a shorter path"),
        }
    }

    fn blind_answers(&self) -> Vec<(&'static str, String)> {
        vec![("the two ends", format!("{},{}", self.from, self.to))]
    }
}

/// An undirected graph.
pub(super) struct HamiltonPath {
    nodes: usize,
    edges: Vec<(usize, usize)>,
}

impl HamiltonPath {
    /// Reads the edges.
    pub(super) fn read(question: &str) -> Option<Self> {
        let mut edges: Vec<(usize, usize)> =
            problem::pairs(question).into_iter().map(|(left, right)| (left.min(right), left.max(right))).collect();
        edges.sort_unstable();
        Some(Self { nodes: problem::node_count(question).filter(|&nodes| nodes <= MOST_NODES)?, edges })
    }
}

impl Problem for HamiltonPath {
    fn verify(&self, answer: &str) -> Verdict {
        let Some(path) = problem::only_list(answer) else { return Verdict::unreadable("no path") };
        let mut visited = vec![false; self.nodes];
        for &node in &path {
            match visited.get_mut(node) {
                Some(seen @ false) => *seen = true,
                _ => return Verdict::wrong(answer, "a node that is repeated or not there"),
            }
        }
        if path.len() < self.nodes {
            return Verdict::wrong(answer, "not every node");
        }
        let joined = |step: &[usize]| self.edges.binary_search(&(step[0].min(step[1]), step[0].max(step[1]))).is_ok();
        if path.windows(2).all(joined) {
            Verdict::right(answer)
        } else {
            Verdict::wrong(answer, "a step that is no edge")
        }
    }

    fn blind_answers(&self) -> Vec<(&'static str, String)> {
        vec![("nodes as numbered", (0..self.nodes).map(|node| node.to_string()).collect::<Vec<_>>().join(","))]
    }
}
