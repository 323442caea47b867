//! `graph/motif-histogram`: how often does each pattern on three or four nodes occur as an induced subgraph?
//!
//! Edges are added at random, as many as none to all that are missing, so that sparse and dense small graphs are asked about alike. All right
//! counts earn 1. Others earn one minus twice the total variation distance between the two histograms, cut at 0. The chance
//! that is stated is what a histogram earns that is expected in random graphs. For patterns on three nodes it is that of the density at
//! which it earns most on average. For four, where no one density serves all graphs, it is the best of three on the question itself:
//! nobody blind can know which one that is, so blind answers earn less.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{GraphletSize, SmallGraph};
use crate::question::ranges::invalid;
use crate::question::{Cut, CutConfig, Writing, WritingConfig, add_random_edge};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::wording::{items, write_items};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Longest answer that is read, in bytes.
const LONGEST: usize = 400;
/// Densities of random graphs whose histograms a blind answer might give, of patterns on three nodes and on four.
const DENSITIES: [&[f64]; 2] = [&[0.6], &[0.5, 0.65, 0.8]];
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
        Some(Sample { prompt: vec![Part::Text(text)], truth: HistogramTruth { counts } })
    }

    fn verifier(&self) -> &HistogramVerifier {
        &HistogramVerifier
    }

    fn oracle(&self, truth: &HistogramTruth) -> String {
        protocol::wrap(&write_items(truth.counts.iter().map(ToString::to_string)))
    }

    fn chance(&self, truth: &HistogramTruth) -> f32 {
        let kinds = truth.counts.len();
        let credit = |&density: &f64| truth.credit(&random_histogram(density, kinds));
        let [of_three, of_four] = DENSITIES;
        let best = if kinds == 2 { of_three } else { of_four }.iter().map(credit).fold(0.0, f64::max);
        (best as f32).clamp(0.0, 1.0_f32.next_down())
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

/// Expected shares of the patterns in a random graph where every pair is linked with probability `density`.
fn random_histogram(density: f64, kinds: usize) -> Vec<f64> {
    let shape = |orders: f64, edges: i32, gaps: i32| orders * density.powi(edges) * (1.0 - density).powi(gaps);
    match kinds {
        2 => vec![shape(3.0, 2, 1), shape(1.0, 3, 0)],
        _ => vec![
            shape(12.0, 3, 3),
            shape(4.0, 3, 3),
            shape(3.0, 4, 2),
            shape(12.0, 4, 2),
            shape(6.0, 5, 1),
            shape(1.0, 6, 0),
        ],
    }
}

/// Adds random edges until the small graph has a number of edges that is uniform between what it has and all pairs.
fn vary_density(subgraph: &mut Subgraph, rng: &mut TaskRng) {
    let pairs = subgraph.len() * (subgraph.len() - 1) / 2;
    for _ in 0..rng.below(pairs.saturating_sub(subgraph.edges.len()) + 1) {
        add_random_edge(subgraph, rng);
    }
    rng.shuffle(&mut subgraph.edges);
}
