//! `graph/same-graph`: which of several views was made from the graph shown?
//!
//! The right view is the graph without a few nodes and edges, under new names (augmentations as of You et al.
//! 2020). A wrong view was made in the same way and then had edges moved until it fits nowhere in the graph: no choice of
//! different nodes puts all its edges on edges. All views have as many nodes and edges, and exactly one is possible.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::matching::{embeds, second_names};
use crate::count::SmallGraph;
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Writing, WritingConfig, options};
use crate::sample::Subgraph;
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Draws of a small graph before the sample is given up.
const DRAWS: usize = 16;
/// Edges moved, one after the other, until a view fits nowhere.
const MOVES: usize = 24;

/// Settings of [`SameGraph`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SameGraphConfig {
    /// Number of views to choose from, 2 to 6.
    pub options: usize,
    /// Nodes left out of a view, 0 to 5, below `cut.min_nodes - 2`.
    pub dropped_nodes: usize,
    /// Edges left out of a view beside those of the nodes, 0 to 10; 1 at least where no node is.
    pub dropped_edges: usize,
    /// Answer by the view's `letter` or by its `text`.
    pub answer_style: AnswerStyle,
    /// The small graph, at most 16 nodes.
    pub cut: CutConfig,
    /// How the graph is written; views are lists of edges, named in letters, or in numbers where the graph has letters.
    pub writing: WritingConfig,
}

impl Default for SameGraphConfig {
    fn default() -> Self {
        Self {
            options: 3,
            dropped_nodes: 1,
            dropped_edges: 0,
            answer_style: AnswerStyle::Letter,
            cut: CutConfig { chords: 2, ..CutConfig::default().sized(6, 8) },
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct SameGraph {
    config: SameGraphConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for SameGraph {
    const NAME: &'static str = "graph/same-graph";
    const SUMMARY: &'static str = "tell which of several views with nodes and edges left out was made from a graph";
    const BY_DEFAULT: bool = false;
    type Config = SameGraphConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: SameGraphConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "options", &config.options, 2..=6)?;
        check(Self::NAME, "cut.max_nodes", &config.cut.max_nodes, 4..=16)?;
        check(Self::NAME, "dropped_nodes", &config.dropped_nodes, 0..=5.min(config.cut.min_nodes.saturating_sub(3)))?;
        check(Self::NAME, "dropped_edges", &config.dropped_edges, usize::from(config.dropped_nodes == 0)..=10)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let (subgraph, views) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let views = self.views(&subgraph, rng)?;
            Some((subgraph, views))
        })?;
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| {
            format!("Leave out {}, then give the nodes new names. Which option can be had so?\n", self.left_out())
        })?;
        let names = second_names(&posed.shown().names);
        let mut texts = views.iter().map(|view| view_text(view, &names, rng)).collect::<Vec<_>>().into_iter();
        let truth = options::shuffled(texts.next()?, texts.collect(), self.config.answer_style, rng)?;
        let mut text = posed.text.clone();
        options::append(&truth, &mut text);
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Choice {
        &Choice
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &SameGraphConfig) -> Vec<SameGraphConfig> {
        [(5, 6, 0, 1), (6, 8, 1, 0), (7, 10, 1, 1), (9, 12, 2, 1), (11, 15, 2, 2)]
            .map(|(least, most, dropped_nodes, dropped_edges)| SameGraphConfig {
                dropped_nodes,
                dropped_edges,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl SameGraph {
    fn left_out(&self) -> String {
        let SameGraphConfig { dropped_nodes: nodes, dropped_edges: edges, .. } = self.config;
        let (nodes_end, edges_end) = (plural(nodes), plural(edges));
        match (nodes, edges) {
            (0, _) => format!("{edges} edge{edges_end}"),
            (_, 0) => format!("{nodes} node{nodes_end} with all touching edges"),
            _ => format!("{nodes} node{nodes_end} with all touching edges, and {edges} more edge{edges_end}"),
        }
    }

    /// A view that fits, then views that do not, all with as many edges; `None` where such are hard to find.
    fn views(&self, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<Subgraph>> {
        let host = SmallGraph::of(subgraph).ok()?;
        let right = self.reduced(subgraph, rng)?;
        let mut views = vec![right];
        for _ in 0..self.config.options * 4 {
            if views.len() == self.config.options {
                return Some(views);
            }
            if let Some(view) = self.reduced(subgraph, rng)
                && view.edges.len() == views[0].edges.len()
                && let Some(wrong) = unfitting(view, &host, rng)
            {
                views.push(wrong);
            }
        }
        None
    }

    /// The graph without a few nodes and edges, ids permuted. At least two edges stay.
    fn reduced(&self, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Subgraph> {
        let places = rng.permutation(subgraph.len());
        let kept = subgraph.len() - self.config.dropped_nodes;
        let place = |id: u32| places[id as usize] as u32;
        let mut nodes = vec![0; subgraph.len()];
        for (&node, &place) in subgraph.nodes.iter().zip(&places) {
            nodes[place] = node;
        }
        nodes.truncate(kept);
        let mut edges: Vec<Edge> = subgraph
            .edges
            .iter()
            .map(|edge| Edge { source: place(edge.source), target: place(edge.target), relation: 0 })
            .filter(|edge| (edge.source.max(edge.target) as usize) < kept)
            .collect();
        rng.shuffle(&mut edges);
        let left = edges.len().checked_sub(self.config.dropped_edges)?;
        edges.truncate(left);
        (left >= 2).then_some(Subgraph { nodes, edges })
    }
}

/// The view with random edges moved until it fits nowhere in `host`.
fn unfitting(mut view: Subgraph, host: &SmallGraph, rng: &mut TaskRng) -> Option<Subgraph> {
    for _ in 0..MOVES {
        let (moved, source, target) =
            (rng.below(view.edges.len()), rng.below(view.len()) as u32, rng.below(view.len()) as u32);
        if !view.may_link(source, target) || view.links(source, target) {
            continue;
        }
        view.edges[moved] = Edge { source, target, relation: 0 };
        if !embeds(&SmallGraph::of(&view).ok()?, host) {
            return Some(view);
        }
    }
    None
}

/// Edges of a view in random order, ends in random order; all views of a question have names of the same list.
fn view_text(view: &Subgraph, names: &[String], rng: &mut TaskRng) -> String {
    let mut edges: Vec<(u32, u32)> = view
        .edges
        .iter()
        .map(|edge| if rng.coin() { (edge.source, edge.target) } else { (edge.target, edge.source) })
        .collect();
    rng.shuffle(&mut edges);
    let write = |&(left, right): &(u32, u32)| format!("({}, {})", names[left as usize], names[right as usize]);
    edges.iter().map(write).collect::<Vec<_>>().join(" ")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
