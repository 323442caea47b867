//! Every encoder's text gives back exactly the scene it was made from, whatever the names; the four plainest are also read by
//! a parser written here that knows only the format.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use ssl4rl_graph::encode::{ParsedScene, Scene, by_name, encoders, naming};
use ssl4rl_graph::sample::Subgraph;
use ssl4rl_graph::{Direction, Edge};
use ssl4rl_tasks::{Split, TaskRng};

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

    /// A list of names, by comma where any name of the scene has a blank; a single name with a blank is quoted.
    fn split_names<'list>(&self, list: &'list str) -> impl Iterator<Item = String> + 'list {
        let blank = self.node_names.iter().any(|name| name.contains(' '));
        list.split(if blank { ", " } else { " " }).map(|name| name.trim_matches('"').to_owned())
    }

    /// `(source, relation, target, weight)` of every edge, undirected ones with ordered ends, in order.
    fn edges(&self) -> Vec<FullEdge> {
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
        for encoder in ["adjacency", "incident", "named", "triples"] {
            let text = scene.text(encoder);
            prop_assert_eq!(scene.read(encoder, &text), scene.said(), "{}:\n{}", encoder, text);
        }
    }

    #[test]
    fn every_encoder_reads_back_what_it_wrote(scene in hard_scenes()) {
        for encoder in encoders() {
            let text = scene.text(encoder.name());
            prop_assert!(text.is_empty() || text.ends_with('\n'));
            let parsed = encoder.parse(&text);
            prop_assert!(parsed.is_ok(), "{}: {:?}\n{}", encoder.name(), parsed, text);
            let parsed = parsed.unwrap();
            prop_assert_eq!(edges_of(&parsed, scene.direction), scene.edges(), "{}:\n{}", encoder.name(), text);
            let nodes: BTreeSet<_> = parsed.node_names.iter().collect();
            prop_assert_eq!(nodes.len(), parsed.node_names.len());
            prop_assert_eq!(nodes, scene.node_names.iter().collect::<BTreeSet<_>>(), "{}:\n{}", encoder.name(), text);
            prop_assert!(parsed.direction.is_none_or(|direction| direction == scene.direction));
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(scene in hard_scenes(), cut in any::<prop::sample::Index>(), noise in pieces(8)) {
        for encoder in encoders() {
            let mut text = scene.text(encoder.name());
            let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            text.insert_str(cuts[cut.index(cuts.len())], &noise);
            for text in [&text, &text[..cuts[cut.index(cuts.len())]], &noise] {
                if let Ok(parsed) = encoder.parse(text) {
                    prop_assert_eq!(parsed.named_edges().count(), parsed.edges.len());
                    prop_assert!(parsed.isolated().count() <= parsed.node_names.len());
                }
            }
        }
    }
}

/// `(source, relation, target, weight)`
type FullEdge = (String, Option<String>, String, Option<u32>);

fn in_order(edges: impl Iterator<Item = FullEdge>, direction: Direction) -> Vec<FullEdge> {
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

fn edges_of(parsed: &ParsedScene, direction: Direction) -> Vec<FullEdge> {
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
fn pieces(most: usize) -> impl Strategy<Value = String> {
    let any_piece = prop_oneof![9 => prop::sample::select(MARKS).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(any_piece, 0..=most).prop_map(|pieces| pieces.concat())
}

/// Scenes of hard names, with self loops, isolated nodes, parallel edges of several relations, or nothing at all.
fn hard_scenes() -> impl Strategy<Value = OwnedScene> {
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

#[test]
fn names_of_an_encoders_own_marks_are_quoted_or_escaped() {
    let edge = |source, target| Edge { source, target, relation: 0 };
    let scene = OwnedScene {
        subgraph: Subgraph { nodes: vec![0, 1, 2], edges: vec![edge(0, 1)] },
        direction: Direction::Undirected,
        node_names: ["Paris, Texas", "<b> -> \"c\"", ""].map(str::to_owned).to_vec(),
        relation_names: Vec::new(),
        weights: None,
    };
    assert_eq!(scene.text("adjacency"), "Edges: (\"Paris, Texas\", \"<b> -> \\\"c\\\"\")\nIsolated: \"\"\n");
    assert_eq!(scene.text("named"), "Paris, Texas is connected to \"<b> -> \\\"c\\\"\".\nIsolated: \"\"\n");
    assert_eq!(scene.text("dot"), "graph {\n\"Paris, Texas\" -- \"<b> -> \\\"c\\\"\"\n\"\"\n}\n");
    assert!(scene.text("graphml").contains("<node id=\"&lt;b&gt; -&gt; &quot;c&quot;\"/>\n"));
    assert!(scene.text("gml").contains("node [ id 2 label \"\" ]\n"));
}

/// What `tests/golden/encodings.py` wrote.
#[test]
fn files_of_other_programs_are_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/encodings");
    let edge = |source: &str, relation: &str, target: &str, weight| {
        (source.to_owned(), Some(relation.to_owned()), target.to_owned(), Some(weight))
    };
    let quoted = "say \"x\" & <y>";
    let edges =
        [edge("Ada", "likes", "New York", 5), edge(quoted, "is <near>", "Łódź", 3), edge("Ada", "likes", "Ada", 1)];
    for (name, direction) in [("undirected", Direction::Undirected), ("directed", Direction::Directed)] {
        for format in ["graphml", "gml", "dot"] {
            let text = std::fs::read_to_string(folder.join(format!("{name}.{format}"))).unwrap();
            let parsed = by_name(format).unwrap().parse(&text).unwrap();
            assert_eq!(parsed.direction, Some(direction), "{format}");
            assert_eq!(parsed.node_names, ["Ada", "New York", quoted, "Łódź", "a, b"], "{format}");
            assert_eq!(edges_of(&parsed, direction), in_order(edges.iter().cloned(), direction), "{format}");
        }
    }
}

/// Texts on which a parser that looks ahead to the end again and again takes quadratic time.
#[test]
fn long_hostile_texts_are_read_in_linear_time() {
    let units = [
        "(",
        "\"",
        "[",
        "(a, ",
        "a -",
        "Edges: (a, b) ",
        "graph [ ",
        "<a>",
        "<edge source='a' target='b'>",
        "/* ",
        "a\\",
        "{\"a\":",
        ", ",
        "\n",
    ];
    for encoder in encoders() {
        let opening = family().text(encoder.name());
        let start = Instant::now();
        for unit in units {
            let noise = unit.repeat(100_000 / unit.len());
            let _ = encoder.parse(&noise);
            let _ = encoder.parse(&format!("{opening}{noise}"));
            let _ = encoder.parse(&format!("{}{noise}", opening.trim_end()));
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{}: {:?}", encoder.name(), start.elapsed());
    }
}

/// One small scene in every encoder, to be read by eye.
#[test]
fn texts_of_every_encoder() {
    let mut scene = family();
    let mut texts = String::new();
    for plain in [false, true] {
        if plain {
            scene.direction = Direction::Undirected;
            scene.relation_names.clear();
            scene.subgraph.edges.truncate(2);
            scene.node_names = naming::integers(4);
        } else {
            scene.weights = Some(vec![5, 3, 12]);
        }
        for encoder in encoders() {
            texts.extend(["# ", encoder.name(), "\n", &scene.text(encoder.name()), "\n"]);
        }
        scene.weights = None;
    }
    insta::assert_snapshot!(texts);
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
    assert_eq!(message("xml"), "unknown encoder `xml`; did you mean `gml`?");
    let known: Vec<_> = encoders().iter().map(|encoder| format!("`{}`", encoder.name())).collect();
    assert_eq!(message("?"), format!("unknown encoder `?`; known are {}", known.join(", ")));
}
