//! [`Cut`]: a small graph for a question, cut out of the data or drawn at random.
//!
//! Directions, relations, loops and parallel edges are left out: two nodes are linked or not. Graphs cut out of the data
//! begin at a node of the sample's split and never show a held-out edge, also where edges are added to them; graphs drawn at
//! random use nothing of the data and are told apart by [`Writing::pose`](super::Writing::pose).
//!
//! Where most pairs of a piece are linked, some of its edges are left out: among graphs that are all but complete most questions
//! have one answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exact::connect::Parts;
use crate::measure::components;
use crate::sample::{EgoNet, MADE_UP, Subgraph, View, Walk, ego_net, random_walk};
use crate::{Direction, Edge, Graph, Node};
use ssl4rl_tasks::{TaskError, TaskRng};

use super::ranges::check;

/// Draws of a start node, or of an edge, before the draw is given up.
const DRAWS: usize = 64;
/// Steps of a random walk per node wanted.
const STEPS_PER_NODE: usize = 6;
/// Share of linked pairs above which edges of a piece are left out.
const DENSE: f64 = 0.6;
/// Most nodes of a small graph; a bit row each.
const MOST_NODES: usize = 60;

/// Knobs of [`Cut`], the section `cut` of a task's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CutConfig {
    /// Where the small graph comes from: `walk` (nodes of a random walk with restart in the data), `ego-net` (nodes within
    /// two steps of a node of the data), `random` (every pair linked with the same probability), `tree` or `small-world`
    /// (a ring of near neighbours, some links rewired); the last three ignore the data.
    pub source: Source,
    /// Fewest nodes, 3 to 60.
    pub min_nodes: usize,
    /// Most nodes, `min_nodes` to 60.
    pub max_nodes: usize,
    /// Mean number of neighbours in `random` and `small-world`, 0 to 20.
    pub degree: f64,
    /// Probability of returning to the start before each step of a `walk`, 0 to 1 exclusive.
    pub restart: f64,
    /// Most random links added to what was drawn, 0 to 100; how many is uniform.
    pub chords: usize,
}

impl Default for CutConfig {
    fn default() -> Self {
        Self { source: Source::Walk, min_nodes: 6, max_nodes: 10, degree: 3.0, restart: 0.2, chords: 0 }
    }
}

impl CutConfig {
    /// The same with this range of sizes.
    #[must_use]
    pub fn sized(&self, min_nodes: usize, max_nodes: usize) -> Self {
        Self { min_nodes, max_nodes, ..self.clone() }
    }
}

/// Where small graphs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Nodes of a random walk with restart.
    Walk,
    /// Nodes within two steps of a centre.
    EgoNet,
    /// Erdős–Rényi.
    Random,
    /// A random recursive tree.
    Tree,
    /// Watts–Strogatz.
    SmallWorld,
}

impl Source {
    /// Whether the data is looked at.
    pub fn reads_data(self) -> bool {
        matches!(self, Self::Walk | Self::EgoNet)
    }
}

/// Draws small graphs.
#[derive(Debug, Clone)]
pub struct Cut {
    config: CutConfig,
}

impl Cut {
    /// Checks the knobs.
    pub fn new(task: &'static str, config: &CutConfig) -> Result<Self, TaskError> {
        check(task, "cut.min_nodes", &config.min_nodes, 3..=MOST_NODES)?;
        check(task, "cut.max_nodes", &config.max_nodes, config.min_nodes..=MOST_NODES)?;
        check(task, "cut.degree", &config.degree, 0.0..=20.0)?;
        check(task, "cut.restart", &config.restart, 0.0..=1.0_f64.next_down())?;
        check(task, "cut.chords", &config.chords, 0..=100)?;
        Ok(Self { config: config.clone() })
    }

