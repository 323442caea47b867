//! [`Pieces`]: hidden links of a graph without relations, made so alike that only what is shown tells them apart.
//!
//! A question shows k pieces of the graph that are made alike. Each holds the two ends of an edge that is hidden, and a
//! few neighbours of either end, at least `support` of them common to both. The question names one end of one piece; the
//! candidates are the other ends of all pieces. A candidate therefore differs from the others only in what ties it to
//! the node asked about: every candidate is itself an end of a hidden edge, lists equally many neighbours, and shares as
//! many of them with some node. No candidate is linked to the end of another piece, in any split, so one answer is right.
//!
//! With `degree-matched` negatives which of the pieces is asked about is random, which makes the candidates exchangeable:
//! whoever does not look at the node asked about can do no better than one in k.

use std::array::from_fn;
use std::slice;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::{check, invalid};
use crate::sample::{Subgraph, View, edges_between, only_edge, owns_pair};
use crate::{Edge, Graph, Node, memory};
use ssl4rl_tasks::{Split, TaskError, TaskRng, counted};

/// Draws of an edge before the sample is given up.
const DRAWS: usize = 512;
/// Edges of a graph above which no cache holds them.
const CACHED_EDGES: usize = 1 << 20;
/// Draws of an edge for which memory is asked at once.
const AHEAD: usize = 8;

/// A hidden edge and what is shown around it.
pub(super) struct Piece {
    /// The end that a question names.
    pub(super) anchor: Node,
    /// The end that is a candidate.
    pub(super) candidate: Node,
    /// Shown edges.
    edges: Vec<Edge>,
    /// Neighbours listed of the candidate.
    listed: usize,
}

/// How pieces are drawn.
pub(super) struct Pieces {
    /// Where wrong candidates come from.
    pub(super) negatives: LinkNegatives,
    /// Common neighbours shown of the hidden edge's two ends.
    pub(super) support: usize,
    /// Neighbours listed of each end.
    pub(super) neighbours: usize,
}

/// Where wrong candidates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkNegatives {
    /// Any node that has an edge.
    Uniform,
    /// An end of another edge, in the same degree bin (powers of two) as the right candidate.
    DegreeMatched,
    /// A node two steps from the node asked about.
    TwoHop,
}

/// Checks two knobs: how many common neighbours are shown of a hidden link's two ends, 0 to `most_support`, and how many neighbours of
/// each in all, 1 to 20.
pub(super) fn check_evidence(
    task: &'static str,
    support: usize,
    neighbours: usize,
    most_support: usize,
) -> Result<(), TaskError> {
    check(task, "support", &support, 0..=most_support)?;
    check(task, "neighbours", &neighbours, 1..=20)?;
    if support > neighbours {
        let limit = format!("at most neighbours ({neighbours})");
        return Err(invalid(task, "support", limit, support.to_string()));
    }
    Ok(())
}

impl Pieces {
    /// The piece asked about, then one piece per wrong candidate. What clashes with a piece drawn before is left out, which favours
    /// nodes of few edges; among like pieces any may be the one asked about, so that nothing favours it.
    pub(super) fn draw(&self, graph: &Graph, count: usize, rng: &mut TaskRng) -> Option<Vec<Piece>> {
        let first = (0..DRAWS).find_map(|_| {
            let (anchor, candidate) = self.random_link(graph, rng)?;
            self.piece(graph, anchor, candidate, rng)
        })?;
        let mut pieces = vec![first];
        let mut asked_for = 0;
        for _ in 0..DRAWS {
            if pieces.len() == count {
                break;
            }
            if asked_for == 0 {
                self.ask_for_links(graph, rng);
                asked_for = AHEAD;
            }
            asked_for -= 1;
            let Some((anchor, candidate)) = self.other_link(graph, &pieces[0], rng) else { continue };
            asked_for = 0;
            if let Some(piece) = self.piece(graph, anchor, candidate, rng)
                && piece.listed == pieces[0].listed
                && pieces.iter().all(|other| apart(graph, other, &piece))
            {
                pieces.push(piece);
            }
        }
        if self.negatives == LinkNegatives::DegreeMatched {
            let asked = rng.below(pieces.len());
            pieces.swap(0, asked);
        }
        (pieces.len() == count).then_some(pieces)
    }

