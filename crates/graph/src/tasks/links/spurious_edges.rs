//! `graph/spurious-edges`: some edges of the shown graph were added; which ones?
//!
//! Added edges join nodes that no edge of the data joins, in any split, and that are three or more steps apart in what is
//! shown (`fakes = "far"`), two steps (`two-hop`), or any number (`uniform`). How many there are is said. Real edges tend
//! to close triangles and short cycles, added ones lead across. Scored by F1; naming all edges earns the stated chance.
//!
//! An added pair belongs to the targets of one split, like a hidden edge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, EdgeSet, EdgeSetVerifier, Writing, WritingConfig};
use crate::sample::{Subgraph, owns_pair};
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Graphs cut out before the sample is given up.
const DRAWS: usize = 16;

/// Settings of [`SpuriousEdges`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SpuriousEdgesConfig {
    /// Edges added, 1 to 5.
    pub added: usize,
    /// How far apart the ends of an added edge are without it: `far` (three or more steps, or unreachable), `two-hop` or
    /// `uniform` (any).
    pub fakes: Fakes,
    /// The small graph; its `source` must be `walk` or `ego-net`, since in a graph drawn at random every edge is alike.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for SpuriousEdgesConfig {
    fn default() -> Self {
        Self { added: 1, fakes: Fakes::Far, cut: CutConfig::default(), writing: WritingConfig::default() }
    }
}

/// Which pairs of nodes are joined falsely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fakes {
    /// Three or more steps apart.
    Far,
    /// Two steps apart.
    TwoHop,
    /// Any two unlinked nodes.
    Uniform,
}

/// The task.
pub struct SpuriousEdges {
    config: SpuriousEdgesConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for SpuriousEdges {
    const NAME: &'static str = "graph/spurious-edges";
    const SUMMARY: &'static str = "find the edges that were added to a graph";
    const BY_DEFAULT: bool = false;
    type Config = SpuriousEdgesConfig;
    type Input = Graph;
    type Truth = EdgeSet;
    type Verifier = EdgeSetVerifier;

    fn new(config: SpuriousEdgesConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "added", &config.added, 1..=5)?;
        let cut = Cut::new(Self::NAME, &config.cut)?;
        if !config.cut.source.reads_data() {
            return Err(invalid(Self::NAME, "cut.source", "`walk` or `ego-net`", "a graph drawn at random"));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<EdgeSet>> {
        let (mut subgraph, added) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let added = self.false_pairs(graph, &subgraph, rng)?;
            Some((subgraph, added))
        })?;
        for &(left, right) in &added {
            let (source, target) = if rng.coin() { (left, right) } else { (right, left) };
            subgraph.edges.push(Edge { source, target, relation: 0 });
        }
        rng.shuffle(&mut subgraph.edges);
        let candidates = subgraph.edges.len();
        let opening = match added.len() {
            1 => "One edge of this graph is false. Which one?\n".to_owned(),
            count => format!("{count} edges of this graph are false. Which ones?\n"),
        };
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| opening.clone())?;
        let right = added.iter().map(|&(left, right)| (posed.id(left), posed.id(right))).collect();
        let truth = EdgeSet { shown: posed.shown(), right, candidates };
        let text = posed.text + "Reply <answer>(node, node)</answer>, with every false edge in brackets.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &EdgeSetVerifier {
        &EdgeSetVerifier
    }

    fn oracle(&self, truth: &EdgeSet) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &EdgeSet) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &SpuriousEdgesConfig) -> Vec<SpuriousEdgesConfig> {
        use Fakes::{Far, TwoHop, Uniform};
        [(1, Far, 6, 8), (1, Far, 8, 12), (2, Far, 10, 16), (2, Uniform, 12, 20), (3, TwoHop, 14, 24)]
            .map(|(added, fakes, least, largest)| SpuriousEdgesConfig {
                added,
                fakes,
                cut: config.cut.sized(least, largest),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl SpuriousEdges {
    /// Pairs of shown nodes that no edge joins in the data and that belong to the split; fewer than wanted are none.
    fn false_pairs(&self, graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<(u32, u32)>> {
        let small = SmallGraph::of(subgraph).ok()?;
        let mut pairs = Vec::new();
        for left in 0..subgraph.len() as u32 {
            let distances = small.distances(left);
            for right in left + 1..subgraph.len() as u32 {
                let fits = match (self.config.fakes, distances[right as usize]) {
                    (_, Some(0 | 1)) => false,
                    (Fakes::Far, steps) => steps != Some(2),
                    (Fakes::TwoHop, steps) => steps == Some(2),
                    (Fakes::Uniform, _) => true,
                };
                let (one, other) = (subgraph.nodes[left as usize], subgraph.nodes[right as usize]);
                if fits && owns_pair(rng.split(), one, other) && !graph.adjacent(one, other) {
                    pairs.push((left, right));
                }
            }
        }
        let added = self.config.added;
        (pairs.len() >= added).then(|| rng.sample_front(&mut pairs, added).to_vec())
    }
}
