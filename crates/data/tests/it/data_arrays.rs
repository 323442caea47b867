//! Graphs as numbered files: `NumPy` arrays, OGB's raw folders, and `WikiCS`.
//!
//! Array files are made here byte by byte as `NumPy` 2.4 writes them.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use ssl4rl_graph::Direction;
use zip::write::SimpleFileOptions;

use crate::data_user::{Folder, edges, fails, features, read};

/// A `.npy` file of version 1.
fn npy(kind: &str, order: bool, shape: &str, values: &[u8]) -> Vec<u8> {
    let order = if order { "True" } else { "False" };
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), values].concat()
}

fn whole(shape: &str, values: &[i64]) -> Vec<u8> {
    npy("<i8", false, shape, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}

fn real(shape: &str, values: &[f32]) -> Vec<u8> {
    npy("<f4", false, shape, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}

fn npz(arrays: &[(&str, Vec<u8>)], compressed: bool) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let method = if compressed { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    for (name, content) in arrays {
        archive.start_file(format!("{name}.npy"), SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn toy() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("edge_index", whole("(2, 4)", &[0, 1, 2, 1, 1, 0, 3, 1])),
        ("x", real("(4, 2)", &[1.0, 0.0, 0.0, 2.5, 0.0, 0.0, 1.0, 1.0])),
        ("y", whole("(4,)", &[2, 0, -1, 1])),
        ("train_mask", npy("|b1", false, "(4, 2)", &[1, 0, 0, 1, 0, 1, 0, 0])),
        ("test_idx", npy("<i4", false, "(2,)", &[3, 0, 0, 0, 1, 0, 0, 0])),
        ("extra", real("(1,)", &[0.0])),
    ]
}

#[test]
fn arrays_read_alike_from_an_archive_and_from_files() {
    let named: Vec<(String, Vec<u8>)> = toy().into_iter().map(|(name, bytes)| (format!("{name}.npy"), bytes)).collect();
    let files: Vec<(&str, &[u8])> = named.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let folders = [
        Folder::with(&[("g.npz", &npz(&toy(), false))]),
        Folder::with(&[("g.npz", &npz(&toy(), true))]),
        Folder::with(&files),
    ];
    for folder in folders {
        let loaded = folder.load().unwrap();
        let graph = &loaded.graph;
        assert_eq!(
            (edges(graph), graph.direction()),
            (vec!["0 1".to_owned(), "2 3".to_owned()], Direction::Undirected)
        );
        assert_eq!((graph.provenance().duplicates, graph.provenance().self_loops), (1, 1));
        assert_eq!(features(graph, 1), [("w1".into(), 2.5)]);
        assert_eq!(features(graph, 3), [("w0".into(), 1.0), ("w1".into(), 1.0)]);
        let labels = graph.labels().unwrap();
        assert_eq!((&labels.of_node[..], labels.classes.len()), (&[Some(2), Some(0), None, Some(1)][..], 3));
        let split = graph.split().unwrap();
        assert_eq!((&split.train[..], &split.validation[..], &split.test[..]), (&[0][..], &[][..], &[1, 3][..]));
        assert!(loaded.notes.join("\n").contains("extra"), "{:?}", loaded.notes);
    }
}

#[test]
fn arrays_may_be_transposed_sparse_weighted_and_related() {
    // Columns first: the same matrix [[0, 1], [2, 0]] as rows of edges.
    let columns_first =
        npy("<i8", true, "(3, 2)", &[0i64, 2, 1, 1, 0, 2].iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>());
    let graph = read(&[("edge_index.npy", &columns_first), ("edge_weight.npy", &real("(3, 1)", &[0.5, 2.0, 4.0]))]);
    assert_eq!(edges(&graph), ["0 1 0.5", "0 2 2", "1 2 4"]);
    let relations = ("edge_type", npy("|u1", false, "(2,)", &[1, 0]));
    let graph = read(&[("g.npz", &npz(&[("edge_index", whole("(2, 2)", &[0, 1, 1, 0])), relations], false))]);
    assert_eq!(edges(&graph), ["0 1 relation 1", "1 0 relation 0"]);
    assert_eq!(graph.direction(), Direction::Directed);
    let sparse = |prefix: &'static str, values: &[f32], columns: &[i64], starts: &[i64], shape: &[i64]| {
        let list = |length: usize| format!("({length},)");
        let names: Vec<&'static str> = match prefix {
            "adj" => vec!["adj_data", "adj_indices", "adj_indptr", "adj_shape"],
            _ => vec!["attr_data", "attr_indices", "attr_indptr", "attr_shape"],
        };
        names
            .into_iter()
            .zip([
                real(&list(values.len()), values),
                whole(&list(columns.len()), columns),
                whole(&list(starts.len()), starts),
                whole(&list(shape.len()), shape),
            ])
            .collect::<Vec<_>>()
    };
    let mut arrays = sparse("adj", &[1.0, 1.0], &[1, 2], &[0, 2, 2, 2], &[3, 3]);
    arrays.extend(sparse("attr", &[3.0, 1.0], &[4, 0], &[0, 0, 2, 2], &[3, 5]));
    let graph = read(&[("g.npz", &npz(&arrays, true))]);
    assert_eq!((edges(&graph), graph.weights()), (vec!["0 1".to_owned(), "0 2".to_owned()], None));
    assert_eq!(features(&graph, 1), [("w0".into(), 1.0), ("w4".into(), 3.0)]);
}

#[test]
fn arrays_of_several_graphs_are_members() {
    let batch = [
        ("edge_index", whole("(2, 2)", &[0, 3, 1, 4])),
        ("batch", whole("(5,)", &[0, 0, 2, 2, 2])),
        ("y", whole("(3,)", &[1, 0, 1])),
    ];
    let graph = read(&[("g.npz", &npz(&batch, false))]);
    let sizes: Vec<usize> = (0..3).map(|member| graph.member_nodes(member).len()).collect();
    assert_eq!((sizes, graph.member_edges(2).len()), (vec![2, 0, 3], 1));
    assert_eq!(graph.members().unwrap().labels.as_ref().unwrap().of_member, [Some(1), Some(0), Some(1)]);
    let counted = [
        ("edge_index", whole("(2, 3)", &[0, 0, 1, 1, 1, 2])),
        ("num_nodes_list", whole("(2,)", &[2, 3])),
        ("num_edges_list", whole("(2,)", &[1, 2])),
    ];
    assert_eq!(edges(&read(&[("data.npz", &npz(&counted, false))])), ["0 1", "2 3", "3 4"]);
    let with = |change: (&'static str, Vec<u8>), parts: &[&str]| {
        let mut arrays = counted.to_vec();
        arrays.retain(|(name, _)| *name != change.0);
        arrays.push(change);
        fails(&[("data.npz", &npz(&arrays, false))], parts);
    };
    with(("num_edges_list", whole("(2,)", &[1, 1])), &["num_edges_list", "do not fit 3 edges"]);
    with(("num_edges_list", whole("(2,)", &[4, -1])), &["do not fit 3 edges"]);
    with(("num_nodes_list", whole("(2,)", &[2, 2])), &["edge 2 names node 2", "below 2"]);
    fails(
        &[("g.npz", &npz(&[("edge_index", whole("(2, 1)", &[0, 1])), ("batch", whole("(2,)", &[1, 0]))], false))],
        &["graphs must ascend"],
    );
}

#[test]
fn array_errors_name_file_and_place() {
    let with = |change: (&'static str, Vec<u8>), parts: &[&str]| {
        let mut arrays = toy();
        arrays.retain(|(name, _)| *name != change.0);
        arrays.push(change);
        fails(&[("g.npz", &npz(&arrays, true))], parts);
    };
    with(("edge_index", whole("(2, 1)", &[0, -3])), &["g.npz/edge_index.npy", "edge 0 names node -3", "below 4"]);
    with(("edge_index", whole("(2, 1)", &[0, 4])), &["edge 0 names node 4", "below 4"]);
    with(("edge_index", whole("(4,)", &[0, 1, 2, 3])), &["[2, edges]", "shape [4]"]);
    with(("edge_index", real("(2, 1)", &[0.0, 0.5])), &["whole numbers, got 0.5 at position 1"]);
    with(("x", real("(4, 1)", &[0.0, 1.0, f32::NAN, 0.0])), &["g.npz/x.npy", "feature 0 of node 2 is NaN"]);
    with(("y", whole("(3,)", &[0, 1, 1])), &["g.npz/y.npy", "3 classes for 4 nodes"]);
    with(("y", whole("(4,)", &[0, 1, 1 << 40, 0])), &["classes must be numbered from 0"]);
    with(("train_mask", whole("(4,)", &[0, 1, 1, 0])), &["truth values, got numbers"]);
    with(("test_idx", whole("(1,)", &[4])), &["node 4 of the split"]);
    with(
        ("y", npy("|O", false, "(4,)", b"\x80\x04.")),
        &["g.npz/y.npy: byte 128", "not Python objects", "leave out", "`|O`"],
    );
    with(("y", npy("<i8", false, "(4,)", &[0; 20])), &["g.npz/y.npy: byte", "32 more bytes"]);
    with(("y", npy("<i8", false, "(4,)", &[0; 40])), &["more bytes than its shape asks for"]);
    with(("y", b"no array".to_vec()), &["g.npz/y.npy: byte 8", "NUMPY"]);
    let huge = format!("({}, {})", u64::MAX / 2, 4);
    with(("y", npy("<i8", false, &huge, &[])), &["a shape that fits into memory"]);
    with(("y", npy("<i8", false, "(1000000000000,)", &[0; 64])), &["more bytes", "the end of the file"]);
    with(("num_nodes", whole("()", &[4_000_000_000])), &["4 classes for 4000000000 nodes"]);
    let bare = [("edge_index", whole("(2, 1)", &[0, 1])), ("num_nodes", whole("()", &[4_000_000_000]))];
    fails(&[("g.npz", &npz(&bare, false))], &["claims 4000000000 nodes"]);
    fails(&[("g.npz", b"PK\x03\x04 nothing")], &["g.npz", "no intact archive", "intact copy"]);
    let edgeless = npz(&[("x", real("(1, 1)", &[1.0])), ("foo", whole("(1,)", &[1]))], false);
    fails(&[("g.npz", &edgeless)], &["no array tells the edges", "expected `edge_index`", "found: `x`, `foo`"]);
    let whole_archive = npz(&toy(), true);
    fails(&[("g.npz", &whole_archive[..whole_archive.len() - 30])], &["g.npz"]);
}

/// OGB's layout: two graphs of 3 and 2 nodes.
fn ogb() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("raw/edge.csv", b"0,1\n1,2\n0,1\n"),
        ("raw/num-node-list.csv", b"3\n2\n"),
        ("raw/num-edge-list.csv", b"2\n1\n"),
        ("raw/node-feat.csv", b"1.0,0\n0,1\n0,0\n2,2\n0,3\n"),
        ("raw/graph-label.csv", b"1\n0\n"),
        ("split/scaffold/train.csv", b"1\n"),
        ("split/scaffold/valid.csv", b""),
        ("split/scaffold/test.csv", b"0\n"),
    ]
}

