//! [`Decision`]: a question of yes or no whose answer counts with a witness only; [`Decided`] makes it a task.
//!
//! Yes or no is drawn first, by a fair coin, then small graphs are drawn and changed a little until one has that answer, so
//! that both are equally frequent whatever the data looks like. The answer is `yes: witness` or `no: witness`; the witness
//! is a list of nodes that the verifier checks against the graph that was shown, so any valid one will do, and a lucky guess
//! earns next to nothing. With `certificate = false` the bare word counts, and half of the guesses are right.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::exact::arcs::Arcs;
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, answer};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Small graphs drawn for an answer before the sample is given up.
const DRAWS: usize = 32;
/// Fewest and most nodes of each level.
const LEVELS: [(usize, usize); 5] = [(4, 5), (6, 8), (8, 12), (12, 18), (18, 30)];

/// A property of a small graph, decided with a witness.
pub trait Decision: Send + Sync + 'static {
    /// Task name.
    const NAME: &'static str;
    /// One line for listings.
    const SUMMARY: &'static str;
    /// Whether edges are arrows.
    const DIRECTION: Direction = Direction::Undirected;
    /// Fewest nodes of a graph that may be asked about.
    const LEAST_NODES: usize = 3;

    /// Changes a small graph a little so that its answer is `yes`, and says which nodes are asked about; `None` where this
    /// graph will not do.
    fn settle(subgraph: &mut Subgraph, yes: bool, rng: &mut TaskRng) -> Option<Vec<u32>>;

    /// The question, given the names of the nodes asked about.
    fn question(asked: &[String]) -> String;

    /// What must follow `yes:` and `no:`, given the same names.
    fn witnesses(asked: &[String]) -> [String; 2];

    /// A valid witness, where the answer is `yes`; `None` where it is not.
    fn witness(instance: &Instance, yes: bool) -> Option<Vec<u32>>;

    /// Whether the nodes show that the answer is `yes`. All are nodes of the graph; they may repeat.
    fn proves(instance: &Instance, yes: bool, witness: &[u32]) -> bool;

    /// Probability that the best blind witness is valid.
    fn luck(instance: &Instance, yes: bool) -> f64;
}

/// A graph that was shown, and the nodes asked about.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The graph without directions.
    pub graph: SmallGraph,
    /// The graph with directions, where edges are arrows.
    pub arcs: Arcs,
    /// Nodes asked about; all are nodes of the graph.
    pub asked: Vec<u32>,
}

impl Instance {
    /// `None` where nodes are out of range or too many.
    fn new(truth: &DecisionTruth) -> Option<Self> {
        let nodes = truth.shown.node_count();
        let graph = truth.shown.small().ok()?;
        let arcs = Arcs::new(nodes, truth.shown.edges.iter().copied())?;
        let inside = truth.asked.iter().all(|&node| (node as usize) < nodes);
        inside.then(|| Self { graph, arcs, asked: truth.asked.clone() })
    }

    /// The two nodes asked about.
    pub fn pair(&self) -> Option<(u32, u32)> {
        Some((*self.asked.first()?, *self.asked.get(1)?))
    }
}

