//! Trivial scorers of a knowledge graph's missing entities.
//!
//! - [`Frequency`]: how many training triples have the candidate on the side asked about, with that relation
//! - [`ReversedPair`]: the same, and 10⁹ more for every candidate that a training triple leads from to the entity that is
//!   given (to, where the head is asked): inverse and symmetric relations
//! - [`Constant`] gives 0
//!
//! Anything a model earns below these is no signal (`docs/graph-evaluation.md`).

use std::collections::BTreeMap;

use super::super::filtered::{Query, Side, TripleScorer};
use crate::{Graph, Node, Relation};

/// What the reversed-pair rule adds.
const REVERSED: f64 = 1e9;

/// Gives every candidate the same score.
#[derive(Debug, Clone, Copy, Default)]
pub struct Constant;

impl TripleScorer for Constant {
    fn above_zero(&self, _query: &Query) -> Vec<(Node, f64)> {
        Vec::new()
    }
}

/// Counts of `(relation, side)` by entity.
#[derive(Debug, Clone)]
pub struct Frequency {
    /// Entities and counts, ascending by entity.
    counts: BTreeMap<(Relation, Side), Vec<(Node, f64)>>,
}

impl Frequency {
    /// Counts the training triples, which are the graph's edges.
    pub fn of(graph: &Graph) -> Self {
        let mut counts: BTreeMap<(Relation, Side), BTreeMap<Node, f64>> = BTreeMap::new();
        for edge in graph.edges() {
            for (side, entity) in [(Side::Head, edge.source), (Side::Tail, edge.target)] {
                *counts.entry((edge.relation, side)).or_default().entry(entity).or_default() += 1.0;
            }
        }
        Self { counts: counts.into_iter().map(|(key, counts)| (key, counts.into_iter().collect())).collect() }
    }

    /// Entities that stand on a side of a relation in training, ascending, with counts.
    pub fn of_side(&self, relation: Relation, side: Side) -> &[(Node, f64)] {
        self.counts.get(&(relation, side)).map_or(&[], Vec::as_slice)
    }
}

impl TripleScorer for Frequency {
    fn above_zero(&self, query: &Query) -> Vec<(Node, f64)> {
        self.of_side(query.relation, query.side).to_vec()
    }
}

/// Frequency, and the rule of reversed pairs above it.
#[derive(Debug, Clone)]
pub struct ReversedPair<'graph> {
    graph: &'graph Graph,
    frequency: Frequency,
}

impl<'graph> ReversedPair<'graph> {
    /// Counts the training triples.
    pub fn of(graph: &'graph Graph) -> Self {
        Self { graph, frequency: Frequency::of(graph) }
    }
}

impl TripleScorer for ReversedPair<'_> {
    fn above_zero(&self, query: &Query) -> Vec<(Node, f64)> {
        let mut scores: BTreeMap<Node, f64> =
            self.frequency.of_side(query.relation, query.side).iter().copied().collect();
        let edges =
            self.graph.incident_edges(query.known).iter().map(|&position| self.graph.edges()[position as usize]);
        let mut reversed: Vec<Node> = edges
            .filter_map(|edge| match query.side {
                Side::Tail => (edge.target == query.known).then_some(edge.source),
                Side::Head => (edge.source == query.known).then_some(edge.target),
            })
            .collect();
        reversed.sort_unstable();
        reversed.dedup();
        for node in reversed {
            *scores.entry(node).or_default() += REVERSED;
        }
        scores.into_iter().collect()
    }
}