    /// The ends of a random edge that the split owns, in random order; one with enough common neighbours in the data, though some may
    /// have to be hidden.
    fn random_link(&self, graph: &Graph, rng: &mut TaskRng) -> Option<(Node, Node)> {
        let edge = if self.support == 0 {
            *rng.choose(graph.edges())?
        } else {
            graph.edges()[*rng.choose(graph.supported_edges(self.support))? as usize]
        };
        let (anchor, candidate) = if rng.coin() { (edge.source, edge.target) } else { (edge.target, edge.source) };
        (anchor != candidate && owns_pair(rng.split(), anchor, candidate)).then_some((anchor, candidate))
    }

    /// Asks memory for the links that the next draws give as long as none of them will do, and most will not.
    fn ask_for_links(&self, graph: &Graph, rng: &TaskRng) {
        if self.negatives != LinkNegatives::DegreeMatched || graph.edges().len() <= CACHED_EDGES {
            return;
        }
        let mut rng = rng.clone();
        let edges: [Option<&Edge>; AHEAD] = if self.support == 0 {
            from_fn(|_| before_coin(&mut rng, graph.edges()))
        } else {
            let supported = graph.supported_edges(self.support);
            let positions: [Option<&u32>; AHEAD] = from_fn(|_| before_coin(&mut rng, supported));
            positions.map(|position| {
                let edge = &graph.edges()[*position? as usize];
                memory::ask_for(slice::from_ref(edge));
                Some(edge)
            })
        };
        for edge in edges.iter().flatten() {
            graph.ask_for_place(edge.source);
            graph.ask_for_place(edge.target);
        }
    }

    /// Ends of an edge whose second end may be a wrong candidate.
    fn other_link(&self, graph: &Graph, first: &Piece, rng: &mut TaskRng) -> Option<(Node, Node)> {
        match self.negatives {
            LinkNegatives::Uniform => link_of(graph, rng.below(graph.node_count()) as Node, rng),
            LinkNegatives::DegreeMatched => {
                let link = self.random_link(graph, rng)?;
                (degree_bin(graph, link.1) == degree_bin(graph, first.candidate)).then_some(link)
            }
            LinkNegatives::TwoHop => {
                let middle = *rng.choose(graph.neighbours(first.anchor))?;
                let candidate = *rng.choose(graph.neighbours(middle))?;
                let far = candidate != first.anchor && !graph.adjacent(first.anchor, candidate);
                if far { link_of(graph, candidate, rng) } else { None }
            }
        }
    }

    /// The shown edges of all pieces, as one subgraph.
    pub(super) fn together(graph: &Graph, pieces: &[Piece], rng: &mut TaskRng) -> Subgraph {
        let edges = pieces.iter().flat_map(|piece| piece.edges.iter().copied()).collect();
        Subgraph::new(Vec::new(), edges, graph.direction(), rng)
    }

    /// Why no question about a hidden link can be made from `graph`, if so.
    pub(super) fn unusable(&self, graph: &Graph, count: usize) -> Option<String> {
        if graph.edges().is_empty() {
            return Some("the graph has no edges".into());
        }
        if graph.has_relations() {
            return Some(
                "its edges have relations, and this task asks about links without; see `graph/relation-prediction`"
                    .into(),
            );
        }
        if self.lacks_support(graph) {
            let common = counted(self.support as u64, "common neighbour", "common neighbours");
            return Some(format!(
                "no two linked nodes have {common}, so nothing shown would tell a hidden link; set `support = 0`"
            ));
        }
        let nodes = graph.node_count();
        (nodes < 2 * count + 1)
            .then(|| format!("it has only {nodes} nodes; {count} candidates with neighbours need more"))
    }

