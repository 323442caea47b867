//! Collections of graphs in the TU form: `NAME_A.txt` and its siblings, in which line `i` is about edge, node or graph `i`.
//!
//! | file | a line holds |
//! |---|---|
//! | `NAME_A.txt` | an edge: two nodes, numbered from 1 through all graphs |
//! | `NAME_graph_indicator.txt` | the graph of a node, numbered from 1 |
//! | `NAME_graph_labels.txt` | the class of a graph, any whole number |
//! | `NAME_node_labels.txt` | the kind of a node: a feature `kind=NUMBER` |
//! | `NAME_node_attributes.txt` | numbers: features `attribute 0`, `attribute 1`, … |
//! | `NAME_edge_attributes.txt` | a number: the weight of an edge; several are left out |
//! | `NAME_edge_labels.txt` | the kind of an edge; left out |
//!
//! Edges are undirected unless the user says otherwise. Nodes are put in the order of their graphs.

use std::path::Path;

use crate::draft::numbered;
use crate::format::{Description, Format};
use crate::numbered::{FeatureRows, Numbered};
use crate::read_error::ReadError;
use crate::source::Sources;
use crate::table::Table;
use ssl4rl_graph::{Graph, Node};

/// The format's entry in the table of formats.
pub(super) struct Tu;

impl Format for Tu {
    fn accepted(&self) -> &'static str {
        "TU collection: `NAME_A.txt` and `NAME_graph_indicator.txt`, optionally `NAME_graph_labels.txt`, `NAME_node_labels.txt`, \
         `NAME_node_attributes.txt`, `NAME_edge_attributes.txt`"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        sources.stem("", "_graph_indicator.txt").is_some()
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let Some(stem) = sources.stem("", "_graph_indicator.txt") else {
            let wanted = "NAME_graph_indicator.txt".into();
            return Err(ReadError::Missing { folder: sources.origin().to_owned(), wanted });
        };
        let optional = |part: &str| sources.find(&format!("{stem}_{part}.txt"));
        let place = Place::read(sources.require(&format!("{stem}_graph_indicator.txt"))?)?;
        let mut numbered = Numbered { sizes: place.sizes.clone(), ..Numbered::default() };
        numbered.edges = edges(sources.require(&format!("{stem}_A.txt"))?, &place)?;
        numbered.features = features(&place, optional("node_labels"), optional("node_attributes"))?;
        if let Some(path) = optional("edge_attributes") {
            let rows = rows(path, numbered.edges.len(), "edges")?;
            match rows.first().map_or(0, Vec::len) {
                1 => numbered.weights = rows.into_iter().flatten().collect(),
                columns => numbered.ignored.push(format!("{columns} attributes of edges: only one can be the weight")),
            }
        }
        if let Some(path) = optional("graph_labels") {
            let values = texts(path, place.sizes.len(), "graphs")?;
            let (names, classes) = numbered_labels(&values);
            numbered.class_names = names;
            numbered.member_labels = classes;
        }
        if optional("edge_labels").is_some() {
            numbered.ignored.push("kinds of edges".into());
        }
        numbered.finish(description, sources.origin())
    }
}

fn numbered_labels(values: &[String]) -> (Vec<String>, Vec<i64>) {
    let values: Vec<Option<&str>> = values.iter().map(|value| Some(&value[..])).collect();
    let (names, classes) = numbered(&values);
    (names, classes.into_iter().map(|class| class.map_or(-1, i64::from)).collect())
}

/// Where nodes go when they are put in the order of their graphs.
struct Place {
    sizes: Vec<usize>,
    /// New number of each node of the file.
    of_node: Vec<Node>,
}

