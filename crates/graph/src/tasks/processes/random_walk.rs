//! `graph/random-walk`: which of several walks follows edges at every step?
//!
//! Right and wrong options are drawn alike: walks that visit no node twice. A wrong one then gets another node at a random
//! place, one that no edge joins to the node before it, so exactly one option is possible.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Writing, WritingConfig, options};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Draws of a small graph, of a walk, or of a wrong node, before the sample is given up.
const DRAWS: usize = 32;

/// Settings of [`RandomWalk`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RandomWalkConfig {
    /// Steps of each walk, 1 to 8.
    pub steps: usize,
    /// Number of options, 2 to 8.
    pub options: usize,
    /// Answer by the walk's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for RandomWalkConfig {
    fn default() -> Self {
        Self {
            steps: 3,
            options: 4,
            answer_style: AnswerStyle::Letter,
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct RandomWalk {
    config: RandomWalkConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for RandomWalk {
    const NAME: &'static str = "graph/random-walk";
    const SUMMARY: &'static str = "tell which of several walks follows edges at every step";
    const BY_DEFAULT: bool = false;
    type Config = RandomWalkConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: RandomWalkConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "steps", &config.steps, 1..=8)?;
        check(Self::NAME, "options", &config.options, 2..=8)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let (subgraph, walks) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let walks = self.walks(&subgraph, rng)?;
            Some((subgraph, walks))
        })?;
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| {
            "Which of these walks follows an edge at every step?\n".to_owned()
        })?;
        let mut texts = walks.iter().map(|walk| walk.iter().map(|&id| posed.name(id)).collect::<Vec<_>>().join(" -> "));
        let truth = options::shuffled(texts.next()?, texts.collect(), self.config.answer_style, rng)?;
        let mut text = posed.text.clone();
        options::append(&truth, &mut text);
        Some(Sample { prompt: vec![Part::Text(text)], truth })
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

    fn levels(config: &RandomWalkConfig) -> Vec<RandomWalkConfig> {
        [(5, 6, 1), (6, 10, 2), (6, 10, 3), (10, 16, 4), (14, 24, 6)]
            .map(|(least, most, steps)| RandomWalkConfig {
                steps,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl RandomWalk {
    /// A possible walk, then the impossible ones, none of them over an edge that is held out.
    fn walks(&self, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<Vec<u32>>> {
        let small = &SmallGraph::of(subgraph).ok()?;
        let held_out = |walk: &[u32]| {
            let step = |pair: &[u32]| !subgraph.links(pair[0], pair[1]) && subgraph.holds_out(pair[0], pair[1]);
            walk.windows(2).any(step)
        };
        let mut walks = vec![(0..DRAWS).find_map(|_| walk(small, self.config.steps, rng))?];
        for _ in 0..DRAWS * self.config.options {
            if walks.len() == self.config.options {
                return Some(walks);
            }
            if let Some(wrong) = walk(small, self.config.steps, rng).and_then(|walk| broken(small, walk, rng))
                && !walks.contains(&wrong)
                && !held_out(&wrong)
            {
                walks.push(wrong);
            }
        }
        None
    }
}

/// A random walk that visits no node twice; `None` where it runs into a dead end.
fn walk(small: &SmallGraph, steps: usize, rng: &mut TaskRng) -> Option<Vec<u32>> {
    let mut here = rng.below(small.node_count()) as u32;
    let mut free = !(1_u64 << here);
    let mut nodes = vec![here];
    for _ in 0..steps {
        here = random_bit(small.neighbours(here) & free, rng)?;
        free &= !(1 << here);
        nodes.push(here);
    }
    Some(nodes)
}

/// The walk with another node at a place after the first, where no edge leads to it.
fn broken(small: &SmallGraph, mut walk: Vec<u32>, rng: &mut TaskRng) -> Option<Vec<u32>> {
    let place = 1 + rng.below(walk.len() - 1);
    let all = u64::MAX >> (64 - small.node_count());
    let taken = walk.iter().fold(small.neighbours(walk[place - 1]), |taken, &node| taken | 1 << node);
    walk[place] = random_bit(all & !taken, rng)?;
    Some(walk)
}

/// The place of a random bit that is set.
fn random_bit(mut bits: u64, rng: &mut TaskRng) -> Option<u32> {
    for _ in 0..rng.below(bits.count_ones() as usize) {
        bits &= bits - 1;
    }
    (bits != 0).then(|| bits.trailing_zeros())
}