    /// Whether no edge can be hidden, because no two linked nodes have enough common neighbours.
    fn lacks_support(&self, graph: &Graph) -> bool {
        let supported = |edge: &Edge| {
            edge.source != edge.target
                && shared(graph.neighbours(edge.source), graph.neighbours(edge.target)).len() >= self.support
        };
        !graph.edges().iter().any(supported)
    }

    /// What is shown around an edge once it is hidden; `None` without enough common neighbours.
    fn piece(&self, graph: &Graph, anchor: Node, candidate: Node, rng: &mut TaskRng) -> Option<Piece> {
        graph.ask_for_neighbours_of(&[anchor, candidate]);
        let view = View::context(graph).hiding(anchor, candidate);
        let support = self.support;
        let mut common = shared(graph.neighbours(anchor), graph.neighbours(candidate));
        rng.shuffle(&mut common);
        let shown = |&node: &Node| view.shows_pair(anchor, node) && view.shows_pair(candidate, node);
        let common: Vec<Node> = common.into_iter().filter(shown).take(support).collect();
        if common.len() < support {
            return None;
        }
        let mut edges = Vec::with_capacity(2 * self.neighbours);
        let mut listed = 0;
        for end in [anchor, candidate] {
            let others = view.draw_neighbours(end, self.neighbours, rng);
            let fresh: Vec<Node> = others.into_iter().filter(|node| !common.contains(node)).collect();
            let list = common.iter().chain(&fresh).take(self.neighbours);
            listed = (common.len() + fresh.len()).min(self.neighbours);
            if listed == 0 {
                return None;
            }
            edges.extend(list.filter_map(|&node| shown_edge(graph, end, node)));
        }
        Some(Piece { anchor, candidate, edges, listed })
    }
}

/// What a draw that is followed by the toss of a coin gives. Memory is asked for it.
fn before_coin<'items, Item>(rng: &mut TaskRng, items: &'items [Item]) -> Option<&'items Item> {
    let item = rng.choose(items)?;
    memory::ask_for(slice::from_ref(item));
    rng.coin();
    Some(item)
}

/// A random neighbour of `candidate`, and `candidate`. Training stays away from held-out edges here too.
fn link_of(graph: &Graph, candidate: Node, rng: &mut TaskRng) -> Option<(Node, Node)> {
    let anchor = *rng.choose(graph.neighbours(candidate))?;
    let allowed = rng.split() == Split::HeldOut || owns_pair(Split::Train, anchor, candidate);
    allowed.then_some((anchor, candidate))
}

/// Whether the four ends are distinct and neither candidate is linked to the other piece's anchor.
fn apart(graph: &Graph, left: &Piece, right: &Piece) -> bool {
    let distinct = |node| node != left.anchor && node != left.candidate;
    distinct(right.anchor)
        && distinct(right.candidate)
        && !graph.adjacent(left.anchor, right.candidate)
        && !graph.adjacent(right.anchor, left.candidate)
}

fn degree_bin(graph: &Graph, node: Node) -> u32 {
    graph.degree(node).max(1).ilog2()
}

/// The edge between two neighbours, pointing as it does in the graph.
fn shown_edge(graph: &Graph, left: Node, right: Node) -> Option<Edge> {
    only_edge(graph, left, right).or_else(|| edges_between(graph, left, right).next())
}

/// What two ascending lists share.
pub(super) fn shared(left: &[Node], right: &[Node]) -> Vec<Node> {
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    if long.len() > 16 * short.len() {
        return short.iter().copied().filter(|node| long.binary_search(node).is_ok()).collect();
    }
    let mut rest = long.iter().peekable();
    let mut found = Vec::new();
    for &node in short {
        while rest.next_if(|&&other| other < node).is_some() {}
        if rest.peek() == Some(&&node) {
            found.push(node);
        }
    }
    found
}
