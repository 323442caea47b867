//! `graph/path-completion`: which entity is missing on a path of two or more triples?
//!
//! A small piece of the knowledge graph is shown, with all triples among its entities. The question repeats a path through
//! it, along triples in either direction, with one inner entity left out; every entity that the shown triples allow there is
//! right. So the answer is found by following relations, not by recalling facts.
//!
//! The missing entity is drawn first, uniformly among those with two neighbours or more, since no others lie inside a
//! path: chance is one of these, those named by the question left out. Only training triples are shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::question::ranges::{check, invalid};
use crate::question::triples::without_relations;
use crate::question::{Shown, Writing, WritingConfig, answer};
use crate::sample::{Subgraph, View, Walk, random_walk};
use crate::{Direction, Edge, Graph, Node};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Pieces cut out, and paths tried in one, before the sample is given up.
const DRAWS: usize = 32;
/// Steps of a random walk per entity wanted.
const STEPS_PER_NODE: usize = 6;
/// Probability that the walk returns to its start before a step.
const RESTART: f64 = 0.2;

/// Settings of [`PathCompletion`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PathCompletionConfig {
    /// Triples of the path, 2 to 4, less than `min_nodes`.
    pub length: usize,
    /// Fewest entities shown, 4 to 30.
    pub min_nodes: usize,
    /// Most entities shown, `min_nodes` to 30.
    pub max_nodes: usize,
    /// How the triples are written.
    pub writing: WritingConfig,
}

impl Default for PathCompletionConfig {
    fn default() -> Self {
        Self { length: 2, min_nodes: 7, max_nodes: 11, writing: WritingConfig::default() }
    }
}

/// The shown entities, and those that fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingTruth {
    /// Entities and triples of the prompt, relations left out.
    pub shown: Shown,
    /// Entities that fit, ascending.
    pub right: Vec<u32>,
    /// Number of entities with two neighbours or more that the question does not name.
    pub candidates: usize,
}

/// Scores one entity.
#[derive(Debug, Clone, Copy, Default)]
pub struct MissingVerifier;

impl Verifier for MissingVerifier {
    const SCORING: &'static str = "1 for any entity that fits";
    type Truth = MissingTruth;

    fn verify(&self, completion: &str, truth: &MissingTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        match answer::nodes(answer, &truth.shown).as_deref() {
            Some(&[node]) if truth.right.contains(&node) => Verdict::right(truth.shown.name(node)),
            Some(&[node]) => Verdict::wrong(truth.shown.name(node), "does not fit"),
            Some(_) => Verdict::wrong(answer, "not one entity"),
            None => Verdict::unreadable("not an entity that is shown"),
        }
    }
}

/// The task.
pub struct PathCompletion {
    config: PathCompletionConfig,
    writing: Writing,
}

impl PretextTask for PathCompletion {
    const NAME: &'static str = "graph/path-completion";
    const SUMMARY: &'static str = "name the missing entity of a path through triples";
    const BY_DEFAULT: bool = false;
    type Config = PathCompletionConfig;
    type Input = Graph;
    type Truth = MissingTruth;
    type Verifier = MissingVerifier;

