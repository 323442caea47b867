//! How a task writes a subgraph: the encoder and the naming scheme chosen by name, and the names they gave.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encode::naming::{self, Naming};
use crate::encode::{self, Encoder, Scene};
use crate::sample::Subgraph;
use crate::{Direction, Edge, Graph, Node};
use ssl4rl_tasks::{Split, TaskError, TaskRng};

use super::Shown;
use super::distractors::add_distractors;
use super::edge_order::{EdgeOrder, oriented};
use super::ranges::{check, invalid};

/// Permutations of the node ids tried until the question is one of the split's; a held-out one needs ten on average.
const RELABELLINGS: usize = 128;
/// Most nodes beside the graph of the question.
const MOST_DISTRACTORS: usize = 40;
/// The naming scheme that takes names from the data.
const REAL: &str = "real";

/// Knobs of [`Writing`], the section `writing` of a task's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WritingConfig {
    /// How the subgraph is written: `incident`, `named`, `json` and others; a name that is none of them lists all.
    pub encoder: String,
    /// How nodes are named: `integers`, `letters`, `real` (names in the data) and others; a name that is none of them lists all.
    pub naming: String,
    /// Order in which edges are listed: `random`, `bfs`, `dfs`, `degree`, `pagerank` or `sorted`.
    pub edge_order: EdgeOrder,
    /// Nodes of further components beside the graph of the question, 0 to 40; more than 0 only in tasks whose answer they
    /// cannot change.
    pub distractors: usize,
}

impl Default for WritingConfig {
    fn default() -> Self {
        Self { encoder: "incident".into(), naming: "integers".into(), edge_order: EdgeOrder::Random, distractors: 0 }
    }
}

/// An encoder, a naming scheme, and what else belongs to a text.
pub struct Writing {
    encoder: &'static dyn Encoder,
    naming: &'static dyn Naming,
    edge_order: EdgeOrder,
    distractors: usize,
}

impl Writing {
    /// The writing of a task whose answer further components could change, so that it takes no distractors.
    pub fn new(task: &'static str, config: &WritingConfig) -> Result<Self, TaskError> {
        if config.distractors > 0 {
            let expected = "0: further components would change the answers of this task";
            return Err(invalid(task, "writing.distractors", expected, config.distractors.to_string()));
        }
        Self::with_distractors(task, config)
    }

    /// The writing of a task that asks by [`Writing::pose`] what further components cannot change.
    pub fn with_distractors(task: &'static str, config: &WritingConfig) -> Result<Self, TaskError> {
        check(task, "writing.distractors", &config.distractors, 0..=MOST_DISTRACTORS)?;
        if config.distractors > 0 && config.naming == REAL {
            let expected = "another scheme than `real`: distractors are made up, and real names would make them lies";
            return Err(invalid(task, "writing.naming", expected, config.naming.clone()));
        }
        let got = |name: &str, hint: &str| format!("`{name}`; {hint}");
        let encoder = encode::by_name(&config.encoder)
            .map_err(|error| invalid(task, "writing.encoder", "a known encoder", got(&error.name, &error.hint)))?;
        let naming = naming::by_name(&config.naming)
            .map_err(|error| invalid(task, "writing.naming", "a known scheme", got(&error.name, &error.hint)))?;
        Ok(Self { encoder, naming, edge_order: config.edge_order, distractors: config.distractors })
    }

    /// Names and text of `subgraph`; `None` where the graph lacks what the naming scheme needs.
    pub fn write(&self, graph: &Graph, subgraph: Subgraph, rng: &mut TaskRng) -> Option<Written> {
        let names = self.names(graph, &subgraph, rng)?;
        let mut text = String::with_capacity(256);
        let (direction, relation_names) = (graph.direction(), graph.relation_names());
        let scene = Scene { subgraph: &subgraph, direction, node_names: &names, relation_names, weights: None };
        self.encode(&scene, rng, &mut text);
        Some(Written { subgraph, names, text })
    }

