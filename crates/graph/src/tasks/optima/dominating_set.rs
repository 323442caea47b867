//! `graph/dominating-set`: as few nodes as possible so that every other node is linked to one of them.
//!
//! An invalid set keeps the share of nodes that are in it or linked to it.

use super::{Goal, NodeSet};
use crate::count::SmallGraph;
use crate::exact::{around, sets};

/// A smallest dominating set.
pub struct DominatingSet;

impl NodeSet for DominatingSet {
    const NAME: &'static str = "graph/dominating-set";
    const SUMMARY: &'static str = "name as few nodes as possible that every other node is linked to";
    const GOAL: Goal = Goal::Smallest;
    const MOST_NODES: usize = 40;
    const QUESTION: &'static str = "Name as few nodes as possible so that every other node is linked to one of them.";

    fn best(graph: &SmallGraph) -> u64 {
        sets::smallest_dominating(graph)
    }

    fn kept(graph: &SmallGraph, set: u64) -> (usize, usize) {
        ((set | around(graph, set)).count_ones() as usize, graph.node_count())
    }

    fn suits(nodes: usize, best: usize) -> bool {
        best >= 2 && best + 1 < nodes
    }
}
