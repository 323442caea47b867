//! A user's own graphs as GraphML and node-link JSON, one or several: what reads as written, and what is refused with its place.
//!
//! The GraphML and JSON texts are what networkx 3.6 writes for graphs made by hand.

use std::collections::BTreeSet;

use ssl4rl_data::UserGraph;
use ssl4rl_graph::Direction;
use ssl4rl_tasks::{Split, TaskRng, prompt_text, protocol};

use crate::data_user::{Folder, edges, fails, features, read};

pub(crate) const GRAPHML: &str = r#"<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
  <key id="d8" for="edge" attr.name="weight" attr.type="long" />
  <key id="d7" for="edge" attr.name="color" attr.type="string" />
  <key id="d6" for="edge" attr.name="weight" attr.type="double" />
  <key id="d5" for="node" attr.name="note" attr.type="string" />
  <key id="d4" for="node" attr.name="age" attr.type="double" />
  <key id="d3" for="node" attr.name="ok" attr.type="boolean" />
  <key id="d2" for="node" attr.name="city" attr.type="string" />
  <key id="d1" for="node" attr.name="age" attr.type="long" />
  <key id="d0" for="graph" attr.name="name" attr.type="string" />
  <graph edgedefault="undirected">
    <node id="a">
      <data key="d1">3</data>
      <data key="d2">Paris &amp; co</data>
      <data key="d3">True</data>
    </node>
    <node id="b">
      <data key="d4">2.5</data>
      <data key="d5">line one
line two</data>
    </node>
    <node id="&#252; &#246;">
      <data key="d2">Rome</data>
    </node>
    <edge source="a" target="b">
      <data key="d6">0.5</data>
      <data key="d7">red</data>
    </edge>
    <edge source="b" target="&#252; &#246;">
      <data key="d8">2</data>
    </edge>
    <data key="d0">demo</data>
  </graph>
</graphml>
"#;

pub(crate) const NODE_LINK: &str = r#"{"directed": false, "multigraph": false, "graph": {"name": "demo"}, "nodes": [{"age": 3, "city": "Paris & co", "ok": true, "id": "a"}, {"age": 2.5, "note": "line one\nline two", "id": "b"}, {"city": "Rome", "id": "ü ö"}], "edges": [{"weight": 0.5, "color": "red", "source": "a", "target": "b"}, {"weight": 2, "source": "b", "target": "ü ö"}]}"#;

#[test]
fn one_graph_reads_alike_from_graphml_and_json() {
    for file in [("demo.graphml", GRAPHML), ("demo.json", NODE_LINK)] {
        let loaded = Folder::with(&[(file.0, file.1.as_bytes())]).load().unwrap();
        let graph = &loaded.graph;
        assert_eq!(edges(graph), ["a b 0.5", "b ü ö 2"]);
        assert_eq!(graph.direction(), Direction::Undirected);
        let mut first = features(graph, 0);
        first.sort_by(|left, right| left.0.cmp(&right.0));
        assert_eq!(first, [("age".into(), 3.0), ("city=Paris & co".into(), 1.0), ("ok".into(), 1.0)]);
        let mut second = features(graph, 1);
        second.sort_by(|left, right| left.0.cmp(&right.0));
        assert_eq!(second, [("age".into(), 2.5), ("note=line one\nline two".into(), 1.0)]);
        assert!(loaded.notes.join("\n").contains("edge attribute `color`"), "{:?}", loaded.notes);
    }
}

#[test]
fn relations_and_directions_come_from_the_file() {
    let xml = br#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="d0" for="edge" attr.name="relation" attr.type="string" /><graph edgedefault="directed"><node id="x" /><node id="y" /><edge source="x" target="y"><data key="d0">likes</data></edge><edge source="y" target="x"><data key="d0">knows</data></edge></graph></graphml>"#;
    let graph = read(&[("kg.graphml", xml)]);
    assert_eq!((edges(&graph), graph.direction()), (vec!["x y likes".into(), "y x knows".into()], Direction::Directed));
    let json = br#"{"directed": true, "multigraph": true, "graph": {}, "nodes": [{"id": 0}, {"id": 1}], "links": [{"relation": "p", "source": 0, "target": 1, "key": 0}, {"relation": "q", "source": 0, "target": 1, "key": 1}]}"#;
    let graph = read(&[("kg.json", json)]);
    assert_eq!((edges(&graph), graph.direction()), (vec!["0 1 p".into(), "0 1 q".into()], Direction::Directed));
}

