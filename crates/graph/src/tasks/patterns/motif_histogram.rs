//! `graph/motif-histogram`: how often does each pattern on three or four nodes occur as an induced subgraph?
//!
//! Edges are added at random, as many as none to all but two of those that are missing, so that sparse and dense small graphs are asked
//! about alike and their number does not give the counts away. All right
//! counts earn 1. Others earn one minus twice the total variation distance between the two histograms, cut at 0. The chance
//! that is stated is what the typical histogram of random graphs earns that have as many nodes and edges, which whoever counts both
//! and looks no further can answer: the median of each pattern's share, or the mean in graphs so large that the two are close.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{GraphletSize, SmallGraph};
use crate::question::ranges::invalid;
use crate::question::{Cut, CutConfig, Writing, WritingConfig, add_random_edge};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::wording::{items, write_items};
use ssl4rl_tasks::{Part, PretextTask, Sample, Split, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Longest answer that is read, in bytes.
const LONGEST: usize = 400;
/// Most nodes of a graph whose typical histogram is the median over random graphs.
const FEW_NODES: usize = 8;
/// Random graphs from which a median is taken.
const DRAWS: usize = 256;
/// Nodes of the patterns, fewest and most nodes shown of each level.
const LEVELS: [(usize, usize, usize); 5] = [(3, 4, 5), (3, 5, 8), (4, 5, 6), (4, 6, 8), (4, 8, 12)];

/// Settings of [`MotifHistogram`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MotifHistogramConfig {
    /// Nodes of the patterns: 3 (two patterns) or 4 (six).
    pub size: usize,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for MotifHistogramConfig {
    fn default() -> Self {
        Self { size: 4, cut: CutConfig::default().sized(5, 7), writing: WritingConfig::default() }
    }
}

/// The right counts, in the order of the prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistogramTruth {
    /// Count of each pattern.
    pub counts: Vec<u64>,
    /// Nodes shown; chance alone depends on them and on the edges.
    #[serde(default)]
    pub nodes: usize,
    /// Edges shown.
    #[serde(default)]
    pub edges: usize,
}

impl HistogramTruth {
    /// One minus twice the total variation distance to a histogram, cut at 0.
    fn credit(&self, given: &[f64]) -> f64 {
        let (all, given_all) = (self.counts.iter().sum::<u64>() as f64, given.iter().sum::<f64>());
        if all <= 0.0 || given_all <= 0.0 || given.len() != self.counts.len() {
            return 0.0;
        }
        let difference = |(&right, &given): (&u64, &f64)| (right as f64 / all - given / given_all).abs();
        (1.0 - self.counts.iter().zip(given).map(difference).sum::<f64>()).max(0.0)
    }
}

/// Compares histograms.
#[derive(Debug, Clone, Copy, Default)]
pub struct HistogramVerifier;

impl Verifier for HistogramVerifier {
    const SCORING: &'static str = "1 for all right counts, else one minus twice the total variation distance, cut at 0";
    type Truth = HistogramTruth;

    fn verify(&self, completion: &str, truth: &HistogramTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        if text.len() > LONGEST {
            return Verdict::unreadable("the answer is too long");
        }
        let given: Option<Vec<u32>> =
            items(text).into_iter().flat_map(str::split_whitespace).map(|number| number.parse().ok()).collect();
        let Some(given) = given.filter(|given| given.len() == truth.counts.len()) else {
            return Verdict::unreadable("not one whole number for each pattern");
        };
        let parsed = write_items(given.iter().map(ToString::to_string));
        if given.iter().map(|&count| u64::from(count)).eq(truth.counts.iter().copied()) {
            return Verdict::right(parsed);
        }
        let credit = truth.credit(&given.into_iter().map(f64::from).collect::<Vec<_>>());
        if credit > 0.0 {
            Verdict::partial(credit as f32, parsed, "near")
        } else {
            Verdict::wrong(parsed, "another histogram")
        }
    }
}

