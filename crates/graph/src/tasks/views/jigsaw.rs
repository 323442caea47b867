//! `graph/jigsaw`: the pieces of a graph in the order in which they lie.
//!
//! A graph is cut along the distance from a node: the first piece holds the edges that touch it, the next those that touch
//! its neighbours and were not in the first, and so on. A piece shares nodes only with the ones before and after it, so
//! the order follows from the nodes at its borders, and it is the only one. The score is Kendall's tau, cut at 0.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::encode::naming;
use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, Posed, Writing, WritingConfig};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{OrderCredit, Ordering, OrderingTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Draws of a small graph before the sample is given up.
const DRAWS: usize = 32;

/// Settings of [`Jigsaw`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JigsawConfig {
    /// Number of pieces, 2 to 8, below `cut.max_nodes`.
    pub pieces: usize,
    /// The small graph.
    pub cut: CutConfig,
    /// How nodes are named; pieces are lists of edges.
    pub writing: WritingConfig,
}

impl Default for JigsawConfig {
    fn default() -> Self {
        Self {
            pieces: 3,
            cut: CutConfig { restart: 0.05, ..CutConfig::default().sized(7, 11) },
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct Jigsaw {
    config: JigsawConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for Jigsaw {
    const NAME: &'static str = "graph/jigsaw";
    const SUMMARY: &'static str = "put the pieces of a graph in order by the nodes they share";
    const BY_DEFAULT: bool = false;
    type Config = JigsawConfig;
    type Input = Graph;
    type Truth = OrderingTruth;
    type Verifier = Ordering;

    fn new(config: JigsawConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "pieces", &config.pieces, 2..=8)?;
        if config.pieces >= config.cut.max_nodes {
            return Err(invalid(Self::NAME, "pieces", "below cut.max_nodes", config.pieces.to_string()));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<OrderingTruth>> {
        let (subgraph, start, layers) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let small = SmallGraph::of(&subgraph).ok()?;
            let (first, size) = (rng.below(subgraph.len()) as u32, subgraph.len() as u32);
            (0..size).find_map(|step| {
                let start = (first + step) % size;
                let layers = small.distances(start);
                let deep = layers.contains(&Some(self.config.pieces as u32));
                deep.then(|| (subgraph.clone(), start, layers))
            })
        })?;
        let (subgraph, pieces) = cut_in_pieces(subgraph, &layers, self.config.pieces);
        let posed = self.writing.place(graph, subgraph, Direction::Undirected, rng, |name| {
            format!(
                "A graph was cut into pieces by the distance from node {0}: each piece shares nodes only with the one before \
                 and the one after it, and node {0} is in the first. In which order do they lie?\n",
                name(start)
            )
        })?;
        // Letters are dealt to places; pieces are listed by letter.
        let letters = rng.permutation(pieces.len());
        let names = naming::letters(pieces.len());
        let mut text = posed.text.clone();
        for (letter, name) in names.iter().enumerate() {
            let place = letters.iter().position(|&other| other == letter)?;
            let _ = writeln!(text, "{name}: {}", edge_list(&posed, &pieces[place], rng));
        }
        text.push_str("Reply <answer>letter, letter, …</answer>.");
        let order = letters.iter().map(|&letter| names[letter].clone());
        Some(Sample { prompt: vec![Part::Text(text)], truth: OrderingTruth::new(order, OrderCredit::Pairs) })
    }

    fn verifier(&self) -> &Ordering {
        &Ordering
    }

    fn oracle(&self, truth: &OrderingTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &OrderingTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &JigsawConfig) -> Vec<JigsawConfig> {
        [(2, 5, 7), (3, 7, 11), (4, 10, 14), (5, 14, 20), (6, 20, 30)]
            .map(|(pieces, least, most)| JigsawConfig { pieces, cut: config.cut.sized(least, most), ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// The subgraph without edges beyond the last piece, and the edges of each piece.
///
/// Ends of an edge are in one layer or in neighbouring ones. Piece `i` has the edges whose nearer end is in layer `i`; an
/// edge within layer `i` shares its nodes with piece `i - 1`, whose far ends they are.
fn cut_in_pieces(mut subgraph: Subgraph, layers: &[Option<u32>], count: usize) -> (Subgraph, Vec<Vec<(u32, u32)>>) {
    let nearer = |source: u32, target: u32| layers[source as usize].min(layers[target as usize]);
    subgraph.edges.retain(|edge| nearer(edge.source, edge.target).is_some_and(|layer| (layer as usize) < count));
    let mut pieces = vec![Vec::new(); count];
    for edge in &subgraph.edges {
        if let Some(layer) = nearer(edge.source, edge.target) {
            pieces[layer as usize].push((edge.source, edge.target));
        }
    }
    (subgraph, pieces)
}

/// Edges of a piece in random order, ends in random order.
fn edge_list(posed: &Posed, piece: &[(u32, u32)], rng: &mut TaskRng) -> String {
    let mut piece = piece.to_vec();
    rng.shuffle(&mut piece);
    let mut write = |&(left, right): &(u32, u32)| {
        let (left, right) = if rng.coin() { (left, right) } else { (right, left) };
        format!("({}, {})", posed.name(left), posed.name(right))
    };
    piece.iter().map(&mut write).collect::<Vec<_>>().join(" ")
}
