//! `graph/distance`: how many steps is it from one node to another, if any path leads there?
//!
//! The answer is drawn first, uniformly from 1 to `most` and, where `unreachable`, "none"; `placing` finds a
//! graph that has it. Where "none" may be the answer, half of the other graphs fall into pieces too, so that pieces alone
//! tell nothing. Source: the pairwise-distance pretext task of `SelfTask` and `AutoSSL`.
//!
//! A near miss earns nothing, or 1 / (1 + error) with `credit = "inverse"`; "none" is never near.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, Writing, WritingConfig};
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::wording::{LONGEST_PHRASE, normalised};
use ssl4rl_tasks::verifiers::{Number, NumberCredit, NumberTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

use super::placing::place;

/// Words for a distance that does not exist.
const UNREACHABLE: [&str; 8] =
    ["none", "no path", "unreachable", "not connected", "disconnected", "infinite", "infinity", "∞"];

/// Settings of [`Distance`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DistanceConfig {
    /// Largest distance asked about, 1 to 12, less than `cut.min_nodes`.
    pub most: u32,
    /// Whether the two nodes may lie in different pieces of the graph.
    pub unreachable: bool,
    /// What a near miss earns: `exact` (nothing), `inverse` (one over one plus the error), `relative` or `log-ratio`.
    pub credit: NumberCredit,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for DistanceConfig {
    fn default() -> Self {
        Self {
            most: 4,
            unreachable: true,
            credit: NumberCredit::Exact,
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// The distance, and the ones it was drawn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistanceTruth {
    /// Steps of a shortest path; nothing where there is none.
    pub distance: Option<u32>,
    /// Largest distance that could have been drawn.
    pub most: u32,
    /// Whether "none" could have been drawn.
    pub unreachable: bool,
    /// What a near miss earns.
    pub credit: NumberCredit,
}

/// Scores a number, or "none".
#[derive(Debug, Clone, Copy, Default)]
pub struct DistanceVerifier;

impl Verifier for DistanceVerifier {
    const SCORING: &'static str = "1 for the right number, or none; a near number earns what the credit says";
    type Truth = DistanceTruth;

    fn verify(&self, completion: &str, truth: &DistanceTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let none = answer.len() <= LONGEST_PHRASE && UNREACHABLE.contains(&normalised(answer).as_str());
        match truth.distance {
            None if none => Verdict::right("none"),
            Some(_) if none => Verdict::wrong("none", "a path leads there"),
            Some(distance) => Number.verify(completion, &NumberTruth::integer(distance.into(), truth.credit)),
            None => {
                let read = Number.verify(completion, &NumberTruth::integer(0, NumberCredit::Exact));
                read.parsed.map_or_else(
                    || Verdict::unreadable("neither one number nor none"),
                    |number| Verdict::wrong(number, "no path leads there"),
                )
            }
        }
    }
}

/// The task.
pub struct Distance {
    config: DistanceConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for Distance {
    const NAME: &'static str = "graph/distance";
    const SUMMARY: &'static str = "tell how many steps lie between two nodes";
    const BY_DEFAULT: bool = false;
    type Config = DistanceConfig;
    type Input = Graph;
    type Truth = DistanceTruth;
    type Verifier = DistanceVerifier;

    fn new(config: DistanceConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "most", &config.most, 1..=12)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        // Enough nodes for a path of that length, and one that is out of reach.
        if config.most as usize >= config.cut.min_nodes {
            let limit = format!("less than cut.min_nodes ({})", config.cut.min_nodes);
            return Err(invalid(Self::NAME, "most", limit, config.most.to_string()));
        }
        let writing = Writing::with_distractors(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<DistanceTruth>> {
        let DistanceConfig { most, unreachable, credit, .. } = self.config;
        let drawn = 1 + rng.below(most as usize + usize::from(unreachable)) as u32;
        let distance = (drawn <= most).then_some(drawn);
        let apart = distance.is_none() || unreachable && rng.coin();
        let placed = place(&self.cut, graph, &[distance], apart, rng)?;
        let (from, to) = (placed.root, *placed.targets.first()?);
        let posed = self.writing.pose(graph, placed.subgraph, Direction::Undirected, rng, |name| {
            format!("How many steps is it from node {} to node {}?\n", name(from), name(to))
        })?;
        let reply = if unreachable {
            "Reply <answer>number</answer>, or <answer>none</answer> where no path leads there."
        } else {
            "Reply <answer>number</answer>."
        };
        let truth = DistanceTruth { distance, most, unreachable, credit };
        Some(Sample { prompt: vec![Part::Text(posed.text + reply)], truth })
    }

    fn verifier(&self) -> &DistanceVerifier {
        &DistanceVerifier
    }

    fn oracle(&self, truth: &DistanceTruth) -> String {
        protocol::wrap(&truth.distance.map_or_else(|| "none".into(), |distance| distance.to_string()))
    }

    fn chance(&self, truth: &DistanceTruth) -> f32 {
        let possible: Vec<NumberTruth> =
            (1..=truth.most).map(|distance| NumberTruth::integer(distance.into(), truth.credit)).collect();
        let best = NumberTruth::best_constant(&possible).map_or(0.0, |(_, score)| score);
        let reachable = f64::from(truth.most) / f64::from(truth.most + u32::from(truth.unreachable));
        (best * reachable) as f32
    }

    fn levels(config: &DistanceConfig) -> Vec<DistanceConfig> {
        [(2, 5, 6), (3, 5, 8), (4, 6, 10), (5, 8, 14), (6, 12, 20)]
            .map(|(most, least, largest)| DistanceConfig {
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
