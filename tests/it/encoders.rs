//! Every encoder's text gives back exactly the edges it was made from, read by a parser that knows only the format.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ssl4rl::graph::encode::{Scene, by_name, encoders, naming};
use ssl4rl::graph::sample::Subgraph;
use ssl4rl::graph::{Direction, Edge};
use ssl4rl::tasks::{Split, TaskRng};

/// What a scene says: `(source, relation, target)`, undirected ones with ordered ends, and all node names.
type Said = (BTreeSet<(String, String, String)>, BTreeSet<String>);

#[derive(Debug, Clone)]
struct OwnedScene {
    subgraph: Subgraph,
    direction: Direction,
    node_names: Vec<String>,
    relation_names: Vec<String>,
    weights: Option<Vec<u32>>,
}

impl OwnedScene {
    fn text(&self, encoder: &str) -> String {
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

    fn said(&self) -> Said {
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
    fn read(&self, encoder: &str, text: &str) -> Said {
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

    /// A list of names, by comma where any name of the scene has a blank.
    fn split_names<'list>(&self, list: &'list str) -> impl Iterator<Item = String> + 'list {
        let blank = self.node_names.iter().any(|name| name.contains(' '));
        list.split(if blank { ", " } else { " " }).map(str::to_owned)
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
            vec![(source, if relation == "linked" { String::new() } else { relation }, target)]
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

fn scenes() -> impl Strategy<Value = OwnedScene> {
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

proptest! {
    #[test]
    fn the_text_of_every_encoder_gives_back_nodes_and_edges(scene in scenes()) {
        for encoder in encoders() {
            let text = scene.text(encoder.name());
            prop_assert_eq!(scene.read(encoder.name(), &text), scene.said(), "{}:\n{}", encoder.name(), text);
        }
    }
}

fn family() -> OwnedScene {
    let edge = |source, target, relation| Edge { source, target, relation };
    OwnedScene {
        subgraph: Subgraph { nodes: vec![0, 1, 2, 3], edges: vec![edge(1, 0, 1), edge(1, 2, 0), edge(1, 0, 0)] },
        direction: Direction::Directed,
        node_names: ["Ada", "Ben", "Cora", "Dan"].map(str::to_owned).to_vec(),
        relation_names: ["knows", "is child of"].map(str::to_owned).to_vec(),
        weights: None,
    }
}

#[test]
fn relations_stand_inside_arrows() {
    let scene = family();
    let isolated = "Isolated: Dan\n";
    assert_eq!(
        scene.text("adjacency"),
        format!("Edges: (Ben -is child of-> Ada) (Ben -knows-> Cora) (Ben -knows-> Ada)\n{isolated}")
    );
    assert_eq!(scene.text("incident"), format!("Ben -is child of-> Ada\nBen -knows-> Cora Ada\n{isolated}"));
    assert_eq!(
        scene.text("named"),
        format!("Ben -is child of-> Ada.\nBen -knows-> Cora.\nBen -knows-> Ada.\n{isolated}")
    );
    assert_eq!(
        scene.text("triples"),
        format!("(Ben, is child of, Ada)\n(Ben, knows, Cora)\n(Ben, knows, Ada)\n{isolated}")
    );
}

#[test]
fn directions_without_relations_are_arrows() {
    let mut scene = family();
    scene.relation_names.clear();
    scene.subgraph.edges.pop();
    assert_eq!(scene.text("adjacency"), "Edges: (Ben -> Ada) (Ben -> Cora)\nIsolated: Dan\n");
    assert_eq!(scene.text("incident"), "Ben -> Ada Cora\nIsolated: Dan\n");
    assert_eq!(scene.text("named"), "Ben -> Ada.\nBen -> Cora.\nIsolated: Dan\n");
}

#[test]
fn a_weight_stands_with_its_edge() {
    let mut scene = family();
    scene.weights = Some(vec![5, 3, 12]);
    assert!(scene.text("adjacency").starts_with("Edges: (Ben -is child of-> Ada, 5) (Ben -knows-> Cora, 3) (Ben -"));
    assert_eq!(scene.text("incident"), "Ben -is child of-> Ada[5]\nBen -knows-> Cora[3] Ada[12]\nIsolated: Dan\n");
    assert!(scene.text("named").starts_with("Ben -is child of-> Ada (weight 5).\n"));
    assert!(scene.text("triples").starts_with("(Ben, is child of, Ada, 5)\n"));

    scene.direction = Direction::Undirected;
    scene.relation_names.clear();
    scene.subgraph.edges.truncate(2);
    assert_eq!(scene.text("adjacency"), "Edges: (Ben, Ada, 5) (Ben, Cora, 3)\nIsolated: Dan\n");
    assert_eq!(scene.text("incident"), "Neighbours:\nAda: Ben[5]\nBen: Ada[5] Cora[3]\nCora: Ben[3]\nDan: none\n");
    assert!(scene.text("named").starts_with("Ben is connected to Ada (weight 5).\n"));
    assert!(scene.text("triples").starts_with("(Ben, linked, Ada, 5)\n"));
}

#[test]
fn an_unknown_encoder_names_the_nearest_or_all() {
    let message = |name| by_name(name).err().unwrap().to_string();
    assert_eq!(message("incidnet"), "unknown encoder `incidnet`; did you mean `incident`?");
    assert_eq!(message("xml"), "unknown encoder `xml`; known are `adjacency`, `incident`, `named`, `triples`");
}
