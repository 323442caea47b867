//! A user's own graphs as tables, GraphML and node-link JSON: what reads as written, and what is refused with its place.
//!
//! The GraphML and JSON texts are what networkx 3.6 writes for graphs made by hand.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use proptest::prelude::*;
use ssl4rl_data::{DataError, LoadedDataset, UserGraph, load_path};
use ssl4rl_graph::{Direction, Graph};

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn load(&self) -> Result<LoadedDataset, DataError> {
        load_path(self.0.path())
    }
}

pub(crate) fn read(files: &[(&str, &[u8])]) -> Graph {
    Folder::with(files).load().unwrap().graph
}

#[track_caller]
pub(crate) fn fails(files: &[(&str, &[u8])], parts: &[&str]) {
    let error = Folder::with(files).load().unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

/// Edges by name, with weights and relations where there are any.
pub(crate) fn edges(graph: &Graph) -> Vec<String> {
    let name = |node: u32| graph.node_names().map_or_else(|| node.to_string(), |names| names[node as usize].clone());
    let describe = |(position, edge): (usize, &ssl4rl_graph::Edge)| {
        let mut text = format!("{} {}", name(edge.source), name(edge.target));
        if graph.has_relations() {
            let _ = write!(text, " {}", graph.relation_names()[edge.relation as usize]);
        }
        if let Some(weights) = graph.weights() {
            let _ = write!(text, " {}", weights[position]);
        }
        text
    };
    graph.edges().iter().enumerate().map(describe).collect()
}

/// A node's features by name.
pub(crate) fn features(graph: &Graph, node: u32) -> Vec<(String, f32)> {
    let features = graph.features().unwrap();
    let row = features.matrix.outer_view(node as usize).unwrap();
    row.iter().map(|(column, value)| (features.name(column as u32), *value)).collect()
}

#[test]
fn quotes_marks_and_line_ends_are_no_part_of_ids() {
    let text = "\u{feff}source;target;weight\r\n\"a;b\";\"line\r\nbreak\";1.5\r\n# note\r\n\r\n\"a;b\";\"say \"\"hi\"\"\";2\r\n";
    let graph = read(&[("edges.csv", text.as_bytes())]);
    assert_eq!(edges(&graph), ["a;b line\nbreak 1.5", "a;b say \"hi\" 2"]);
    assert_eq!(graph.direction(), Direction::Undirected);
}

#[test]
fn named_columns_may_stand_in_any_order() {
    let text = b"Id,Target,Type,Source,Label,Weight\n0,b,Directed,a,knows,2\n1,a,Directed,b,,\n";
    let loaded = Folder::with(&[("gephi.csv", text)]).load().unwrap();
    assert_eq!(edges(&loaded.graph), ["a b knows 2", "b a no relation 1"]);
    assert_eq!(loaded.graph.direction(), Direction::Directed);
    let notes = loaded.notes.join("\n");
    assert!(notes.contains("not used: edge attribute `Id`"), "{notes}");
    assert!(notes.contains("1 edges have no relation") && notes.contains("1 edges have no weight"), "{notes}");
    let both = b"source,target,type\na,b,directed\nb,c,undirected\n";
    fails(&[("edges.csv", both)], &["edges.csv", "directed and undirected edges", "`--directed` or `--undirected`"]);
}

#[test]
fn a_third_column_is_a_weight_where_it_starts_as_a_number() {
    assert_eq!(edges(&read(&[("a.tsv", b"a\tb\t0.5\nb\ta\t0.25\nb\tc\t-1e3\n")])), ["a b 0.5", "b c -1000"]);
    assert_eq!(read(&[("a.tsv", b"a\tb\t0.5\nb\ta\t0.25\n")]).provenance().conflicting_weights, 1);
    fails(&[("a.tsv", b"a\tb\t1\nb\tc\tknows\n")], &["a.tsv:2:", "finite number as weight", "`knows`"]);
    fails(&[("a.tsv", b"a\tb\t1\nb\tc\tNaN\n")], &["a.tsv:2:", "finite number as weight", "`NaN`"]);
    fails(&[("a.tsv", b"a\tb\t1\t2\n")], &["a.tsv:1:", "names the columns"]);
}

#[test]
fn nodes_have_names_classes_features_and_a_split_by_their_table() {
    let nodes = b"node,title,class,split,age,city,text\n\
        a,Ann,red,train,30,Rome,\"two\nlines\"\n\
        b,Bob,blue,test,,Rome,\n\
        d,Dee,,none,41.5,\"Paris, France\",plain\n";
    let files: &[(&str, &[u8])] = &[("edges.csv", b"a,b\nb,c\n"), ("nodes.csv", nodes), ("README.md", b"x")];
    let loaded = Folder::with(files).load().unwrap();
    let graph = &loaded.graph;
    assert_eq!(graph.node_names().unwrap(), ["Ann", "Bob", "c", "Dee"]);
    assert_eq!(graph.node_texts().unwrap(), ["two\nlines", "", "", "plain"]);
    let labels = graph.labels().unwrap();
    assert_eq!(
        (&labels.classes[..], &labels.of_node[..]),
        (&["blue".into(), "red".into()][..], &[Some(1), Some(0), None, None][..])
    );
    let split = graph.split().unwrap();
    assert_eq!((&split.train[..], &split.validation[..], &split.test[..]), (&[0][..], &[][..], &[1][..]));
    assert_eq!(features(graph, 0), [("age".into(), 30.0), ("city=Rome".into(), 1.0)]);
    assert_eq!(features(graph, 1), [("city=Rome".into(), 1.0)]);
    assert_eq!(features(graph, 3), [("age".into(), 41.5), ("city=Paris, France".into(), 1.0)]);
    assert_eq!(graph.features().unwrap().known, [true, true, false, true]);
    assert_eq!(graph.degree(3), 0, "a node that no edge names is isolated");
    let told = loaded.notes.join("\n");
    assert!(told.contains("lacks: nothing is known of it") && told.contains("file `README.md`"), "{told}");
    assert_eq!(loaded.files.len(), 2);
}

#[test]
fn a_label_is_a_class_where_values_repeat_and_a_name_where_they_do_not() {
    let edges: (&str, &[u8]) = ("edges.csv", b"a,b\nb,c\n");
    let graph = read(&[edges, ("nodes.csv", b"id,label\na,x\nb,y\nc,x\n")]);
    assert_eq!(graph.labels().unwrap().classes, ["x", "y"]);
    let graph = read(&[edges, ("nodes.csv", b"id,label\na,x\nb,y\nc,z\n")]);
    assert_eq!((graph.labels().is_none(), &graph.node_names().unwrap()[2][..]), (true, "z"));
    let graph = read(&[edges, ("nodes.csv", b"id,class\na,10\nb,9\nc,10\n")]);
    assert_eq!(graph.labels().unwrap().classes, ["9", "10"], "numbers in numeric order");
}

#[test]
fn node_tables_are_checked() {
    let edges: (&str, &[u8]) = ("edges.csv", b"a,b\n");
    fails(&[edges, ("nodes.csv", b"")], &["nodes.csv` is empty"]);
    fails(&[edges, ("nodes.csv", b"id,age\na\n")], &["nodes.csv:2:", "2 columns", "got 1"]);
    fails(&[edges, ("nodes.csv", b"id,age\na,1\na,2\n")], &["nodes.csv:3:", "not seen before", "`a` again"]);
    fails(&[edges, ("nodes.csv", b"id,age\n,1\n")], &["nodes.csv:2:", "an id"]);
    fails(&[edges, ("nodes.csv", b"id,age,age\na,1,2\n")], &["nodes.csv:1:", "a name of its own for every column"]);
    fails(&[edges, ("nodes.csv", b"id,age\na,nan\nb,1\n")], &["`age` of node `a` is NaN", "empty where unknown"]);
    fails(&[edges, ("nodes.csv", b"id,split\na,both\n")], &["node `a`", "`train`, `validation` or `test`", "`both`"]);
    fails(&[edges, ("nodes.csv", b"id,x\na,\"open\nb,2\n")], &["nodes.csv:2:", "closing quote"]);
}

#[test]
fn too_many_texts_are_no_features() {
    let many: String = (0..300).fold("id,motto\n".into(), |text, node| format!("{text}n{node},m{node}\n"));
    let loaded = Folder::with(&[("edges.csv", b"n1,n2\n"), ("nodes.csv", many.as_bytes())]).load().unwrap();
    assert!(loaded.graph.features().is_none());
    assert!(loaded.notes.join("\n").contains("`motto`: 300 different texts are too many"), "{:?}", loaded.notes);
}

#[test]
fn edge_attributes_may_lie_in_a_table_of_their_own() {
    let folder = Folder::with(&[
        ("pairs.txt", b"a b\nb c\n"),
        ("more.tsv", b"source\ttarget\tweight\nc\tb\t4\nx\ty\t1\na\tb\t2\n"),
        ("people.csv", b"id,name\na,Ann\n"),
    ]);
    let (nodes, edge_table) = (Some(folder.path("people.csv")), Some(folder.path("more.tsv")));
    let source = UserGraph { path: folder.path("pairs.txt"), nodes, edges: edge_table, directed: Some(true) };
    let loaded = source.load().unwrap();
    assert_eq!(edges(&loaded.graph), ["Ann b 2", "b c 4"]);
    assert_eq!(loaded.graph.direction(), Direction::Directed);
    assert!(loaded.notes.join("\n").contains("whose pair is no edge"), "{:?}", loaded.notes);
    assert_eq!(loaded.files.len(), 3);
}

#[test]
fn odd_names_stay_what_they_are() {
    let text = "ε,日本 語\n-> ,\"(0, 1)\"\n'quoted',🦀\n";
    let graph = read(&[("edges.csv", text.as_bytes())]);
    assert_eq!(graph.node_names().unwrap(), ["ε", "日本 語", "->", "(0, 1)", "'quoted'", "🦀"]);
    fails(&[("edges.csv", b"a,b\n,c\n")], &["edges.csv:2:", "an id in every column of ids"]);
    fails(&[("edges.csv", b"a,b\n\"\",c\n")], &["edges.csv:2:", "an id in every column of ids"]);
    fails(&[("edges.csv", b"a,b\n\xff,c\n")], &["edges.csv:2:", "UTF-8", "`\\xff`"]);
    fails(&[("edges.csv", b"\xff\xfea\x00,\x00b\x00\n\x00")], &["edges.csv:1:", "UTF-8"]);
}

#[test]
fn a_quoted_record_is_as_long_as_a_line_may_be_and_no_longer() {
    let long = format!("a,\"{}\"\n", "x\n".repeat(600_000));
    fails(&[("edges.csv", long.as_bytes())], &["edges.csv:", "longer than 1048576 bytes"]);
}

#[test]
fn graphs_of_loops_and_lone_nodes_are_graphs() {
    let graph = read(&[("edges.csv", b"a,a\nb,b\na,a\n")]);
    assert_eq!((graph.node_count(), graph.edges().len(), graph.provenance().self_loops), (2, 0, 3));
    let graph = read(&[("edges.csv", b"a,a\n"), ("nodes.csv", b"id\na\n")]);
    assert_eq!((graph.node_count(), graph.edges().len()), (1, 0));
    fails(&[("edges.csv", b"source,target\n")], &["edges.csv` is empty", "two columns of node ids"]);
}

const GRAPHML: &str = r#"<?xml version='1.0' encoding='utf-8'?>
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

const NODE_LINK: &str = r#"{"directed": false, "multigraph": false, "graph": {"name": "demo"}, "nodes": [{"age": 3, "city": "Paris & co", "ok": true, "id": "a"}, {"age": 2.5, "note": "line one\nline two", "id": "b"}, {"city": "Rome", "id": "ü ö"}], "edges": [{"weight": 0.5, "color": "red", "source": "a", "target": "b"}, {"weight": 2, "source": "b", "target": "ü ö"}]}"#;

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

/// What cannot be read, packed so that it seems small.
#[test]
fn compressed_bombs_are_refused() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..64 {
        encoder.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    fails(&[("edges.csv.gz", &bomb)], &["edges.csv.gz:1: the line is longer than"]);
    fails(&[("a.graphml.gz", &bomb)], &["a.graphml.gz", "at most 1048576 bytes"]);
    fails(&[("a.graphml.gz", &bomb[..2000])], &["a.graphml.gz"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// No text makes a reader panic, and an error is one that names the file.
    #[test]
    fn any_text_is_read_or_refused(text in "([a-c0-2\t ,.;#\"\r\n]|\\PC){0,80}") {
        let edges: (&str, &[u8]) = ("edges.csv", b"a,b\n");
        for files in [
            vec![("edges.tsv", text.as_bytes())],
            vec![edges, ("nodes.csv", text.as_bytes())],
            vec![edges, ("edge_attributes.csv", text.as_bytes())],
            vec![("a.json", text.as_bytes())],
            vec![("a.graphml", text.as_bytes())],
            vec![("M_A.txt", text.as_bytes()), ("M_graph_indicator.txt", text.as_bytes())],
            vec![("raw/edge.csv", text.as_bytes()), ("raw/num-node-list.csv", text.as_bytes())],
        ] {
            let _ = Folder::with(&files).load();
        }
    }

    /// Nor does one changed byte in a valid file.
    #[test]
    fn any_changed_byte_is_read_or_refused(position in 0_usize..3000, byte in any::<u8>()) {
        for (name, text) in [("a.graphml", GRAPHML), ("a.json", NODE_LINK)] {
            let mut bytes = text.as_bytes().to_vec();
            let position = position % bytes.len();
            bytes[position] = byte;
            let _ = Folder::with(&[(name, &bytes)]).load();
        }
    }

    /// What is written as CSV, with quotes where needed, is read back.
    #[test]
    fn quoted_ids_are_read_back(ids in proptest::collection::vec("[a-z ,;\"\n\u{e4}]{1,8}", 2..12)) {
        let ids: Vec<String> = ids.iter().map(|id| format!("_{id}_")).collect();
        let quoted = |id: &str| format!("\"{}\"", id.replace('"', "\"\""));
        let lines: Vec<String> = ids.windows(2).map(|pair| format!("{},{}\n", quoted(&pair[0]), quoted(&pair[1]))).collect();
        let text = lines.concat();
        let graph = read(&[("edges.csv", text.as_bytes())]);
        let mut expected: Vec<&String> = Vec::new();
        for id in &ids {
            if !expected.contains(&id) {
                expected.push(id);
            }
        }
        prop_assert_eq!(graph.node_names().unwrap().iter().collect::<Vec<_>>(), expected);
    }
}
