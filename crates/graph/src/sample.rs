//! Small subgraphs cut out of a large graph: ego-nets and random walks.
//!
//! Everything is walked through a [`View`], which leaves out the hidden pair and whatever is held out, so that nothing
//! hidden is ever reached. A [`Subgraph`] has its own dense ids in random order, so that no id tells anything about the
//! original graph, and its edges stand in random order.
//!
//! ```
//! use ssl4rl_graph::sample::{EgoNet, View, ego_net};
//! use ssl4rl_graph::{Direction, GraphBuilder};
//! use ssl4rl_tasks::{Split, TaskRng};
//!
//! let mut builder = GraphBuilder::new("square", 4, Direction::Undirected);
//! for (left, right) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! let mut rng = TaskRng::new(0, "example", Split::Train, 0);
//! let view = View { hidden: Some((0, 1)), ..View::whole(&graph) };
//! let net = ego_net(&view, 0, EgoNet { hops: 2, neighbours: 9, max_nodes: 9 }, &mut rng);
//! assert_eq!(net.len(), 3); // 0, 3 and 2; node 1 hangs on the hidden edge and on a third hop
//! assert!(net.id_of(1).is_none());
//! ```

use std::slice;

use petgraph::graph::UnGraph;

use super::{Direction, Edge, Graph, Node, memory};
use ssl4rl_tasks::{Split, TaskRng};

/// Degree up to which a node's neighbours are copied and shuffled; above it they are drawn one by one.
const COPIED_DEGREE: usize = 64;
/// Draws per wanted neighbour before a large neighbourhood counts as exhausted.
const DRAWS_PER_NEIGHBOUR: usize = 8;

/// Stands for the original of a node that is made up; no graph has as many nodes.
pub const MADE_UP: Node = Node::MAX;

/// A small subgraph with permuted ids `0..len`.
#[derive(Debug, Clone)]
pub struct Subgraph {
    /// Original node of each new id.
    pub nodes: Vec<Node>,
    /// Edges between new ids, in random order; undirected edges with random endpoint order.
    pub edges: Vec<Edge>,
}