    /// A small graph of `min_nodes` to `max_nodes` nodes, ids permuted, edges shuffled; `None` where the data has no such
    /// piece within a few draws.
    ///
    /// In a graph of random origin every original node is [`MADE_UP`].
    pub fn draw(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Subgraph> {
        let size = self.config.min_nodes + rng.below(self.config.max_nodes - self.config.min_nodes + 1);
        let mut subgraph = match self.config.source {
            Source::Walk | Source::EgoNet => (0..DRAWS).find_map(|_| self.piece(graph, size, rng))?,
            Source::Random => generated(size, self.random(size, rng), rng),
            Source::Tree => generated(size, tree(size, rng), rng),
            Source::SmallWorld => generated(size, self.small_world(size, rng), rng),
        };
        for _ in 0..rng.below(self.config.chords + 1) {
            add_random_edge(&mut subgraph, rng);
        }
        rng.shuffle(&mut subgraph.edges);
        Some(subgraph)
    }

    /// Why no small graph can be cut out of `graph`, if so.
    pub fn unusable(&self, graph: &Graph) -> Option<String> {
        if !self.config.source.reads_data() {
            return None;
        }
        if graph.edges().is_empty() {
            return Some("the graph has no edges".into());
        }
        let (nodes, least) = (graph.node_count(), self.config.min_nodes);
        if nodes < least {
            return Some(format!("it has only {nodes} nodes; a question shows at least {least}"));
        }
        if (0..nodes as Node).any(|node| graph.degree(node) + 1 >= least) {
            return None;
        }
        let connected = components(graph).sizes().into_iter().max().unwrap_or_default();
        (connected < least).then(|| {
            format!("it has no more than {connected} nodes that are connected; a question shows at least {least}")
        })
    }

    /// A piece around a random start node, if that is one of the split's and the piece is large enough.
    fn piece(&self, graph: &Graph, size: usize, rng: &mut TaskRng) -> Option<Subgraph> {
        let view = View::context(graph);
        let start = rng.below(graph.node_count()) as Node;
        if !rng.split().owns("node", u64::from(start)) {
            return None;
        }
        let mut subgraph = if self.config.source == Source::EgoNet {
            ego_net(&view, start, EgoNet { hops: 2, neighbours: size, max_nodes: size }, rng)
        } else {
            let walk = Walk { length: STEPS_PER_NODE * size, restart: self.config.restart, max_nodes: size };
            random_walk(&view, start, walk, rng)
        };
        make_simple(&mut subgraph.edges);
        thin(&mut subgraph, rng);
        (subgraph.len() >= self.config.min_nodes).then_some(subgraph)
    }

    fn random(&self, size: usize, rng: &mut TaskRng) -> Vec<(usize, usize)> {
        let probability = self.config.degree / (size - 1) as f64;
        pairs(size).filter(|_| rng.unit() < probability).collect()
    }

    /// Every node is linked to the next `degree / 2` on a ring; each link's end moves with probability 0.2.
    fn small_world(&self, size: usize, rng: &mut TaskRng) -> Vec<(usize, usize)> {
        const REWIRED: f64 = 0.2;
        let reach = ((self.config.degree / 2.0).round() as usize).clamp(1, (size - 1) / 2);
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for node in 0..size {
            for step in 1..=reach {
                let near = (node + step) % size;
                let far = rng.below(size);
                edges.push((node, if far != node && rng.unit() < REWIRED { far } else { near }));
            }
        }
        edges
    }
}

/// All pairs of `0..size`, the smaller first.
fn pairs(size: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..size).flat_map(move |left| (left + 1..size).map(move |right| (left, right)))
}

/// Every node is linked to a random earlier one.
fn tree(size: usize, rng: &mut TaskRng) -> Vec<(usize, usize)> {
    (1..size).map(|node| (rng.below(node), node)).collect()
}

/// Permutes ids and shuffles edges.
fn generated(size: usize, edges: Vec<(usize, usize)>, rng: &mut TaskRng) -> Subgraph {
    let edges = edges
        .into_iter()
        .map(|(left, right)| Edge { source: left as u32, target: right as u32, relation: 0 })
        .collect();
    let mut subgraph = Subgraph::new((0..size as u32).collect(), edges, Direction::Undirected, rng);
    make_simple(&mut subgraph.edges);
    subgraph.nodes.fill(MADE_UP);
    subgraph
}

