//! Broken and hostile files: each gives one clear error that names the file and the place; none panics.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use ssl4rl_data::pickle::{read_adjacency, read_matrix, read_table};
use ssl4rl_data::{DataError, DataOptions, LoadedDataset, MAX_LINE_BYTES, load, load_path};

/// Writes the files into a fresh folder and loads it.
fn load_files(files: &[(&str, &[u8])]) -> Result<LoadedDataset, DataError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    load_path(folder.path())
}

/// The error's text, which must contain every one of the parts.
fn fails(files: &[(&str, &[u8])], parts: &[&str]) {
    let error = load_files(files).unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const CONTENT: &[u8] = b"p1\t0\t1\t1\tA\np2\t1\t0\t0\tB\np3\t0\t0\t1\tA\n";

#[test]
fn a_small_linqs_graph_reads_as_written() {
    let cites = b"p1\tp2\np2\tp1\np3\tp3\np1\tp9\n";
    let loaded = load_files(&[("toy.content", CONTENT), ("toy.cites", cites)]).unwrap();
    let graph = loaded.graph;
    assert_eq!(graph.node_count(), 3);
    assert_eq!(graph.edges().len(), 1);
    let provenance = graph.provenance();
    assert_eq!((provenance.edge_records, provenance.duplicates), (4, 1));
    assert_eq!((provenance.self_loops, provenance.dangling), (1, 1));
    assert_eq!(graph.features().unwrap().of(0), [1, 2]);
    assert_eq!(graph.labels().unwrap().of_node, [Some(0), Some(1), Some(0)]);
    assert_eq!(loaded.files.len(), 2);
}

#[test]
fn linqs_values_may_be_any_finite_number() {
    let content = b"p1\t0.5\t0\tA\np2\t1\t2e1\tA\n";
    let graph = load_files(&[("toy.content", content), ("toy.cites", b"p1\tp2\n")]).unwrap().graph;
    let values: Vec<f32> = graph.features().unwrap().matrix.data().to_vec();
    assert_eq!(values, [0.5, 1.0, 20.0]);
}

#[test]
fn linqs_errors_name_file_and_line() {
    let cites: (&str, &[u8]) = ("toy.cites", b"p1\tp2\n");
    fails(&[("toy.content", b"p1\t0\tA\np2\tNaN\tA\n"), cites], &["toy.content:2:", "finite number", "`NaN`"]);
    fails(&[("toy.content", b"p1\t0\tA\np2\t0\t1\tA\n"), cites], &["toy.content:2:", "expected 1 features", "got 2"]);
    fails(&[("toy.content", b"p1\t0\tA\np1\t0\tA\n"), cites], &["toy.content:2:", "not seen before", "`p1`"]);
    fails(&[("toy.content", b"p1 0 A\n"), cites], &["toy.content:1:", "separated by tabs"]);
    fails(&[("toy.content", b"p1\t0\t\n"), cites], &["toy.content:1:", "a paper id and a class"]);
    fails(&[("toy.content", b""), cites], &["toy.content` is empty", "paper id"]);
    fails(&[("toy.content", CONTENT), ("toy.cites", b"p1\n")], &["toy.cites:1:", "2 columns", "got 1"]);
    fails(&[("toy.content", CONTENT)], &["`toy.cites` (or `toy.cites.gz`) is missing"]);
    fails(&[("toy.content", b"p1\t0\tA\np\xff2\t0\tA\n"), cites], &["toy.content:2:", "UTF-8", "`\\xff2`"]);
}

#[test]
fn texts_must_cover_every_paper_once() {
    let files = |map: &'static [u8], text: &'static [u8]| {
        [("toy.content", CONTENT), ("toy.cites", &b"p1\tp2\n"[..]), ("map.json", map), ("text.json", text)]
    };
    let text = br#"{"0": "Title: T Abstract: a", "1": "Title: T Abstract: b", "2": "no title"}"#;
    let graph = load_files(&files(br#"{"p1": 2, "p2": 0, "p3": 1}"#, text)).unwrap().graph;
    assert_eq!(graph.node_names().unwrap(), ["p1", "T (p2)", "T (p3)"]);
    assert_eq!(graph.node_texts().unwrap()[1], "Title: T Abstract: a");
    fails(&files(br#"{"p1": 2, "p2": 0}"#, text), &["map.json", "text.json", "`p3` is not in the map"]);
    fails(&files(br#"{"p1": 2, "p2": 0, "p3": 0}"#, text), &["text 0 of paper `p3`"]);
    fails(&files(br#"{"p1": 2, "p1": 0, "p3": 0}"#, text), &["map.json", "`p1` appears twice", "line 1"]);
    fails(&files(br#"{"p1": -2}"#, text), &["map.json", "line 1 column"]);
    fails(&files(b"{", text), &["map.json", "EOF", "line 1"]);
    fails(&files(b"", text), &["map.json` is empty"]);
}

#[test]
fn a_small_knowledge_graph_reads_as_written() {
    let files: &[(&str, &[u8])] = &[
        ("train.tsv", b"a\tr\tb\r\nb\tr\tb\r\n"),
        ("dev.tsv", b"c\ts\ta"),
        ("entity2text.txt", b"a\tSame\nb\tSame\nc\tOther"),
        ("relation2text.txt", b"r\tis related to\n"),
    ];
    let graph = load_files(files).unwrap().graph;
    assert_eq!(graph.node_names().unwrap(), ["Same (a)", "Same (b)", "Other"]);
    assert_eq!(graph.relation_names(), ["is related to", "s"]);
    assert_eq!(graph.edges().len(), 2);
    assert_eq!(graph.held_out().validation.len(), 1);
    assert_eq!(graph.degree(2), 0, "held-out triples are no edges");
}

#[test]
fn test_triples_are_no_edges_and_stay_where_training_lacks_their_entities() {
    let files: &[(&str, &[u8])] =
        &[("train.txt", b"a\tr\tb\n"), ("valid.txt", b"b\tr\ta\n"), ("test.txt", b"a\tr\tc\nd\tr\tb\nb\ts\ta\n")];
    let graph = load_files(files).unwrap().graph;
    assert_eq!((graph.node_count(), graph.edges().len()), (4, 1));
    assert_eq!((graph.held_out().validation.len(), graph.held_out().test.len()), (1, 3));
}

#[test]
fn triple_errors_name_file_and_line() {
    fails(&[("train.txt", b"a\tr\tb\na\tr\n")], &["train.txt:2:", "3 columns separated by tabs", "got 2"]);
    fails(&[("train.txt", b"a\tr\t\n")], &["train.txt:1:", "text in every column"]);
    fails(&[("train.txt", b"a\tr\t\xc3\n")], &["train.txt:1:", "UTF-8"]);
    fails(&[("train.txt", b"")], &["train.txt` is empty"]);
    fails(&[("train.txt", b"a\tr\tb\n"), ("test.txt", b"")], &["test.txt` is empty"]);
    let twice: (&str, &[u8]) = ("entity2text.txt", b"a\tA\na\tB\n");
    fails(&[("train.txt", b"a\tr\tb\n"), twice], &["entity2text.txt:2:", "not seen before"]);
}

#[test]
fn id_triple_errors_name_file_and_line() {
    let entities: (&str, &[u8]) = ("entity2id.txt", b"2\na\t0\nb\t1\n");
    let relations: (&str, &[u8]) = ("relation2id.txt", b"1\nr\t0\n");
    let graph = load_files(&[entities, relations, ("train2id.txt", b"1\n1 0 0\n")]).unwrap().graph;
    assert_eq!((graph.edges()[0].source, graph.edges()[0].target), (1, 0));
    let with = |train: &'static [u8], parts: &[&str]| fails(&[entities, relations, ("train2id.txt", train)], parts);
    with(b"1\n0 2 0\n", &["train2id.txt:2:", "tail (below 2)"]);
    with(b"1\n0 1 1\n", &["train2id.txt:2:", "relation (below 1)"]);
    with(b"1\n0 -1 0\n", &["train2id.txt:2:", "`-1`"]);
    with(b"1\n0 1\n", &["train2id.txt:2:", "`0 1`"]);
    with(b"2\n0 1 0\n", &["train2id.txt", "announces 2 records, but 1 follow"]);
    with(b"1\n0 1 0\n1 0 0\n", &["train2id.txt:3:", "the end of the file after 1 records"]);
    with(b"many\n", &["train2id.txt:1:", "the number of records"]);
    with(b"", &["train2id.txt` is empty"]);
    fails(&[entities, relations], &["`train2id.txt` (or `train2id.txt.gz`) is missing"]);
    let huge: (&str, &[u8]) = ("entity2id.txt", b"99999999999999\na\t99999999999998\n");
    fails(&[huge, relations, ("train2id.txt", b"1\n0 0 0\n")], &["announces 99999999999999 records, but 1 follow"]);
    let twice: (&str, &[u8]) = ("entity2id.txt", b"2\na\t0\nb\t0\n");
    fails(&[twice, relations, ("train2id.txt", b"1\n0 0 0\n")], &["entity2id.txt:3:", "id 0 of line 2 again"]);
}

#[test]
fn edge_lists_read_as_written() {
    let graph = load_files(&[("friends.csv", b"source,target\n# note\nann,bob\nbob,ann\n\nbob, cy\n")]).unwrap().graph;
    assert_eq!(graph.node_names().unwrap(), ["ann", "bob", "cy"]);
    assert_eq!((graph.edges().len(), graph.provenance().duplicates), (2, 1));
    assert!(!graph.has_relations());
    let graph = load_files(&[("edges.tsv", b"a\tb\tknows\nb\ta\tworks for\n"), ("notes.txt", b"x")]).unwrap().graph;
    assert_eq!(graph.relation_names(), ["knows", "works for"]);
    assert_eq!(graph.edges().len(), 2);
    let graph = load_files(&[("web.edges", b"% sparse\n1 2\n2   3\n")]).unwrap().graph;
    assert_eq!(graph.edges().len(), 2);
}

#[test]
fn edge_list_errors_name_file_and_line() {
    fails(&[("a.tsv", b"a\tb\nc\n")], &["a.tsv:2:", "2 columns, as in the first record"]);
    fails(&[("a.tsv", b"a\n")], &["a.tsv:1:", "two columns of node ids"]);
    fails(&[("a.tsv", b"a\tb\tknows\na\tb\t\n")], &["a.tsv:2:", "text in every column"]);
    fails(&[("a.csv", b"\"a\",\"b\n")], &["a.csv:1:", "a closing quote"]);
    fails(&[("a.tsv", b"# nothing\n")], &["a.tsv` is empty"]);
}

#[test]
fn unknown_files_get_the_list_of_formats() {
    fails(&[("picture.png", b"x")], &["holds no graph", "LINQS", "planetoid", "id triples", "triples", "edge list"]);
    fails(&[], &["holds no graph"]);
    let error = load_path(Path::new("/does/not/exist.tsv")).unwrap_err().to_string();
    assert!(error.contains("/does/not/exist.tsv"), "{error}");
}

#[test]
fn an_unknown_name_gets_the_nearest_one() {
    let error = load("coraa", &DataOptions::default()).unwrap_err().to_string();
    assert_eq!(error, "unknown dataset `coraa`; did you mean `cora`?");
    let error = load("zzzzzz", &DataOptions::default()).unwrap_err().to_string();
    assert!(error.contains("no file of this name either; known are cora, citeseer"), "{error}");
    assert!(error.contains("; generators are "), "{error}");
}

#[test]
fn damaged_compression_is_named_as_such() {
    let lines: String = (0..20_000).fold(String::new(), |mut text, node| {
        let _ = writeln!(text, "n{node}\tr\tn{}", node * 7 % 1000);
        text
    });
    let whole = gzip(lines.as_bytes());
    assert_eq!(load_files(&[("train.txt.gz", &whole)]).unwrap().graph.edges().len(), 20_000);
    fails(&[("train.txt.gz", &whole[..whole.len() / 2])], &["train.txt.gz` is cut short or damaged", "intact copy"]);
    fails(&[("train.txt.gz", b"no gzip at all")], &["train.txt.gz` is cut short or damaged"]);
    let mut flipped = whole.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 0xff;
    fails(&[("train.txt.gz", &flipped)], &["train.txt.gz` is cut short or damaged"]);
}

/// A gigabyte without a line break, packed into one megabyte: it is refused after the first megabyte.
#[test]
fn an_endless_line_is_refused_early() {
    let folder = tempfile::tempdir().unwrap();
    let file = File::create(folder.path().join("train.txt.gz")).unwrap();
    let mut encoder = GzEncoder::new(file, Compression::fast());
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..256 {
        encoder.write_all(&chunk).unwrap();
    }
    encoder.finish().unwrap();
    let sources = ssl4rl_data::Sources::of_folder(folder.path()).unwrap();
    let description = ssl4rl_data::Description { name: "endless", class_names: &[], direction: None };
    let error = ssl4rl_data::read_graph(&description, &sources).unwrap_err().to_string();
    assert!(error.contains(&format!("train.txt.gz:1: the line is longer than {MAX_LINE_BYTES} bytes")), "{error}");
}

#[test]
fn the_longest_legal_line_is_read() {
    let name = "x".repeat(MAX_LINE_BYTES - 4);
    let graph = load_files(&[("train.txt", format!("a\tr\t{name}\nb\tr\ta\n").as_bytes())]).unwrap().graph;
    assert_eq!(graph.node_names().unwrap()[1].len(), name.len());
    fails(&[("train.txt", format!("b\tr\ta\na\tr\t{name}x\n").as_bytes())], &["train.txt:2: the line is longer"]);
}

/// `\x80\x02` … `.`: a pickle of protocol 2 with this body.
fn pickle(body: &[u8]) -> Vec<u8> {
    [b"\x80\x02", body, b"."].concat()
}

#[track_caller]
fn pickle_fails(bytes: &[u8], parts: &[&str]) {
    let path = Path::new("ind.toy.graph");
    let error = read_adjacency(path, bytes).unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

const DEFAULT_DICT: &[u8] = b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R";

#[test]
fn a_small_adjacency_reads_as_written() {
    // {0: [1], 1: [0, 0], 2: []}
    let body = [DEFAULT_DICT, b"(K\x00]K\x01aK\x01](K\x00K\x00eK\x02]u"].concat();
    let adjacency = read_adjacency(Path::new("toy"), &pickle(&body)).unwrap();
    assert_eq!(adjacency, [(0, vec![1]), (1, vec![0, 0]), (2, vec![])]);
}

#[test]
fn foreign_pickles_are_refused_with_offset_and_name() {
    pickle_fails(&pickle(b"cos\nsystem\nU\x02ls\x85R"), &["byte 2:", "`system` of module `os`", "not run"]);
    pickle_fails(&pickle(b"c__builtin__\neval\n"), &["byte 2:", "`eval` of module `__builtin__`"]);
    pickle_fails(b"\x80\x04.", &["byte 0:", "protocol 4"]);
    pickle_fails(&pickle(b"I1\n"), &["byte 2:", "opcode 0x49 (`I`)"]);
    pickle_fails(&pickle(b"\x93"), &["byte 2:", "opcode 0x93"]);
    pickle_fails(b"", &["is empty"]);
    pickle_fails(b"\x80\x02", &["byte 2:", "1 more bytes", "end of the file"]);
    pickle_fails(b"\x80\x02.", &["byte 2:", "empty stack"]);
    pickle_fails(&pickle(b"T\xff\xff\xff\xff"), &["byte 2:", "4294967295 more bytes"]);
    pickle_fails(&pickle(b"h\x07"), &["byte 2:", "slot 7"]);
    pickle_fails(&pickle(b"j\xff\xff\xff\xff"), &["slot 4294967295"]);
    pickle_fails(&pickle(b"u"), &["a mark"]);
    pickle_fails(&pickle(b"K\x01K\x02a"), &["a list to append to"]);
    pickle_fails(&pickle(b"K\x01\x87"), &["3 values on the stack"]);
    pickle_fails(&pickle(b"cno line break"), &["ends in a line break"]);
    pickle_fails(&pickle(b"K\x01"), &["a dictionary of lists"]);
}

/// A list that refers to itself, a list under two keys, and a million nested tuples: no recursion, no multiplication.
#[test]
fn pickle_bombs_stay_small() {
    let shared = [DEFAULT_DICT, b"(K\x00]q\x01K\x01h\x01u"].concat();
    pickle_fails(&pickle(&shared), &["a list of its own for key 1"]);
    let itself = [DEFAULT_DICT, b"(K\x00]q\x01h\x01au"].concat();
    pickle_fails(&pickle(&itself), &["integers in the list of key 0"]);
    let nested = [b")".as_slice(), &vec![0x85; 1_000_000]].concat();
    pickle_fails(&pickle(&nested), &["a dictionary of lists"]);
    let marks = vec![b'('; 1_000_000];
    pickle_fails(&pickle(&marks), &["empty stack"]);
}

/// An array of 32-bit values, as Python 2 pickled it.
fn array(shape: &[u8], kind: [u8; 2], values: &[u8]) -> Vec<u8> {
    let mut body = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01(".to_vec();
    for size in shape {
        body.extend([b'K', *size]);
    }
    body.extend(b"tcnumpy\ndtype\nU\x02");
    body.extend(kind);
    body.extend(b"K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U");
    body.push(values.len() as u8);
    body.extend(values);
    body.extend(b"tb");
    body
}

fn integers(values: &[i32]) -> Vec<u8> {
    array(&[values.len() as u8], *b"i4", &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
}

fn matrix(shape: [u8; 2], row_starts: &[i32], indices: &[i32], values: &[f32]) -> Vec<u8> {
    let mut body = b"cscipy.sparse.csr\ncsr_matrix\n)\x81}(U\x06_shape".to_vec();
    body.extend([b'K', shape[0], b'K', shape[1], 0x86]);
    body.extend(
        [b"U\x06indptr", &integers(row_starts)[..], b"U\x07indices", &integers(indices), b"U\x04data"].concat(),
    );
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    body.extend(array(&[values.len() as u8], *b"f4", &bytes));
    body.extend(b"ub");
    pickle(&body)
}

#[test]
fn small_arrays_read_as_written() {
    let bytes: Vec<u8> = [1, 0, 0, 1].into_iter().flat_map(i32::to_le_bytes).collect();
    let table = read_table(Path::new("toy"), &pickle(&array(&[2, 2], *b"i4", &bytes))).unwrap();
    assert_eq!((table.columns, &table.values[..]), (2, &[1, 0, 0, 1][..]));
    let rows = read_matrix(Path::new("toy"), &matrix([2, 3], &[0, 1, 2], &[2, 0], &[1.0, 0.5])).unwrap();
    assert_eq!(rows.row(0).collect::<Vec<_>>(), [(2, 1.0)]);
    assert_eq!(rows.row(1).collect::<Vec<_>>(), [(0, 0.5)]);
}

#[test]
fn inconsistent_arrays_are_refused() {
    let matrix_fails = |bytes: &[u8], part: &str| {
        let error = read_matrix(Path::new("toy"), bytes).unwrap_err().to_string();
        assert!(error.contains(part), "`{part}` is not in: {error}");
    };
    let pointers = "row pointers fit";
    matrix_fails(&matrix([2, 3], &[0, 1], &[2], &[1.0]), pointers);
    matrix_fails(&matrix([2, 3], &[0, 2, 1], &[2], &[1.0]), pointers);
    matrix_fails(&matrix([2, 3], &[1, 1, 1], &[2], &[1.0]), pointers);
    matrix_fails(&matrix([1, 3], &[0, 2], &[2, 1], &[1.0]), pointers);
    matrix_fails(&matrix([1, 3], &[0, 1], &[3], &[1.0]), "columns below 3, not 3");
    matrix_fails(&matrix([1, 3], &[0, 1], &[-1], &[1.0]), "columns below 3, not -1");
    let short = pickle(&array(&[2, 2], *b"i4", &[0; 12]));
    let error = read_table(Path::new("toy"), &short).unwrap_err().to_string();
    assert!(error.contains("as many bytes as the array's shape"), "{error}");
    let objects = pickle(&array(&[1, 1], *b"O8", &[0; 8]));
    let error = read_table(Path::new("toy"), &objects).unwrap_err().to_string();
    assert!(error.contains("`i4` or `f4`, got `O8`"), "{error}");
}

fn table(rows: u8, columns: u8, values: &[i32]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    pickle(&array(&[rows, columns], *b"i4", &bytes))
}

/// Four nodes in a path: 0 labelled, 1 other, 2 and 3 test nodes listed as 3, 2.
fn planetoid_files() -> Vec<(&'static str, Vec<u8>)> {
    let graph = [DEFAULT_DICT, b"(K\x00](K\x01eK\x01](K\x00K\x02eK\x02](K\x01K\x03eK\x03](K\x02eu"].concat();
    vec![
        ("ind.toy.x", matrix([1, 2], &[0, 1], &[0], &[1.0])),
        ("ind.toy.y", table(1, 2, &[1, 0])),
        ("ind.toy.allx", matrix([2, 2], &[0, 1, 2], &[0, 1], &[1.0, 1.0])),
        ("ind.toy.ally", table(2, 2, &[1, 0, 0, 1])),
        ("ind.toy.tx", matrix([2, 2], &[0, 1, 3], &[1, 0, 1], &[1.0, 1.0, 1.0])),
        ("ind.toy.ty", table(2, 2, &[0, 1, 1, 0])),
        ("ind.toy.graph", pickle(&graph)),
        ("ind.toy.test.index", b"3\n2\n".to_vec()),
    ]
}

fn load_owned(files: &[(&str, Vec<u8>)]) -> Result<LoadedDataset, DataError> {
    load_files(&files.iter().map(|(name, content)| (*name, &content[..])).collect::<Vec<_>>())
}

fn planetoid(change: (&'static str, Vec<u8>)) -> Result<LoadedDataset, DataError> {
    let mut files = planetoid_files();
    files.retain(|(name, _)| *name != change.0);
    files.push(change);
    load_owned(&files)
}

#[test]
fn without_allx_a_planetoid_graph_knows_the_features_of_x_and_tx() {
    let mut files = planetoid_files();
    files.retain(|(name, _)| *name != "ind.toy.allx");
    let graph = load_owned(&files).unwrap().graph;
    assert_eq!(graph.features().unwrap().known, [true, false, true, true]);
    assert_eq!(graph.features().unwrap().of(1), [0; 0]);
    assert_eq!(graph.labels().unwrap().of_node, [Some(0), Some(1), Some(0), Some(1)]);
    let whole = load_owned(&planetoid_files()).unwrap().graph;
    assert_eq!(whole.features().unwrap().known, [true; 4]);
}

#[test]
fn a_small_planetoid_graph_reads_as_written() {
    let graph = planetoid(("README", Vec::new())).unwrap().graph;
    assert_eq!(graph.edges().len(), 3);
    assert_eq!(graph.labels().unwrap().of_node, [Some(0), Some(1), Some(0), Some(1)]);
    let features: Vec<&[u32]> = (0..4).map(|node| graph.features().unwrap().of(node)).collect();
    assert_eq!(features, [&[0][..], &[1], &[0, 1], &[1]]);
    let split = graph.split().unwrap();
    assert_eq!((&split.train[..], &split.validation[..], &split.test[..]), (&[0][..], &[1][..], &[2, 3][..]));
}

#[test]
fn planetoid_files_that_contradict_each_other_are_refused() {
    let fails = |name: &'static str, content: Vec<u8>, part: &str| {
        let error = planetoid((name, content)).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("ind.toy."), "`{part}` is not in: {error}");
    };
    fails("ind.toy.test.index", b"3\n3\n".to_vec(), "test.index:2: expected a node of 2..4 that was not seen before");
    fails("ind.toy.test.index", b"3\n1\n".to_vec(), "test.index:2:");
    fails("ind.toy.test.index", b"3\n9\n".to_vec(), "test.index:2:");
    fails("ind.toy.test.index", b"3\n".to_vec(), "one row for each test node");
    fails("ind.toy.test.index", b"two\n".to_vec(), "test.index:1: expected a node index");
    fails("ind.toy.test.index", Vec::new(), "is empty");
    fails("ind.toy.ty", table(2, 2, &[0, 1, 1, 1]), "a single 1 among zeros in row 1");
    fails("ind.toy.y", table(1, 2, &[0, 1]), "must start with `y`");
    fails("ind.toy.tx", matrix([2, 3], &[0, 1, 2], &[1, 0], &[1.0, 1.0]), "same number of columns");
    fails("ind.toy.tx", matrix([2, 2], &[0, 1, 2], &[1, 0], &[f32::NAN, 1.0]), "must be finite");
    fails("ind.toy.tx", matrix([2, 2], &[0, 2, 2], &[1, 1], &[1.0, 1.0]), "ind.toy.");
    fails("ind.toy.allx", matrix([2, 2], &[0, 1, 2], &[1, 1], &[1.0, 1.0]), "must start with `x`");
    let one_sided = [DEFAULT_DICT, b"(K\x00](K\x01eK\x01]K\x02]K\x03]u"].concat();
    fails("ind.toy.graph", pickle(&one_sided), "node 1 does not list its neighbour 0");
    let outside = [DEFAULT_DICT, b"(K\x00](K\x09eK\x01]K\x02]K\x03]u"].concat();
    fails("ind.toy.graph", pickle(&outside), "has 4 nodes, but node 9 is a neighbour");
    let twice = [DEFAULT_DICT, b"(K\x00]K\x00]K\x02]K\x03]u"].concat();
    fails("ind.toy.graph", pickle(&twice), "node 0 has two lists");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// No bytes make the pickle readers panic.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let path = Path::new("fuzz");
        let _ = (read_adjacency(path, &bytes), read_matrix(path, &bytes), read_table(path, &bytes));
    }

    /// Nor does one changed byte in a valid matrix.
    #[test]
    fn any_changed_byte_is_read_or_refused(position in 0usize..600, byte in any::<u8>()) {
        let mut bytes = matrix([2, 3], &[0, 1, 2], &[2, 0], &[1.0, 0.5]);
        let position = position % bytes.len();
        bytes[position] = byte;
        let _ = read_matrix(Path::new("fuzz"), &bytes);
    }

    /// No text makes a line reader panic.
    #[test]
    fn any_text_is_read_or_refused(text in "([a-c0-2\t ,.#\r\n]|\\PC){0,80}") {
        for name in ["train.txt", "a.csv", "a.content", "entity2id.txt"] {
            let _ = load_files(&[(name, text.as_bytes()), ("a.cites", b"a\tb\n"), ("relation2id.txt", text.as_bytes())]);
        }
    }
}
