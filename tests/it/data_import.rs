//! `ssl4rl data import`: what it says, what it keeps, and what `--dataset NAME` does with it.

use std::fs;
use std::path::Path;

use ssl4rl::cli::ExitStatus;
use ssl4rl::data::{DataError, DataOptions, ImportError, LoadedDataset, load};
use tempfile::TempDir;

use crate::data_command::{data, text};

/// A triangle with a repeated edge, and a pair: two components, five records.
const RECORDS: &[u8] = b"a\tb\nb\tc\nc\ta\na\tc\nx\ty\n";

/// A folder that holds these files.
fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn load_from(cache: &Path, name: &str) -> Result<LoadedDataset, DataError> {
    load(name, &DataOptions { data_dir: Some(cache.to_owned()), offline: true, seed: 0 })
}

#[test]
fn import_counts_what_is_there_and_keeps_it_under_its_name() {
    let (folder, cache) = (folder_with(&[("mine.tsv", RECORDS)]), tempfile::tempdir().unwrap());
    let path = folder.path().join("mine.tsv");
    let outcome = data(&["import", text(&path), "--data-dir", text(cache.path())], true);
    let contents: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((contents["nodes"].as_u64(), contents["edges"].as_u64()), (Some(5), Some(4)));
    assert_eq!((contents["components"].as_u64(), contents["duplicates"].as_u64()), (Some(2), Some(1)));
    assert_eq!((contents["largest_degree"].as_u64(), contents["directed"].as_bool()), (Some(2), Some(false)));
    assert_eq!((contents["name"].as_str(), contents["weighted"].as_bool()), (Some("mine"), Some(false)));
    let manifest = fs::read_to_string(contents["manifest"].as_str().unwrap()).unwrap();
    assert!(manifest.contains("nodes = 5\nedges = 4") && manifest.contains("sha256"), "{manifest}");
    let loaded = load_from(cache.path(), "mine").unwrap();
    assert_eq!((loaded.graph.edges().len(), loaded.files.len()), (4, 1));
    let listed = data(&["list", "--data-dir", text(cache.path())], false).stdout;
    assert!(listed.contains("mine") && listed.contains("5 nodes, 4 edges"), "{listed}");
    let outcome = data(&["verify", "mine", "--data-dir", text(cache.path())], false);
    assert_eq!(outcome.status, ExitStatus::Success);
    assert!(outcome.stdout.contains("mine.tsv: ok") && outcome.stderr.contains("1 file checked, 0 wrong"));
}