#[test]
fn ogb_folders_read_as_written() {
    let graph = read(&ogb());
    assert_eq!((edges(&graph), graph.member_count()), (vec!["0 1".to_owned(), "1 2".to_owned(), "3 4".to_owned()], 2));
    assert_eq!(features(&graph, 3), [("w0".into(), 2.0), ("w1".into(), 2.0)]);
    let members = graph.members().unwrap();
    assert_eq!(members.labels.as_ref().unwrap().of_member, [Some(1), Some(0)]);
    let split = members.split.as_ref().unwrap();
    assert_eq!((&split.train[..], &split.validation[..], &split.test[..]), (&[1][..], &[][..], &[0][..]));
    let single: &[(&str, &[u8])] = &[
        ("raw/edge.csv", b"0,1\n2,1\n"),
        ("raw/num-node-list.csv", b"4\n"),
        ("raw/edge-feat.csv", b"0.5\n2\n"),
        ("raw/node-label.csv", b"1.0\nnan\n0.0\n1.0\n"),
        ("mapping/labelidx2arxivcategeory.csv", b"label idx,arxiv category\n0,arxiv cs na\n1,arxiv cs mm\n"),
        ("split/time/train.csv", b"3\n0\n"),
        ("split/time/valid.csv", b"1\n"),
        ("split/time/test.csv", b"2\n"),
    ];
    let graph = read(single);
    assert_eq!(edges(&graph), ["0 1 0.5", "1 2 2"]);
    let labels = graph.labels().unwrap();
    assert_eq!(
        (&labels.classes[..], &labels.of_node[..]),
        (&["arxiv cs na".into(), "arxiv cs mm".into()][..], &[Some(1), None, Some(0), Some(1)][..])
    );
    assert_eq!(graph.split().unwrap().train, [0, 3]);
    assert_eq!(graph.degree(3), 0);
}

