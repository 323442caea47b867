//! `graph/context-prediction`: which ring lies around the core of a neighbourhood?
//!
//! A node's neighbourhood is cut out up to `outer` steps. Its core, the nodes up to `core` steps away, is shown. The
//! options are rings: the links among the nodes from `inner` to `outer` steps away. Core and ring share the nodes from
//! `inner` to `core` steps, which keep their names. Wrong options are the rings of other nodes, their shared nodes named like those of
//! the core; they show other links among the shared nodes than the core does, so that one option fits.
//!
//! All neighbourhoods are drawn alike, and one clash between two of them discards all, so that the options are
//! exchangeable to whoever does not look at the core. Under which of equally near shared nodes a wrong ring hangs is drawn again
//! until it links no pair that is held out. Source: Hu et al. 2020, context prediction, with `core`, `inner` and
//! `outer` for K, r1 and r2.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::{check, invalid};
use crate::question::{Writing, WritingConfig, make_simple, options};
use crate::sample::{EgoNet, Subgraph, View};
use crate::{Direction, Graph, Node};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Neighbourhoods drawn for one question before it is given up.
const DRAWS: usize = 256;
/// Ways to hang a wrong ring under the core that are tried.
const PLACINGS: usize = 24;
/// Most options of a question.
const MOST_OPTIONS: usize = 8;
/// Neighbours looked at for one that enters a neighbourhood.
const CANDIDATES: usize = 4;

/// Settings of [`ContextPrediction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContextPredictionConfig {
    /// Steps from the centre to the rim of the core, 1 to 4.
    pub core: usize,
    /// Steps from the centre to the inner rim of the ring, 0 to `core`.
    pub inner: usize,
    /// Steps from the centre to the outer rim of the ring, `core` + 1 to 5.
    pub outer: usize,
    /// Neighbours followed from each node, 2 to 6: neighbourhoods of one path each are all alike.
    pub neighbours: usize,
    /// Most nodes of a neighbourhood, `core` + 3 to 30: a path to the ring and one node more.
    pub max_nodes: usize,
    /// Number of options, 2 to 8, and no more than there are ways to link the shared nodes where `inner` is `core`.
    pub options: usize,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// How the core is written.
    pub writing: WritingConfig,
}

impl Default for ContextPredictionConfig {
    fn default() -> Self {
        Self {
            core: 2,
            inner: 1,
            outer: 3,
            neighbours: 2,
            max_nodes: 12,
            options: 3,
            answer_style: AnswerStyle::Letter,
            writing: WritingConfig::default(),
        }
    }
}

/// A neighbourhood, taken apart.
struct Piece {
    /// The core alone.
    core: Subgraph,
    /// The centre's id in the core.
    centre: u32,
    /// Ids in the core of the nodes that core and ring share, from the centre outwards.
    shared: Vec<u32>,
    /// Steps from the centre to each of them, ascending.
    steps: Vec<usize>,
    /// Links of the ring, as positions in `shared`; positions past its end are new nodes.
    ring: Vec<(usize, usize)>,
}

impl Piece {
    /// Links of a ring among the shared nodes, in an order that depends on nothing else.
    fn overlap(&self, ring: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let within = |&&(left, right): &&(usize, usize)| left < self.shared.len() && right < self.shared.len();
        let mut links: Vec<(usize, usize)> =
            ring.iter().filter(within).map(|&(left, right)| (left.min(right), left.max(right))).collect();
        links.sort_unstable();
        links
    }

    /// The ring of `other` with its shared nodes dealt anew among those equally near, so that it shows other links than this
    /// core does and none that is held out.
    fn hang(&self, other: &Self, rng: &mut TaskRng) -> Option<Vec<(usize, usize)>> {
        let own = self.overlap(&self.ring);
        let held_out = |&(left, right): &(usize, usize)| self.core.holds_out(self.shared[left], self.shared[right]);
        (0..PLACINGS).find_map(|_| {
            let mut places = rng.permutation(other.shared.len());
            places.sort_by_key(|&place| other.steps[place]);
            let place = |position: usize| places.get(position).copied().unwrap_or(position);
            let dealt: Vec<(usize, usize)> =
                other.ring.iter().map(|&(left, right)| (place(left), place(right))).collect();
            let links = self.overlap(&dealt);
            (links != own && !links.iter().any(held_out)).then_some(dealt)
        })
    }
}

