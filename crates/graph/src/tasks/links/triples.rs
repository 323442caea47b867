//! Hidden triples of a knowledge graph and what is shown around them.
//!
//! Context comes from the training triples only, and what is true of the validation or test triples is never called false.

use crate::question::triples::{is_true, random_incident, random_target};
use crate::sample::{View, edges_between};
use crate::{Edge, Graph};
use ssl4rl_tasks::TaskRng;

use super::pieces::shared;

/// Draws of a triple before the pieces are given up.
const DRAWS: usize = 512;
/// Triples of an entity looked at for one that is not shown yet; keeps hubs cheap.
const PROBES: usize = 32;

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
        let first = (0..DRAWS).find_map(|_| self.piece(graph, random_target(graph, rng)?, rng))?;
        let relation = first.triple.relation;
        let mut pieces = vec![first];
        for _ in 0..DRAWS {
            if pieces.len() == count {
                return Some(pieces);
            }
            let Some(triple) = random_target(graph, rng).filter(|triple| triple.relation == relation) else { continue };
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
            if let Some(triple) = random_target(graph, rng)
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