#[test]
fn ogb_errors_name_file_and_line() {
    let with = |change: (&'static str, &'static [u8]), parts: &[&str]| {
        let mut files = ogb();
        files.retain(|(name, _)| *name != change.0);
        files.push(change);
        fails(&files, parts);
    };
    with(("raw/edge.csv", b"0,1\n1,3\n0,1\n"), &["edge.csv:2:", "from 0 to below 3", "`1 | 3`"]);
    with(("raw/edge.csv", b"0,1\n1,2\n0,2\n"), &["edge.csv:3:", "from 0 to below 2"]);
    with(("raw/edge.csv", b"0,1\n1,2\n"), &["edge.csv", "announces 3 edges, but there are 2"]);
    with(("raw/edge.csv", b"0,1\n1,2\n0,1\n0,1\n"), &["edge.csv:4:"]);
    with(("raw/edge.csv", b"0,-1\n1,2\n0,1\n"), &["edge.csv:1:", "`-1`"]);
    with(("raw/num-node-list.csv", b"3\n4000000000\n"), &["each of 4000000003 nodes, got 5"]);
    with(("raw/num-node-list.csv", b"3\n40000000000\n"), &["num-node-list.csv:2:", "fewer than"]);
    with(("raw/num-node-list.csv", b""), &["num-node-list.csv` is empty"]);
    with(("raw/num-edge-list.csv", b"2\n"), &["2 graphs need `num-edge-list`"]);
    with(("raw/node-feat.csv", b"1,2\n1\n"), &["node-feat.csv:2:", "2 columns"]);
    with(("raw/node-feat.csv", b"1\ninf\n1\n1\n1\n"), &["node-feat.csv:2:", "finite", "`inf`"]);
    with(("raw/node-feat.csv", b"1\n1\n"), &["each of 5 nodes, got 2"]);
    with(("raw/graph-label.csv", b"1\nred\n"), &["graph-label.csv:2:", "`red`"]);
    with(("split/scaffold/test.csv", b"2\n"), &["test.csv:1:", "below 2"]);
    with(("split/other/train.csv", b"0\n"), &["the splits other, scaffold", "keep the folder of one"]);
}

