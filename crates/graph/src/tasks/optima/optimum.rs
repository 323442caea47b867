//! [`Optimum`]: a question whose answers can be good or better; [`Optimised`] makes it a task.
//!
//! An exact solver says how good the best answer is, and any answer that is as good scores 1. With value v, best value b and
//! the value l of an answer that takes no thought (all nodes, one edge, a colour for each node), a valid answer earns
//! `(r(v) − r(l)) / (1 − r(l))` with `r(x) = min(x, b) / max(x, b)`, so that the thoughtless answer earns 0. An invalid one
//! earns 0.2 times the share of the constraints that it keeps. Chance is the mean of these over random answers of the best
//! size, since names are dealt to nodes at random.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::exact::arcs::Arcs;
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Small graphs drawn before the sample is given up.
const DRAWS: usize = 32;
/// What an invalid answer earns at most.
const INVALID: f64 = 0.2;
/// Largest weight of an edge, where edges have weights; the smallest is 1.
const HEAVIEST: usize = 9;

/// Whether a large or a small value is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The larger the better.
    Largest,
    /// The smaller the better.
    Smallest,
}

/// How good an answer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    /// Whether the answer keeps every constraint.
    pub valid: bool,
    /// Share of the constraints that it keeps, in `[0, 1]`.
    pub kept: f64,
    /// Its value; means nothing where it is not valid.
    pub value: u32,
}

impl Rating {
    /// An answer that keeps `kept` of `constraints`, and its value.
    pub fn of(kept: usize, constraints: usize, value: usize) -> Self {
        let share = kept as f64 / constraints.max(1) as f64;
        Self { valid: kept >= constraints, kept: share.min(1.0), value: u32::try_from(value).unwrap_or(u32::MAX) }
    }
}

/// A question of optimisation.
pub trait Optimum: Send + Sync + 'static {
    /// What is answered.
    type Answer;
    /// Task name.
    const NAME: &'static str;
    /// One line for listings.
    const SUMMARY: &'static str;
    /// What is good.
    const GOAL: Goal;
    /// Whether edges are arrows.
    const DIRECTION: Direction = Direction::Undirected;
    /// Whether edges have weights from 1 to 9.
    const WEIGHTED: bool = false;
    /// Number of questions among which one is drawn.
    const VARIANTS: usize = 1;
    /// Most nodes shown; the exact answer takes too long for more.
    const MOST_NODES: usize = 60;
    /// Form of the answer, for the prompt.
    const REPLY: &'static str;

    /// Changes a small graph so that it carries the question, and says which nodes are asked about.
    fn settle(_subgraph: &mut Subgraph, _rng: &mut TaskRng) -> Option<Vec<u32>> {
        Some(Vec::new())
    }

    /// The question, given the variant and the names of the nodes asked about.
    fn question(variant: usize, asked: &[String]) -> String;

    /// A best answer; `None` where this graph has none.
    fn solve(instance: &Instance) -> Option<Self::Answer>;

    /// Whether the best value is far enough from what takes no thought.
    fn suits(instance: &Instance, best: u32) -> bool {
        let _ = (instance, best);
        true
    }

    /// The value of an answer that takes no thought.
    fn lazy(instance: &Instance) -> u32;

    /// Reads an answer.
    fn read(text: &str, shown: &Shown) -> Option<Self::Answer>;

    /// Writes one.
    fn write(answer: &Self::Answer, shown: &Shown) -> String;

    /// How good an answer is. All its nodes are nodes of the graph; they may repeat.
    fn rate(instance: &Instance, answer: &Self::Answer) -> Rating;

    /// Fewest and most nodes of each level, easiest first.
    fn sizes() -> Vec<(usize, usize)> {
        vec![(5, 6), (6, 8), (8, 12), (12, 18), (18, 30)]
    }

    /// The mean of `score` over random answers of the best size.
    fn chance(instance: &Instance, best: u32, score: &dyn Fn(&Self::Answer) -> f64) -> f32;
}

