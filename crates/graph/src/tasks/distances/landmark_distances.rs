//! `graph/landmark-distances`: how many steps is a node away from each of a few landmarks?
//!
//! Every landmark's distance is drawn first, uniformly from 1 to `most` and independently of the others, so that no answer
//! is more frequent than another; `placing` finds a graph that has them. The score is the share of distances that are
//! right. Source: the distance-to-clusters pretext task of `SelfTask`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, Writing, WritingConfig};
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::wording::{bare, items};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

use super::placing::place;

/// Longest answer that is read, in bytes.
const LONGEST: usize = 4096;

/// Settings of [`LandmarkDistances`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LandmarkDistancesConfig {
    /// Number of landmarks, 1 to 8; with `most` no more than `cut.min_nodes`.
    pub landmarks: usize,
    /// Largest distance, 2 to 8.
    pub most: u32,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for LandmarkDistancesConfig {
    fn default() -> Self {
        Self { landmarks: 3, most: 3, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The distances in the order asked for, and the range of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandmarkTruth {
    /// Steps to each landmark.
    pub distances: Vec<u32>,
    /// Largest distance that could have been drawn.
    pub most: u32,
}

/// Scores a list of numbers by the share that is right.
#[derive(Debug, Clone, Copy, Default)]
pub struct LandmarkVerifier;

impl Verifier for LandmarkVerifier {
    const SCORING: &'static str = "the share of distances that are right";
    type Truth = LandmarkTruth;

    fn verify(&self, completion: &str, truth: &LandmarkTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let Some(given) = read(answer) else { return Verdict::unreadable("not a list of numbers") };
        let wanted = truth.distances.len();
        if given.len() != wanted || wanted == 0 {
            return Verdict::wrong(answer, format!("{} numbers, {wanted} are asked for", given.len()));
        }
        match given.iter().zip(&truth.distances).filter(|(given, right)| given == right).count() {
            0 => Verdict::wrong(answer, "no distance is right"),
            right if right == wanted => Verdict::right(answer),
            right => Verdict::partial(right as f32 / wanted as f32, answer, format!("{right} of {wanted} are right")),
        }
    }
}

/// Numbers with commas or blanks between them.
fn read(answer: &str) -> Option<Vec<u32>> {
    if answer.len() > LONGEST {
        return None;
    }
    let numbers: Option<Vec<u32>> =
        items(answer).into_iter().flat_map(str::split_whitespace).map(|number| bare(number).parse().ok()).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}

/// The task.
pub struct LandmarkDistances {
    config: LandmarkDistancesConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for LandmarkDistances {
    const NAME: &'static str = "graph/landmark-distances";
    const SUMMARY: &'static str = "tell how far a node is from each of a few landmarks";
    const BY_DEFAULT: bool = false;
    type Config = LandmarkDistancesConfig;
    type Input = Graph;
    type Truth = LandmarkTruth;
    type Verifier = LandmarkVerifier;

    fn new(config: LandmarkDistancesConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "landmarks", &config.landmarks, 1..=8)?;
        check(Self::NAME, "most", &config.most, 2..=8)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        // The node itself, a path to the farthest landmark, and all landmarks at the far end of it.
        if config.landmarks + config.most as usize > config.cut.min_nodes {
            let limit = format!("together with landmarks at most cut.min_nodes ({})", config.cut.min_nodes);
            return Err(invalid(Self::NAME, "most", limit, config.most.to_string()));
        }
        let writing = Writing::with_distractors(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<LandmarkTruth>> {
        let most = self.config.most;
        let distances: Vec<u32> = (0..self.config.landmarks).map(|_| 1 + rng.below(most as usize) as u32).collect();
        let wanted: Vec<Option<u32>> = distances.iter().copied().map(Some).collect();
        let placed = place(&self.cut, graph, &wanted, false, rng)?;
        let posed = self.writing.pose(graph, placed.subgraph, Direction::Undirected, rng, |name| {
            let landmarks: Vec<String> = placed.targets.iter().map(|&node| name(node)).collect();
            let each = if landmarks.len() > 1 { "each of " } else { "" };
            format!("How many steps is node {} away from {each}{}?\n", name(placed.root), landmarks.join(", "))
        })?;
        let text = posed.text + "Reply <answer>numbers</answer> in this order, with commas.";
        Some(Sample { prompt: vec![Part::Text(text)], truth: LandmarkTruth { distances, most } })
    }

    fn verifier(&self) -> &LandmarkVerifier {
        &LandmarkVerifier
    }

    fn oracle(&self, truth: &LandmarkTruth) -> String {
        let distances: Vec<String> = truth.distances.iter().map(u32::to_string).collect();
        protocol::wrap(&distances.join(", "))
    }

    fn chance(&self, truth: &LandmarkTruth) -> f32 {
        1.0 / truth.most.max(2) as f32
    }

    fn levels(config: &LandmarkDistancesConfig) -> Vec<LandmarkDistancesConfig> {
        [(2, 2, 4, 6), (3, 3, 6, 8), (3, 4, 8, 12), (4, 5, 10, 16), (5, 6, 14, 20)]
            .map(|(landmarks, most, least, largest)| LandmarkDistancesConfig {
                landmarks,
                most,
                cut: config.cut.sized(least, largest),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}
