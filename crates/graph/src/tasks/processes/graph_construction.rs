//! `graph/graph-construction`: write the edges of a graph that has given properties.
//!
//! Degrees of all nodes, the number of triangles, and connectedness are read off a small graph that is not shown, so they
//! can be had together; any simple graph that has them is right. A graph with some of the properties earns
//! [`PARTIAL`] times their share; a loop, a repeated edge, or a node that does not exist earns nothing.
//!
//! Chance: names are dealt at random, so a fixed graph has the degree sequence with at most the probability of one
//! arrangement among all; and no degree suits more nodes than the commonest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::exact::{all, connect};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, answer, assignment::given};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// What a graph earns that has every property but one, at most.
pub const PARTIAL: f32 = 0.2;

/// Settings of [`GraphConstruction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GraphConstructionConfig {
    /// Whether the number of triangles is given beside the degrees.
    pub triangles: bool,
    /// Whether the graph must be connected.
    pub connected: bool,
    /// The small graph that the properties are read off.
    pub cut: CutConfig,
    /// How nodes are named; no graph is written.
    pub writing: WritingConfig,
}

impl Default for GraphConstructionConfig {
    fn default() -> Self {
        Self { triangles: true, connected: true, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The properties wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConstructionTruth {
    /// Names of the nodes, and the edges of one right graph.
    pub shown: Shown,
    /// Number of edges at each node.
    pub degrees: Vec<u64>,
    /// Number of triangles, where it is asked for.
    pub triangles: Option<u64>,
    /// Whether the graph must be connected.
    pub connected: bool,
}

impl ConstructionTruth {
    /// Properties in all.
    fn wanted(&self) -> usize {
        self.degrees.len() + usize::from(self.triangles.is_some()) + usize::from(self.connected)
    }

    /// Properties that a graph of the right nodes has.
    fn held(&self, small: &SmallGraph) -> usize {
        let degrees = (0..).zip(&self.degrees).filter(|&(node, &degree)| small.degree(node) == degree).count();
        let triangles = self.triangles.is_some_and(|count| small.triangles() == count);
        degrees + usize::from(triangles) + usize::from(self.connected && is_connected(small))
    }

    /// No less than a fixed graph earns on average; see the module's documentation.
    fn blind_score(&self) -> f32 {
        let count = self.degrees.len();
        let mut counts = vec![0_usize; SmallGraph::MAX_NODES + 1];
        let mut arrangements = 1.0_f64;
        for (position, &degree) in self.degrees.iter().enumerate() {
            let alike = &mut counts[(degree as usize).min(SmallGraph::MAX_NODES)];
            *alike += 1;
            arrangements *= (position + 1) as f64 / *alike as f64;
        }
        let commonest = counts.iter().max().copied().unwrap_or(0);
        let share = (commonest + self.wanted() - count) as f64 / self.wanted().max(1) as f64;
        (f64::from(PARTIAL) * share + 1.0 / arrangements).min(0.99) as f32
    }
}

/// Scores a graph by the properties it has.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConstructionVerifier;

impl Verifier for ConstructionVerifier {
    const SCORING: &'static str = "1 where all properties hold; a fifth of the share that hold otherwise";
    type Truth = ConstructionTruth;

    fn verify(&self, completion: &str, truth: &ConstructionTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let Some(mut edges) = answer::edges(text, &truth.shown) else {
            return Verdict::unreadable("not a list of edges");
        };
        if edges.iter().any(|(left, right)| left == right) {
            return Verdict::wrong(text, "an edge joins a node to itself");
        }
        for edge in &mut edges {
            *edge = (edge.0.min(edge.1), edge.0.max(edge.1));
        }
        edges.sort_unstable();
        let count = edges.len();
        edges.dedup();
        if edges.len() < count {
            return Verdict::wrong(text, "an edge is named twice");
        }
        let Ok(small) = SmallGraph::new(truth.shown.node_count(), edges) else {
            return Verdict::wrong(text, "too many nodes");
        };
        match (truth.held(&small), truth.wanted()) {
            (held, wanted) if held == wanted => Verdict::right(text),
            (0, _) => Verdict::wrong(text, "no property holds"),
            (held, wanted) => {
                let score = PARTIAL * held as f32 / wanted as f32;
                Verdict::partial(score, text, format!("{held} of {wanted} properties"))
            }
        }
    }
}

/// The task.
pub struct GraphConstruction {
    config: GraphConstructionConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for GraphConstruction {
    const NAME: &'static str = "graph/graph-construction";
    const SUMMARY: &'static str = "write the edges of a graph with given degrees and triangles";
    const BY_DEFAULT: bool = false;
    type Config = GraphConstructionConfig;
    type Input = Graph;
    type Truth = ConstructionTruth;
    type Verifier = ConstructionVerifier;

    fn new(config: GraphConstructionConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "cut.min_nodes", &config.cut.min_nodes, 4..=60)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ConstructionTruth>> {
        let subgraph = self.cut.draw(graph, rng)?;
        let small = SmallGraph::of(&subgraph).ok()?;
        let degrees: Vec<u64> = (0..subgraph.len() as u32).map(|node| small.degree(node)).collect();
        let triangles = self.config.triangles.then(|| small.triangles());
        let connected = self.config.connected && is_connected(&small);
        let edges: Vec<(u32, u32)> = subgraph.edges.iter().map(|edge| (edge.source, edge.target)).collect();
        let hidden = Subgraph { edges: Vec::new(), ..subgraph };
        let posed = self.writing.place(graph, hidden, Direction::Undirected, rng, |name| {
            wording(&given(name, &degrees), triangles, connected)
        })?;
        let mut placed = vec![0; degrees.len()];
        for (id, &degree) in degrees.iter().enumerate() {
            placed[posed.id(id as u32) as usize] = degree;
        }
        let edges = edges.into_iter().map(|(left, right)| (posed.id(left), posed.id(right))).collect();
        let shown = Shown { edges, ..posed.shown() };
        let truth = ConstructionTruth { shown, degrees: placed, triangles, connected };
        let text = posed.text + "Reply <answer>(node, node) (node, node) …</answer>.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &ConstructionVerifier {
        &ConstructionVerifier
    }

    fn oracle(&self, truth: &ConstructionTruth) -> String {
        let edges = truth.shown.edge_list(&truth.shown.edges);
        protocol::wrap(if edges.is_empty() { "none" } else { &edges })
    }

    fn chance(&self, truth: &ConstructionTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &GraphConstructionConfig) -> Vec<GraphConstructionConfig> {
        [(4, 5, false), (6, 8, false), (6, 10, true), (10, 14, true), (14, 20, true)]
            .map(|(least, most, triangles)| GraphConstructionConfig {
                triangles,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

fn wording(degrees: &str, triangles: Option<u64>, connected: bool) -> String {
    let kind = if connected { "connected graph" } else { "graph" };
    let with = match triangles {
        Some(1) => " with exactly 1 triangle".to_owned(),
        Some(count) => format!(" with exactly {count} triangles"),
        None => String::new(),
    };
    format!(
        "Write the edges of a simple {kind}{with} in which every node has the given number of neighbours.\n\
         Numbers of neighbours: {degrees}\n"
    )
}

fn is_connected(small: &SmallGraph) -> bool {
    connect::reached(small, 1, all(small)) == all(small)
}
