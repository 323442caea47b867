//! `graph/edge-existence`: are two nodes of the shown graph linked?
//!
//! A linked and an unlinked node are found for the node asked about, of like degree (the same power of two), and a coin
//! says which of them the question names. So neither the degrees nor anything else but the edge itself tells the answer.
//! The unlinked one is two steps away or farther, by `far`.
//!
//! With `certificate` the answer counts only with all neighbours of the first node after it, which shows that it was
//! looked up; that witness serves both answers. The decision alone is worth one half to a guesser, with the witness next
//! to nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{SmallGraph, members};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, answer, blind};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Graphs searched before the sample is given up.
const SEARCHED: usize = 8;

/// Settings of [`EdgeExistence`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeExistenceConfig {
    /// Share of questions whose unlinked node would be three or more steps away, or out of reach, 0 to 1; it is two steps
    /// away in the others, which are harder.
    pub far: f64,
    /// Whether the answer needs all neighbours of the first node as its witness.
    pub certificate: bool,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for EdgeExistenceConfig {
    fn default() -> Self {
        Self { far: 0.5, certificate: true, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The graph and the pair asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeExistenceTruth {
    /// The graph of the prompt.
    pub shown: Shown,
    /// The first node, whose neighbours are the witness.
    pub first: u32,
    /// The second node.
    pub second: u32,
    /// Whether a witness is asked for.
    pub certificate: bool,
}

impl EdgeExistenceTruth {
    fn right_answer(&self) -> String {
        let word = if self.shown.links(self.first, self.second) { "yes" } else { "no" };
        if !self.certificate {
            return word.into();
        }
        let neighbours = self.shown.successors(self.first);
        let names: Vec<&str> = neighbours.iter().map(|&node| self.shown.name(node)).collect();
        format!("{word}: {}", if names.is_empty() { "none".into() } else { names.join(", ") })
    }
}

/// Scores the decision and its witness.
#[derive(Debug, Clone, Copy, Default)]
pub struct EdgeExistenceVerifier;

impl Verifier for EdgeExistenceVerifier {
    const SCORING: &'static str = "1 for the right decision with the right neighbours after it";
    type Truth = EdgeExistenceTruth;

    fn verify(&self, completion: &str, truth: &EdgeExistenceTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let Some((yes, witness)) = answer::decision(answer) else { return Verdict::unreadable("neither yes nor no") };
        if yes != truth.shown.links(truth.first, truth.second) {
            return Verdict::wrong(answer, if yes { "they are not linked" } else { "they are linked" });
        }
        if !truth.certificate {
            // What follows the word must not take it back.
            return if witness.is_empty() {
                Verdict::right(answer)
            } else {
                Verdict::unreadable("more than yes or no")
            };
        }
        let Some(mut named) = answer::nodes(witness, &truth.shown) else {
            return Verdict::wrong(answer, "right, but no list of neighbours follows");
        };
        named.sort_unstable();
        if named == truth.shown.successors(truth.first) {
            Verdict::right(answer)
        } else {
            Verdict::wrong(answer, "right, but these are not the neighbours")
        }
    }
}

/// The task.
pub struct EdgeExistence {
    config: EdgeExistenceConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for EdgeExistence {
    const NAME: &'static str = "graph/edge-existence";
    const SUMMARY: &'static str = "tell whether two nodes of the shown graph are linked";
    const BY_DEFAULT: bool = false;
    type Config = EdgeExistenceConfig;
    type Input = Graph;
    type Truth = EdgeExistenceTruth;
    type Verifier = EdgeExistenceVerifier;

    fn new(config: EdgeExistenceConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "far", &config.far, 0.0..=1.0)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        let writing = Writing::with_distractors(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<EdgeExistenceTruth>> {
        let far = rng.unit() < self.config.far;
        let (subgraph, first, pair) = (0..SEARCHED).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let small = SmallGraph::of(&subgraph).ok()?;
            let (first, pair) = matched_pair(&small, far, rng)?;
            // An edge that is held out is not shown, and no is not the right answer to it.
            let held_out = subgraph.holds_out(first, pair[1]);
            (!held_out).then_some((subgraph, first, pair))
        })?;
        let second = pair[usize::from(rng.coin())];
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            format!("Are nodes {} and {} linked?\n", name(first), name(second))
        })?;
        let certificate = self.config.certificate;
        let truth =
            EdgeExistenceTruth { shown: posed.shown(), first: posed.id(first), second: posed.id(second), certificate };
        let reply = if certificate {
            let first = posed.name(first);
            format!(
                "Reply <answer>yes: nodes</answer> or <answer>no: nodes</answer>, naming all neighbours of {first}."
            )
        } else {
            "Reply <answer>yes</answer> or <answer>no</answer>.".into()
        };
        Some(Sample { prompt: vec![Part::Text(posed.text + &reply)], truth })
    }

    fn verifier(&self) -> &EdgeExistenceVerifier {
        &EdgeExistenceVerifier
    }

    fn oracle(&self, truth: &EdgeExistenceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &EdgeExistenceTruth) -> f32 {
        const DECISION: f64 = 0.5;
        if !truth.certificate {
            return DECISION as f32;
        }
        let others = truth.shown.node_count().saturating_sub(1);
        (DECISION / blind::choose(others, truth.shown.successors(truth.first).len()).max(1.0)) as f32
    }

    fn levels(config: &EdgeExistenceConfig) -> Vec<EdgeExistenceConfig> {
        [(1.0, 5, 6), (0.5, 6, 10), (0.2, 10, 16), (0.0, 16, 30)]
            .map(|(far, least, largest)| EdgeExistenceConfig {
                far,
                cut: config.cut.sized(least, largest),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// A node, one that is linked to it, and one that is not, of like degree.
fn matched_pair(small: &SmallGraph, far: bool, rng: &mut TaskRng) -> Option<(u32, [u32; 2])> {
    let first = rng.below(small.node_count()) as u32;
    let bin = |node: u32| small.degree(node).max(1).ilog2();
    let near = small.within(1 << first, 2);
    let everything = small.within(u64::MAX, 0);
    let apart = if far { everything & !near } else { near & !small.neighbours(first) & !(1 << first) };
    let linked: Vec<u32> = members(small.neighbours(first)).collect();
    let &linked = rng.choose(&linked)?;
    let unlinked: Vec<u32> = members(apart).filter(|&node| bin(node) == bin(linked)).collect();
    Some((first, [linked, *rng.choose(&unlinked)?]))
}