/// Names as they stand in a file, and what they are.
const ESCAPED: [(&str, &str); 8] = [
    ("Lock &amp; Key", "Lock & Key"),
    ("M&#228;dchen", "Mädchen"),
    ("Fran&#xE7;ois", "François"),
    ("R&amp;B", "R&B"),
    ("A&#38;B", "A&B"),
    ("&#220;ber &amp; unter", "Über & unter"),
    ("O&apos;Hara", "O'Hara"),
    ("&#321;&#243;d&#378;", "Łódź"),
];

#[test]
fn names_with_entities_are_asked_for_and_answered_as_what_they_stand_for() {
    let count = ESCAPED.len();
    let nodes = ESCAPED.map(|(written, _)| format!("<node id=\"{written}\" />")).concat();
    let edge =
        |(from, to): (usize, usize)| format!("<edge source=\"{}\" target=\"{}\" />", ESCAPED[from].0, ESCAPED[to].0);
    let round = (0..count).flat_map(|at| [1, 2].map(|step| (at, (at + step) % count)));
    let content =
        format!("<graph edgedefault=\"undirected\">{nodes}{}</graph>", round.map(edge).collect::<Vec<_>>().concat());
    let loaded = read(&[("names.graphml", &graphml(&content))]);
    let config = |encoder: &str| serde_json::json!({"of": ["node"], "cut": {"min_nodes": 5, "max_nodes": 8}, "writing": {"naming": "real", "encoder": encoder}});
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let task = registry.build("graph/neighbours", Some(config("incident"))).unwrap();
    let mut asked = BTreeSet::new();
    for index in 0..60 {
        let sample = task.sample(&loaded, &mut TaskRng::new(1, task.name(), Split::Train, index), index).unwrap();
        let prompt = prompt_text(&sample.prompt);
        assert!(!prompt.contains("&amp;") && !prompt.contains("&#"), "{prompt}");
        let node = prompt.split_once("linked to node ").unwrap().1.split_once("?\n").unwrap().0.trim_matches('"');
        let linked = prompt.lines().find_map(|line| line.strip_prefix(node)?.strip_prefix(": ")).unwrap();
        let written = |name: &str| ESCAPED.iter().find(|(_, decoded)| *decoded == name).map(|(written, _)| *written);
        let with_entities: Option<Vec<&str>> = linked.split(", ").map(|name| written(name.trim_matches('"'))).collect();
        let with_entities = with_entities.unwrap_or_else(|| panic!("{linked}\n{prompt}")).join(", ");
        let score = |answer: &str| task.verify(&protocol::wrap(answer), &sample.truth).unwrap().score;
        for answer in [linked, &with_entities] {
            assert!(score(answer) >= 1.0, "{answer} to\n{prompt}");
        }
        assert!(score(node) <= 0.0 && score(&format!("{linked}, {node}")) < 1.0, "{prompt}");
        asked.insert(node.to_owned());
    }
    assert!(asked.len() >= 6 && asked.contains("Lock & Key"), "{asked:?}");
    // Formats that escape names show them as the file has them; either way of writing is an answer.
    for encoder in ["graphml", "gml"] {
        let task = registry.build("graph/neighbours", Some(config(encoder))).unwrap();
        let mut escaped = 0;
        for index in 0..30 {
            let sample = task.sample(&loaded, &mut TaskRng::new(1, task.name(), Split::Train, index), index).unwrap();
            let oracle = task.oracle(&sample.truth).unwrap();
            let with_entities =
                ESCAPED.iter().fold(oracle.clone(), |text, (written, name)| text.replace(name, written));
            for answer in [&oracle, &with_entities] {
                assert!(task.verify(answer, &sample.truth).unwrap().exact, "{answer} by {encoder}");
            }
            escaped += usize::from(prompt_text(&sample.prompt).contains("&amp;"));
        }
        assert!(escaped > 0, "{encoder} escapes nothing");
    }
}

