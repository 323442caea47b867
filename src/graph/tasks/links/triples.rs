<<<<<<< HEAD
//! Hidden triples of a knowledge graph and what is shown around them.
//!
//! Context comes from the training triples only, and what is true of the validation or test triples is never called false.

use crate::graph::question::triples::{is_true, random_incident, random_target};
use crate::graph::sample::{View, edges_between};
use crate::graph::{Edge, Graph};
use crate::tasks::TaskRng;
=======
//! Triples of a knowledge graph as targets and as context.
//!
//! Held-out targets are its validation triples, which are no edges of the graph; where a knowledge graph brings none, one
//! pair in ten is held out. Context comes from the training triples only, and what is true of the validation or test triples is
//! never called false.

use crate::graph::sample::{View, edges_between, edges_from_to, owns_pair};
use crate::graph::{Direction, Edge, Graph, Node};
use crate::tasks::{Split, TaskRng};
>>>>>>> tasks1

use super::pieces::shared;

/// Draws of a triple before the pieces are given up.
const DRAWS: usize = 512;
/// Triples of an entity looked at for one that is not shown yet; keeps hubs cheap.
const PROBES: usize = 32;

<<<<<<< HEAD
=======
/// A random target triple of the split between two different entities.
pub(super) fn random_triple(graph: &Graph, rng: &mut TaskRng) -> Option<Edge> {
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
pub(super) fn random_incident(view: &View<'_>, entity: Node, rng: &mut TaskRng) -> Option<Edge> {
    let position = *rng.choose(view.graph.incident_edges(entity))?;
    let edge = view.graph.edges()[position as usize];
    view.shows_pair(edge.source, edge.target).then_some(edge)
}

/// Whether the triple is known: in the graph, or among its validation or test triples.
pub(super) fn is_true(graph: &Graph, triple: Edge) -> bool {
    let reversed = Edge { source: triple.target, target: triple.source, ..triple };
    let either = [Some(triple), (graph.direction() == Direction::Undirected).then_some(reversed)];
    let lists = [graph.edges(), &graph.held_out().validation, &graph.held_out().test];
    either
        .into_iter()
        .flatten()
        .any(|edge| lists.iter().any(|list| edges_from_to(list, edge.source, edge.target).contains(&edge)))
}

>>>>>>> tasks1
/// A hidden triple and what is shown around its two ends.
pub(super) struct TriplePiece {
    pub(super) triple: Edge,
    /// Shown triples of the head, then of the tail.
    pub(super) context: [Vec<Edge>; 2],
}

/// How pieces are drawn.
pub(super) struct TriplePieces {
    /// Common neighbours shown of head and tail.
    pub(super) support: usize,
    /// Triples shown of each end.
    pub(super) neighbours: usize,
}

impl TriplePieces {
    /// Pieces whose hidden triples have one relation. One clash between two of them discards all: keeping the first would
    /// make entities of few triples wrong more often than right.
    pub(super) fn alike(&self, graph: &Graph, count: usize, rng: &mut TaskRng) -> Option<Vec<TriplePiece>> {
<<<<<<< HEAD
        let first = (0..DRAWS).find_map(|_| self.piece(graph, random_target(graph, rng)?, rng))?;
=======
        let first = (0..DRAWS).find_map(|_| self.piece(graph, random_triple(graph, rng)?, rng))?;
>>>>>>> tasks1
        let relation = first.triple.relation;
        let mut pieces = vec![first];
        for _ in 0..DRAWS {
            if pieces.len() == count {
                return Some(pieces);
            }
<<<<<<< HEAD
            let Some(triple) = random_target(graph, rng).filter(|triple| triple.relation == relation) else { continue };
=======
            let Some(triple) = random_triple(graph, rng).filter(|triple| triple.relation == relation) else { continue };
>>>>>>> tasks1
            let Some(piece) = self.piece(graph, triple, rng) else { continue };
            if !pieces.iter().all(|other| apart(graph, other, &piece)) {
                return None;
            }
            pieces.push(piece);
        }
        None
    }

    /// Adds pieces of any relation until there are `count`; `None` where too few keep clear of the others.
    pub(super) fn join_others(
        &self,
        graph: &Graph,
        pieces: &mut Vec<TriplePiece>,
        count: usize,
        rng: &mut TaskRng,
    ) -> Option<()> {
        for _ in 0..DRAWS {
            if pieces.len() == count {
                return Some(());
            }
<<<<<<< HEAD
            if let Some(triple) = random_target(graph, rng)
=======
            if let Some(triple) = random_triple(graph, rng)
>>>>>>> tasks1
                && let Some(piece) = self.piece(graph, triple, rng)
                && pieces.iter().all(|other| apart(graph, other, &piece))
            {
                pieces.push(piece);
            }
        }
        None
    }

    /// What is shown around a triple once it is hidden; `None` without enough common neighbours or triples.
    fn piece(&self, graph: &Graph, triple: Edge, rng: &mut TaskRng) -> Option<TriplePiece> {
        let view = View::context(graph).hiding(triple.source, triple.target);
        let mut common = shared(graph.neighbours(triple.source), graph.neighbours(triple.target));
        if common.len() < self.support {
            return None;
        }
        let common = rng.sample_front(&mut common, self.support);
        let mut context = [Vec::new(), Vec::new()];
        for (entity, shown) in [triple.source, triple.target].into_iter().zip(&mut context) {
            for &node in &*common {
                let between: Vec<Edge> = edges_between(graph, entity, node).collect();
                shown.push(*rng.choose(&between)?);
            }
            for _ in 0..PROBES {
                if shown.len() >= self.neighbours {
                    break;
                }
                if let Some(edge) = random_incident(&view, entity, rng).filter(|edge| !shown.contains(edge)) {
                    shown.push(edge);
                }
            }
            if shown.len() < self.neighbours {
                return None;
            }
        }
        Some(TriplePiece { triple, context })
    }
}

/// Whether the four ends are distinct, neither triple is true with the head or tail of the other, and what is shown
/// around one does not touch the other: a link shown between two pieces would tell which ends do not belong together.
fn apart(graph: &Graph, left: &TriplePiece, right: &TriplePiece) -> bool {
    let ends = |piece: &TriplePiece| [piece.triple.source, piece.triple.target];
    let untouched = |piece: &TriplePiece, other: &TriplePiece| {
        let ends = ends(other);
        let touches = |edge: &Edge| ends.contains(&edge.source) || ends.contains(&edge.target);
        !ends.contains(&piece.triple.source)
            && !ends.contains(&piece.triple.target)
            && !piece.context.iter().flatten().any(touches)
    };
    let crossed = |one: Edge, other: Edge| {
        [one.relation, other.relation]
            .into_iter()
            .any(|relation| is_true(graph, Edge { source: one.source, target: other.target, relation }))
    };
    untouched(left, right)
        && untouched(right, left)
        && !crossed(left.triple, right.triple)
        && !crossed(right.triple, left.triple)
}

/// Why no hidden triple can be told from others in `graph`, if so.
pub(super) fn unsupported(graph: &Graph, support: usize) -> Option<String> {
    if !graph.has_relations() {
        return Some("its edges have no relations; see `graph/edge-prediction`".into());
    }
    let supported = |edge: &Edge| {
        edge.source != edge.target
            && shared(graph.neighbours(edge.source), graph.neighbours(edge.target)).len() >= support
    };
    (!graph.edges().iter().any(supported)).then(|| {
        format!(
            "no two linked entities have {support} common neighbours, so nothing shown would tell a hidden triple; set \
             `support = 0`"
        )
    })
}
