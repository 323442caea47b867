//! `graph/independent-set`: as many nodes as possible, no two of them linked.
//!
//! An invalid set keeps the share of its nodes that are linked to none of it.

use super::{Goal, NodeSet};
use crate::count::SmallGraph;
use crate::exact::{members, sets};

/// A largest independent set.
pub struct IndependentSet;

impl NodeSet for IndependentSet {
    const NAME: &'static str = "graph/independent-set";
    const SUMMARY: &'static str = "name as many nodes as possible of which no two are linked";
    const GOAL: Goal = Goal::Largest;
    const QUESTION: &'static str = "Name as many nodes as possible, no two of them linked.";

    fn best(graph: &SmallGraph) -> u64 {
        sets::largest_independent(graph)
    }

    fn kept(graph: &SmallGraph, set: u64) -> (usize, usize) {
        let alone = members(set).filter(|&node| graph.neighbours(node) & set == 0).count();
        (alone, set.count_ones() as usize)
    }

    fn suits(nodes: usize, best: usize) -> bool {
        best >= 2 && best + 1 < nodes
    }
}
