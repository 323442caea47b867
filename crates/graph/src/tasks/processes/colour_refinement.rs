//! `graph/colour-refinement`: which nodes still have one colour after a few rounds of colour refinement.
//!
//! All nodes begin with one colour. In each round, two nodes keep a common colour only if their neighbours' colours agree,
//! counted with repeats (the one-dimensional Weisfeiler-Leman test; Weisfeiler and Leman 1968). The answer groups the nodes
//! by colour and is scored by the adjusted Rand index. Graphs whose nodes all end alike, or all different, are passed over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{SmallGraph, members};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Partition, PartitionTruth, Writing, WritingConfig};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Draws of a small graph before the sample is given up.
const DRAWS: usize = 16;

/// Settings of [`ColourRefinement`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ColourRefinementConfig {
    /// Rounds, 1 to 5.
    pub rounds: usize,
    /// The small graph, of 5 nodes at least.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for ColourRefinementConfig {
    fn default() -> Self {
        Self { rounds: 2, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The task.
pub struct ColourRefinement {
    config: ColourRefinementConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for ColourRefinement {
    const NAME: &'static str = "graph/colour-refinement";
    const SUMMARY: &'static str = "group nodes by their colour after rounds of Weisfeiler-Leman refinement";
    const BY_DEFAULT: bool = false;
    type Config = ColourRefinementConfig;
    type Input = Graph;
    type Truth = PartitionTruth;
    type Verifier = Partition;

    fn new(config: ColourRefinementConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "cut.min_nodes", &config.cut.min_nodes, 5..=60)?;
        check(Self::NAME, "rounds", &config.rounds, 1..=5)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<PartitionTruth>> {
        let (subgraph, colours) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let colours = refined(&SmallGraph::of(&subgraph).ok()?, self.config.rounds);
            let count = colours.iter().max().map_or(0, |&last| last as usize + 1);
            (count > 1 && count < subgraph.len()).then_some((subgraph, colours))
        })?;
        let rounds = self.config.rounds;
        let times = if rounds == 1 { "one round".to_owned() } else { format!("{rounds} rounds") };
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| {
            format!(
                "All nodes begin with one colour. In a round, all at once, two nodes of one colour keep one colour if each \
                 colour is equally common among their neighbours, and get different colours if not. Which nodes have one \
                 colour after {times}?\n"
            )
        })?;
        let truth = PartitionTruth::of(&posed, colours);
        let text = posed.text + "Reply <answer>node node | node | …</answer>, one group a colour, every node in one.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Partition {
        &Partition
    }

    fn oracle(&self, truth: &PartitionTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &PartitionTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &ColourRefinementConfig) -> Vec<ColourRefinementConfig> {
        [(5, 6, 1), (6, 10, 1), (6, 10, 2), (10, 16, 2), (12, 20, 3)]
            .map(|(least, most, rounds)| ColourRefinementConfig {
                rounds,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// Colours after the rounds, numbered from 0 in the order in which they first occur.
fn refined(small: &SmallGraph, rounds: usize) -> Vec<u32> {
    let mut colours = vec![0; small.node_count()];
    for _ in 0..rounds {
        let signatures: Vec<(u32, Vec<u32>)> = (0..colours.len())
            .map(|node| {
                let mut around: Vec<u32> =
                    members(small.neighbours(node as u32)).map(|other| colours[other as usize]).collect();
                around.sort_unstable();
                (colours[node], around)
            })
            .collect();
        let mut seen: Vec<&(u32, Vec<u32>)> = Vec::new();
        colours = signatures
            .iter()
            .map(|signature| {
                seen.iter().position(|other| *other == signature).unwrap_or_else(|| {
                    seen.push(signature);
                    seen.len() - 1
                }) as u32
            })
            .collect();
    }
    colours
}
