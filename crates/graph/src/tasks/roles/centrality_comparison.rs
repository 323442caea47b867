//! `graph/centrality-comparison`: which of two nodes is more central? Their values differ by at least `margin`.
//!
//! By all measures nodes of more neighbours mostly are. Both nodes have equally many therefore, unless these are asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::measures;
use crate::count::SmallGraph;
use crate::exact::centrality::Measure;
use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, Writing, WritingConfig, options};
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Small graphs drawn before the sample is given up.
const DRAWS: usize = 48;
/// Difference that rounding alone does not make.
const ROUNDING: f64 = 1e-6;
/// Margin, fewest and most nodes shown of each level.
const LEVELS: [(f64, usize, usize); 4] = [(0.2, 5, 7), (0.15, 6, 10), (0.1, 8, 14), (0.05, 12, 24)];

/// Settings of [`CentralityComparison`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CentralityComparisonConfig {
    /// Measures, one of them a question: `degree`, `closeness`, `betweenness`, `page-rank`, `katz`, `eigenvector`.
    pub measures: Vec<Measure>,
    /// Least difference of the two values, as a share of the larger, 0.001 to 0.9; of Katz centrality, which is 1 at least, what is
    /// above 1 counts.
    pub margin: f64,
    /// Whether the answer is a node's name or its letter.
    pub answer_style: AnswerStyle,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for CentralityComparisonConfig {
    fn default() -> Self {
        Self {
            measures: measures::ALL.to_vec(),
            margin: 0.1,
            answer_style: AnswerStyle::Text,
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct CentralityComparison {
    config: CentralityComparisonConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for CentralityComparison {
    const NAME: &'static str = "graph/centrality-comparison";
    const SUMMARY: &'static str = "which of two nodes is more central, by one of six measures";
    const BY_DEFAULT: bool = false;
    type Config = CentralityComparisonConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: CentralityComparisonConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "margin", &config.margin, 0.001..=0.9)?;
        if config.measures.is_empty() {
            return Err(invalid(Self::NAME, "measures", "at least one measure", "none"));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let measure = *rng.choose(&self.config.measures)?;
        let (subgraph, pair) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let pairs = pairs(&SmallGraph::of(&subgraph).ok()?, measure, self.config.margin);
            Some((subgraph, *rng.choose(&pairs)?))
        })?;
        let question = format!("Which of two nodes has the higher {}?\n", measures::name(measure));
        let mut posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| question.clone())?;
        let [higher, lower] = pair.map(|node| posed.name(node).to_owned());
        let truth = options::shuffled(higher, vec![lower], self.config.answer_style, rng)?;
        options::append(&truth, &mut posed.text);
        Some(Sample { prompt: vec![Part::Text(posed.text)], truth })
    }

    fn verifier(&self) -> &Choice {
        &Choice
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &CentralityComparisonConfig) -> Vec<CentralityComparisonConfig> {
        LEVELS
            .map(|(margin, least, most)| CentralityComparisonConfig {
                margin,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// Pairs of a more and a less central node that may be asked about.
fn pairs(small: &SmallGraph, measure: Measure, margin: f64) -> Vec<[u32; 2]> {
    let least = if measure == Measure::Katz { 1.0 } else { 0.0 };
    let values: Vec<f64> = measure.of(small).into_iter().map(|value| value - least).collect();
    let differ = |&[higher, lower]: &[u32; 2]| {
        let (larger, smaller) = (values[higher as usize], values[lower as usize]);
        larger - smaller > ROUNDING && larger - smaller >= margin * larger
    };
    let alike = |&[left, right]: &[u32; 2]| measure == Measure::Degree || small.degree(left) == small.degree(right);
    let nodes = small.node_count() as u32;
    let all = (0..nodes).flat_map(|left| (0..nodes).map(move |right| [left, right]));
    all.filter(|pair| differ(pair) && alike(pair)).collect()
}