const WIKICS: &str = r#"{"features": [[0.5, 0, -1], [0, 0, 2], [1, 1, 1]], "labels": [1, 0, 1], "links": [[1, 0], [0, 2, 2], []],
    "train_masks": [[true, false, false], [false, true, false]], "stopping_masks": [[false, false, false], [false, false, false]],
    "val_masks": [[false, true, false], [true, false, false]], "test_mask": [false, false, true]}"#;
const METADATA: &str = r#"{"labels": {"1": "Databases", "0": "Operating systems"}, "nodes": [
    {"id": "7", "title": "Index", "label": "Databases", "outlinks": ["8", "7"], "tokens": ["an", "index"]},
    {"id": "8", "title": "Kernel", "label": "Operating systems", "outlinks": [], "tokens": []},
    {"id": "9", "title": "Index", "label": "Databases", "outlinks": [], "tokens": ["x"]}]}"#;

#[test]
fn wikics_reads_as_written() {
    let files: &[(&str, &[u8])] = &[("data.json", WIKICS.as_bytes()), ("metadata.json", METADATA.as_bytes())];
    let loaded = Folder::with(files).load().unwrap();
    let graph = &loaded.graph;
    assert_eq!(graph.node_names().unwrap(), ["Index (0)", "Kernel", "Index (2)"]);
    assert_eq!(graph.node_texts().unwrap(), ["an index", "", "x"]);
    assert_eq!(edges(graph), ["Index (0) Kernel", "Kernel Index (2)"]);
    assert_eq!(
        (graph.provenance().edge_records, graph.provenance().self_loops, graph.provenance().duplicates),
        (5, 1, 2)
    );
    let labels = graph.labels().unwrap();
    assert_eq!(
        (&labels.classes[..], &labels.of_node[..]),
        (&["Operating systems".into(), "Databases".into()][..], &[Some(1), Some(0), Some(1)][..])
    );
    let split = graph.split().unwrap();
    assert_eq!((&split.train[..], &split.validation[..], &split.test[..]), (&[0][..], &[1][..], &[2][..]));
    assert_eq!(features(graph, 0), [("w0".into(), 0.5), ("w2".into(), -1.0)]);
    assert!(loaded.notes.join("\n").contains("1 of 2 splits"), "{:?}", loaded.notes);
    let graph = read(&[("data.json", WIKICS.as_bytes()), ("statistics.json", b"{}")]);
    assert_eq!((graph.node_names(), graph.labels().unwrap().classes.len()), (None, 2));
}

