//! `graph/cut-comparison`: which of two sets of nodes has the smaller conductance?
//!
//! Conductance is the number of edges that leave the set over the smaller of the two sums of degrees, inside and outside. Both
//! sets are connected and grown at random; their conductances differ by at least `margin`. Of half of the pairs the answer has fewer
//! leaving edges and the smaller sum, of the others it has more and the larger one, so that neither number tells it alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::exact::{all, around, members};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Writing, WritingConfig};
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Small graphs drawn before the sample is given up.
const DRAWS: usize = 16;
/// Pairs of sets grown in one small graph.
const GROWN: usize = 24;
/// Margin, fewest and most nodes shown of each level.
const LEVELS: [(f64, usize, usize); 4] = [(0.3, 5, 7), (0.15, 6, 10), (0.1, 9, 14), (0.05, 14, 24)];

/// Settings of [`CutComparison`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CutComparisonConfig {
    /// Least difference of the two conductances, 0.01 to 0.9.
    pub margin: f64,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for CutComparisonConfig {
    fn default() -> Self {
        Self { margin: 0.1, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The task.
pub struct CutComparison {
    config: CutComparisonConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for CutComparison {
    const NAME: &'static str = "graph/cut-comparison";
    const SUMMARY: &'static str = "which of two sets of nodes has the smaller conductance";
    const BY_DEFAULT: bool = false;
    type Config = CutComparisonConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: CutComparisonConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "margin", &config.margin, 0.01..=0.9)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let larger = rng.coin();
        let (subgraph, mut sets) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let sets = two_sets(&SmallGraph::of(&subgraph).ok()?, self.config.margin, larger, rng)?;
            Some((subgraph, sets))
        })?;
        let correct = usize::from(rng.coin());
        if correct == 1 {
            sets.swap(0, 1);
        }
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            // By name, so that the order of listing says nothing about who is linked to whom.
            let [one, other] = sets.map(|set| {
                let mut names: Vec<String> = members(set).map(name).collect();
                names.sort_unstable();
                names.join(", ")
            });
            format!("Which set of nodes has the smaller conductance, A = {{{one}}} or B = {{{other}}}?\n")
        })?;
        let truth = ChoiceTruth::new(["A", "B"], correct, AnswerStyle::Text);
        Some(Sample { prompt: vec![Part::Text(posed.text + "Reply <answer>A</answer> or <answer>B</answer>.")], truth })
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

    fn levels(config: &CutComparisonConfig) -> Vec<CutComparisonConfig> {
        LEVELS
            .map(|(margin, least, most)| CutComparisonConfig {
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

/// Two grown sets, the one of smaller conductance first; `None` where few draws find none that differ enough. That one has more leaving
/// edges and the larger sum of degrees, or, without `larger`, fewer and the smaller one.
fn two_sets(graph: &SmallGraph, margin: f64, larger: bool, rng: &mut TaskRng) -> Option<[u64; 2]> {
    let draw = |rng: &mut TaskRng| {
        let set = grown(graph, 2 + rng.below(graph.node_count() / 2), rng).filter(|&set| set != all(graph))?;
        Some((set, Boundary::of(graph, set)?))
    };
    (0..GROWN).find_map(|_| {
        let (one, other) = (draw(rng)?, draw(rng)?);
        let (more, fewer) = if one.1.leaving > other.1.leaving { (one, other) } else { (other, one) };
        let (right, wrong) = if larger { (more, fewer) } else { (fewer, more) };
        let apart = more.1.leaving > fewer.1.leaving && more.1.volume > fewer.1.volume;
        let differs = wrong.1.conductance() - right.1.conductance() >= margin;
        (apart && differs).then_some([right.0, wrong.0])
    })
}

/// A connected set of `size` nodes, grown from a random one; `None` where it cannot grow that far.
pub(in crate::tasks) fn grown(graph: &SmallGraph, size: usize, rng: &mut TaskRng) -> Option<u64> {
    let mut set = 1_u64 << rng.below(graph.node_count());
    while (set.count_ones() as usize) < size {
        let next: Vec<u32> = members(around(graph, set) & !set).collect();
        set |= 1 << rng.choose(&next)?;
    }
    Some(set)
}

/// What conductance is made of.
#[derive(Debug, Clone, Copy)]
struct Boundary {
    /// Edges that leave the set.
    leaving: u32,
    /// The smaller sum of degrees, inside or outside; above 0.
    volume: u64,
}

impl Boundary {
    /// `None` where no edge touches one side.
    fn of(graph: &SmallGraph, set: u64) -> Option<Self> {
        let sum = |side: u64| members(side).map(|node| graph.degree(node)).sum::<u64>();
        let leaving = members(set).map(|node| (graph.neighbours(node) & !set).count_ones()).sum();
        let volume = sum(set).min(sum(all(graph) & !set));
        (volume > 0).then_some(Self { leaving, volume })
    }

    fn conductance(self) -> f64 {
        f64::from(self.leaving) / self.volume as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conductance_by_hand() {
        // Two triangles and an edge: one edge leaves a triangle, whose degrees sum to 7.
        let graph = SmallGraph::new(6, [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]).unwrap();
        let conductance = |set| Boundary::of(&graph, set).map(Boundary::conductance);
        assert_eq!(conductance(0b000_111), Some(1.0 / 7.0));
        assert_eq!(conductance(0b000_011), Some(2.0 / 4.0));
        assert_eq!(conductance(0b111_111), None);
    }
}