impl Subgraph {
    /// A subgraph of the given original nodes and edges: ids permuted, edges shuffled and, where the graph is undirected,
    /// their endpoints too. Endpoints missing in `nodes` are added; repeated nodes and edges count once.
    pub fn new(mut nodes: Vec<Node>, mut edges: Vec<Edge>, direction: Direction, rng: &mut TaskRng) -> Self {
        nodes.extend(edges.iter().flat_map(|edge| [edge.source, edge.target]));
        nodes.sort_unstable();
        nodes.dedup();
        edges.sort_unstable();
        edges.dedup();
        let permutation = rng.permutation(nodes.len());
        let mut originals = vec![0; nodes.len()];
        for (&node, &id) in nodes.iter().zip(&permutation) {
            originals[id] = node;
        }
        // Every endpoint is in the sorted list, so the search always finds it.
        let id_of = |node: Node| nodes.binary_search(&node).map_or(0, |position| permutation[position] as u32);
        rng.shuffle(&mut edges);
        for edge in &mut edges {
            (edge.source, edge.target) = (id_of(edge.source), id_of(edge.target));
            if direction == Direction::Undirected && rng.coin() {
                (edge.source, edge.target) = (edge.target, edge.source);
            }
        }
        Self { nodes: originals, edges }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The new id of an original node.
    pub fn id_of(&self, node: Node) -> Option<u32> {
        self.nodes.iter().position(|&other| other == node).map(|id| id as u32)
    }

    /// Whether an edge joins the two ids, either way round. O(edges).
    pub fn links(&self, left: u32, right: u32) -> bool {
        let joins = |edge: &Edge| [(left, right), (right, left)].contains(&(edge.source, edge.target));
        self.edges.iter().any(joins)
    }

    /// Whether link prediction holds out the pair of the two ids' original nodes, linked or not.
    pub fn holds_out(&self, left: u32, right: u32) -> bool {
        let (left, right) = (self.nodes[left as usize], self.nodes[right as usize]);
        left != MADE_UP && right != MADE_UP && owns_pair(Split::HeldOut, left, right)
    }

    /// Whether a task may draw an edge of its own between the two ids, if there is none yet.
    ///
    /// The pairs that link prediction holds out are never shown as edges: one in so many is an edge of the data, and whoever
    /// made up edges without regard to them would train now and then on what is evaluated.
    pub fn may_link(&self, left: u32, right: u32) -> bool {
        left != right && !self.holds_out(left, right)
    }

    /// The nodes `kept`, each listed once, and the edges among them; position in `kept` is the new id.
    #[must_use]
    pub fn induced(&self, kept: &[u32]) -> Self {
        let mut new_ids = vec![None; self.nodes.len()];
        for (new_id, &id) in kept.iter().enumerate() {
            new_ids[id as usize] = Some(new_id as u32);
        }
        let edges = self.edges.iter().filter_map(|edge| {
            let (source, target) = (new_ids[edge.source as usize]?, new_ids[edge.target as usize]?);
            Some(Edge { source, target, ..*edge })
        });
        Self { nodes: kept.iter().map(|&id| self.nodes[id as usize]).collect(), edges: edges.collect() }
    }

    /// Gives node `id` the id `permutation[id]`; `permutation` holds every id once.
    pub fn relabel(&mut self, permutation: &[usize]) {
        let mut nodes = vec![0; self.nodes.len()];
        for (&node, &id) in self.nodes.iter().zip(permutation) {
            nodes[id] = node;
        }
        self.nodes = nodes;
        for edge in &mut self.edges {
            edge.source = permutation[edge.source as usize] as u32;
            edge.target = permutation[edge.target as usize] as u32;
        }
    }

    /// The subgraph as a petgraph, for classical algorithms; node indices are the new ids.
    pub fn to_petgraph(&self) -> UnGraph<(), ()> {
        let mut graph = UnGraph::with_capacity(self.len(), self.edges.len());
        let indices: Vec<_> = self.nodes.iter().map(|_| graph.add_node(())).collect();
        for edge in &self.edges {
            graph.update_edge(indices[edge.source as usize], indices[edge.target as usize], ());
        }
        graph
    }
}

/// What a sampler may walk along and show.
///
/// One pair can be hidden: its edges, in both directions and of every relation, are as if they did not exist. Held-out
/// edges are the targets of held-out link questions; a view that hides them keeps them out of every context. The triples
/// that a knowledge graph holds out are no edges of its [`Graph`] at all.
#[derive(Debug, Clone, Copy)]
pub struct View<'graph> {
    /// The whole graph.
    pub graph: &'graph Graph,
    /// Pair whose edges are hidden.
    pub hidden: Option<(Node, Node)>,
    /// Hide every edge that [`Split::HeldOut`] owns.
    pub hide_held_out_edges: bool,
    /// Hide every node that [`Split::HeldOut`] owns.
    pub hide_held_out_nodes: bool,
}

impl<'graph> View<'graph> {
    /// Everything is shown.
    pub fn whole(graph: &'graph Graph) -> Self {
        Self { graph, hidden: None, hide_held_out_edges: false, hide_held_out_nodes: false }
    }

    /// What any prompt may show: the held-out edges of a graph without relations appear in no prompt of any split.
    pub fn context(graph: &'graph Graph) -> Self {
        Self { hide_held_out_edges: !graph.has_relations(), ..Self::whole(graph) }
    }

    /// This view with the edges between two nodes hidden, whatever was hidden before.
    #[must_use]
    pub fn hiding(self, left: Node, right: Node) -> Self {
        Self { hidden: Some((left, right)), ..self }
    }

    /// Whether the node may appear.
    pub fn shows_node(&self, node: Node) -> bool {
        !self.hide_held_out_nodes || Split::Train.owns("node", u64::from(node))
    }

    /// Whether edges between the two nodes may appear, if there are any.
    pub fn shows_pair(&self, left: Node, right: Node) -> bool {
        let hidden = self.hidden.is_some_and(|pair| pair == (left, right) || pair == (right, left));
        !(hidden || self.hide_held_out_edges && owns_pair(Split::HeldOut, left, right))
    }

    /// Whether `other`, a neighbour of `node` in the graph, is one in the view.
    fn shows_step(&self, node: Node, other: Node) -> bool {
        self.shows_node(other) && self.shows_pair(node, other)
    }

    /// The node's visible neighbours, ascending. O(degree).
    pub fn neighbours(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.graph.neighbours(node).iter().copied().filter(move |&other| self.shows_step(node, other))
    }

