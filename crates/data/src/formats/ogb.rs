//! The raw folder of an OGB dataset: tables without titles, `.csv.gz`, in the folder itself or in `raw`.
//!
//! | file | a line holds |
//! |---|---|
//! | `edge` | source and target, numbered from 0 in each graph |
//! | `num-node-list`, `num-edge-list` | nodes and edges of a graph; one line for a single graph |
//! | `node-feat` | the features of a node |
//! | `edge-feat` | the features of an edge; a single column is its weight |
//! | `edge_reltype` | the relation of an edge |
//! | `node-label`, `graph-label` | the class of a node or graph, empty or `nan` where unknown |
//! | `split/NAME/train`, `valid`, `test` | a node, or a graph where there are several |
//! | `mapping/labelidx2…` | a class and its name, below a line of titles |
//!
//! Of several tasks in a label file the first is read. Several splits are refused by name: keep one. Undirected unless there are
//! relations or the user says otherwise, as OGB's own loaders add the other direction where a graph needs it.

use std::path::Path;

use crate::format::{Description, Format};
use crate::numbered::{FeatureRows, Numbered};
use crate::read_error::{ReadError, quote};
use crate::source::Sources;
use crate::table::{Row, Table};
use ssl4rl_graph::{Graph, Node};

/// The format's entry in the table of formats.
pub(super) struct Ogb;

impl Format for Ogb {
    fn accepted(&self) -> &'static str {
        "OGB: a folder with `raw/edge.csv.gz`, `raw/num-node-list.csv.gz`, and optionally `num-edge-list`, `node-feat`, \
         `edge-feat`, `node-label`, `graph-label` and `split/NAME/train.csv.gz`"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        prefix(sources).is_some()
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let prefix = prefix(sources).unwrap_or_default();
        let required = |name: &str| sources.require(&format!("{prefix}{name}.csv"));
        let optional = |name: &str| sources.find(&format!("{prefix}{name}.csv"));
        let mut numbered = Numbered { sizes: counts(required("num-node-list")?)?, ..Numbered::default() };
        let edge_counts = optional("num-edge-list").map(counts).transpose()?;
        read_edges(&mut numbered, required("edge")?, edge_counts.as_deref())?;
        let node_count: usize = numbered.sizes.iter().sum();
        let graph_count = numbered.sizes.len();
        if let Some(path) = optional("node-feat") {
            numbered.features = Some(features(path, node_count)?);
        }
        if let Some(path) = optional("edge-feat") {
            read_edge_features(&mut numbered, path)?;
        }
        if let Some(path) = optional("edge_reltype") {
            read_relations(&mut numbered, path)?;
        }
        if let Some(path) = optional("node-label") {
            numbered.labels = labels(path, node_count, "nodes")?;
        }
        if let Some(path) = optional("graph-label") {
            numbered.member_labels = labels(path, graph_count, "graphs")?;
        }
        numbered.class_names = class_names(sources)?;
        let limit = if graph_count > 1 { graph_count } else { node_count };
        let split = split(sources, limit)?;
        if graph_count > 1 {
            numbered.member_split = split;
        } else {
            numbered.split = split;
        }
        numbered.finish(description, sources.origin())
    }
}

/// What stands before the names of the tables.
fn prefix(sources: &Sources) -> Option<&'static str> {
    let has =
        |prefix: &&str| ["edge", "num-node-list"].iter().all(|name| sources.contains(&format!("{prefix}{name}.csv")));
    ["raw/", ""].into_iter().find(has)
}

fn counts(path: &Path) -> Result<Vec<usize>, ReadError> {
    let mut counts = Vec::new();
    let mut total = 0usize;
    Table::open(path, false)?.for_each(|row| {
        let count: usize = row.number(0, "a number of nodes or edges")?;
        total = total.saturating_add(count);
        if u32::try_from(total).is_err() {
            return Err(row.wrong(format!("fewer than {} nodes or edges in all", u32::MAX), total.to_string()));
        }
        counts.push(count);
        Ok(())
    })?;
    if counts.is_empty() {
        return Err(ReadError::Empty { path: path.to_owned(), expected: "a number for each graph".into() });
    }
    Ok(counts)
}

fn read_edges(numbered: &mut Numbered, path: &Path, counts: Option<&[usize]>) -> Result<(), ReadError> {
    let graphs = numbered.sizes.len();
    let disagree = |problem: String| ReadError::Content { path: path.to_owned(), problem };
    if counts.map_or(graphs > 1, |counts| counts.len() != graphs) {
        return Err(disagree(format!("{graphs} graphs need `num-edge-list` with a number for each")));
    }
    let (mut graph, mut start, mut left) = (0, 0, counts.map_or(usize::MAX, |counts| counts[0]));
    Table::open(path, false)?.for_each(|row| {
        while left == 0 && graph + 1 < graphs {
            start += numbered.sizes[graph];
            graph += 1;
            left = counts.map_or(usize::MAX, |counts| counts[graph]);
        }
        row.expect_len(2, "source and target")?;
        let size = numbered.sizes[graph];
        let end = |cell| {
            let expected = format!("a node from 0 to below {size}");
            let node: usize = row.number(cell, &expected)?;
            let inside = left > 0 && node < size;
            if inside { Ok((start + node) as Node) } else { Err(row.wrong(expected, row.shown())) }
        };
        numbered.edges.push([end(0)?, end(1)?]);
        left = left.saturating_sub(1);
        Ok(())
    })?;
    match counts.map(|counts| counts.iter().sum::<usize>()) {
        Some(expected) if expected != numbered.edges.len() => {
            Err(disagree(format!("`num-edge-list` announces {expected} edges, but there are {}", numbered.edges.len())))
        }
        _ => Ok(()),
    }
}