#[test]
fn wikics_errors_name_what_contradicts() {
    let with = |from: &str, to: &str, parts: &[&str]| {
        assert!(WIKICS.contains(from) || METADATA.contains(from));
        let (data, metadata) = (WIKICS.replacen(from, to, 1), METADATA.replacen(from, to, 1));
        fails(&[("data.json", data.as_bytes()), ("metadata.json", metadata.as_bytes())], parts);
    };
    with("[1, 0, 1]", "[1, 0]", &["data.json", "`labels` holds 2 entries, but `features` 3"]);
    with("[1, 0, 1]", "[1, 0, 9]", &["data.json", "class 9"]);
    with("[0, 2, 2]", "[0, 3, 2]", &["article 1 links to article 3, but there are 3"]);
    with("[0, 2, 2]", "[0, -1]", &["data.json", "line 1 column"]);
    with("[0, 0, 2]", "[0, 2]", &["article 1 has 2 features, but article 0 has 3"]);
    with("[0, 0, 2]", "[0, NaN, 2]", &["data.json", "line 1"]);
    with("[0, 0, 2]", "[0, 1e300, 2]", &["data.json"]);
    with(
        "[false, true, false], [true, false, false]]",
        "[false, true, false]]",
        &["as many `train_masks` as `val_masks`"],
    );
    with("\"test_mask\": [false, false, true]", "\"test_mask\": [false]", &["`test_mask` holds 1"]);
    with("\"1\": \"Databases\"", "\"4\": \"Databases\"", &["metadata.json", "the keys 0 to 1"]);
    with(
        r#", "tokens": ["x"]}"#,
        r#", "tokens": ["x"]}, {"title": "y", "tokens": []}"#,
        &["describes 4 articles, but `data.json` holds 3"],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// No bytes make the array reader panic or fill the memory.
    #[test]
    fn any_changed_byte_is_read_or_refused(position in 0_usize..4000, byte in any::<u8>(), compressed in any::<bool>()) {
        let mut bytes = npz(&toy(), compressed);
        let position = position % bytes.len();
        bytes[position] = byte;
        let _ = Folder::with(&[("g.npz", &bytes)]).load();
        let mut bytes = whole("(2, 4)", &[0, 1, 2, 1, 1, 0, 3, 1]);
        let position = position % bytes.len();
        bytes[position] = byte;
        let _ = Folder::with(&[("edge_index.npy", &bytes)]).load();
    }
}
