//! Hidden triples of a knowledge graph and what is shown around them.
//!
//! Context comes from the training triples only, and what is true of the validation or test triples is never called false.

use crate::question::triples::{is_true, random_incident, random_target, without_relations};
use crate::sample::{View, edges_between};
use crate::{Edge, Graph, Node};
use ssl4rl_tasks::{TaskRng, counted};

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
    /// Pieces whose hidden triples have one relation, in random order. A triple that clashes with one drawn before it is left
    /// out, which favours entities of few triples; the order keeps that from telling which of the pieces is asked for.
    ///
    /// What is shown around each is drawn last, clear of the ends of all others, so that dense data, too, has such pieces.
    pub(super) fn alike(&self, graph: &Graph, count: usize, rng: &mut TaskRng) -> Option<Vec<TriplePiece>> {
        let first =
            (0..DRAWS).find_map(|_| random_target(graph, rng).filter(|triple| self.supports(graph, *triple)))?;
        let mut triples = vec![first];
        for _ in 0..DRAWS {
            if triples.len() == count {
                break;
            }
            let fits = |triple: &Edge| {
                triple.relation == first.relation
                    && triples.iter().all(|other| apart(graph, *other, *triple))
                    && self.supports(graph, *triple)
            };
            let fitting = random_target(graph, rng).filter(fits);
            triples.extend(fitting);
        }
        rng.shuffle(&mut triples);
        let pieces: Option<Vec<TriplePiece>> =
            triples.iter().map(|&triple| self.piece(graph, triple, &ends_but(triple, &triples), rng)).collect();
        pieces.filter(|pieces| pieces.len() == count)
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
            let taken: Vec<Node> = pieces.iter().flat_map(|piece| ends(piece.triple)).collect();
            if let Some(triple) = random_target(graph, rng)
                && pieces.iter().all(|other| other.is_clear_of(triple) && apart(graph, other.triple, triple))
                && let Some(piece) = self.piece(graph, triple, &taken, rng)
            {
                pieces.push(piece);
            }
        }
        None
    }

    /// Whether the two ends have the common neighbours that are to be shown.
    fn supports(&self, graph: &Graph, triple: Edge) -> bool {
        shared(graph.neighbours(triple.source), graph.neighbours(triple.target)).len() >= self.support
    }

    /// What is shown around a triple once it is hidden, none of it at the entities of `elsewhere`; `None` without enough
    /// common neighbours or triples.
    fn piece(&self, graph: &Graph, triple: Edge, elsewhere: &[Node], rng: &mut TaskRng) -> Option<TriplePiece> {
        let view = View::context(graph).hiding(triple.source, triple.target);
        let mut common = shared(graph.neighbours(triple.source), graph.neighbours(triple.target));
        common.retain(|node| !elsewhere.contains(node));
        if common.len() < self.support {
            return None;
        }
        let common = rng.sample_front(&mut common, self.support);
        let mut context = [Vec::new(), Vec::new()];
        for (entity, shown) in ends(triple).into_iter().zip(&mut context) {
            for &node in &*common {
                let between: Vec<Edge> = edges_between(graph, entity, node).collect();
                shown.push(*rng.choose(&between)?);
            }
            for _ in 0..PROBES {
                if shown.len() >= self.neighbours {
                    break;
                }
                let fits =
                    |edge: &Edge| !shown.contains(edge) && !ends(*edge).iter().any(|end| elsewhere.contains(end));
                if let Some(edge) = random_incident(&view, entity, rng).filter(fits) {
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

impl TriplePiece {
    /// Whether nothing shown touches an end of the triple: a link shown between two pieces would tell which ends do not
    /// belong together.
    fn is_clear_of(&self, triple: Edge) -> bool {
        !self.context.iter().flatten().flat_map(|edge| ends(*edge)).any(|end| ends(triple).contains(&end))
    }
}

fn ends(triple: Edge) -> [Node; 2] {
    [triple.source, triple.target]
}

/// The ends of all triples but one.
fn ends_but(one: Edge, triples: &[Edge]) -> Vec<Node> {
    triples.iter().filter(|&&triple| triple != one).flat_map(|&triple| ends(triple)).collect()
}

/// Whether the four ends are distinct and neither triple is true with the head or tail of the other.
fn apart(graph: &Graph, left: Edge, right: Edge) -> bool {
    let crossed = |one: Edge, other: Edge| {
        [one.relation, other.relation]
            .into_iter()
            .any(|relation| is_true(graph, Edge { source: one.source, target: other.target, relation }))
    };
    !ends(left).iter().any(|end| ends(right).contains(end)) && !crossed(left, right) && !crossed(right, left)
}

/// Why no hidden triple can be told from others in `graph`, if so.
pub(super) fn unsupported(graph: &Graph, support: usize) -> Option<String> {
    if let Some(reason) = without_relations(graph, "graph/edge-prediction") {
        return Some(reason);
    }
    let supported = |edge: &Edge| {
        edge.source != edge.target
            && shared(graph.neighbours(edge.source), graph.neighbours(edge.target)).len() >= support
    };
    (!graph.edges().iter().any(supported)).then(|| {
        let common = counted(support as u64, "common neighbour", "common neighbours");
        format!("no two linked entities have {common}, so nothing shown would tell a hidden triple; set `support = 0`")
    })
}