/// The task.
pub struct MotifHistogram {
    size: GraphletSize,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for MotifHistogram {
    const NAME: &'static str = "graph/motif-histogram";
    const SUMMARY: &'static str = "count every pattern on three or four nodes";
    const BY_DEFAULT: bool = false;
    type Config = MotifHistogramConfig;
    type Input = Graph;
    type Truth = HistogramTruth;
    type Verifier = HistogramVerifier;

    fn new(config: MotifHistogramConfig) -> Result<Self, TaskError> {
        let size = GraphletSize::of_nodes(config.size)
            .filter(|&size| size != GraphletSize::Five)
            .ok_or_else(|| invalid(Self::NAME, "size", "3 or 4", config.size.to_string()))?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { size, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<HistogramTruth>> {
        let mut subgraph = self.cut.draw(graph, rng)?;
        vary_density(&mut subgraph, rng);
        let counts = SmallGraph::of(&subgraph).ok()?.motifs(self.size);
        let (nodes, edges) = (subgraph.len(), subgraph.edges.len());
        if counts.iter().all(|&count| count == 0) {
            return None;
        }
        let names: Vec<&str> = self.size.graphlets().iter().map(|graphlet| graphlet.name).collect();
        let question = format!(
            "How many sets of {} nodes have exactly the edges of each pattern: {}?\n",
            self.size.nodes(),
            names.join(", ")
        );
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| question.clone())?;
        let text = format!("{}Reply <answer>{} numbers in that order</answer>.", posed.text, names.len());
        Some(Sample { prompt: vec![Part::Text(text)], truth: HistogramTruth { counts, nodes, edges } })
    }

    fn verifier(&self) -> &HistogramVerifier {
        &HistogramVerifier
    }

    fn oracle(&self, truth: &HistogramTruth) -> String {
        protocol::wrap(&write_items(truth.counts.iter().map(ToString::to_string)))
    }

    fn chance(&self, truth: &HistogramTruth) -> f32 {
        (truth.credit(&typical(self.size, truth.nodes, truth.edges)) as f32).clamp(0.0, 1.0_f32.next_down())
    }

    fn levels(config: &MotifHistogramConfig) -> Vec<MotifHistogramConfig> {
        LEVELS
            .map(|(size, least, most)| MotifHistogramConfig {
                size,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// Shares of the patterns, not normalised, that a random graph with so many nodes and edges typically has.
fn typical(size: GraphletSize, nodes: usize, edges: usize) -> Vec<f64> {
    if nodes > FEW_NODES { expected(size, nodes, edges) } else { median(size, nodes, edges) }
}

/// The median of each share over random graphs, the same ones each time.
fn median(size: GraphletSize, nodes: usize, edges: usize) -> Vec<f64> {
    let mut rng = TaskRng::new(0, "typical", Split::Train, 0);
    let mut pairs: Vec<(u32, u32)> =
        (0..nodes as u32).flat_map(|right| (0..right).map(move |left| (left, right))).collect();
    let mut shares = vec![Vec::with_capacity(DRAWS); size.graphlets().len()];
    for _ in 0..DRAWS {
        let drawn = rng.sample_front(&mut pairs, edges);
        let counts =
            SmallGraph::new(nodes, drawn.iter().copied()).map_or_else(|_| Vec::new(), |graph| graph.motifs(size));
        let all = counts.iter().sum::<u64>().max(1) as f64;
        shares.iter_mut().zip(counts).for_each(|(shares, count)| shares.push(count as f64 / all));
    }
    let middle = |mut shares: Vec<f64>| {
        shares.sort_by(f64::total_cmp);
        shares.get(shares.len() / 2).copied().unwrap_or(0.0)
    };
    shares.into_iter().map(middle).collect()
}

/// The expected number of sets of nodes with each pattern, in proportion: ways to place its edges times ways to place all others.
fn expected(size: GraphletSize, nodes: usize, edges: usize) -> Vec<f64> {
    // Labelled graphs of each pattern and the edges that each has.
    let shapes: &[(f64, usize)] = match size {
        GraphletSize::Three => &[(3.0, 2), (1.0, 3)],
        _ => &[(12.0, 3), (4.0, 3), (3.0, 4), (12.0, 4), (6.0, 5), (1.0, 6)],
    };
    let pairs = |nodes: usize| nodes * nodes.saturating_sub(1) / 2;
    let outside = pairs(nodes).saturating_sub(pairs(size.nodes()));
    // In proportion to the densest pattern that fits, so that no number overflows.
    let ways = |inside: usize| {
        if inside > edges || edges - inside > outside { f64::NEG_INFINITY } else { log_choose(outside, edges - inside) }
    };
    let largest = shapes.iter().map(|&(_, inside)| ways(inside)).fold(f64::NEG_INFINITY, f64::max);
    shapes.iter().map(|&(orders, inside)| orders * (ways(inside) - largest).exp()).collect()
}

/// The logarithm of the number of ways to choose `chosen` of `count`.
fn log_choose(count: usize, chosen: usize) -> f64 {
    (0..chosen).map(|step| ((count - step) as f64 / (step + 1) as f64).ln()).sum()
}

/// Adds random edges until the small graph has a number of edges that is uniform between what it has and all pairs but two.
fn vary_density(subgraph: &mut Subgraph, rng: &mut TaskRng) {
    /// Graphs that lack one edge are all alike.
    const LEFT_OUT: usize = 2;
    let most = (subgraph.len() * (subgraph.len() - 1) / 2).saturating_sub(LEFT_OUT);
    for _ in 0..rng.below(most.saturating_sub(subgraph.edges.len()) + 1) {
        add_random_edge(subgraph, rng);
    }
    rng.shuffle(&mut subgraph.edges);
}
