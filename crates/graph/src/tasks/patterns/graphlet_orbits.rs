//! `graph/graphlet-orbits`: how often does a node take each role in the induced patterns on two and three nodes?
//!
//! The four numbers are the orbits 0 to 3 of Pržulj (Bioinformatics 2007): edges at the node, wedges that end at it, wedges
//! around it, triangles. The node's degree, the share of linked pairs of its neighbours, and the number of edges from these to
//! other nodes are drawn first, so that no number is frequent. An answer earns the share of numbers that are right.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::{GraphletSize, SmallGraph};
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Writing, WritingConfig};
use crate::sample::Subgraph;
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::verifiers::wording::{items, write_items};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Longest answer that is read, in bytes.
const LONGEST: usize = 400;
/// Small graphs and nodes tried for one number of neighbours and one of edges among them.
const DRAWS: usize = 256;
/// Fewest neighbours of the node.
const FEWEST: usize = 2;
/// Most neighbours, fewest and most nodes shown of each level.
const LEVELS: [(usize, usize, usize); 4] = [(4, 5, 6), (5, 6, 10), (6, 8, 14), (8, 12, 20)];

/// Settings of [`GraphletOrbits`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GraphletOrbitsConfig {
    /// Most neighbours of the node, 4 to 10 and below `cut.min_nodes`; the fewest are 2.
    pub max_degree: usize,
    /// Where the small graph comes from.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for GraphletOrbitsConfig {
    fn default() -> Self {
        Self { max_degree: 5, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// The right numbers, and how many degrees were possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrbitsTruth {
    /// Counts of the orbits 0 to 3.
    pub counts: Vec<u64>,
    /// Number of degrees that were equally likely.
    pub degrees: usize,
}

/// Compares numbers by position.
#[derive(Debug, Clone, Copy, Default)]
pub struct OrbitsVerifier;

impl Verifier for OrbitsVerifier {
    const SCORING: &'static str = "share of the numbers that are right";
    type Truth = OrbitsTruth;

    fn verify(&self, completion: &str, truth: &OrbitsTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        if text.len() > LONGEST {
            return Verdict::unreadable("the answer is too long");
        }
        let given: Option<Vec<u64>> =
            items(text).into_iter().flat_map(str::split_whitespace).map(|number| number.parse().ok()).collect();
        let Some(given) = given.filter(|given| !given.is_empty() && given.len() == truth.counts.len()) else {
            return Verdict::unreadable("not one whole number for each role");
        };
        let parsed = write_items(given.iter().map(ToString::to_string));
        let right = given.iter().zip(&truth.counts).filter(|(given, right)| given == right).count();
        if right == truth.counts.len() {
            Verdict::right(parsed)
        } else if right > 0 {
            let why = format!("{right} of {} numbers are right", truth.counts.len());
            Verdict::partial(right as f32 / truth.counts.len() as f32, parsed, why)
        } else {
            Verdict::wrong(parsed, "no number is right")
        }
    }
}

/// The task.
pub struct GraphletOrbits {
    config: GraphletOrbitsConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for GraphletOrbits {
    const NAME: &'static str = "graph/graphlet-orbits";
    const SUMMARY: &'static str = "count the roles of a node in edges, wedges and triangles";
    const BY_DEFAULT: bool = false;
    type Config = GraphletOrbitsConfig;
    type Input = Graph;
    type Truth = OrbitsTruth;
    type Verifier = OrbitsVerifier;

    fn new(config: GraphletOrbitsConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "max_degree", &config.max_degree, 4..=10)?;
        check(Self::NAME, "max_degree", &config.max_degree, 2..=config.cut.min_nodes - 1)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<OrbitsTruth>> {
        let degrees = self.config.max_degree - FEWEST + 1;
        let degree = FEWEST + rng.below(degrees);
        let linked = rng.below(degree * (degree - 1) / 2 + 1);
        let (subgraph, node) = (0..DRAWS).find_map(|_| {
            let mut subgraph = self.cut.draw(graph, rng)?;
            let node = rng.below(subgraph.len()) as u32;
            settle(&mut subgraph, node, degree, linked, rng)?;
            Some((subgraph, node))
        })?;
        let counts = SmallGraph::of(&subgraph).ok()?.orbits_at(node, GraphletSize::Three);
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |name| {
            format!(
                "How many does node {} have: edges; edges between others, one end linked to it; pairs of neighbours \
                 that are not linked; pairs that are?\n",
                name(node)
            )
        })?;
        let text = posed.text + "Reply <answer>four numbers in that order</answer>.";
        Some(Sample { prompt: vec![Part::Text(text)], truth: OrbitsTruth { counts, degrees } })
    }

    fn verifier(&self) -> &OrbitsVerifier {
        &OrbitsVerifier
    }

    fn oracle(&self, truth: &OrbitsTruth) -> String {
        protocol::wrap(&write_items(truth.counts.iter().map(ToString::to_string)))
    }

    fn chance(&self, truth: &OrbitsTruth) -> f32 {
        // The likeliest degree has one in `degrees`; the likeliest numbers of linked and of unlinked pairs are 0 and 1, whose
        // probabilities for d neighbours are one in d (d - 1) / 2 + 1; no number of wedges is likelier than a degree.
        let degrees = truth.degrees.clamp(1, 64);
        let none: f32 = (FEWEST..FEWEST + degrees).map(|degree| 1.0 / (degree * (degree - 1) / 2 + 1) as f32).sum();
        0.25 * (2.0 + 2.0 * none) / degrees as f32
    }

    fn levels(config: &GraphletOrbitsConfig) -> Vec<GraphletOrbitsConfig> {
        LEVELS
            .map(|(max_degree, least, most)| GraphletOrbitsConfig {
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

/// Gives the node `degree` neighbours, `linked` edges among these, and a uniform number from these to the rest; `None` where
/// fewer [may be](Subgraph::may_link).
fn settle(subgraph: &mut Subgraph, node: u32, degree: usize, linked: usize, rng: &mut TaskRng) -> Option<()> {
    let mut others: Vec<u32> = (0..subgraph.len() as u32).filter(|other| *other != node).collect();
    rng.shuffle(&mut others);
    others.sort_by_key(|&other| !subgraph.may_link(node, other));
    let (near, far) = others.split_at(degree.min(others.len()));
    let touches = |edge: &Edge, set: &[u32]| set.contains(&edge.source) || set.contains(&edge.target);
    subgraph.edges.retain(|edge| !touches(edge, near) && !touches(edge, &[node]));
    let mut among: Vec<(u32, u32)> = near
        .iter()
        .enumerate()
        .flat_map(|(at, &left)| near[at + 1..].iter().map(move |&right| (left, right)))
        .filter(|&(left, right)| subgraph.may_link(left, right))
        .collect();
    let mut outwards: Vec<(u32, u32)> = near
        .iter()
        .flat_map(|&left| far.iter().map(move |&right| (left, right)))
        .filter(|&(left, right)| subgraph.may_link(left, right))
        .collect();
    if near.iter().any(|&other| !subgraph.may_link(node, other)) || near.len() < degree || among.len() < linked {
        return None;
    }
    let outer = rng.below(outwards.len().min(2 * degree) + 1);
    let added = near
        .iter()
        .map(|&other| (node, other))
        .chain(rng.sample_front(&mut among, linked).iter().copied())
        .chain(rng.sample_front(&mut outwards, outer).iter().copied());
    subgraph.edges.extend(added.map(|(source, target)| Edge { source, target, relation: 0 }));
    rng.shuffle(&mut subgraph.edges);
    Some(())
}
