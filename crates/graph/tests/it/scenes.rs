//! Scenes of plain and of hard names for the tests of encoders, what they say, and a reader of the four plainest texts.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ssl4rl_graph::encode::{ParsedScene, Scene, by_name, naming};
use ssl4rl_graph::sample::Subgraph;
use ssl4rl_graph::{Direction, Edge};
use ssl4rl_tasks::{Split, TaskRng};

/// What a scene says: `(source, relation, target)`, undirected ones with ordered ends, and all node names.
pub(crate) type Said = (BTreeSet<(String, String, String)>, BTreeSet<String>);

/// A scene that owns what it is made of.
#[derive(Debug, Clone)]
pub(crate) struct OwnedScene {
    pub(crate) subgraph: Subgraph,
    pub(crate) direction: Direction,
    pub(crate) node_names: Vec<String>,
    pub(crate) relation_names: Vec<String>,
    pub(crate) weights: Option<Vec<u32>>,
}

impl OwnedScene {
    pub(crate) fn text(&self, encoder: &str) -> String {
        let scene = Scene {
            subgraph: &self.subgraph,
            direction: self.direction,
            node_names: &self.node_names,
            relation_names: &self.relation_names,
            weights: self.weights.as_deref(),
        };
        let mut text = String::new();
        by_name(encoder).unwrap().encode(&scene, &mut text);
        text
    }

    pub(crate) fn said(&self) -> Said {
        let name = |node: u32| self.node_names[node as usize].clone();
        let relation = |edge: &Edge| self.relation_names.get(edge.relation as usize).cloned().unwrap_or_default();
        let edges = self.subgraph.edges.iter();
        let edges = edges.map(|edge| self.ordered((name(edge.source), relation(edge), name(edge.target)))).collect();
        (edges, self.node_names.iter().cloned().collect())
    }

    fn ordered(&self, (source, relation, target): (String, String, String)) -> (String, String, String) {
        if self.direction == Direction::Undirected && target < source {
            (target, relation, source)
        } else {
            (source, relation, target)
        }
    }

    /// Reads back what an encoder wrote.
    pub(crate) fn read(&self, encoder: &str, text: &str) -> Said {
        let mut edges = BTreeSet::new();
        let mut nodes = BTreeSet::new();
        for line in text.strip_suffix('\n').unwrap().lines() {
            if let Some(isolated) = line.strip_prefix("Isolated: ") {
                nodes.extend(self.split_names(isolated));
                continue;
            }
            for (source, relation, rest) in read_line(encoder, line) {
                nodes.insert(source.clone());
                let targets =
                    if encoder == "incident" { self.split_names(&rest).collect() } else { vec![rest.clone()] };
                for target in targets.into_iter().filter(|target| target != "none") {
                    nodes.insert(target.clone());
                    edges.insert(self.ordered((source.clone(), relation.clone(), target)));
                }
            }
        }
        (edges, nodes)
    }

    /// A list of names, by comma where any name of the scene has a blank; a single name with a blank is quoted.
    fn split_names<'list>(&self, list: &'list str) -> impl Iterator<Item = String> + 'list {
        let blank = self.node_names.iter().any(|name| name.contains(' '));
        list.split(if blank { ", " } else { " " }).map(|name| name.trim_matches('"').to_owned())
    }

    /// `(source, relation, target, weight)` of every edge, undirected ones with ordered ends, in order.
    pub(crate) fn edges(&self) -> Vec<FullEdge> {
        let weight = |position: usize| self.weights.as_ref().map(|weights| weights[position]);
        let name = |node: u32| self.node_names[node as usize].clone();
        let relation = |edge: &Edge| self.relation_names.get(edge.relation as usize).cloned();
        let edges = self.subgraph.edges.iter().enumerate();
        let edges =
            edges.map(|(position, edge)| (name(edge.source), relation(edge), name(edge.target), weight(position)));
        in_order(edges, self.direction)
    }
}

/// `(source, relation, rest)` of everything a line says.
fn read_line(encoder: &str, line: &str) -> Vec<(String, String, String)> {
    match encoder {
        "adjacency" => {
            let pairs = line.strip_prefix("Edges:").unwrap().trim();
            if pairs == "none" {
                return Vec::new();
            }
            let pairs = pairs.strip_prefix('(').unwrap().strip_suffix(')').unwrap();
            pairs.split(") (").map(|pair| pair_of(pair, ", ")).collect()
        }
        "incident" if line == "Neighbours:" => Vec::new(),
        "incident" => vec![pair_of(line, ": ")],
        "named" => vec![pair_of(line.strip_suffix('.').unwrap(), " is connected to ")],
        "triples" => {
            let triple = line.strip_prefix('(').unwrap().strip_suffix(')').unwrap();
            let mut parts = triple.split(", ").map(str::to_owned);
            let (source, relation, target) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            assert_eq!(parts.next(), None);
            vec![(source, if ["linked", "leads to"].contains(&&*relation) { String::new() } else { relation }, target)]
        }
        unknown => panic!("the parser of `{unknown}` is missing here"),
    }
}

/// Splits at `plain`, or at an arrow or line with or without a relation.
fn pair_of(text: &str, plain: &str) -> (String, String, String) {
    let (source, relation, target) = if let Some((source, target)) = text.split_once(" -> ") {
        (source, "", target)
    } else if let Some((source, rest)) = text.split_once(" -") {
        let (relation, target) = rest.split_once("-> ").or_else(|| rest.split_once("- ")).unwrap();
        (source, relation, target)
    } else {
        let (source, target) = text.split_once(plain).unwrap();
        (source, "", target)
    };
    (source.into(), relation.into(), target.into())
}