/// Settings of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DecisionConfig {
    /// Whether the answer counts only with a valid witness.
    pub certificate: bool,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for DecisionConfig {
    fn default() -> Self {
        Self { certificate: true, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The graph that was shown and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionTruth {
    /// What the prompt shows.
    pub shown: Shown,
    /// Nodes asked about.
    pub asked: Vec<u32>,
    /// The answer.
    pub yes: bool,
    /// Whether a witness is asked for.
    pub certificate: bool,
}

/// Checks the answer, then its witness.
#[derive(Debug, Clone, Copy, Default)]
pub struct DecisionVerifier<Question>(PhantomData<Question>);

impl<Question: Decision> Verifier for DecisionVerifier<Question> {
    const SCORING: &'static str =
        "1 for the right answer with a valid witness (with `certificate = false`, for the bare word)";
    type Truth = DecisionTruth;

    fn verify(&self, completion: &str, truth: &DecisionTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let (word, witness) = match answer::decided(text, truth.yes, truth.certificate) {
            Ok(found) => found,
            Err(verdict) => return verdict,
        };
        let Some(nodes) = answer::nodes(witness, &truth.shown) else {
            return Verdict::wrong(word, "the witness is no list of nodes");
        };
        let parsed = format!("{word}: {}", truth.shown.list(&nodes));
        match Instance::new(truth) {
            Some(instance) if Question::proves(&instance, truth.yes, &nodes) => Verdict::right(parsed),
            _ => Verdict::wrong(parsed, "the witness does not show it"),
        }
    }
}

/// A decision as a task.
pub struct Decided<Question> {
    config: DecisionConfig,
    cut: Cut,
    writing: Writing,
    verifier: DecisionVerifier<Question>,
}

impl<Question: Decision> PretextTask for Decided<Question> {
    const NAME: &'static str = Question::NAME;
    const SUMMARY: &'static str = Question::SUMMARY;
    const BY_DEFAULT: bool = false;
    type Config = DecisionConfig;
    type Input = Graph;
    type Truth = DecisionTruth;
    type Verifier = DecisionVerifier<Question>;

    fn new(config: DecisionConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "cut.max_nodes", &config.cut.max_nodes, Question::LEAST_NODES..=60)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing, verifier: DecisionVerifier(PhantomData) })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<DecisionTruth>> {
        let yes = rng.coin();
        let (subgraph, asked) = (0..DRAWS).find_map(|_| {
            let mut subgraph = self.cut.draw(graph, rng)?;
            let asked = Question::settle(&mut subgraph, yes, rng)?;
            rng.shuffle(&mut subgraph.edges);
            Some((subgraph, asked))
        })?;
        let posed = self.writing.pose(graph, subgraph, Question::DIRECTION, rng, |name| {
            Question::question(&asked.iter().map(|&id| name(id)).collect::<Vec<_>>()) + "\n"
        })?;
        let names: Vec<String> = asked.iter().map(|&id| posed.name(id).to_owned()).collect();
        let [for_yes, for_no] = Question::witnesses(&names);
        let reply = if self.config.certificate {
            format!("Reply <answer>yes: {for_yes}</answer> or <answer>no: {for_no}</answer>.")
        } else {
            "Reply <answer>yes</answer> or <answer>no</answer>.".to_owned()
        };
        let asked = asked.iter().map(|&id| posed.id(id)).collect();
        let truth = DecisionTruth { shown: posed.shown(), asked, yes, certificate: self.config.certificate };
        Some(Sample { prompt: vec![Part::Text(posed.text + &reply)], truth })
    }

    fn verifier(&self) -> &Self::Verifier {
        &self.verifier
    }

    fn oracle(&self, truth: &DecisionTruth) -> String {
        let word = if truth.yes { "yes" } else { "no" };
        let witness = Instance::new(truth)
            .filter(|_| truth.certificate)
            .and_then(|instance| Question::witness(&instance, truth.yes))
            .map(|nodes| format!(": {}", truth.shown.list(&nodes)));
        protocol::wrap(&(word.to_owned() + &witness.unwrap_or_default()))
    }

    fn chance(&self, truth: &DecisionTruth) -> f32 {
        if !truth.certificate {
            return 0.5;
        }
        let luck = Instance::new(truth).map_or(0.0, |instance| Question::luck(&instance, truth.yes));
        (luck as f32).clamp(0.0, 1.0_f32.next_down())
    }

    fn levels(config: &DecisionConfig) -> Vec<DecisionConfig> {
        let sized = |(least, most): (usize, usize)| {
            config.cut.sized(least.max(Question::LEAST_NODES), most.max(Question::LEAST_NODES))
        };
        LEVELS.map(|sizes| DecisionConfig { cut: sized(sizes), ..config.clone() }).to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}
