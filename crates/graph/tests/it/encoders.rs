//! Every encoder's text gives back exactly the scene it was made from, whatever the names; the four plainest are also read by
//! a parser written here that knows only the format.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use ssl4rl_graph::encode::{by_name, encoders, naming};
use ssl4rl_graph::sample::Subgraph;
use ssl4rl_graph::{Direction, Edge};

use crate::scenes::{OwnedScene, edges_of, hard_scenes, in_order, pieces, scenes};

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
