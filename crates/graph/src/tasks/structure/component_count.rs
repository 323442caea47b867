//! `graph/component-count`: into how many parts does the graph fall, and which nodes lie in each?
//!
//! The number is drawn first, uniformly from one to `most`, then edges are removed or added at random until the small graph
//! has that many components. The answer is the number and, with `certificate`, the parts; it counts only if both are right.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::exact::connect::components;
use crate::exact::{members, set_of};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, add_random_edge, answer};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Edges changed before a small graph is given up.
const CHANGES: usize = 400;
/// Small graphs tried for one count.
const DRAWS: usize = 8;
/// Fewest and most nodes, and the most parts, of each level.
const LEVELS: [(usize, usize, usize); 4] = [(5, 6, 2), (6, 10, 3), (8, 14, 5), (14, 24, 6)];

/// Settings of [`ComponentCount`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ComponentCountConfig {
    /// Most parts, 2 to 8 and below `cut.min_nodes`.
    pub most: usize,
    /// Whether the parts must be named too.
    pub certificate: bool,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for ComponentCountConfig {
    fn default() -> Self {
        Self { most: 4, certificate: true, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The graph that was shown; its components are the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentTruth {
    /// What the prompt shows.
    pub shown: Shown,
    /// The number of components.
    pub count: usize,
    /// Largest number that was possible.
    pub most: usize,
    /// Whether the parts are asked for.
    pub certificate: bool,
}

/// Compares the number, then the parts.
#[derive(Debug, Clone, Copy, Default)]
pub struct ComponentVerifier;

impl Verifier for ComponentVerifier {
    const SCORING: &'static str = "1 for the right number with the right parts";
    type Truth = ComponentTruth;

    fn verify(&self, completion: &str, truth: &ComponentTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let (number, parts) = text.split_once(':').unwrap_or((text, ""));
        let Ok(count) = number.trim().parse::<usize>() else { return Verdict::unreadable("no number of parts") };
        if count != truth.count {
            return Verdict::wrong(count.to_string(), "another number");
        }
        if !truth.certificate {
            // What follows the number must not take it back.
            return if parts.trim().is_empty() {
                Verdict::right(count.to_string())
            } else {
                Verdict::unreadable("more than the number")
            };
        }
        let Some(groups) = answer::groups(parts, &truth.shown) else {
            return Verdict::wrong(count.to_string(), "the parts are not lists of nodes");
        };
        let parsed = format!("{count}: {}", truth.shown.group_list(&groups));
        let named: Option<Vec<u64>> = groups.iter().map(|group| set_of(group)).collect();
        let right = truth.shown.small().ok().map(|graph| components(&graph));
        match (named, right) {
            (Some(mut named), Some(mut right)) => {
                named.sort_unstable();
                right.sort_unstable();
                if named == right { Verdict::right(parsed) } else { Verdict::wrong(parsed, "other parts") }
            }
            _ => Verdict::wrong(parsed, "other parts"),
        }
    }
}

/// The task.
pub struct ComponentCount {
    config: ComponentCountConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for ComponentCount {
    const NAME: &'static str = "graph/component-count";
    const SUMMARY: &'static str = "count the parts of a graph that do not hang together, and name them";
    const BY_DEFAULT: bool = false;
    type Config = ComponentCountConfig;
    type Input = Graph;
    type Truth = ComponentTruth;
    type Verifier = ComponentVerifier;

    fn new(config: ComponentCountConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "most", &config.most, 2..=8.min(config.cut.min_nodes - 1))?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ComponentTruth>> {
        let count = 1 + rng.below(self.config.most);
        let subgraph = (0..DRAWS).find_map(|_| {
            let mut subgraph = self.cut.draw(graph, rng)?;
            settle(&mut subgraph, count, rng)?;
            Some(subgraph)
        })?;
        let ask = |_: &dyn Fn(u32) -> String| "How many connected parts does the graph have?\n".into();
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, ask)?;
        let reply = if self.config.certificate {
            "Reply <answer>number: nodes of one part | nodes of the next | …</answer>."
        } else {
            "Reply <answer>number</answer>."
        };
        let shown = posed.shown();
        let truth = ComponentTruth { shown, count, most: self.config.most, certificate: self.config.certificate };
        Some(Sample { prompt: vec![Part::Text(posed.text + reply)], truth })
    }

    fn verifier(&self) -> &ComponentVerifier {
        &ComponentVerifier
    }

    fn oracle(&self, truth: &ComponentTruth) -> String {
        let parts = truth.shown.small().map(|graph| components(&graph)).unwrap_or_default();
        let groups: Vec<Vec<u32>> = parts.into_iter().map(|part| members(part).collect()).collect();
        if truth.certificate {
            protocol::wrap(&format!("{}: {}", truth.count, truth.shown.group_list(&groups)))
        } else {
            protocol::wrap(&truth.count.to_string())
        }
    }

    fn chance(&self, truth: &ComponentTruth) -> f32 {
        // All nodes in one part is the one answer with parts that needs no look.
        1.0 / truth.most.max(1) as f32
    }

    fn levels(config: &ComponentCountConfig) -> Vec<ComponentCountConfig> {
        LEVELS
            .map(|(least, nodes, most)| ComponentCountConfig {
                most,
                cut: config.cut.sized(least, nodes),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// Removes and adds random edges until the small graph has `count` components.
fn settle(subgraph: &mut Subgraph, count: usize, rng: &mut TaskRng) -> Option<()> {
    for _ in 0..CHANGES {
        let now = components(&SmallGraph::of(subgraph).ok()?).len();
        if now == count {
            rng.shuffle(&mut subgraph.edges);
            return Some(());
        }
        if now < count {
            let at = rng.below(subgraph.edges.len());
            subgraph.edges.swap_remove(at);
        } else {
            add_random_edge(subgraph, rng);
        }
    }
    None
}
