//! Maximum flow: its value.

use petgraph::algo::ford_fulkerson;
use petgraph::graph::{DiGraph, NodeIndex};

use super::problem::{self, Problem};
use ssl4rl_tasks::Verdict;

/// Most nodes of a question that is read.
const MOST_NODES: usize = 1000;

/// The value of the largest flow.
pub(super) struct Flow {
    largest: usize,
    /// Capacity of the arc from source to sink, if any.
    direct: usize,
}

impl Flow {
    /// Reads lines such as `an edge from node 1 to node 5 with capacity 2,`.
    pub(super) fn read(question: &str) -> Option<Self> {
        let nodes = problem::node_count(question).filter(|&nodes| nodes <= MOST_NODES)?;
        let (source, sink) = problem::ends(question).filter(|&(source, sink)| source != sink)?;
        let mut graph = DiGraph::<(), usize, usize>::default();
        for _ in 0..nodes {
            graph.add_node(());
        }
        let mut direct = 0;
        for line in question.lines().filter(|line| line.starts_with("an edge from")) {
            let [from, to, capacity] = problem::numbers(line)[..] else { return None };
            if from.max(to) >= nodes {
                return None;
            }
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), capacity);
            if (from, to) == (source, sink) {
                direct += capacity;
            }
        }
        if source.max(sink) >= nodes {
            return None;
        }
        let (largest, _) = ford_fulkerson(&graph, NodeIndex::new(source), NodeIndex::new(sink));
        Some(Self { largest, direct })
    }
}

impl Problem for Flow {
    fn verify(&self, answer: &str) -> Verdict {
        // Nodes may be named: `the maximum flow from node 2 to node 3 is 5`.
        let mut rest = answer.to_lowercase();
        while let Some(start) = rest.find("node ") {
            let digits = rest[start + 5..].bytes().take_while(u8::is_ascii_digit).count();
            rest.replace_range(start..start + 5 + digits, " ");
        }
        match problem::numbers(&rest)[..] {
            [value] if value == self.largest => Verdict::right(value.to_string()),
            [value] => Verdict::wrong(value.to_string(), "another value"),
            [] => Verdict::unreadable("no number"),
            _ => Verdict::wrong(answer, "several numbers"),
        }
    }

    fn blind_answers(&self) -> Vec<(&'static str, String)> {
        vec![("capacity of the direct edge", self.direct.to_string())]
    }
}
