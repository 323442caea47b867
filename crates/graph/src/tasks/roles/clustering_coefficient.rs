//! `graph/clustering-coefficient`: what share of the pairs of a node's neighbours is linked, as an exact fraction?
//!
//! The node's degree d and the number of linked pairs are drawn first, both uniformly, and edges at the node and among its
//! neighbours are changed accordingly, so that each of the `d (d − 1) / 2 + 1` values is equally likely. Any fraction equal to
//! the right one counts, and a decimal number that is right to three digits after the point.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Writing, WritingConfig};
use crate::sample::Subgraph;
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::verifiers::wording::bare;
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Longest answer that is read, in bytes.
const LONGEST: usize = 64;
/// Small graphs and nodes tried for one fraction.
const DRAWS: usize = 64;
/// Largest error of a decimal answer.
const ROUNDING: f64 = 0.000_500_1;
/// Most neighbours, fewest and most nodes shown of each level.
const LEVELS: [(usize, usize, usize); 4] = [(3, 5, 6), (5, 6, 10), (6, 8, 14), (7, 12, 24)];

/// Settings of [`ClusteringCoefficient`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusteringCoefficientConfig {
    /// Fewest neighbours of the node, 2 to 7.
    pub min_degree: usize,
    /// Most neighbours, `min_degree` to 7 and below `cut.min_nodes`.
    pub max_degree: usize,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for ClusteringCoefficientConfig {
    fn default() -> Self {
        Self { min_degree: 3, max_degree: 5, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The right fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FractionTruth {
    /// Linked pairs of neighbours.
    pub linked: u32,
    /// Pairs of neighbours.
    pub pairs: u32,
}

/// Compares fractions.
#[derive(Debug, Clone, Copy, Default)]
pub struct FractionVerifier;

impl Verifier for FractionVerifier {
    const SCORING: &'static str = "1 for a number equal to the fraction, decimals to three digits";
    type Truth = FractionTruth;

    fn verify(&self, completion: &str, truth: &FractionTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let text = bare(text);
        if text.len() > LONGEST {
            return Verdict::unreadable("the answer is too long");
        }
        let right = if let Some((above, below)) = text.split_once('/') {
            let (Ok(above), Ok(below)) = (above.trim().parse::<u32>(), below.trim().parse::<u32>()) else {
                return Verdict::unreadable("no fraction");
            };
            let equal = u64::from(above) * u64::from(truth.pairs) == u64::from(below) * u64::from(truth.linked);
            below > 0 && equal
        } else {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let Some(given) = text.parse::<f64>().ok().filter(|_| digits) else {
                return Verdict::unreadable("neither a fraction nor a decimal number");
            };
            (given - f64::from(truth.linked) / f64::from(truth.pairs)).abs() <= ROUNDING
        };
        if right { Verdict::right(text) } else { Verdict::wrong(text, "another fraction") }
    }
}

/// The task.
pub struct ClusteringCoefficient {
    config: ClusteringCoefficientConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for ClusteringCoefficient {
    const NAME: &'static str = "graph/clustering-coefficient";
    const SUMMARY: &'static str = "which share of the pairs of a node's neighbours is linked, as a fraction";
    const BY_DEFAULT: bool = false;
    type Config = ClusteringCoefficientConfig;
    type Input = Graph;
    type Truth = FractionTruth;
    type Verifier = FractionVerifier;

    fn new(config: ClusteringCoefficientConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "min_degree", &config.min_degree, 2..=7)?;
        check(Self::NAME, "max_degree", &config.max_degree, config.min_degree..=7)?;
        check(Self::NAME, "max_degree", &config.max_degree, 2..=config.cut.min_nodes - 1)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<FractionTruth>> {
        let degree = self.config.min_degree + rng.below(self.config.max_degree - self.config.min_degree + 1);
        let pairs = degree * (degree - 1) / 2;
        let linked = rng.below(pairs + 1);
        let (subgraph, node) = (0..DRAWS).find_map(|_| {
            let mut subgraph = self.cut.draw(graph, rng)?;
            let node = rng.below(subgraph.len()) as u32;
            settle(&mut subgraph, node, degree, linked, rng)?;
            Some((subgraph, node))
        })?;
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            format!("What is the clustering coefficient of node {}?\n", name(node))
        })?;
        let truth = FractionTruth { linked: linked as u32, pairs: pairs as u32 };
        Some(Sample { prompt: vec![Part::Text(posed.text + "Reply <answer>fraction</answer>.")], truth })
    }

    fn verifier(&self) -> &FractionVerifier {
        &FractionVerifier
    }

    fn oracle(&self, truth: &FractionTruth) -> String {
        protocol::wrap(&format!("{}/{}", truth.linked, truth.pairs))
    }

    fn chance(&self, truth: &FractionTruth) -> f32 {
        // 0 and 1 are among the values whatever the degree.
        1.0 / (truth.pairs + 1) as f32
    }

    fn levels(config: &ClusteringCoefficientConfig) -> Vec<ClusteringCoefficientConfig> {
        LEVELS
            .map(|(max_degree, least, most)| ClusteringCoefficientConfig {
                min_degree: config.min_degree.min(max_degree),
                max_degree,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// Gives the node `degree` neighbours, old ones first, of whose pairs `linked` are linked; `None` where fewer
/// [may be](Subgraph::may_link).
fn settle(subgraph: &mut Subgraph, node: u32, degree: usize, linked: usize, rng: &mut TaskRng) -> Option<()> {
    let touches = |edge: &Edge| edge.source == node || edge.target == node;
    let old: Vec<u32> = subgraph
        .edges
        .iter()
        .filter(|edge| touches(edge))
        .map(|edge| if edge.source == node { edge.target } else { edge.source })
        .collect();
    let mut others: Vec<u32> = (0..subgraph.len() as u32).filter(|&other| subgraph.may_link(node, other)).collect();
    rng.shuffle(&mut others);
    others.sort_by_key(|other| !old.contains(other));
    others.truncate(degree);
    subgraph.edges.retain(|edge| !(touches(edge) || others.contains(&edge.source) && others.contains(&edge.target)));
    let mut pairs: Vec<(u32, u32)> = others
        .iter()
        .enumerate()
        .flat_map(|(at, &left)| others[at + 1..].iter().map(move |&right| (left, right)))
        .filter(|&(left, right)| subgraph.may_link(left, right))
        .collect();
    if others.len() < degree || pairs.len() < linked {
        return None;
    }
    let chosen = rng.sample_front(&mut pairs, linked).iter().copied();
    let added = others.iter().map(|&other| (node, other)).chain(chosen);
    subgraph.edges.extend(added.map(|(source, target)| Edge { source, target, relation: 0 }));
    rng.shuffle(&mut subgraph.edges);
    Some(())
}
