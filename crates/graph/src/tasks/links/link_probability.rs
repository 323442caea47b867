//! `graph/link-probability`: how likely is it that two nodes were linked by an edge that is hidden now?
//!
//! Two pieces of the graph are shown as in [`edge_prediction`](super::edge_prediction), and a coin says whether the question
//! names the two ends of one hidden edge or ends of both. With answer p and y = 1 where there was a link, else 0, the score
//! is
//!
//! (1 - `decision`) (1 - (p - y)²) + `decision` \[p is on the side of y\],
//!
//! where p = 1/2 is on neither side and earns half of the second part. Both parts are highest, in expectation, for the
//! answer that one believes in, and the first for no other: it is one minus Brier's score. A sure answer that is right, 0 or 1,
//! earns 1 and is exact.
//!
//! Chance is what the best constant answer, 1/2, earns: 0.75 with `decision = 0`. That is no flaw of the scale. A
//! score between 0 and 1 that gives 1 to sure right answers and 0 to sure wrong ones, and never rewards a false
//! statement of belief, pays a half for 1/2 at the least, which `decision = 1` reaches, where any p on the right side
//! earns the same. Advantages are relative within a group, so what all answers earn alike does not teach.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Graph;
use crate::question::ranges::check;
use crate::question::{Writing, WritingConfig};
use ssl4rl_tasks::verifiers::read_number;
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

use super::pieces::{LinkNegatives, Pieces, check_evidence};

/// One piece's candidate is the right one, the other's is wrong.
const PIECES: usize = 2;

/// Settings of [`LinkProbability`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkProbabilityConfig {
    /// Share of the score that the decision alone earns, 0 to 1.
    pub decision: f32,
    /// Where the unlinked node comes from: `uniform` over all nodes, `degree-matched` (ends of other edges, of like degree),
    /// or `two-hop` (two steps from the node asked about).
    pub negatives: LinkNegatives,
    /// Common neighbours shown of a hidden edge's two ends, 0 to 5.
    pub support: usize,
    /// Neighbours listed of each end, 1 to 20, at least `support`.
    pub neighbours: usize,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for LinkProbabilityConfig {
    fn default() -> Self {
        Self {
            decision: 0.0,
            negatives: LinkNegatives::DegreeMatched,
            support: 1,
            neighbours: 2,
            writing: WritingConfig::default(),
        }
    }
}

/// Whether there was a link, and how answers are paid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProbabilityTruth {
    /// Whether the two nodes were linked.
    pub linked: bool,
    /// Share of the score that the decision alone earns.
    pub decision: f32,
}

impl ProbabilityTruth {
    fn score(self, probability: f64) -> f64 {
        let outcome = f64::from(u8::from(self.linked));
        let side = match (probability > 0.5, probability < 0.5) {
            (above, below) if above != below => f64::from(u8::from(above == self.linked)),
            _ => 0.5,
        };
        let decision = f64::from(self.decision).clamp(0.0, 1.0);
        decision * side + (1.0 - decision) * (1.0 - (probability - outcome).powi(2))
    }
}

/// Scores a probability.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProbabilityVerifier;

impl Verifier for ProbabilityVerifier {
    const SCORING: &'static str = "1 - (p - y)², and the share that the decision alone earns";
    type Truth = ProbabilityTruth;

    fn verify(&self, completion: &str, truth: &ProbabilityTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let read = match answer.trim_end().strip_suffix('%') {
            Some(percent) => read_number(percent).map(|percent| percent / 100.0),
            None => read_number(answer),
        };
        let Some(probability) = read else { return Verdict::unreadable("not one number") };
        if !(0.0..=1.0).contains(&probability) {
            return Verdict::wrong(probability.to_string(), "not between 0 and 1");
        }
        let sure = if truth.linked { probability >= 1.0 } else { probability <= 0.0 };
        if sure {
            return Verdict::right(probability.to_string());
        }
        match truth.score(probability) as f32 {
            score if score > 0.0 => Verdict::partial(score, probability.to_string(), "not sure, or not right"),
            _ => Verdict::wrong(
                probability.to_string(),
                if truth.linked { "there was a link" } else { "there was none" },
            ),
        }
    }
}

/// The task.
pub struct LinkProbability {
    config: LinkProbabilityConfig,
    pieces: Pieces,
    writing: Writing,
}

impl PretextTask for LinkProbability {
    const NAME: &'static str = "graph/link-probability";
    const SUMMARY: &'static str = "say how likely a hidden link is";
    const BY_DEFAULT: bool = false;
    type Config = LinkProbabilityConfig;
    type Input = Graph;
    type Truth = ProbabilityTruth;
    type Verifier = ProbabilityVerifier;

    fn new(config: LinkProbabilityConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "decision", &config.decision, 0.0..=1.0)?;
        check_evidence(Self::NAME, config.support, config.neighbours, 5)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        let pieces = Pieces { negatives: config.negatives, support: config.support, neighbours: config.neighbours };
        Ok(Self { config, pieces, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ProbabilityTruth>> {
        let pieces = self.pieces.draw(graph, PIECES, rng)?;
        let linked = rng.coin();
        let subgraph = Pieces::together(graph, &pieces, rng);
        let asked = subgraph.id_of(pieces.first()?.anchor)?;
        let other = subgraph.id_of(pieces.get(usize::from(!linked))?.candidate)?;
        let posed = self.writing.pose_related(graph, subgraph, rng, |name| {
            let (asked, other) = (name(asked), name(other));
            format!("Some links are hidden. How likely is it that node {asked} was linked to node {other}?\n")
        })?;
        let text = format!("{}Reply <answer>probability</answer>, from 0 to 1.", posed.text);
        let truth = ProbabilityTruth { linked, decision: self.config.decision };
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &ProbabilityVerifier {
        &ProbabilityVerifier
    }

    fn oracle(&self, truth: &ProbabilityTruth) -> String {
        protocol::wrap(if truth.linked { "1" } else { "0" })
    }

    fn chance(&self, truth: &ProbabilityTruth) -> f32 {
        truth.score(0.5) as f32
    }

    fn levels(config: &LinkProbabilityConfig) -> Vec<LinkProbabilityConfig> {
        use LinkNegatives::{DegreeMatched, TwoHop, Uniform};
        [(2, 3, Uniform), (1, 2, DegreeMatched), (1, 5, DegreeMatched), (1, 5, TwoHop)]
            .map(|(support, neighbours, negatives)| LinkProbabilityConfig {
                negatives,
                support,
                neighbours,
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.pieces.unusable(graph, PIECES)
    }
}
