//! `graph/clique`: as many nodes as possible, all linked to each other.
//!
//! A clique of three or four nodes is planted, since many graphs have none. An invalid set keeps the share of its pairs that
//! are linked.

use super::{Goal, NodeSet};
use crate::Edge;
use crate::count::SmallGraph;
use crate::exact::{adjacent, members, sets};
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// A largest clique.
pub struct Clique;

impl NodeSet for Clique {
    const NAME: &'static str = "graph/clique";
    const SUMMARY: &'static str = "name as many nodes as possible that are all linked to each other";
    const GOAL: Goal = Goal::Largest;
    const QUESTION: &'static str = "Name as many nodes as possible, all linked to each other.";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<()> {
        let graph = SmallGraph::of(subgraph).ok()?;
        let mut nodes: Vec<u32> = (0..subgraph.len() as u32).collect();
        let wanted = 3 + rng.below(2);
        let planted = rng.sample_front(&mut nodes, wanted);
        for (at, &source) in planted.iter().enumerate() {
            for &target in &planted[at + 1..] {
                if !adjacent(&graph, source, target) {
                    if !subgraph.may_link(source, target) {
                        return None;
                    }
                    subgraph.edges.push(Edge { source, target, relation: 0 });
                }
            }
        }
        Some(())
    }

    fn best(graph: &SmallGraph) -> u64 {
        sets::largest_clique(graph)
    }

    fn kept(graph: &SmallGraph, set: u64) -> (usize, usize) {
        let linked: u32 = members(set).map(|node| (graph.neighbours(node) & set).count_ones()).sum();
        let size = set.count_ones() as usize;
        (linked as usize / 2, size * size.saturating_sub(1) / 2)
    }

    fn suits(nodes: usize, best: usize) -> bool {
        best >= 3 && best < nodes
    }

    /// Any edge.
    fn lazy(_nodes: usize) -> usize {
        2
    }
}