/// Forgets relations, directions and loops: one edge a pair, the first of its kind.
pub fn make_simple(edges: &mut Vec<Edge>) {
    let mut simple: Vec<Edge> = Vec::with_capacity(edges.len());
    for edge in edges.iter() {
        let joins = |other: &Edge| {
            [(other.source, other.target), (other.target, other.source)].contains(&(edge.source, edge.target))
        };
        if edge.source != edge.target && !simple.iter().any(joins) {
            simple.push(Edge { relation: 0, ..*edge });
        }
    }
    *edges = simple;
}

/// Leaves out edges of a dense graph that hold nothing together; how many stay is uniform.
fn thin(subgraph: &mut Subgraph, rng: &mut TaskRng) {
    let (nodes, edges) = (subgraph.len(), subgraph.edges.len());
    if edges as f64 <= DENSE * (nodes * (nodes - 1) / 2) as f64 {
        return;
    }
    rng.shuffle(&mut subgraph.edges);
    let mut parts = Parts::apart(nodes);
    let (forest, rest): (Vec<Edge>, Vec<Edge>) =
        subgraph.edges.iter().copied().partition(|edge| parts.join(edge.source, edge.target));
    let kept = rng.below(rest.len() + 1);
    subgraph.edges = [forest.as_slice(), &rest[..kept]].concat();
}

/// Adds an edge between two nodes that have none and [may have one](Subgraph::may_link), if a few draws find such.
pub fn add_random_edge(subgraph: &mut Subgraph, rng: &mut TaskRng) {
    for _ in 0..DRAWS {
        let (source, target) = (rng.below(subgraph.len()) as u32, rng.below(subgraph.len()) as u32);
        if subgraph.may_link(source, target) && !subgraph.links(source, target) {
            subgraph.edges.push(Edge { source, target, relation: 0 });
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;
    use ssl4rl_tasks::Split;

    #[test]
    fn every_source_gives_simple_graphs_of_the_sizes_asked_for() {
        let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
        for source in [Source::Walk, Source::EgoNet, Source::Random, Source::Tree, Source::SmallWorld] {
            let config = CutConfig { source, chords: 2, ..CutConfig::default() };
            let cut = Cut::new("test", &config).unwrap();
            let mut rng = TaskRng::new(1, "test", Split::Train, 0);
            for _ in 0..200 {
                let subgraph = cut.draw(&graph, &mut rng).unwrap();
                assert!((config.min_nodes..=config.max_nodes).contains(&subgraph.len()), "{source:?}");
                let mut seen: Vec<(u32, u32)> = subgraph
                    .edges
                    .iter()
                    .map(|edge| (edge.source.min(edge.target), edge.source.max(edge.target)))
                    .collect();
                let count = seen.len();
                seen.sort_unstable();
                seen.dedup();
                assert!(seen.len() == count && seen.iter().all(|&(left, right)| left < right), "{source:?}");
            }
        }
    }

    #[test]
    fn pieces_of_a_dense_graph_are_thinned_and_hang_together() {
        let graph = generate::from_spec("complete:n=40", 1).unwrap().unwrap();
        let cut = Cut::new("test", &CutConfig::default().sized(8, 8)).unwrap();
        let mut counts = std::collections::BTreeSet::new();
        let mut rng = TaskRng::new(1, "test", Split::Train, 0);
        for _ in 0..300 {
            let subgraph = cut.draw(&graph, &mut rng).unwrap();
            assert_eq!(petgraph::algo::connected_components(&subgraph.to_petgraph()), 1);
            counts.insert(subgraph.edges.len());
        }
        // One in ten pairs is held out, so that no eight nodes have all of the 28.
        assert!(counts.len() > 15 && counts.first() == Some(&7), "{counts:?}");
    }

    #[test]
    fn a_tree_has_one_edge_less_than_nodes() {
        let graph = generate::from_spec("grid:rows=3,columns=4", 1).unwrap().unwrap();
        let cut = Cut::new("test", &CutConfig { source: Source::Tree, ..CutConfig::default() }).unwrap();
        let mut rng = TaskRng::new(1, "test", Split::Train, 0);
        for _ in 0..50 {
            let subgraph = cut.draw(&graph, &mut rng).unwrap();
            assert_eq!(subgraph.edges.len(), subgraph.len() - 1);
        }
    }
}