/// A small graph, with and without directions.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The graph without directions.
    pub graph: SmallGraph,
    /// The graph with directions, where edges are arrows.
    pub arcs: Arcs,
    /// Weight of the edge between two nodes, 0 where there is none, `[nodes, nodes]`.
    weights: Vec<Vec<u32>>,
    /// Nodes asked about; all are nodes of the graph.
    pub asked: Vec<u32>,
    /// Which of the task's questions is asked.
    pub variant: usize,
}

impl Instance {
    /// `None` where nodes are out of range or too many. Missing weights are 1.
    fn new(nodes: usize, edges: &[(u32, u32)], weights: &[u32], asked: &[u32], variant: usize) -> Option<Self> {
        let graph = SmallGraph::new(nodes, edges.iter().copied()).ok()?;
        let arcs = Arcs::new(nodes, edges.iter().copied())?;
        let mut table = vec![vec![0; nodes]; nodes];
        for (at, &(left, right)) in edges.iter().enumerate() {
            // Bounded, so that sums of a stored truth's weights cannot overflow.
            let weight = weights.get(at).map_or(1, |&weight| weight.min(1000));
            table[left as usize][right as usize] = weight;
            table[right as usize][left as usize] = weight;
        }
        let inside = asked.iter().all(|&node| (node as usize) < nodes);
        inside.then(|| Self { graph, arcs, weights: table, asked: asked.to_vec(), variant })
    }

    fn of_truth(truth: &OptimumTruth) -> Option<Self> {
        Self::new(truth.shown.node_count(), &truth.shown.edges, &truth.weights, &truth.asked, truth.variant)
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.graph.node_count()
    }

    /// Weight of the edge between two nodes; 0 where there is none.
    pub fn weight(&self, left: u32, right: u32) -> u32 {
        self.weights.get(left as usize).and_then(|row| row.get(right as usize)).copied().unwrap_or(0)
    }
}

/// Settings of a question of optimisation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OptimumConfig {
    /// Where the small graph comes from; at most 14 nodes for a Hamiltonian path, 12 for a travelling salesman, 30 for a
    /// colouring, 40 for a dominating set.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

/// The graph that was shown and how good an answer can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptimumTruth {
    /// What the prompt shows.
    pub shown: Shown,
    /// Weight of each edge; empty without weights.
    pub weights: Vec<u32>,
    /// Nodes asked about.
    pub asked: Vec<u32>,
    /// Which of the task's questions is asked.
    pub variant: usize,
    /// The best value.
    pub best: u32,
}

/// Grades an answer against the best value.
#[derive(Debug, Clone, Copy, Default)]
pub struct OptimumVerifier<Question>(PhantomData<Question>);

impl<Question: Optimum> Verifier for OptimumVerifier<Question> {
    const SCORING: &'static str =
        "1 for any best answer; a valid one by how near it comes, a thoughtless one 0; an invalid one at most 0.2";
    type Truth = OptimumTruth;

    fn verify(&self, completion: &str, truth: &OptimumTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let Some(answer) = Question::read(text, &truth.shown) else {
            return Verdict::unreadable("the answer does not have the form asked for");
        };
        let parsed = Question::write(&answer, &truth.shown);
        let Some(instance) = Instance::of_truth(truth) else {
            return Verdict::wrong(parsed, "the stored graph cannot be read");
        };
        let rating = Question::rate(&instance, &answer);
        if rating.valid && reaches(Question::GOAL, rating.value, truth.best) {
            return Verdict::right(parsed);
        }
        let why = if rating.valid {
            format!("value {}, the best is {}", rating.value, truth.best)
        } else {
            format!("not valid: {:.0} % of the constraints hold", 100.0 * rating.kept)
        };
        let score = grade::<Question>(&instance, rating, truth.best);
        if score > 0.0 { Verdict::partial(score as f32, parsed, why) } else { Verdict::wrong(parsed, why) }
    }
}

fn reaches(goal: Goal, value: u32, best: u32) -> bool {
    match goal {
        Goal::Largest => value >= best,
        Goal::Smallest => value <= best,
    }
}