impl Place {
    fn read(path: &Path) -> Result<Self, ReadError> {
        let mut owners: Vec<usize> = Vec::new();
        Table::open(path, false)?.for_each(|row| {
            let graph: usize = row.number(0, "the number of a graph, from 1")?;
            if graph == 0 {
                return Err(row.wrong("the number of a graph, from 1", "0"));
            }
            owners.push(graph - 1);
            Ok(())
        })?;
        let graphs = owners.iter().max().map_or(0, |&last| last + 1);
        if graphs == 0 || graphs > owners.len() {
            let problem = format!("it numbers {graphs} graphs for {} nodes", owners.len());
            return Err(ReadError::Content { path: path.to_owned(), problem });
        }
        let mut sizes = vec![0; graphs];
        for &owner in &owners {
            sizes[owner] += 1;
        }
        let mut next = vec![0; graphs];
        for graph in 1..graphs {
            next[graph] = next[graph - 1] + sizes[graph - 1];
        }
        let place = |&owner: &usize| {
            next[owner] += 1;
            (next[owner] - 1) as Node
        };
        let of_node = owners.iter().map(place).collect();
        Ok(Self { sizes, of_node })
    }
}

fn edges(path: &Path, place: &Place) -> Result<Vec<[Node; 2]>, ReadError> {
    let mut edges = Vec::new();
    Table::open(path, true)?.for_each(|row| {
        row.expect_len(2, "two nodes")?;
        let expected = format!("a node from 1 to {}", place.of_node.len());
        let end = |cell| {
            let node: usize = row.number(cell, &expected)?;
            let known = node.checked_sub(1).and_then(|node| place.of_node.get(node));
            known.copied().ok_or_else(|| row.wrong(&expected, row.shown()))
        };
        edges.push([end(0)?, end(1)?]);
        Ok(())
    })?;
    Ok(edges)
}

/// Kinds and attributes of nodes as features.
fn features(place: &Place, kinds: Option<&Path>, attributes: Option<&Path>) -> Result<Option<FeatureRows>, ReadError> {
    let count = place.of_node.len();
    let (mut names, mut rows) = (Vec::new(), vec![Vec::new(); count]);
    if let Some(path) = kinds {
        let kinds = texts(path, count, "nodes")?;
        let kinds: Vec<Option<&str>> = kinds.iter().map(|kind| Some(&kind[..])).collect();
        let (distinct, positions) = numbered(&kinds);
        names.extend(distinct.iter().map(|kind| format!("kind={kind}")));
        for (node, position) in positions.into_iter().enumerate() {
            rows[place.of_node[node] as usize].extend(position.map(|position| (position, 1.0)));
        }
    }
    if let Some(path) = attributes {
        let values = self::rows(path, count, "nodes")?;
        let first = names.len() as u32;
        names.extend((0..values.first().map_or(0, Vec::len)).map(|column| format!("attribute {column}")));
        for (node, values) in values.into_iter().enumerate() {
            rows[place.of_node[node] as usize].extend((first..).zip(values));
        }
    }
    if names.is_empty() {
        return Ok(None);
    }
    let mut features = FeatureRows::new(names.len());
    features.names = Some(names);
    for row in rows {
        features.sparse(row);
    }
    Ok(Some(features))
}

/// A text for each line, of which there must be so many.
fn texts(path: &Path, expected: usize, of: &str) -> Result<Vec<String>, ReadError> {
    let mut texts = Vec::new();
    Table::open(path, false)?.for_each(|row| {
        texts.push(row.text(0)?.to_owned());
        Ok(())
    })?;
    check_count(path, texts.len(), expected, of)?;
    Ok(texts)
}

/// Numbers for each line, of which there must be so many.
fn rows(path: &Path, expected: usize, of: &str) -> Result<Vec<Vec<f32>>, ReadError> {
    let mut rows: Vec<Vec<f32>> = Vec::new();
    Table::open(path, false)?.for_each(|row| {
        if let Some(first) = rows.first() {
            row.expect_len(first.len(), "as on the first line")?;
        }
        rows.push((0..row.len()).map(|cell| row.finite(cell, "finite numbers")).collect::<Result<_, _>>()?);
        Ok(())
    })?;
    check_count(path, rows.len(), expected, of)?;
    Ok(rows)
}

fn check_count(path: &Path, got: usize, expected: usize, of: &str) -> Result<(), ReadError> {
    if got == expected {
        return Ok(());
    }
    let problem = format!("expected a line for each of {expected} {of}, got {got}");
    Err(ReadError::Content { path: path.to_owned(), problem })
}
