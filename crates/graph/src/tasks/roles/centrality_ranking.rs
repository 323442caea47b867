//! `graph/centrality-ranking`: which of a few nodes are most central?
//!
//! An answer names all of them, most central first; nodes of equal value may stand in either order. It earns Kendall's tau over
//! the pairs of different value, cut at 0. Values that are not equal differ by at least `gap`, so that no rounding matters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::measures::{self, ranked};
use crate::count::SmallGraph;
use crate::exact::centrality::Measure;
use crate::exact::for_each_order;
use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, answer};
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Small graphs drawn before the sample is given up.
const DRAWS: usize = 16;
/// Nodes ranked, gap, fewest and most nodes shown of each level.
const LEVELS: [(usize, f64, usize, usize); 4] = [(3, 0.2, 5, 7), (4, 0.1, 6, 10), (5, 0.05, 8, 14), (6, 0.02, 12, 20)];

/// Settings of [`CentralityRanking`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CentralityRankingConfig {
    /// Measures, one of them a question: `degree`, `closeness`, `betweenness`, `page-rank`, `katz`, `eigenvector`.
    pub measures: Vec<Measure>,
    /// Number of nodes to rank, 2 to 6 and at most `cut.min_nodes`.
    pub candidates: usize,
    /// Least difference of values that are not equal, as a share of the larger, 0.001 to 0.9.
    pub gap: f64,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for CentralityRankingConfig {
    fn default() -> Self {
        Self {
            measures: measures::ALL.to_vec(),
            candidates: 4,
            gap: 0.05,
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// The nodes to rank and their ranks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingTruth {
    /// What the prompt shows.
    pub shown: Shown,
    /// What they are ranked by.
    pub measure: Measure,
    /// The nodes to rank, most central first.
    pub nodes: Vec<u32>,
    /// Rank of each, from 0; ties share one.
    pub ranks: Vec<u32>,
}

impl RankingTruth {
    /// Kendall's tau of an order of positions in `nodes` over the pairs of different rank, cut at 0.
    fn credit(&self, order: &[usize]) -> f64 {
        let (mut right, mut wrong) = (0_u32, 0_u32);
        for (at, &earlier) in order.iter().enumerate() {
            for &later in &order[at + 1..] {
                match self.ranks.get(earlier).cmp(&self.ranks.get(later)) {
                    std::cmp::Ordering::Less => right += 1,
                    std::cmp::Ordering::Greater => wrong += 1,
                    std::cmp::Ordering::Equal => {}
                }
            }
        }
        (f64::from(right) - f64::from(wrong)).max(0.0) / f64::from((right + wrong).max(1))
    }
}

/// Compares an order with the ranks.
#[derive(Debug, Clone, Copy, Default)]
pub struct RankingVerifier;

impl Verifier for RankingVerifier {
    const SCORING: &'static str = "Kendall's tau over pairs of different value, cut at 0";
    type Truth = RankingTruth;

    fn verify(&self, completion: &str, truth: &RankingTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let Some(given) = answer::nodes(text, &truth.shown) else {
            return Verdict::unreadable("the answer is no list of nodes");
        };
        let parsed = truth.shown.list(&given);
        let order: Option<Vec<usize>> =
            given.iter().map(|node| truth.nodes.iter().position(|other| other == node)).collect();
        let Some(order) = order.filter(|order| order.len() == truth.nodes.len()) else {
            return Verdict::wrong(parsed, "not all of the nodes asked about, or others");
        };
        let repeats = order.iter().enumerate().any(|(at, position)| order[..at].contains(position));
        if repeats || truth.ranks.len() != truth.nodes.len() {
            return Verdict::wrong(parsed, "a node repeats");
        }
        let credit = truth.credit(&order);
        if credit >= 1.0 {
            Verdict::right(parsed)
        } else if credit > 0.0 {
            Verdict::partial(credit as f32, parsed, "some pairs stand the wrong way round")
        } else {
            Verdict::wrong(parsed, "as many pairs stand the wrong way round as the right way")
        }
    }
}

/// The task.
pub struct CentralityRanking {
    config: CentralityRankingConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for CentralityRanking {
    const NAME: &'static str = "graph/centrality-ranking";
    const SUMMARY: &'static str = "rank a few nodes by degree, closeness, betweenness, PageRank, Katz or eigenvector";
    const BY_DEFAULT: bool = false;
    type Config = CentralityRankingConfig;
    type Input = Graph;
    type Truth = RankingTruth;
    type Verifier = RankingVerifier;

    fn new(config: CentralityRankingConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "candidates", &config.candidates, 2..=6.min(config.cut.min_nodes))?;
        check(Self::NAME, "gap", &config.gap, 0.001..=0.9)?;
        if config.measures.is_empty() {
            return Err(invalid(Self::NAME, "measures", "at least one measure", "none"));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<RankingTruth>> {
        let measure = *rng.choose(&self.config.measures)?;
        let (subgraph, ranking) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let values = measure.of(&SmallGraph::of(&subgraph).ok()?);
            Some((subgraph, ranked(&values, self.config.candidates, self.config.gap, rng)?))
        })?;
        let mut listed: Vec<u32> = ranking.iter().map(|&(node, _)| node).collect();
        rng.shuffle(&mut listed);
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            let names: Vec<String> = listed.iter().map(|&node| name(node)).collect();
            format!("Rank the nodes {} by {}, highest first.\n", names.join(", "), measures::name(measure))
        })?;
        let nodes = ranking.iter().map(|&(node, _)| posed.id(node)).collect();
        let ranks = ranking.iter().map(|&(_, rank)| rank).collect();
        let truth = RankingTruth { shown: posed.shown(), measure, nodes, ranks };
        Some(Sample { prompt: vec![Part::Text(posed.text + "Reply <answer>nodes in that order</answer>.")], truth })
    }

    fn verifier(&self) -> &RankingVerifier {
        &RankingVerifier
    }

    fn oracle(&self, truth: &RankingTruth) -> String {
        protocol::wrap(&truth.shown.list(&truth.nodes))
    }

    fn chance(&self, truth: &RankingTruth) -> f32 {
        let mut order: Vec<usize> = (0..truth.nodes.len().min(7)).collect();
        let (mut sum, mut count) = (0.0, 0.0);
        for_each_order(&mut order, &mut |order| {
            sum += truth.credit(order);
            count += 1.0;
        });
        ((sum / count) as f32).clamp(0.0, 1.0_f32.next_down())
    }

    fn levels(config: &CentralityRankingConfig) -> Vec<CentralityRankingConfig> {
        LEVELS
            .map(|(candidates, gap, least, most)| CentralityRankingConfig {
                candidates,
                gap,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}