/// A GraphML file around this content.
fn graphml(content: &str) -> Vec<u8> {
    format!("<graphml>{content}</graphml>").into_bytes()
}

#[test]
fn graphml_defaults_count_where_no_data_is() {
    let xml = graphml(
        r#"<key id="c" for="node" attr.name="class"><default>plain</default></key><key id="w" for="edge" attr.name="weight"><default>7</default></key>
        <graph edgedefault="undirected"><edge source="n" target="m"/><node id="n"><data key="c">odd</data></node><node id="m"/><node id="k"/>
        <edge source="m" target="k"><data key="w">1</data></edge></graph>"#,
    );
    let graph = read(&[("a.graphml", &xml)]);
    assert_eq!(graph.labels().unwrap().classes, ["odd", "plain"]);
    let classes: Vec<_> = graph
        .node_names()
        .unwrap()
        .iter()
        .zip(&graph.labels().unwrap().of_node)
        .map(|(name, class)| (&name[..], *class))
        .collect();
    assert_eq!(classes, [("n", Some(0)), ("m", Some(1)), ("k", Some(1))]);
    assert_eq!(edges(&graph), ["n m 7", "m k 1"]);
}

#[test]
fn graphml_errors_name_file_and_byte() {
    let refused = |content: &str, parts: &[&str]| fails(&[("a.graphml", &graphml(content))], parts);
    refused(r#"<graph><node id="a"/><node id="a"/></graph>"#, &["a.graphml: byte 30:", "not seen before", "`a`"]);
    refused("<graph><node/></graph>", &["a.graphml: byte 16:", "an attribute `id`"]);
    refused(
        r#"<graph><node id="a"/><edge source="a" target="b"/></graph>"#,
        &["a `node` for both ends", "an edge of `b`"],
    );
    refused(r#"<graph edgedefault="maybe"/>"#, &["byte 9:", "directed or undirected", "`maybe`"]);
    refused(r#"<graph><node id="a"><data key="k">1</data></node></graph>"#, &["a key that was declared", "`k`"]);
    refused(r#"<graph><node id="a"><graph/></node></graph>"#, &["graphs side by side", "inside a node"]);
    refused(
        r#"<key id="w" for="edge" attr.name="weight"/><graph><node id="a"/><node id="b"/><edge source="a" target="b"><data key="w">heavy</data></edge></graph>"#,
        &["finite number as weight", "`heavy`"],
    );
    refused("", &["is empty", "`graph`"]);
    refused(
        r#"<key id="d" for="node"><default>&bomb;</default></key><graph/>"#,
        &["one of XML's own entities", "`bomb`"],
    );
    fails(&[("a.graphml", b"<graphml><graph><node id='a'/>")], &["`</graph>`", "the end of the file"]);
    fails(&[("a.graphml", b"<graphml><graph><node id='a'></graph></graphml>")], &["a.graphml: byte", "expected XML"]);
    fails(&[("a.graphml", b"<html></html>")], &["byte 0:", "`graphml` as the outermost element", "`html`"]);
    fails(&[("a.graphml", b"<graphml><graph/></graphml>")], &["is empty", "at least one node"]);
    let endless = [b"<graphml><graph><node id='".as_slice(), &vec![b'x'; 3 << 20], b"'/></graph></graphml>"].concat();
    fails(&[("a.graphml", &endless)], &["an element of at most 1048576 bytes"]);
    let both = r#"<graph edgedefault="directed"><node id="a"/><node id="b"/><edge source="a" target="b"/><edge source="b" target="a" directed="false"/></graph>"#;
    refused(both, &["directed and undirected edges"]);
    let folder = Folder::with(&[("a.graphml", &graphml(both))]);
    let source = UserGraph { directed: Some(false), ..UserGraph::at(&folder.path("a.graphml")) };
    assert_eq!(source.load().unwrap().graph.edges().len(), 1);
}

/// Entities that multiply are not expanded, and nothing outside the file is read.
#[test]
fn graphml_entities_are_refused() {
    let bomb =
        br#"<!DOCTYPE graphml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
<graphml><key id="d" for="node" attr.name="x"/><graph><node id="n"><data key="d">&c;</data></node></graph></graphml>"#;
    fails(&[("a.graphml", bomb)], &["one of XML's own entities", "`c`"]);
    let attribute = br#"<graphml><graph><node id="&a;"/></graph></graphml>"#;
    fails(&[("a.graphml", attribute)], &["a.graphml: byte 16:", "attributes of the form"]);
}

#[test]
fn json_errors_name_the_node_or_edge() {
    let refused = |text: &str, parts: &[&str]| fails(&[("a.json", text.as_bytes())], parts);
    refused(r#"{"nodes": [{"id": 1}, {"name": "x"}], "edges": []}"#, &["a.json", "node 1 has no `id`"]);
    refused(r#"{"nodes": [{"id": 1}, {"id": "1"}], "edges": []}"#, &["node 1 has the id `1` of an earlier one"]);
    refused(
        r#"{"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 2}]}"#,
        &["edge 0: `target` is `2`, which no node has"],
    );
    refused(r#"{"nodes": [{"id": 1}], "edges": [{"source": 1}]}"#, &["edge 0 has no `target`"]);
    refused(
        r#"{"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 1, "weight": "x"}]}"#,
        &["edge 0: `weight` is `x`"],
    );
    refused(r#"{"nodes": []}"#, &["a.json", "missing field `edges`"]);
    refused(r#"{"nodes": [], "edges": []}"#, &["is empty", "at least one node"]);
    refused("[1]", &["a.json", "line 1 column"]);
    refused("{", &["a.json", "EOF"]);
    refused("", &["a.json` is empty"]);
    refused(&"[".repeat(100_000), &["a.json", "line 1"]);
}

#[test]
fn several_graphs_in_one_file_are_members() {
    let xml = graphml(
        r#"<key id="y" for="graph" attr.name="label"/>
        <graph id="one" edgedefault="undirected"><data key="y">mutagenic</data><node id="a"/><node id="b"/><edge source="a" target="b"/></graph>
        <graph edgedefault="undirected"><node id="a"/><data key="y">harmless</data></graph>
        <graph id="three"><node id="b"/><node id="a"/><node id="c"/><edge source="b" target="c"/><data key="y">mutagenic</data></graph>"#,
    );
    let json = r#"[{"graph": {"label": "mutagenic", "name": "one"}, "nodes": [{"id": "a"}, {"id": "b"}], "edges": [{"source": "a", "target": "b"}]},
        {"graph": {"label": "harmless"}, "nodes": [{"id": "a"}], "edges": []},
        {"graph": {"label": "mutagenic", "name": "three"}, "nodes": [{"id": "b"}, {"id": "a"}, {"id": "c"}], "edges": [{"source": "b", "target": "c"}]}]"#;
    for file in [("all.graphml", &xml[..]), ("all.json", json.as_bytes())] {
        let graph = read(&[file]);
        let members = graph.members().unwrap();
        assert_eq!(members.names, ["one", "graph 2", "three"]);
        let labels = members.labels.as_ref().unwrap();
        assert_eq!(
            (&labels.classes[..], &labels.of_member[..]),
            (&["harmless".into(), "mutagenic".into()][..], &[Some(1), Some(0), Some(1)][..])
        );
        assert_eq!((graph.member_nodes(2), edges(&graph)), (3..6, vec!["0 1".into(), "3 5".into()]));
    }
}

#[test]
fn a_folder_of_graphs_is_a_collection() {
    let table = b"graph,class,split\nb,tree,test\na,cycle,train\n";
    let files: &[(&str, &[u8])] = &[("a.edges", b"1 2\n2 3\n3 1\n"), ("b.edges", b"1 2\n"), ("graphs.csv", table)];
    let graph = read(files);
    let members = graph.members().unwrap();
    assert_eq!(
        (&members.names[..], graph.member_edges(0).len(), graph.member_edges(1).len()),
        (&["a".into(), "b".into()][..], 3, 1)
    );
    assert_eq!(members.labels.as_ref().unwrap().of_member, [Some(0), Some(1)]);
    let split = members.split.as_ref().unwrap();
    assert_eq!((&split.train[..], &split.test[..]), (&[0][..], &[1][..]));
    let one = |name: &'static str| (name, br#"{"nodes": [{"id": 0}], "edges": []}"#.as_slice());
    assert_eq!(read(&[one("a.json"), one("b.json")]).member_count(), 2);
    fails(&[files[0], files[1], ("graphs.csv", b"graph,class\nc,x\n")], &["graphs.csv:2:", "name of a file", "`c`"]);
    fails(&[files[0], files[1], ("graphs.csv", b"name,class\na,x\n")], &["graphs.csv:1:", "a column `graph`"]);
    fails(&[files[0], files[1], ("graphs.csv", b"graph,split\na,x\n")], &["graphs.csv:2:", "`train`"]);
}

#[test]
fn tu_collections_read_as_written() {
    let files: Vec<(&str, &[u8])> = vec![
        ("MOL_A.txt", b"1, 2\n2, 1\n3, 5\n5, 3\n"),
        ("MOL_graph_indicator.txt", b"1\n1\n2\n3\n2\n"),
        ("MOL_graph_labels.txt", b"1\n-1\n1\n"),
        ("MOL_node_labels.txt", b"6\n8\n6\n1\n8\n"),
        ("MOL_node_attributes.txt", b"0.5, 1\n1, 1\n1, 1\n1, 1\n2, 0\n"),
        ("MOL_edge_labels.txt", b"1\n1\n2\n2\n"),
    ];
    let loaded = Folder::with(&files).load().unwrap();
    let graph = &loaded.graph;
    assert_eq!((graph.member_count(), graph.member_nodes(1), graph.member_nodes(2)), (3, 2..4, 4..5));
    // Nodes 3 and 5 of the file are the nodes of graph 2.
    assert_eq!(edges(graph), ["0 1", "2 3"]);
    assert_eq!(features(graph, 3), [("kind=8".into(), 1.0), ("attribute 0".into(), 2.0)]);
    let labels = graph.members().unwrap().labels.as_ref().unwrap();
    assert_eq!(
        (&labels.classes[..], &labels.of_member[..]),
        (&["-1".into(), "1".into()][..], &[Some(1), Some(0), Some(1)][..])
    );
    assert!(loaded.notes.join("\n").contains("kinds of edges"), "{:?}", loaded.notes);
    let with = |change: (&'static str, &'static [u8]), parts: &[&str]| {
        let mut files = files.clone();
        files.retain(|(name, _)| *name != change.0);
        files.push(change);
        fails(&files, parts);
    };
    with(("MOL_A.txt", b"1, 2\n0, 1\n"), &["MOL_A.txt:2:", "a node from 1 to 5"]);
    with(("MOL_A.txt", b"1, 3\n"), &["joins two graphs"]);
    with(("MOL_graph_indicator.txt", b"1\n0\n"), &["MOL_graph_indicator.txt:2:", "from 1"]);
    with(("MOL_graph_indicator.txt", b"99999999\n"), &["numbers 99999999 graphs for 1 nodes"]);
    with(("MOL_node_labels.txt", b"6\n"), &["MOL_node_labels.txt", "each of 5 nodes, got 1"]);
    with(("MOL_node_attributes.txt", b"1\nNaN\n1\n1\n1\n"), &["MOL_node_attributes.txt:2:", "finite"]);
}