/// Score of an answer, in `[0, 1]`.
fn grade<Question: Optimum>(instance: &Instance, rating: Rating, best: u32) -> f64 {
    if !rating.valid {
        return INVALID * rating.kept;
    }
    if reaches(Question::GOAL, rating.value, best) {
        return 1.0;
    }
    let ratio = |value: u32| f64::from(value.min(best)) / f64::from(value.max(best).max(1));
    let floor = ratio(Question::lazy(instance));
    if floor >= 1.0 { 0.0 } else { ((ratio(rating.value) - floor) / (1.0 - floor)).clamp(0.0, 1.0) }
}

/// A question of optimisation as a task.
pub struct Optimised<Question> {
    cut: Cut,
    writing: Writing,
    verifier: OptimumVerifier<Question>,
}

/// A small graph that suits a question, before it is posed.
struct Settled {
    subgraph: Subgraph,
    weights: Vec<u32>,
    asked: Vec<u32>,
    variant: usize,
    best: u32,
}

impl<Question: Optimum> Optimised<Question> {
    fn settled(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Settled> {
        let variant = rng.below(Question::VARIANTS);
        (0..DRAWS).find_map(|_| {
            let mut subgraph = self.cut.draw(graph, rng)?;
            let asked = Question::settle(&mut subgraph, rng)?;
            rng.shuffle(&mut subgraph.edges);
            let weighted = if Question::WEIGHTED { subgraph.edges.len() } else { 0 };
            let weights: Vec<u32> = (0..weighted).map(|_| 1 + rng.below(HEAVIEST) as u32).collect();
            let edges: Vec<(u32, u32)> = subgraph.edges.iter().map(|edge| (edge.source, edge.target)).collect();
            let instance = Instance::new(subgraph.len(), &edges, &weights, &asked, variant)?;
            let best = Question::rate(&instance, &Question::solve(&instance)?).value;
            Question::suits(&instance, best).then_some(Settled { subgraph, weights, asked, variant, best })
        })
    }
}

impl<Question: Optimum> PretextTask for Optimised<Question> {
    const NAME: &'static str = Question::NAME;
    const SUMMARY: &'static str = Question::SUMMARY;
    const BY_DEFAULT: bool = false;
    type Config = OptimumConfig;
    type Input = Graph;
    type Truth = OptimumTruth;
    type Verifier = OptimumVerifier<Question>;

    fn new(config: OptimumConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "cut.max_nodes", &config.cut.max_nodes, 3..=Question::MOST_NODES)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { cut, writing, verifier: OptimumVerifier(PhantomData) })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<OptimumTruth>> {
        let Settled { subgraph, weights, asked, variant, best } = self.settled(graph, rng)?;
        let shown_weights = Question::WEIGHTED.then_some(weights.as_slice());
        let posed = self.writing.pose_weighted(graph, subgraph, shown_weights, Question::DIRECTION, rng, |name| {
            Question::question(variant, &asked.iter().map(|&id| name(id)).collect::<Vec<_>>()) + "\n"
        })?;
        let asked = asked.iter().map(|&id| posed.id(id)).collect();
        let weights = posed.weights().unwrap_or_default().to_vec();
        let truth = OptimumTruth { shown: posed.shown(), weights, asked, variant, best };
        let text = format!("{}Reply <answer>{}</answer>.", posed.text, Question::REPLY);
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Self::Verifier {
        &self.verifier
    }

    fn oracle(&self, truth: &OptimumTruth) -> String {
        let best = Instance::of_truth(truth).and_then(|instance| Question::solve(&instance));
        protocol::wrap(&best.map(|answer| Question::write(&answer, &truth.shown)).unwrap_or_default())
    }

    fn chance(&self, truth: &OptimumTruth) -> f32 {
        let Some(instance) = Instance::of_truth(truth) else { return 0.0 };
        let score =
            |answer: &Question::Answer| grade::<Question>(&instance, Question::rate(&instance, answer), truth.best);
        Question::chance(&instance, truth.best, &score).clamp(0.0, 1.0_f32.next_down())
    }

    fn levels(config: &OptimumConfig) -> Vec<OptimumConfig> {
        Question::sizes()
            .into_iter()
            .map(|(least, most)| OptimumConfig { cut: config.cut.sized(least, most), ..config.clone() })
            .collect()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}