    /// A name for every id of `subgraph`; `None` where the graph lacks what the naming scheme needs.
    pub fn names(&self, graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<String>> {
        self.naming.names(graph, subgraph, rng)
    }

    /// Asks about `subgraph`, whose edges read as `direction` says and whose relations are left out.
    ///
    /// Graphs as small as a prompt's repeat by chance, so which split a question belongs to is decided by a hash of what it
    /// says: the opening, and the set of named edges. Ids are permuted until the question is one of the split's own.
    /// `opening` writes the question, given the name of every id that `subgraph` has now.
    pub fn pose(
        &self,
        graph: &Graph,
        subgraph: Subgraph,
        direction: Direction,
        rng: &mut TaskRng,
        opening: impl Fn(&dyn Fn(u32) -> String) -> String,
    ) -> Option<Posed> {
        self.posed(graph, subgraph, Look { direction, relation_names: &[], weights: None }, rng, opening)
    }

    /// [`Writing::pose`] with a weight for each of the subgraph's edges, in their order; see [`Posed::weights`].
    pub fn pose_weighted(
        &self,
        graph: &Graph,
        subgraph: Subgraph,
        weights: Option<&[u32]>,
        direction: Direction,
        rng: &mut TaskRng,
        opening: impl Fn(&dyn Fn(u32) -> String) -> String,
    ) -> Option<Posed> {
        self.posed(graph, subgraph, Look { direction, relation_names: &[], weights }, rng, opening)
    }

    /// [`Writing::pose`] with the directions and relations that the edges have in `graph`.
    pub fn pose_related(
        &self,
        graph: &Graph,
        subgraph: Subgraph,
        rng: &mut TaskRng,
        opening: impl Fn(&dyn Fn(u32) -> String) -> String,
    ) -> Option<Posed> {
        let look = Look { direction: graph.direction(), relation_names: graph.relation_names(), weights: None };
        self.posed(graph, subgraph, look, rng, opening)
    }

    /// [`Writing::pose`] with the opening alone as text: for prompts that show the graph in a way of their own, or in part.
    /// What of `subgraph` cannot be read off the prompt must not be in it, or equal prompts could be in both splits.
    pub fn place(
        &self,
        graph: &Graph,
        subgraph: Subgraph,
        direction: Direction,
        rng: &mut TaskRng,
        opening: impl Fn(&dyn Fn(u32) -> String) -> String,
    ) -> Option<Posed> {
        self.placed(graph, subgraph, Look { direction, relation_names: &[], weights: None }, rng, opening)
    }

    fn posed(
        &self,
        graph: &Graph,
        subgraph: Subgraph,
        look: Look<'_>,
        rng: &mut TaskRng,
        opening: impl Fn(&dyn Fn(u32) -> String) -> String,
    ) -> Option<Posed> {
        let mut posed = self.placed(graph, subgraph, look, rng, opening)?;
        if let Some(legend) = self.encoder.weight_legend().filter(|_| posed.weights.is_some()) {
            posed.text.extend([legend, "\n"]);
        }
        let look = Look { weights: posed.weights.as_deref(), ..look };
        self.encode(&look.scene(&posed.subgraph, &posed.names), rng, &mut posed.text);
        Some(posed)
    }

    /// Finds ids under which the question is one of the split's own.
    fn placed(
        &self,
        graph: &Graph,
        mut subgraph: Subgraph,
        look: Look<'_>,
        rng: &mut TaskRng,
        opening: impl Fn(&dyn Fn(u32) -> String) -> String,
    ) -> Option<Posed> {
        let direction = look.direction;
        let mut weights = look.weights.map(<[u32]>::to_vec);
        if self.distractors > 0 {
            add_distractors(&mut subgraph, weights.as_mut(), self.distractors, rng);
        }
        // Whatever made the graph may have begun with the lowest ids; names must not tell.
        let mut new_ids = rng.permutation(subgraph.len());
        subgraph.relabel(&new_ids);
        for _ in 0..RELABELLINGS {
            let names = self.names(graph, &subgraph, rng)?;
            let text = opening(&|id| names[new_ids[id as usize]].clone());
            let scene = Look { weights: weights.as_deref(), ..look }.scene(&subgraph, &names);
            if rng.split().owns("prompt", identity(&text, &scene)) {
                return Some(Posed { text, subgraph, direction, names, weights, new_ids });
            }
            let permutation = rng.permutation(subgraph.len());
            subgraph.relabel(&permutation);
            for id in &mut new_ids {
                *id = permutation[*id];
            }
        }
        None
    }

    /// The text of a graph without relations under given names, one for each id, ending in a line break.
    pub fn text(&self, subgraph: &Subgraph, direction: Direction, node_names: &[String], rng: &mut TaskRng) -> String {
        let mut text = String::with_capacity(256);
        self.encode(&Scene { subgraph, direction, node_names, relation_names: &[], weights: None }, rng, &mut text);
        text
    }

    /// Appends the text of a scene, its edges in the order asked for.
    fn encode(&self, scene: &Scene<'_>, rng: &mut TaskRng, text: &mut String) {
        let Some(positions) = self.edge_order.positions(scene.subgraph, scene.direction, rng) else {
            return self.encoder.encode(scene, text);
        };
        let edge = |&position: &usize| match self.edge_order {
            EdgeOrder::Sorted => oriented(scene.subgraph.edges[position], scene.direction),
            _ => scene.subgraph.edges[position],
        };
        let edges = positions.iter().map(edge).collect();
        let subgraph = Subgraph { nodes: scene.subgraph.nodes.clone(), edges };
        let weights: Option<Vec<u32>> =
            scene.weights.map(|weights| positions.iter().map(|&position| weights[position]).collect());
        self.encoder.encode(&Scene { subgraph: &subgraph, weights: weights.as_deref(), ..scene.clone() }, text);
    }
}

/// Whether a prompt of this text belongs to the split; for questions that may repeat by chance and are not posed.
pub fn owns_text(split: Split, text: &str) -> bool {
    split.owns("prompt", first_bits(blake3::hash(text.as_bytes())))
}

/// What a prompt shows of edges beside the pair of nodes.
#[derive(Clone, Copy)]
struct Look<'look> {
    direction: Direction,
    relation_names: &'look [String],
    weights: Option<&'look [u32]>,
}

