//! A user's own graphs as tables: what reads as written, and what is refused with its place; any text in any form.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use proptest::prelude::*;
use ssl4rl_data::{DataError, LoadedDataset, UserGraph, load_path};
use ssl4rl_graph::{Direction, Graph};

use crate::data_markup::{GRAPHML, NODE_LINK};

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
    assert!(notes.contains("1 edge has no relation") && notes.contains("1 edge has no weight, taken as 1"), "{notes}");
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
    fails(&[("edges.csv", b"source,target\n")], &["edges.csv`: it names its columns and holds no edge"]);
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