/// The task.
pub struct ContextPrediction {
    config: ContextPredictionConfig,
    writing: Writing,
}

impl PretextTask for ContextPrediction {
    const NAME: &'static str = "graph/context-prediction";
    const SUMMARY: &'static str = "tell which ring lies around the core of a neighbourhood";
    const BY_DEFAULT: bool = false;
    type Config = ContextPredictionConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: ContextPredictionConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "core", &config.core, 1..=4)?;
        check(Self::NAME, "inner", &config.inner, 0..=config.core)?;
        if !(config.core + 1..=5).contains(&config.outer) {
            let limit = format!("between core + 1 ({}) and 5", config.core + 1);
            return Err(invalid(Self::NAME, "outer", limit, config.outer.to_string()));
        }
        check(Self::NAME, "neighbours", &config.neighbours, 2..=6)?;
        check(Self::NAME, "max_nodes", &config.max_nodes, config.core + 3..=30)?;
        check(Self::NAME, "options", &config.options, 2..=most_options(&config))?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let pieces = self.pieces(graph, rng)?;
        let right = pieces.first()?;
        let ContextPredictionConfig { core, inner, outer, .. } = self.config;
        let posed = self.writing.pose(graph, right.core.clone(), Direction::Undirected, rng, |name| {
            let (centre, steps) = (name(right.centre), if core == 1 { "step" } else { "steps" });
            format!(
                "All nodes up to {core} {steps} from node {centre} are shown. Which option lists all links among the nodes \
                 {inner} to {outer} steps from it? Nodes x1, x2, … are new.\n"
            )
        })?;
        let mut rings = pieces.iter().map(|piece| {
            let name = |position: usize| match right.shared.get(position) {
                Some(&id) => posed.name(id).to_owned(),
                None => format!("x{}", position - right.shared.len() + 1),
            };
            let links: Vec<String> =
                piece.ring.iter().map(|&(left, end)| format!("({}, {})", name(left), name(end))).collect();
            links.join(" ")
        });
        let fitting = rings.next()?;
        let truth = options::shuffled(fitting, rings.collect(), self.config.answer_style, rng)?;
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

    fn levels(config: &ContextPredictionConfig) -> Vec<ContextPredictionConfig> {
        [(2, 8, 2), (3, 12, 2), (4, 14, 3), (6, 18, 3)]
            .map(|(options, max_nodes, neighbours)| ContextPredictionConfig {
                // Two nodes on one rim are linked or not: too few ways for all options to differ.
                neighbours: if config.inner == config.core { neighbours.max(3) } else { neighbours },
                max_nodes: max_nodes.max(config.core + 3),
                options,
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        graph.edges().is_empty().then(|| "the graph has no edges".into())
    }
}

/// Options that can differ in the links among the shared nodes, 8 at most. Where core and ring share a rim alone, every pair on it
/// is linked or not; elsewhere steps from rim to rim leave ways enough.
fn most_options(config: &ContextPredictionConfig) -> usize {
    if config.inner < config.core {
        return MOST_OPTIONS;
    }
    let on_rim = config.neighbours.pow(config.core as u32).min(config.max_nodes - config.core - 1);
    // Three nodes have three pairs, and those eight ways.
    if on_rim > 2 { MOST_OPTIONS } else { 2 }
}

impl ContextPrediction {
    /// Neighbourhoods with equally many shared nodes, no two of which have the same links among them.
    fn pieces(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Vec<Piece>> {
        let mut pieces: Vec<Piece> = Vec::with_capacity(self.config.options);
        for _ in 0..DRAWS {
            if pieces.len() == self.config.options {
                return hung(pieces, rng);
            }
            let Some(piece) = self.piece(graph, rng) else { continue };
            if pieces.first().is_some_and(|first| first.shared.len() != piece.shared.len()) {
                continue;
            }
            if pieces.iter().any(|other| other.overlap(&other.ring) == piece.overlap(&piece.ring)) {
                return None;
            }
            pieces.push(piece);
        }
        None
    }

    /// The neighbourhood of a random node of the split, if it reaches beyond the core.
    fn piece(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Piece> {
        let ContextPredictionConfig { core, inner, outer, neighbours, max_nodes, .. } = self.config;
        let node = rng.below(graph.node_count()) as Node;
        if !rng.split().owns("node", u64::from(node)) {
            return None;
        }
        let view = View::context(graph);
        let (nodes, steps_to) = layers(&view, node, EgoNet { hops: outer, neighbours, max_nodes }, rng);
        let mut net = Subgraph::new(nodes.clone(), view.edges_among(&nodes), graph.direction(), rng);
        make_simple(&mut net.edges);
        let centre = net.id_of(node)?;
        let mut distances = vec![0; net.len()];
        for (&node, &steps) in nodes.iter().zip(&steps_to) {
            distances[net.id_of(node)? as usize] = steps;
        }
        let between = |least: usize, most: usize| -> Vec<u32> {
            (0..net.len() as u32).filter(|&id| (least..=most).contains(&distances[id as usize])).collect()
        };
        let kept = between(0, core);
        let mut shared = between(inner, core);
        shared.sort_by_key(|&id| distances[id as usize]);
        let ring_nodes = [shared.clone(), between(core + 1, outer)].concat();
        if shared.len() < 2 || ring_nodes.len() == shared.len() {
            return None;
        }
        let position = |id: u32| ring_nodes.iter().position(|&other| other == id);
        let links =
            net.edges.iter().filter_map(|edge| Some((position(edge.source)?, position(edge.target)?))).collect();
        let steps = shared.iter().map(|&id| distances[id as usize]).collect();
        let in_core = |id: u32| kept.iter().position(|&other| other == id).map(|at| at as u32);
        let shared: Option<Vec<u32>> = shared.iter().map(|&id| in_core(id)).collect();
        Some(Piece { core: net.induced(&kept), centre: in_core(centre)?, shared: shared?, steps, ring: links })
    }
}

/// Nodes around a centre, layer by layer, and the steps to each. A node enters only where nothing two layers before it is its
/// neighbour, so that steps are distances among the nodes drawn: in dense data few nodes would be far from the centre otherwise.
fn layers(view: &View<'_>, centre: Node, reach: EgoNet, rng: &mut TaskRng) -> (Vec<Node>, Vec<usize>) {
    let (mut nodes, mut steps) = (vec![centre], vec![0]);
    let mut layer = 0..1;
    for step in 1..=reach.hops {
        let inside = nodes[..layer.start].to_vec();
        let links = |left: Node, right: Node| view.graph.adjacent(left, right) && view.shows_pair(left, right);
        view.graph.ask_for_neighbours_of(&nodes[layer.clone()]);
        for position in layer.clone() {
            let drawn = view.draw_neighbours(nodes[position], CANDIDATES * reach.neighbours, rng);
            if !inside.is_empty() {
                for &other in &drawn {
                    view.graph.ask_for_place(other);
                }
            }
            let entering: Vec<Node> = drawn
                .into_iter()
                .filter(|&other| !nodes.contains(&other) && !inside.iter().any(|&node| links(node, other)))
                .take(reach.neighbours.min(reach.max_nodes - nodes.len()))
                .collect();
            steps.extend(entering.iter().map(|_| step));
            nodes.extend(entering);
        }
        layer = layer.end..nodes.len();
    }
    (nodes, steps)
}

/// The pieces with the rings of all but the first hung under the first one's core. `None` where any ring could not be hung under
/// any other core: dense rings seldom can, and would be right more often than wrong if only the wrong ones had to.
fn hung(mut pieces: Vec<Piece>, rng: &mut TaskRng) -> Option<Vec<Piece>> {
    let mut rings = Vec::new();
    for (core, under) in pieces.iter().enumerate() {
        for (ring, other) in pieces.iter().enumerate().filter(|(ring, _)| *ring != core) {
            let hung = under.hang(other, rng)?;
            if core == 0 {
                rings.push((ring, hung));
            }
        }
    }
    for (at, ring) in rings {
        pieces[at].ring = ring;
    }
    Some(pieces)
}
