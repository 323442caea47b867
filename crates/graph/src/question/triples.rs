//! Triples as targets and as context: drawn for a split, known to be true, seen around an entity.

use crate::sample::{View, edges_from_to, owns_pair};
use crate::{Direction, Edge, Graph, Node};
use ssl4rl_tasks::{Split, TaskRng};

/// Why a task about relations cannot be made from a graph that has none; `instead` is a task about links without.
pub fn without_relations(graph: &Graph, instead: &str) -> Option<String> {
    (!graph.has_relations()).then(|| {
        format!("its edges have no relations; those of `wn18rr`, `fb15k-237` and `knowledge` have, and `{instead}` needs none")
    })
}

/// A random target triple of the split between two different entities; `None` where the draw is another split's.
///
/// Held-out targets are the validation triples where the graph brings any, else one pair in ten.
pub fn random_target(graph: &Graph, rng: &mut TaskRng) -> Option<Edge> {
    let validation = &graph.held_out().validation;
    let triple = if rng.split() == Split::HeldOut && !validation.is_empty() {
        *rng.choose(validation)?
    } else {
        *rng.choose(graph.edges())?
    };
    let owned = match rng.split() {
        Split::Examples | Split::BesideExamples => owns_pair(rng.split(), triple.source, triple.target),
        split => !validation.is_empty() || owns_pair(split, triple.source, triple.target),
    };
    (owned && triple.source != triple.target).then_some(triple)
}

/// A random visible triple that the entity is part of.
pub fn random_incident(view: &View<'_>, entity: Node, rng: &mut TaskRng) -> Option<Edge> {
    let position = *rng.choose(view.graph.incident_edges(entity))?;
    let edge = view.graph.edges()[position as usize];
    view.shows_pair(edge.source, edge.target).then_some(edge)
}

/// Whether the triple is known: in the graph, or among its validation or test triples.
pub fn is_true(graph: &Graph, triple: Edge) -> bool {
    let reversed = Edge { source: triple.target, target: triple.source, ..triple };
    let either = [Some(triple), (graph.direction() == Direction::Undirected).then_some(reversed)];
    let lists = [graph.edges(), &graph.held_out().validation, &graph.held_out().test];
    either
        .into_iter()
        .flatten()
        .any(|edge| lists.iter().any(|list| edges_from_to(list, edge.source, edge.target).contains(&edge)))
}
