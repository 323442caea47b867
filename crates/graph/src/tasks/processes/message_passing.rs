//! `graph/message-passing`: the values of all nodes after a few rounds of a graph neural network without weights.
//!
//! Every node begins with a whole number. In each round, all at once, a node's new value is the sum, the mean, the largest
//! or the smallest of its own value and its neighbours' values (Hamilton et al. 2017, Xu et al. 2019).
//! The answer gives the value of every node; the score is the share of right ones.
//!
//! Chance: the best of three answers that look at no edge. A fixed number: a sum or mean grows with the node's own first value,
//! which is one of `largest` with equal probability whatever the rest, so that none is right more often than one time in
//! `largest`; where the largest or smallest is asked for, first values are all different, and `largest` (or 1) is right with the
//! share of nodes within reach over `largest`. The first values themselves, right where nothing changes. And the largest (or
//! smallest) first value for all, right wherever it spreads to. Where largest or smallest are asked for, first values are dealt so
//! that the better of the last two earns little.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{SmallGraph, members};
use crate::question::ranges::{check, invalid};
use crate::question::{
    Assignment, AssignmentTruth, Cut, CutConfig, Fraction, Writing, WritingConfig, assignment::given,
};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Ways to deal first values that are compared.
const DEALS: usize = 16;

/// Settings of [`MessagePassing`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MessagePassingConfig {
    /// How values are combined, one of them per question: `sum`, `mean`, `max`, `min`.
    pub aggregations: Vec<Aggregation>,
    /// Rounds, 1 to 4.
    pub rounds: usize,
    /// Largest first value, 10 to 1000, and at least `cut.max_nodes`; the smallest is 1.
    pub largest: usize,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for MessagePassingConfig {
    fn default() -> Self {
        Self {
            aggregations: vec![Aggregation::Sum, Aggregation::Max],
            rounds: 1,
            largest: 30,
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// How a node combines its own value and its neighbours'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregation {
    /// The sum.
    Sum,
    /// The arithmetic mean, as an exact fraction.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

impl Aggregation {
    /// Whether first values are all different.
    fn needs_distinct(self) -> bool {
        matches!(self, Self::Max | Self::Min)
    }

    fn combine(self, values: &[Fraction]) -> Option<Fraction> {
        let sum = || values.iter().try_fold(Fraction::whole(0), |sum, &value| sum.plus(value));
        let by_value = |left: &&Fraction, right: &&Fraction| left.value().total_cmp(&right.value());
        match self {
            Self::Sum => sum(),
            Self::Mean => sum()?.over(values.len() as i64),
            Self::Max => values.iter().max_by(by_value).copied(),
            Self::Min => values.iter().min_by(by_value).copied(),
        }
    }

    fn wording(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Max => "largest",
            Self::Min => "smallest",
        }
    }
}

/// The task.
pub struct MessagePassing {
    config: MessagePassingConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for MessagePassing {
    const NAME: &'static str = "graph/message-passing";
    const SUMMARY: &'static str = "run rounds of sum, mean, max or min over neighbours and tell every node's value";
    const BY_DEFAULT: bool = false;
    type Config = MessagePassingConfig;
    type Input = Graph;
    type Truth = AssignmentTruth;
    type Verifier = Assignment;

    fn new(config: MessagePassingConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "rounds", &config.rounds, 1..=4)?;
        check(Self::NAME, "largest", &config.largest, config.cut.max_nodes.max(10)..=1000)?;
        if config.aggregations.is_empty() {
            return Err(invalid(Self::NAME, "aggregations", "at least one", "none"));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<AssignmentTruth>> {
        let subgraph = self.cut.draw(graph, rng)?;
        let aggregation = *rng.choose(&self.config.aggregations)?;
        let small = SmallGraph::of(&subgraph).ok()?;
        let (first, values) = self.dealt(&small, aggregation, rng)?;
        let told = told(aggregation, &first, &values) as f32 / first.len() as f32;
        let blind = self.blind_share(&small, aggregation).max(told).min(1.0_f32.next_down());
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            self.wording(aggregation, &given(name, &first))
        })?;
        let truth = AssignmentTruth::exact(&posed, values.iter().map(Fraction::to_string).collect(), blind);
        let text = posed.text + "Reply <answer>node: value, node: value, …</answer> with every node.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Assignment {
        &Assignment
    }

    fn oracle(&self, truth: &AssignmentTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &AssignmentTruth) -> f32 {
        truth.blind
    }

    fn levels(config: &MessagePassingConfig) -> Vec<MessagePassingConfig> {
        [(4, 5, 1), (6, 10, 1), (6, 10, 2), (10, 16, 2), (12, 20, 3)]
            .map(|(least, most, rounds)| MessagePassingConfig {
                rounds,
                cut: config.cut.sized(least, most),
                largest: config.largest.max(most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl MessagePassing {
    /// First values and those after the rounds, of which little is [`told`].
    fn dealt(
        &self,
        small: &SmallGraph,
        aggregation: Aggregation,
        rng: &mut TaskRng,
    ) -> Option<(Vec<i64>, Vec<Fraction>)> {
        let attempts = if aggregation.needs_distinct() { DEALS } else { 1 };
        let mut dealt = Vec::with_capacity(attempts);
        for _ in 0..attempts {
            let first = self.first_values(aggregation, small.node_count(), rng);
            let values = run(small, aggregation, &first, self.config.rounds)?;
            dealt.push((first, values));
        }
        dealt.into_iter().min_by_key(|(first, values)| told(aggregation, first, values))
    }

    fn first_values(&self, aggregation: Aggregation, count: usize, rng: &mut TaskRng) -> Vec<i64> {
        if aggregation.needs_distinct() {
            let mut values: Vec<i64> = (1..=self.config.largest as i64).collect();
            return rng.sample_front(&mut values, count).to_vec();
        }
        (0..count).map(|_| 1 + rng.below(self.config.largest) as i64).collect()
    }

    /// Expected share of right values of the best fixed answer; see the module's documentation.
    fn blind_share(&self, small: &SmallGraph, aggregation: Aggregation) -> f32 {
        let reached: u32 = if aggregation.needs_distinct() {
            let rounds = self.config.rounds as u32;
            (0..small.node_count() as u32).map(|node| small.within(1 << node, rounds).count_ones()).sum()
        } else {
            small.node_count() as u32
        };
        reached as f32 / (small.node_count() * self.config.largest) as f32
    }

    fn wording(&self, aggregation: Aggregation, start: &str) -> String {
        let (rounds, word) = (self.config.rounds, aggregation.wording());
        let times = if rounds == 1 { "one round".to_owned() } else { format!("{rounds} rounds") };
        let form = if aggregation == Aggregation::Mean { " (exact, as a fraction)" } else { "" };
        format!(
            "In a round, all nodes at once take as new value the {word} of their own value and their neighbours' values. \
             Which values{form} do the nodes have after {times}?\nValues: {start}\n"
        )
    }
}

/// Values that are right in the better of two answers: the first values, and the first values' largest or smallest for all.
fn told(aggregation: Aggregation, first: &[i64], values: &[Fraction]) -> usize {
    let kept = first.iter().zip(values).filter(|&(&first, &value)| Fraction::whole(first) == value).count();
    let outermost = match aggregation {
        Aggregation::Max => first.iter().max(),
        Aggregation::Min => first.iter().min(),
        Aggregation::Sum | Aggregation::Mean => None,
    };
    let spread = outermost.map_or(0, |&one| values.iter().filter(|&&value| value == Fraction::whole(one)).count());
    kept.max(spread)
}

/// Values of all nodes after the rounds; `None` where one is too large to be exact.
fn run(small: &SmallGraph, aggregation: Aggregation, first: &[i64], rounds: usize) -> Option<Vec<Fraction>> {
    let mut values: Vec<Fraction> = first.iter().map(|&value| Fraction::whole(value)).collect();
    for _ in 0..rounds {
        let closed = |node: usize| -> Vec<Fraction> {
            members(small.neighbours(node as u32) | 1 << node).map(|other| values[other as usize]).collect()
        };
        values = (0..values.len()).map(|node| aggregation.combine(&closed(node))).collect::<Option<_>>()?;
    }
    Some(values)
}