#[test]
fn an_edge_shows_which_column_was_read_as_what() {
    let long = "x".repeat(50);
    let triple = format!("{long},b,likes\n");
    let files: &[(&str, &[u8])] = &[("plain.tsv", RECORDS), ("triples.csv", triple.as_bytes())];
    let (folder, cache) = (folder_with(files), tempfile::tempdir().unwrap());
    let edge = |file: &str| {
        let path = folder.path().join(file);
        let told = data(&["import", text(&path), "--data-dir", text(cache.path())], false).stdout;
        told.lines().find_map(|line| line.strip_prefix("an edge     ")).map(String::from)
    };
    assert_eq!(edge("plain.tsv").as_deref(), Some(r#""a" - "b""#));
    let expected = format!(r#""{}"… -> "b", relation "likes""#, "x".repeat(40));
    assert_eq!(edge("triples.csv"), Some(expected));
}

#[test]
fn a_graph_without_edges_is_kept_and_doubted() {
    let (folder, cache) = (folder_with(&[("loops.tsv", b"a\ta\nb\tb\n")]), tempfile::tempdir().unwrap());
    let said = data(&["import", text(&folder.path().join("loops.tsv")), "--data-dir", text(cache.path())], false);
    assert!(
        said.stderr.contains("warning: the graph has no edges, and nearly every task asks about edges"),
        "{}",
        said.stderr
    );
    assert!(
        said.stdout.contains("records     2 (0 repeated, 2 self loops, 0 with an unknown node)"),
        "{}",
        said.stdout
    );
}

#[test]
fn triples_that_are_read_in_another_order_are_doubted() {
    let triples: &[u8] = b"a\tlikes\tb\nb\tlikes\tc\nc\thates\ta\n";
    let files: &[(&str, &[u8])] =
        &[("mine.tsv", triples), ("edges.tsv", b"a\tb\tlikes\nb\tc\thates\n"), ("train.tsv", triples)];
    let (folder, cache) = (folder_with(files), tempfile::tempdir().unwrap());
    let said = |file: &str| {
        let path = folder.path().join(file);
        data(&["import", text(&path), "--data-dir", text(cache.path())], false).stderr
    };
    let doubt = said("mine.tsv");
    assert!(doubt.contains("3 of 3 relations are called like nodes; where a line is head, relation, tail"), "{doubt}");
    assert!(!said("edges.tsv").contains("called like nodes"));
    assert!(!said("train.tsv").contains("called like nodes"));
}

#[test]
fn a_file_that_changed_is_refused_until_it_is_imported_again() {
    let (folder, cache) = (folder_with(&[("mine.tsv", RECORDS)]), tempfile::tempdir().unwrap());
    let path = folder.path().join("mine.tsv");
    let import = || data(&["import", text(&path), "--data-dir", text(cache.path())], false);
    assert_eq!(import().status, ExitStatus::Success);
    fs::write(&path, b"a\tb\n").unwrap();
    let error = load_from(cache.path(), "mine").unwrap_err();
    assert!(matches!(error, DataError::Import(ImportError::Changed { .. })));
    let error = error.to_string();
    assert!(
        error.contains("mine.tsv") && error.contains("expected sha256") && error.contains("data import"),
        "{error}"
    );
    let verified = data(&["verify", "mine", "--data-dir", text(cache.path())], false);
    assert_eq!(verified.status, ExitStatus::Failure);
    assert!(verified.stdout.contains("expected sha256"), "{}", verified.stdout);
    assert_eq!(import().status, ExitStatus::Success);
    assert_eq!(load_from(cache.path(), "mine").unwrap().graph.edges().len(), 1);
    fs::remove_file(&path).unwrap();
    let gone = load_from(cache.path(), "mine").unwrap_err().to_string();
    let expected = format!("`{}` of the imported dataset `mine` is not there any more\n", path.display());
    assert!(gone.starts_with(&expected) && gone.contains("import PATH --name mine --replace"), "{gone}");
    let listed = data(&["list", "--data-dir", text(cache.path())], false).stdout;
    assert!(listed.contains("without") && listed.contains("mine.tsv"), "{listed}");
}

#[test]
fn flags_say_how_the_files_are_read_now_and_later() {
    let files: &[(&str, &[u8])] = &[
        ("who.csv", b"id,title\na,Ann\n"),
        ("links.dat", b"a,b\nb,a\n"),
        ("w.csv", b"source,target,weight,since\na,b,2,1999\n"),
    ];
    let (folder, cache) = (folder_with(files), tempfile::tempdir().unwrap());
    let (who, links, weights) =
        (folder.path().join("who.csv"), folder.path().join("links.dat"), folder.path().join("w.csv"));
    let outcome = data(
        &[
            "import",
            text(&links),
            "--name",
            "friends",
            "--nodes",
            text(&who),
            "--edges",
            text(&weights),
            "--directed",
            "--data-dir",
            text(cache.path()),
        ],
        false,
    );
    assert_eq!(outcome.status, ExitStatus::Success, "{}", outcome.stderr);
    for part in [
        "edges       2 directed",
        "weights     yes",
        "not used: edge attribute `since`",
        "1 edge has no weight, taken as 1",
    ] {
        assert!(outcome.stdout.contains(part), "`{part}` is not in: {}", outcome.stdout);
    }
    assert!(outcome.stderr.contains("--dataset friends"), "{}", outcome.stderr);
    let loaded = load_from(cache.path(), "friends").unwrap();
    assert_eq!(loaded.graph.node_names().unwrap(), ["Ann", "b"]);
    let ends: Vec<(u32, u32)> = loaded.graph.edges().iter().map(|edge| (edge.source, edge.target)).collect();
    assert_eq!((ends, loaded.graph.weights()), (vec![(0, 1), (1, 0)], Some(&[2.0, 1.0][..])));
    assert_eq!((loaded.files.len(), loaded.notes.len()), (3, 0));
}

#[test]
fn names_that_mean_something_else_are_refused() {
    let (folder, cache) = (folder_with(&[("a.tsv", RECORDS), ("b.tsv", RECORDS)]), tempfile::tempdir().unwrap());
    let import = |file: &str, more: &[&str]| {
        let path = folder.path().join(file);
        data(&[&["import", text(&path), "--data-dir", text(cache.path())], more].concat(), false)
    };
    for (name, part) in [
        ("cora", "a public dataset"),
        ("sbm", "a generator"),
        ("../x", "letters, digits"),
        ("", "letters"),
        (".x", "start"),
    ] {
        let outcome = import("a.tsv", &["--name", name]);
        assert_eq!(outcome.status, ExitStatus::Usage);
        assert!(outcome.stderr.contains(part) && outcome.stderr.contains("--name"), "{}", outcome.stderr);
    }
    assert_eq!(import("a.tsv", &["--name", "mine"]).status, ExitStatus::Success);
    let outcome = import("b.tsv", &["--name", "mine"]);
    assert_eq!(outcome.status, ExitStatus::Usage);
    assert!(outcome.stderr.contains("a.tsv") && outcome.stderr.contains("--replace"), "{}", outcome.stderr);
    assert_eq!(import("b.tsv", &["--name", "mine", "--replace"]).status, ExitStatus::Success);
    let error = load_from(cache.path(), "mime").unwrap_err().to_string();
    assert_eq!(error, "unknown dataset `mime`; did you mean `mine`?");
    fs::write(cache.path().join("imported/mine.toml"), "name = 3").unwrap();
    let error = load_from(cache.path(), "mine").unwrap_err().to_string();
    assert!(error.contains("mine.toml") && error.contains("import again"), "{error}");
}

#[test]
fn a_path_that_is_not_there_is_the_callers_fault() {
    let cache = tempfile::tempdir().unwrap();
    let outcome = data(&["import", "/does/not/exist", "--data-dir", text(cache.path())], false);
    assert_eq!(outcome.status, ExitStatus::Usage);
    assert!(outcome.stderr.contains("/does/not/exist"), "{}", outcome.stderr);
    let folder = folder_with(&[("model.pt", b"PK"), ("notes.md", b"x")]);
    let outcome = data(&["import", text(folder.path()), "--data-dir", text(cache.path())], false);
    assert_eq!(outcome.status, ExitStatus::Usage);
    assert!(outcome.stderr.contains("a `.pt` file cannot be read"), "{}", outcome.stderr);
}
