//! `graph/absent-pattern`: which of a few patterns on four nodes does not occur as an induced subgraph?
//!
//! The options and the absent one among them are drawn first, uniformly; then edges of a small graph are added and removed at
//! random until that one is absent and the others occur, so that no pattern is right more often than another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{GraphletSize, SmallGraph};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Writing, WritingConfig, add_random_edge, options};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Edges changed before the small graph is drawn anew.
const CHANGES: usize = 48;
/// Small graphs drawn before the sample is given up.
const DRAWS: usize = 24;
/// Options, fewest and most nodes shown of each level.
const LEVELS: [(usize, usize, usize); 3] = [(2, 6, 7), (3, 6, 10), (4, 8, 12)];

/// Settings of [`AbsentPattern`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AbsentPatternConfig {
    /// Number of patterns to choose from, 2 to 4.
    pub options: usize,
    /// Whether the answer is a pattern's name or its letter.
    pub answer_style: AnswerStyle,
    /// Where the small graph comes from; `cut.min_nodes` is at least 5.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for AbsentPatternConfig {
    fn default() -> Self {
        Self {
            options: 3,
            answer_style: AnswerStyle::Text,
            cut: CutConfig::default(),
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct AbsentPattern {
    config: AbsentPatternConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for AbsentPattern {
    const NAME: &'static str = "graph/absent-pattern";
    const SUMMARY: &'static str = "which of a few patterns on four nodes does not occur";
    const BY_DEFAULT: bool = false;
    type Config = AbsentPatternConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: AbsentPatternConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "options", &config.options, 2..=4)?;
        check(Self::NAME, "cut.min_nodes", &config.cut.min_nodes, 5..=60)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let patterns = GraphletSize::Four.graphlets();
        let mut positions: Vec<usize> = (0..patterns.len()).collect();
        let chosen = rng.sample_front(&mut positions, self.config.options);
        let (&absent, present) = chosen.split_first()?;
        let subgraph = (0..DRAWS).find_map(|_| settled(self.cut.draw(graph, rng)?, absent, present, rng))?;
        let question =
            "Which pattern on four nodes does not occur? It occurs where four nodes have exactly its edges.\n";
        let mut posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| question.to_owned())?;
        let name = |&position: &usize| patterns[position].name.to_owned();
        let truth =
            options::shuffled(name(&absent), present.iter().map(name).collect(), self.config.answer_style, rng)?;
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

    fn levels(config: &AbsentPatternConfig) -> Vec<AbsentPatternConfig> {
        LEVELS
            .map(|(options, least, most)| AbsentPatternConfig {
                options,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// The small graph with edges changed until the one pattern is absent and the others occur. A change that leaves more patterns
/// wrong than before is taken back, but for one in four.
fn settled(mut subgraph: Subgraph, absent: usize, present: &[usize], rng: &mut TaskRng) -> Option<Subgraph> {
    let wrong = |subgraph: &Subgraph| {
        let counts = SmallGraph::of(subgraph).ok()?.motifs(GraphletSize::Four);
        Some(usize::from(counts[absent] > 0) + present.iter().filter(|&&position| counts[position] == 0).count())
    };
    let mut now = wrong(&subgraph)?;
    for _ in 0..CHANGES {
        if now == 0 {
            rng.shuffle(&mut subgraph.edges);
            return Some(subgraph);
        }
        let before = subgraph.edges.clone();
        if rng.coin() && !subgraph.edges.is_empty() {
            let at = rng.below(subgraph.edges.len());
            subgraph.edges.swap_remove(at);
        } else {
            add_random_edge(&mut subgraph, rng);
        }
        let after = wrong(&subgraph)?;
        if after > now && rng.below(4) > 0 {
            subgraph.edges = before;
        } else {
            now = after;
        }
    }
    None
}
