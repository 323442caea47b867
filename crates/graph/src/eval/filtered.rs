//! Filtered ranking of a knowledge graph's test triples.
//!
//! Every test triple asks twice: `(h, r, ?)` and `(?, r, t)`. The answer is ranked among all entities but the other answers
//! that are known to be true, over training, validation and test triples (Bordes et al. 2013).
//!
//! ```
//! use ssl4rl_graph::eval::filtered::{KnownTriples, Side, test_queries};
//! use ssl4rl_graph::eval::baselines::triples::Frequency;
//! use ssl4rl_graph::{Direction, Edge, GraphBuilder, HeldOutTriples};
//! let mut builder = GraphBuilder::new("likes", 5, Direction::Directed);
//! builder.relations(vec!["likes".into()]);
//! for (head, tail) in [(0, 2), (1, 2), (1, 3), (4, 3)] {
//!     builder.triple(head, 0, tail).unwrap();
//! }
//! let test = vec![Edge { source: 0, target: 3, relation: 0 }];
//! builder.held_out(HeldOutTriples { validation: Vec::new(), test }).unwrap();
//! let graph = builder.build().unwrap();
//! let queries = test_queries(&graph);
//! // (0, likes, ?): 3 is in two training triples; 2, which is in two as well, is a known answer and left out.
//! let ranks = KnownTriples::of(&graph).rank(&queries[0], &Frequency::of(&graph));
//! assert_eq!((queries[0].side, ranks.better, ranks.equal), (Side::Tail, 0, 0));
//! // (?, likes, 3): 0 has one triple; 1 and 4 are known.
//! let ranks = KnownTriples::of(&graph).rank(&queries[1], &Frequency::of(&graph));
//! assert_eq!((queries[1].side, ranks.better, ranks.equal), (Side::Head, 0, 0));
//! ```

use rayon::prelude::*;

use super::metrics::{Ranking, Ranks};
use crate::{Edge, Graph, Node, Relation};

/// Which entity of a triple is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// `(?, r, t)`
    Head,
    /// `(h, r, ?)`
    Tail,
}

/// A triple of which one entity is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// The entity that is given.
    pub known: Node,
    /// The relation.
    pub relation: Relation,
    /// Which side is asked for.
    pub side: Side,
    /// The entity that answers.
    pub answer: Node,
}

impl Query {
    /// The query of a triple.
    pub fn of(triple: &Edge, side: Side) -> Self {
        let (known, answer) = match side {
            Side::Tail => (triple.source, triple.target),
            Side::Head => (triple.target, triple.source),
        };
        Self { known, relation: triple.relation, side, answer }
    }
}

/// The queries of all test triples: tail and head of each in turn.
pub fn test_queries(graph: &Graph) -> Vec<Query> {
    let both = |triple| [Side::Tail, Side::Head].map(|side| Query::of(triple, side));
    graph.held_out().test.iter().flat_map(both).collect()
}

/// Scores candidates.
pub trait TripleScorer: Sync {
    /// Candidates with a score above 0, ascending by entity; every other candidate has score 0.
    fn above_zero(&self, query: &Query) -> Vec<(Node, f64)>;
}

/// Every true triple, of whichever split.
#[derive(Debug, Clone)]
pub struct KnownTriples {
    entities: usize,
    /// `(head, relation, tail)`, ascending.
    by_head: Vec<(Node, Relation, Node)>,
    /// `(tail, relation, head)`, ascending.
    by_tail: Vec<(Node, Relation, Node)>,
}

impl KnownTriples {
    /// Training, validation and test triples.
    pub fn of(graph: &Graph) -> Self {
        let held_out = graph.held_out();
        let all = || graph.edges().iter().chain(&held_out.validation).chain(&held_out.test);
        let sorted = |mut triples: Vec<(Node, Relation, Node)>| {
            triples.par_sort_unstable();
            triples.dedup();
            triples
        };
        Self {
            entities: graph.node_count(),
            by_head: sorted(all().map(|edge| (edge.source, edge.relation, edge.target)).collect()),
            by_tail: sorted(all().map(|edge| (edge.target, edge.relation, edge.source)).collect()),
        }
    }

    /// Every true answer, ascending; the query's own among them.
    pub fn answers(&self, query: &Query) -> impl ExactSizeIterator<Item = Node> + Clone + '_ {
        let triples = match query.side {
            Side::Tail => &self.by_head,
            Side::Head => &self.by_tail,
        };
        let key = (query.known, query.relation);
        let first = triples.partition_point(|&(known, relation, _)| (known, relation) < key);
        let end = triples.partition_point(|&(known, relation, _)| (known, relation) <= key);
        triples[first..end].iter().map(|&(_, _, answer)| answer)
    }

    /// Whether another true answer of the query.
    pub fn is_other_answer(&self, query: &Query, entity: Node) -> bool {
        let triples = match query.side {
            Side::Tail => &self.by_head,
            Side::Head => &self.by_tail,
        };
        entity != query.answer && triples.binary_search(&(query.known, query.relation, entity)).is_ok()
    }

    /// The filtered ranks of the query's answer.
    pub fn rank(&self, query: &Query, scorer: &dyn TripleScorer) -> Ranks {
        let above_zero = scorer.above_zero(query);
        let place = above_zero.binary_search_by_key(&query.answer, |&(entity, _)| entity);
        let answer = place.map_or(0.0, |place| above_zero[place].1);
        // What is left out: the answer itself and the other true ones.
        let (mut left_out, mut left_out_scored) = (0, 0);
        let mut ranks = Ranks::default();
        let mut others = self.answers(query).filter(|&entity| entity != query.answer).peekable();
        left_out += others.clone().count();
        for &(entity, score) in &above_zero {
            while others.next_if(|&other| other < entity).is_some() {}
            if others.peek() == Some(&entity) {
                left_out_scored += 1;
            } else if entity != query.answer {
                ranks.better += usize::from(score > answer);
                ranks.equal += usize::from(score.total_cmp(&answer).is_eq());
            }
        }
        if place.is_err() {
            let unscored = self.entities - above_zero.len();
            ranks.equal += unscored - 1 - (left_out - left_out_scored);
        }
        ranks
    }

    /// The filtered ranks of the answer where every entity has a score, `[entities]`.
    pub fn rank_dense(&self, query: &Query, scores: &[f64]) -> Ranks {
        let others = (0..scores.len() as Node).filter(|&entity| entity != query.answer);
        let others = others.filter(|&entity| !self.is_other_answer(query, entity));
        Ranks::among(others.map(|entity| scores[entity as usize]), scores[query.answer as usize])
    }

    /// The ranks of many queries, those of neighbouring positions of one triple as one group; in parallel.
    pub fn rank_all(&self, queries: &[Query], scorer: &dyn TripleScorer) -> Vec<Ranks> {
        queries.par_iter().map(|query| self.rank(query, scorer)).collect()
    }
}

/// The ranking over both sides, and over each: ranks come in the order of [`test_queries`].
pub fn by_side(queries: &[Query], ranks: &[Ranks]) -> [(&'static str, Ranking); 3] {
    let both = Ranking::of(ranks.chunks(2).map(<[Ranks]>::to_vec));
    let of = |side| {
        let chosen = queries.iter().zip(ranks).filter(move |(query, _)| query.side == side);
        Ranking::of(chosen.map(|(_, &ranks)| vec![ranks]))
    };
    [("both sides", both), ("head", of(Side::Head)), ("tail", of(Side::Tail))]
}