    fn new(config: PathCompletionConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "length", &config.length, 2..=4)?;
        check(Self::NAME, "min_nodes", &config.min_nodes, 4..=30)?;
        check(Self::NAME, "max_nodes", &config.max_nodes, config.min_nodes..=30)?;
        if config.length >= config.min_nodes {
            let limit = format!("less than min_nodes ({})", config.min_nodes);
            return Err(invalid(Self::NAME, "length", limit, config.length.to_string()));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<MissingTruth>> {
        let (subgraph, steps, missing) = (0..DRAWS).find_map(|_| self.question(graph, rng))?;
        let path = path_nodes(&steps);
        let right = fitting(&subgraph, graph.direction(), &steps, &path, missing);
        let candidates = inner(&subgraph).into_iter().filter(|id| right.contains(id) || !path.contains(id)).count();
        let posed = self.writing.pose_related(graph, subgraph, rng, |name| {
            let mut written = String::new();
            for (at, &id) in path.iter().enumerate() {
                written.push_str(&if at == missing { "?".to_owned() } else { name(id) });
                if let Some(step) = steps.get(at) {
                    written.push_str(&step.arrow(graph));
                }
            }
            format!("Which node stands at the question mark? {written}\n")
        })?;
        let mut right: Vec<u32> = right.into_iter().map(|id| posed.id(id)).collect();
        right.sort_unstable();
        let truth = MissingTruth { shown: posed.shown(), right, candidates };
        Some(Sample { prompt: vec![Part::Text(posed.text + "Reply <answer>node</answer>.")], truth })
    }

    fn verifier(&self) -> &MissingVerifier {
        &MissingVerifier
    }

    fn oracle(&self, truth: &MissingTruth) -> String {
        protocol::wrap(truth.right.first().map_or("", |&node| truth.shown.name(node)))
    }

    fn chance(&self, truth: &MissingTruth) -> f32 {
        (truth.right.len() as f32 / truth.candidates.max(1) as f32).min(1.0_f32.next_down())
    }

    fn levels(config: &PathCompletionConfig) -> Vec<PathCompletionConfig> {
        [(2, 5, 7), (2, 7, 11), (3, 8, 14), (3, 12, 20), (4, 16, 26)]
            .map(|(length, min_nodes, max_nodes)| PathCompletionConfig {
                length,
                min_nodes,
                max_nodes,
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        if graph.edges().is_empty() {
            return Some("the graph has no edges".into());
        }
        without_relations(graph, "graph/shortest-path")
    }
}

/// A triple of the shown piece as it is walked along; ends are ids.
#[derive(Debug, Clone, Copy)]
struct Step {
    triple: Edge,
    /// From head to tail.
    forward: bool,
}

impl Step {
    fn from(self) -> u32 {
        if self.forward { self.triple.source } else { self.triple.target }
    }

    fn to(self) -> u32 {
        if self.forward { self.triple.target } else { self.triple.source }
    }

    fn back(self) -> Self {
        Self { forward: !self.forward, ..self }
    }

    /// What stands between two entities of the path.
    fn arrow(self, graph: &Graph) -> String {
        let relation = graph.relation_names().get(self.triple.relation as usize).map_or("", String::as_str);
        if self.forward { format!(" -{relation}-> ") } else { format!(" <-{relation}- ") }
    }
}

impl PathCompletion {
    /// A piece of the graph, a path through it, and the position of the missing entity on the path.
    fn question(&self, graph: &Graph, rng: &mut TaskRng) -> Option<(Subgraph, Vec<Step>, usize)> {
        let start = rng.below(graph.node_count()) as Node;
        if !rng.split().owns("node", u64::from(start)) {
            return None;
        }
        let PathCompletionConfig { length, min_nodes, max_nodes, .. } = self.config;
        let size = min_nodes + rng.below(max_nodes - min_nodes + 1);
        let walk = Walk { length: STEPS_PER_NODE * size, restart: RESTART, max_nodes: size };
        let subgraph = random_walk(&View::context(graph), start, walk, rng);
        if subgraph.len() < min_nodes {
            return None;
        }
        let missing = *rng.choose(&inner(&subgraph))?;
        let steps = (0..DRAWS).find_map(|_| path(&subgraph, missing, length, rng))?;
        if rng.coin() {
            return Some((subgraph, steps, 1));
        }
        let reversed = steps.into_iter().rev().map(Step::back).collect();
        Some((subgraph, reversed, length - 1))
    }
}

/// A path whose second entity is `second`, to ever new entities; `None` where the walk runs into a dead end.
fn path(subgraph: &Subgraph, second: u32, length: usize, rng: &mut TaskRng) -> Option<Vec<Step>> {
    let first = random_step(subgraph, second, &[second], rng)?.back();
    let mut steps = vec![first];
    let mut seen = vec![first.from(), second];
    while steps.len() < length {
        let step = random_step(subgraph, *seen.last()?, &seen, rng)?;
        seen.push(step.to());
        steps.push(step);
    }
    Some(steps)
}

/// A random triple from an entity to one that is not `seen`, either way along.
fn random_step(subgraph: &Subgraph, from: u32, seen: &[u32], rng: &mut TaskRng) -> Option<Step> {
    let both = |&triple: &Edge| [true, false].map(|forward| Step { triple, forward });
    let leads = |step: &Step| step.from() == from && !seen.contains(&step.to());
    let steps: Vec<Step> = subgraph.edges.iter().flat_map(both).filter(leads).collect();
    rng.choose(&steps).copied()
}

/// Entities with two neighbours or more, ascending.
fn inner(subgraph: &Subgraph) -> Vec<u32> {
    let small = SmallGraph::of(subgraph);
    let degree = |id: u32| small.as_ref().map_or(0, |small| small.degree(id));
    (0..subgraph.len() as u32).filter(|&id| degree(id) > 1).collect()
}

/// The entities of a path in order.
fn path_nodes(steps: &[Step]) -> Vec<u32> {
    steps.first().map(|step| step.from()).into_iter().chain(steps.iter().map(|step| step.to())).collect()
}

/// Ids that can stand at position `missing` of the path: the triples before and after it are shown with them.
fn fitting(subgraph: &Subgraph, direction: Direction, steps: &[Step], ids: &[u32], missing: usize) -> Vec<u32> {
    let shows = |step: Step, from: u32, to: u32| {
        let (source, target) = if step.forward { (from, to) } else { (to, from) };
        let edge = Edge { source, target, relation: step.triple.relation };
        let reversed = Edge { source: target, target: source, ..edge };
        subgraph.edges.contains(&edge) || direction == Direction::Undirected && subgraph.edges.contains(&reversed)
    };
    (0..subgraph.len() as u32)
        .filter(|&id| shows(steps[missing - 1], ids[missing - 1], id) && shows(steps[missing], id, ids[missing + 1]))
        .collect()
}