    /// Whether a visible edge joins the two. O(log degree).
    pub fn joins(&self, node: Node, other: Node) -> bool {
        self.graph.adjacent(node, other) && self.shows_step(node, other)
    }

    /// Up to `count` visible neighbours, drawn uniformly without repetition, in random order. O(count) at hubs.
    pub fn draw_neighbours(&self, node: Node, count: usize, rng: &mut TaskRng) -> Vec<Node> {
        let all = self.graph.neighbours(node);
        let mut drawn = Vec::with_capacity(count.min(all.len()));
        if all.len() <= COPIED_DEGREE {
            let mut pool = all.to_vec();
            for front in 0..pool.len() {
                if drawn.len() == count {
                    break;
                }
                let other = front + rng.below(pool.len() - front);
                pool.swap(front, other);
                if self.shows_step(node, pool[front]) {
                    drawn.push(pool[front]);
                }
            }
            return drawn;
        }
        for _ in 0..count * DRAWS_PER_NEIGHBOUR {
            if drawn.len() == count {
                break;
            }
            let other = all[rng.below(all.len())];
            if !drawn.contains(&other) && self.shows_step(node, other) {
                drawn.push(other);
            }
        }
        drawn
    }

    /// The visible edges among `nodes`. O(nodes² log edges).
    pub fn edges_among(&self, nodes: &[Node]) -> Vec<Edge> {
        self.graph.ask_for_neighbours_of(nodes);
        let mut piece = Piece::of_up_to(nodes.len());
        for &node in nodes {
            piece.add(self, node);
        }
        piece.edges
    }
}

/// Nodes, and the visible edges among them.
struct Piece<'graph> {
    rows: Vec<Row<'graph>>,
    edges: Vec<Edge>,
}

impl<'graph> Piece<'graph> {
    fn of_up_to(nodes: usize) -> Self {
        Self { rows: Vec::with_capacity(nodes), edges: Vec::with_capacity(nodes) }
    }

    /// One more node, which is not there yet, and its edges with those that are.
    fn add(&mut self, view: &View<'graph>, node: Node) {
        let graph = view.graph;
        let row = Row::of(graph, node);
        for other in &self.rows {
            let joined =
                if row.neighbours.len() < other.neighbours.len() { row.holds(other.node) } else { other.holds(node) };
            if !(joined && view.shows_pair(other.node, node)) {
                continue;
            }
            match only_edge(graph, other.node, node) {
                Some(edge) => self.edges.push(edge),
                None => self.edges.extend(edges_between(graph, other.node, node)),
            }
        }
        self.rows.push(row);
    }
}

/// The neighbours of a node, ascending, and the first and the last of them at hand.
struct Row<'graph> {
    node: Node,
    neighbours: &'graph [Node],
    ends: Option<(Node, Node)>,
}

impl<'graph> Row<'graph> {
    fn of(graph: &'graph Graph, node: Node) -> Self {
        let neighbours = graph.neighbours(node);
        let ends = neighbours.first().zip(neighbours.last()).map(|(&first, &last)| (first, last));
        Self { node, neighbours, ends }
    }

    fn holds(&self, node: Node) -> bool {
        self.ends.is_some_and(|(first, last)| (first..=last).contains(&node))
            && self.neighbours.binary_search(&node).is_ok()
    }
}

/// Whether the edge or non-edge between two nodes belongs to the split's targets, whichever way round it is written.
pub fn owns_pair(split: Split, left: Node, right: Node) -> bool {
    split.owns("edge", u64::from(left.min(right)) << 32 | u64::from(left.max(right)))
}

/// All edges between two nodes, either direction, every relation. O(log edges); O(log degree) where there can be but one.
pub fn edges_between(graph: &Graph, left: Node, right: Node) -> impl Iterator<Item = Edge> + '_ {
    let only = only_edge(graph, left, right);
    let sorted = if only.is_some() { &[] } else { graph.edges() };
    let backward = if left == right { &[] } else { edges_from_to(sorted, right, left) };
    let searched = edges_from_to(sorted, left, right).iter().chain(backward).copied();
    only.filter(|_| graph.adjacent(left, right)).into_iter().chain(searched)
}

/// The only edge that there can be between two nodes, known without a search of all edges; `None` where there can be several.
pub(crate) fn only_edge(graph: &Graph, left: Node, right: Node) -> Option<Edge> {
    let one = graph.direction() == Direction::Undirected && !graph.has_relations() && left != right;
    one.then(|| Edge { source: left.min(right), target: left.max(right), relation: 0 })
}