impl<'look> Look<'look> {
    fn scene(self, subgraph: &'look Subgraph, node_names: &'look [String]) -> Scene<'look> {
        let Self { direction, relation_names, weights } = self;
        Scene { subgraph, direction, node_names, relation_names, weights }
    }
}

/// A hash of what a prompt says, the same on every platform. Prompts of equal text have equal identities: the opening and
/// the set of named edges can be read off the text, whatever order it lists them in.
fn identity(opening: &str, scene: &Scene<'_>) -> u64 {
    let name = |id: u32| scene.node_names[id as usize].as_str();
    let directed = scene.direction == Direction::Directed;
    let relation = |edge: &Edge| scene.relation_names.get(edge.relation as usize).map(String::as_str);
    let mut edges: Vec<(&str, &str, Option<&str>, Option<u32>)> = scene
        .edges()
        .map(|(edge, weight)| (name(edge.source), name(edge.target), relation(edge), weight))
        .map(
            |(one, other, relation, weight)| {
                if one <= other || directed { (one, other, relation, weight) } else { (other, one, relation, weight) }
            },
        )
        .collect();
    edges.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    hasher.update(opening.as_bytes());
    for (one, other, relation, weight) in edges {
        // Names have no line breaks.
        for part in [one, "\n", other, "\n"] {
            hasher.update(part.as_bytes());
        }
        if let Some(relation) = relation {
            hasher.update(relation.as_bytes());
            hasher.update(b"\n");
        }
        if let Some(weight) = weight {
            hasher.update(&weight.to_le_bytes());
        }
    }
    first_bits(hasher.finalize())
}

fn first_bits(hash: blake3::Hash) -> u64 {
    hash.as_bytes().iter().take(8).fold(0, |bits, &byte| bits << 8 | u64::from(byte))
}

/// A subgraph as it stands in a prompt.
pub struct Written {
    /// The subgraph.
    pub subgraph: Subgraph,
    /// Name of each of its ids.
    pub names: Vec<String>,
    /// Text of its edges, ending in a line break.
    pub text: String,
}

impl Written {
    /// The name of an original node, which must be in the subgraph.
    pub fn name(&self, node: Node) -> Option<&str> {
        Some(&self.names[self.subgraph.id_of(node)? as usize])
    }
}

/// A question about a subgraph, under the ids it was given for its split.
pub struct Posed {
    /// The opening, a legend where weights need one, then the text of the subgraph, ending in a line break.
    pub text: String,
    subgraph: Subgraph,
    direction: Direction,
    /// Name of each id in the prompt.
    names: Vec<String>,
    weights: Option<Vec<u32>>,
    /// Id in the prompt of each id before.
    new_ids: Vec<usize>,
}

impl Posed {
    /// The name of a node by the id it had before it was posed.
    pub fn name(&self, id: u32) -> &str {
        &self.names[self.new_ids[id as usize]]
    }

    /// The id in [`Posed::shown`] of a node by the id it had before it was posed.
    pub fn id(&self, id: u32) -> u32 {
        self.new_ids[id as usize] as u32
    }

    /// The weight of each of [`Posed::shown`]'s edges, those of distractors among them; `None` without weights.
    pub fn weights(&self) -> Option<&[u32]> {
        self.weights.as_deref()
    }

    /// The subgraph as a verifier needs it, under the ids of the prompt.
    pub fn shown(&self) -> Shown {
        Shown {
            names: self.names.clone(),
            edges: self.subgraph.edges.iter().map(|edge| (edge.source, edge.target)).collect(),
            directed: self.direction == Direction::Directed,
        }
    }
}