/// Calls `each` with every line, of which there must be so many.
fn for_lines(
    path: &Path,
    expected: usize,
    of: &str,
    mut each: impl FnMut(&Row<'_>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut lines = 0;
    Table::open(path, false)?.for_each(|row| {
        lines += 1;
        if lines > expected {
            return Err(row.wrong(format!("the end of the file after {expected} {of}"), "another line"));
        }
        each(&row)
    })?;
    if lines == expected {
        return Ok(());
    }
    let problem = format!("expected a line for each of {expected} {of}, got {lines}");
    Err(ReadError::Content { path: path.to_owned(), problem })
}

fn features(path: &Path, node_count: usize) -> Result<FeatureRows, ReadError> {
    let mut rows: Option<FeatureRows> = None;
    let mut values = Vec::new();
    for_lines(path, node_count, "nodes", |row| {
        let rows = rows.get_or_insert_with(|| FeatureRows::new(row.len()));
        row.expect_len(rows.columns, "as on the first line")?;
        values.clear();
        for cell in 0..row.len() {
            values.push(row.finite(cell, "a finite number as feature")?);
        }
        rows.dense(values.iter().copied());
        Ok(())
    })?;
    Ok(rows.unwrap_or_else(|| FeatureRows::new(0)))
}

fn read_edge_features(numbered: &mut Numbered, path: &Path) -> Result<(), ReadError> {
    let mut weights = Vec::new();
    let mut columns = 1;
    for_lines(path, numbered.edges.len(), "edges", |row| {
        columns = row.len();
        if columns == 1 {
            weights.push(row.finite(0, "a finite number as weight")?);
        }
        Ok(())
    })?;
    if columns == 1 {
        numbered.weights = weights;
    } else {
        numbered.ignored.push(format!("{columns} features of edges: only one column can be weights"));
    }
    Ok(())
}

fn read_relations(numbered: &mut Numbered, path: &Path) -> Result<(), ReadError> {
    let limit = numbered.edges.len();
    let mut relations = Vec::new();
    for_lines(path, limit, "edges", |row| {
        let relation: u32 = row.number(0, "the number of a relation")?;
        if relation as usize > limit {
            return Err(row.wrong("relations numbered from 0", relation.to_string()));
        }
        relations.push(relation);
        Ok(())
    })?;
    let count = relations.iter().max().map_or(0, |&last| last + 1);
    numbered.relation_names = (0..count).map(|relation| format!("relation {relation}")).collect();
    numbered.relations = relations;
    Ok(())
}

/// Classes, -1 where unknown.
fn labels(path: &Path, count: usize, of: &str) -> Result<Vec<i64>, ReadError> {
    let mut labels = Vec::new();
    for_lines(path, count, of, |row| {
        let text = row.text(0)?;
        // OGB writes whole numbers, and fractions in files with unknown labels.
        let number = text.strip_suffix(".0").unwrap_or(text);
        labels.push(match number {
            "" | "nan" | "NaN" => -1,
            _ => number.parse().map_err(|_| row.wrong("a class as a whole number", quote(text.as_bytes())))?,
        });
        Ok(())
    })?;
    Ok(labels)
}

fn class_names(sources: &Sources) -> Result<Vec<String>, ReadError> {
    let name =
        sources.paths().map(|(name, _)| name).find(|name| name.starts_with("mapping/labelidx2")).map(String::from);
    let Some(path) = name.and_then(|name| sources.find(&name)) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    let mut titled = false;
    Table::open(path, false)?.for_each(|row| {
        if !std::mem::replace(&mut titled, true) {
            return Ok(());
        }
        let class: usize = row.number(0, "a class as a whole number")?;
        if class != names.len() {
            return Err(row.wrong(format!("class {}", names.len()), class.to_string()));
        }
        names.push(row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(names)
}

/// The only split, as positions below `limit`.
fn split(sources: &Sources, limit: usize) -> Result<Option<[Vec<Node>; 3]>, ReadError> {
    let folder = |name: &str| Some(name.strip_prefix("split/")?.strip_suffix("/train.csv")?.to_owned());
    let folders: Vec<String> = sources.paths().filter_map(|(name, _)| folder(name)).collect();
    let folder = match &folders[..] {
        [] => return Ok(None),
        [folder] => folder,
        several => {
            let problem = format!("it holds the splits {}; keep the folder of one", several.join(", "));
            return Err(ReadError::Content { path: sources.origin().to_owned(), problem });
        }
    };
    let part = |name: &str| -> Result<Vec<Node>, ReadError> {
        let mut positions = Vec::new();
        Table::open(sources.require(&format!("split/{folder}/{name}.csv"))?, false)?.for_each(|row| {
            let expected = format!("a position from 0 to below {limit}");
            let position: usize = row.number(0, &expected)?;
            if position >= limit {
                return Err(row.wrong(expected, position.to_string()));
            }
            positions.push(position as Node);
            Ok(())
        })?;
        positions.sort_unstable();
        Ok(positions)
    };
    Ok(Some([part("train")?, part("valid")?, part("test")?]))
}