/// The edges from one node to another in a sorted list. O(log edges).
pub fn edges_from_to(sorted: &[Edge], source: Node, target: Node) -> &[Edge] {
    let first = sorted.partition_point(|edge| (edge.source, edge.target) < (source, target));
    let count = sorted[first..].iter().take_while(|edge| (edge.source, edge.target) == (source, target)).count();
    &sorted[first..first + count]
}

/// One whole member of the view's graph, with its visible edges; see [`Members`](super::Members).
pub fn member(view: &View<'_>, member: usize, rng: &mut TaskRng) -> Subgraph {
    let nodes = view.graph.member_nodes(member).filter(|&node| view.shows_node(node)).collect();
    let shown = |edge: &&Edge| {
        view.shows_pair(edge.source, edge.target) && view.shows_node(edge.source) && view.shows_node(edge.target)
    };
    let edges = view.graph.member_edges(member).iter().filter(shown).copied().collect();
    Subgraph::new(nodes, edges, view.graph.direction(), rng)
}

/// How far and how wide an ego-net reaches.
#[derive(Debug, Clone, Copy)]
pub struct EgoNet {
    /// Steps from the centre.
    pub hops: usize,
    /// Neighbours followed from each node.
    pub neighbours: usize,
    /// Nodes in all, the centre among them.
    pub max_nodes: usize,
}

/// The centre, nodes reached from it in breadth-first order, and the visible edges among them.
pub fn ego_net(view: &View<'_>, centre: Node, reach: EgoNet, rng: &mut TaskRng) -> Subgraph {
    let nodes = ego_nodes(view, centre, reach, rng);
    let edges = view.edges_among(&nodes);
    Subgraph::new(nodes, edges, view.graph.direction(), rng)
}

/// The original nodes of an ego-net, the centre first.
pub fn ego_nodes(view: &View<'_>, centre: Node, reach: EgoNet, rng: &mut TaskRng) -> Vec<Node> {
    let mut nodes = vec![centre];
    let mut ring_start = 0;
    for _ in 0..reach.hops {
        let ring_end = nodes.len();
        view.graph.ask_for_neighbours_of(&nodes[ring_start..]);
        for position in ring_start..ring_end {
            for other in view.draw_neighbours(nodes[position], reach.neighbours, rng) {
                if nodes.len() < reach.max_nodes && !nodes.contains(&other) {
                    nodes.push(other);
                }
            }
        }
        ring_start = ring_end;
    }
    nodes
}

/// How long a random walk is.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    /// Steps taken.
    pub length: usize,
    /// Probability of returning to the start before a step.
    pub restart: f64,
    /// Distinct nodes after which the walk ends.
    pub max_nodes: usize,
}

/// The nodes that a random walk with restart visits, and the visible edges among them.
///
/// In a large graph every step leads to memory that no cache holds. It is asked for as soon as it is known, and what else there is to do
/// is done meanwhile.
pub fn random_walk(view: &View<'_>, start: Node, walk: Walk, rng: &mut TaskRng) -> Subgraph {
    let graph = view.graph;
    let (mut nodes, mut piece) = (vec![start], Piece::of_up_to(walk.max_nodes.min(walk.length.saturating_add(1))));
    let mut here = start;
    graph.ask_for_neighbours(start);
    for _ in 0..walk.length {
        if nodes.len() >= walk.max_nodes {
            break;
        }
        if rng.unit() < walk.restart {
            here = start;
        }
        let before = rng.clone();
        let Some(next) = rng.choose(graph.neighbours(here)) else { break };
        memory::ask_for(slice::from_ref(next));
        // The last node's neighbours may still be on their way.
        if piece.rows.len() + 1 < nodes.len() {
            piece.add(view, nodes[piece.rows.len()]);
        }
        let mut next = *next;
        graph.ask_for_place(next);
        if !view.shows_step(here, next) {
            *rng = before;
            let Some(&other) = view.draw_neighbours(here, 1, rng).first() else { break };
            next = other;
        }
        here = next;
        if !nodes.contains(&here) {
            graph.ask_for_neighbours(here);
            nodes.push(here);
        }
    }
    for &node in &nodes[piece.rows.len()..] {
        piece.add(view, node);
    }
    Subgraph::new(nodes, piece.edges, view.graph.direction(), rng)
}