pub(crate) fn scenes() -> impl Strategy<Value = OwnedScene> {
    let settings = (1_u32..12, 0_u32..4, any::<bool>(), 0..4, any::<u64>());
    settings.prop_flat_map(|(node_count, relation_count, directed, names, seed)| {
        let edge = (0..node_count, 0..node_count, 0..relation_count.max(1));
        prop::collection::vec(edge, 0..20).prop_map(move |edges| {
            let mut seen = BTreeSet::new();
            let edges = edges.into_iter().filter(|&(source, target, relation)| {
                let ends = if directed { (source, target) } else { (source.min(target), source.max(target)) };
                (relation_count > 0 || source != target) && seen.insert((ends, relation))
            });
            let edges = edges.map(|(source, target, relation)| Edge { source, target, relation }).collect();
            let count = node_count as usize;
            OwnedScene {
                subgraph: Subgraph { nodes: (0..node_count).collect(), edges },
                direction: if directed { Direction::Directed } else { Direction::Undirected },
                node_names: match names {
                    0 => naming::integers(count),
                    1 => naming::letters(count),
                    2 => naming::first_names(count, &mut TaskRng::new(seed, "names", Split::Train, 0)),
                    _ => naming::distinct(["New York", "Bonn", "New York"].into_iter().cycle().take(count)),
                },
                relation_names: ["likes", "works for", "part of"][..relation_count as usize]
                    .iter()
                    .map(|&name| name.to_owned())
                    .collect(),
                weights: None,
            }
        })
    })
}

/// `(source, relation, target, weight)`
pub(crate) type FullEdge = (String, Option<String>, String, Option<u32>);

pub(crate) fn in_order(edges: impl Iterator<Item = FullEdge>, direction: Direction) -> Vec<FullEdge> {
    let ordered = |(source, relation, target, weight): FullEdge| {
        if direction == Direction::Undirected && target < source {
            (target, relation, source, weight)
        } else {
            (source, relation, target, weight)
        }
    };
    let mut edges: Vec<_> = edges.map(ordered).collect();
    edges.sort();
    edges
}

pub(crate) fn edges_of(parsed: &ParsedScene, direction: Direction) -> Vec<FullEdge> {
    let owned = |(source, relation, target, weight): (&str, Option<&str>, &str, _)| {
        (source.to_owned(), relation.map(str::to_owned), target.to_owned(), weight)
    };
    in_order(parsed.named_edges().map(owned), direction)
}

/// The encoders' own marks, markup, and letters of several alphabets.
const MARKS: &[&str] = &[
    "a",
    "B",
    "7",
    " ",
    ", ",
    ",",
    ": ",
    ":",
    "-",
    "->",
    " -> ",
    " - ",
    " -",
    "- ",
    "-> ",
    "--",
    ">",
    "(",
    ")",
    ") (",
    "[",
    "]",
    " [",
    "[5]",
    " [weight 5]",
    "weight 5",
    "\"",
    "'",
    "\\",
    "\n",
    "\r",
    "\t",
    "\u{0}",
    "\u{1f}",
    "\u{85}",
    "\u{a0}",
    "&",
    "&amp;",
    "&#10;",
    "<",
    "</edge>",
    "<node id=\"x\"/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "none",
    "linked",
    "Isolated: ",
    "Neighbours:",
    "Edges:",
    " | ",
    "|",
    " and ",
    " to ",
    " is connected to ",
    " is connected with ",
    " leads to ",
    " within one hop",
    " within two hops",
    " are friends",
    " calls ",
    " wrote a paper together",
    " follows ",
    " there",
    " points to node",
    "s 1",
    ".",
    ". ",
    " (weight ",
    "numbered from 0 to 5",
    " with weight ",
    " of kind ",
    " and node ",
    "node ",
    "node",
    "graph",
    "digraph {",
    "}",
    ";",
    "=",
    "/*",
    "*/",
    "//",
    "#",
    "strict",
    "{\"directed\"",
    " should be visited before node ",
    "Relation ",
    "0",
    "1",
    "+",
    "99999999999",
    " these edges:",
    "Łódź",
    "東京",
    "é",
    "\u{202e}",
    "🙂",
];

/// Texts put together from [`MARKS`] and from anything.
pub(crate) fn pieces(most: usize) -> impl Strategy<Value = String> {
    let any_piece = prop_oneof![9 => prop::sample::select(MARKS).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(any_piece, 0..=most).prop_map(|pieces| pieces.concat())
}

/// Scenes of hard names, with self loops, isolated nodes, parallel edges of several relations, or nothing at all.
pub(crate) fn hard_scenes() -> impl Strategy<Value = OwnedScene> {
    let names = (prop::collection::btree_set(pieces(4), 0..7), prop::collection::btree_set(pieces(3), 0..3));
    let settings = (names, any::<bool>(), any::<bool>());
    settings.prop_flat_map(|((nodes, relations), directed, weighted)| {
        let (node_names, relation_names): (Vec<_>, Vec<_>) =
            (nodes.into_iter().collect(), relations.into_iter().collect());
        let count = node_names.len() as u32;
        let edge = (0..count.max(1), 0..count.max(1), 0..relation_names.len().max(1) as u32, any::<u32>());
        prop::collection::vec(edge, if count == 0 { 0..1 } else { 0..12 }).prop_map(move |edges| {
            let weights = edges.iter().map(|&(.., weight)| weight).collect();
            let edge = |&(source, target, relation, _): &_| Edge { source, target, relation };
            OwnedScene {
                subgraph: Subgraph { nodes: (0..count).collect(), edges: edges.iter().map(edge).collect() },
                direction: if directed { Direction::Directed } else { Direction::Undirected },
                node_names: node_names.clone(),
                relation_names: relation_names.clone(),
                weights: if weighted { Some(weights) } else { None },
            }
        })
    })
}
