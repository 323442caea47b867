//! `graph/ego-centre`: a node was removed from the middle of its ego-net; which links did it have?
//!
//! A node and everything within `hops` steps of it are cut out, and the node is removed. All that is shown therefore lay
//! within `hops` steps of it, which the options tell apart: each lists as many nodes as the right one, and linked to the
//! nodes of a wrong list, the removed node would be farther than `hops` steps from something shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{SmallGraph, members};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Writing, WritingConfig, options};
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Graphs cut out before the sample is given up.
const DRAWS: usize = 16;
/// Wrong lists tried for each that is wanted.
const TRIALS: usize = 16;
/// Fewest nodes shown.
const FEWEST_SHOWN: usize = 4;

/// Settings of [`EgoCentre`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EgoCentreConfig {
    /// Steps from the removed node to the farthest node shown, 2 to 4.
    pub hops: u32,
    /// Number of options, 2 to 8.
    pub options: usize,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// The small graph that the ego-net is part of.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for EgoCentreConfig {
    fn default() -> Self {
        Self {
            hops: 2,
            options: 4,
            answer_style: AnswerStyle::Letter,
            cut: CutConfig { min_nodes: 8, max_nodes: 12, ..CutConfig::default() },
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct EgoCentre {
    config: EgoCentreConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for EgoCentre {
    const NAME: &'static str = "graph/ego-centre";
    const SUMMARY: &'static str = "tell which links the removed centre of an ego-net had";
    const BY_DEFAULT: bool = false;
    type Config = EgoCentreConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: EgoCentreConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "hops", &config.hops, 2..=4)?;
        check(Self::NAME, "options", &config.options, 2..=8)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let (shown, lists) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let small = SmallGraph::of(&subgraph).ok()?;
            let centre = rng.below(subgraph.len()) as u32;
            let net = small.within(1 << centre, self.config.hops) & !(1 << centre);
            let kept: Vec<u32> = members(net).collect();
            let linked: Vec<u32> = (0..)
                .zip(&kept)
                .filter(|&(_, &id)| small.neighbours(centre) >> id & 1 == 1)
                .map(|(at, _)| at)
                .collect();
            let shown = subgraph.induced(&kept);
            let lists = self.lists(&SmallGraph::of(&shown).ok()?, linked, rng)?;
            Some((shown, lists))
        })?;
        let hops = self.config.hops;
        let opening = format!(
            "A node was removed. With it, every node shown was at most {hops} steps from it. Which were its neighbours?\n"
        );
        let posed = self.writing.pose(graph, shown, Direction::Undirected, rng, |_| opening.clone())?;
        let mut written = lists.iter().map(|list| {
            let names: Vec<&str> = list.iter().map(|&node| posed.name(node)).collect();
            names.join(", ")
        });
        let right = written.next()?;
        let truth = options::shuffled(right, written.collect(), self.config.answer_style, rng)?;
        let mut text = posed.text;
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

    fn levels(config: &EgoCentreConfig) -> Vec<EgoCentreConfig> {
        [(2, 6, 8), (3, 7, 10), (4, 8, 12), (6, 10, 16), (8, 14, 20)]
            .map(|(options, least, largest)| EgoCentreConfig {
                options,
                cut: config.cut.sized(least, largest),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl EgoCentre {
    /// The right list, then wrong ones of the same length, all distinct, each in random order.
    fn lists(&self, shown: &SmallGraph, mut linked: Vec<u32>, rng: &mut TaskRng) -> Option<Vec<Vec<u32>>> {
        let mut nodes: Vec<u32> = (0..shown.node_count() as u32).collect();
        if nodes.len() < FEWEST_SHOWN || linked.len() == nodes.len() {
            return None;
        }
        let set = |list: &[u32]| list.iter().fold(0_u64, |set, node| set | 1 << node);
        let everything = set(&nodes);
        let mut sets = vec![set(&linked)];
        rng.shuffle(&mut linked);
        let mut lists = vec![linked];
        for _ in 0..TRIALS * self.config.options {
            if lists.len() == self.config.options {
                return Some(lists);
            }
            let list = rng.sample_front(&mut nodes, lists[0].len()).to_vec();
            if shown.within(set(&list), self.config.hops - 1) != everything && !sets.contains(&set(&list)) {
                sets.push(set(&list));
                lists.push(list);
            }
        }
        None
    }
}
