//! `graph/vertex-cover`: as few nodes as possible that touch every edge.
//!
//! An invalid set keeps the share of edges that it touches.

use super::{Goal, NodeSet};
use crate::count::SmallGraph;
use crate::exact::{edges, sets};

/// A smallest vertex cover.
pub struct VertexCover;

impl NodeSet for VertexCover {
    const NAME: &'static str = "graph/vertex-cover";
    const SUMMARY: &'static str = "name as few nodes as possible that touch every edge";
    const GOAL: Goal = Goal::Smallest;
    const QUESTION: &'static str = "Name as few nodes as possible so that every edge touches one of them.";

    fn best(graph: &SmallGraph) -> u64 {
        sets::smallest_cover(graph)
    }

    fn kept(graph: &SmallGraph, set: u64) -> (usize, usize) {
        let touched = edges(graph).filter(|&(left, right)| (set >> left | set >> right) & 1 == 1).count();
        (touched, graph.edge_count() as usize)
    }

    fn suits(nodes: usize, best: usize) -> bool {
        best >= 2 && best + 1 < nodes
    }
}
