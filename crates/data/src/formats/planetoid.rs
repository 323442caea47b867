//! The planetoid form of a citation network: `ind.NAME.{x,y,tx,ty,allx,ally,graph,test.index}`.
//!
//! | file | content |
//! |---|---|
//! | `x`, `y` | features and one-hot classes of the labelled training nodes, nodes `0..n` |
//! | `allx`, `ally` | the same of all nodes outside the test index, nodes `0..m`; the first `n` rows are `x` and `y` |
//! | `tx`, `ty` | the same of the test nodes; row `i` belongs to the node on line `i` of `test.index` |
//! | `graph` | neighbour lists of all nodes, in both directions, with repetitions and self entries |
//!
//! Public split (Yang, Cohen and Salakhutdinov 2016): train `0..n`, validation the next 500 nodes, test `test.index`.
//! `allx` may be absent: then only the features of `x` and `tx` are known. Nodes of the test range that `test.index` skips
//! (Citeseer has 15) have no features and no class. Provenance counts list entries: each edge is there at least twice.

use std::path::Path;

use crate::format::{Description, Format};
use crate::pickle::{self, SparseRows, Table};
use crate::read_error::{ReadError, quote};
use crate::source::{Lines, Sources, read_whole};
use ssl4rl_graph::{Csr, Direction, Features, Graph, GraphBuilder, Labels, Node, NodeSplit};

const VALIDATION_NODES: usize = 500;

/// The format's entry in the table of formats.
pub(super) struct Planetoid;

impl Format for Planetoid {
    fn accepted(&self) -> &'static str {
        "planetoid: `ind.NAME.x`, `.y`, `.tx`, `.ty`, `.ally`, `.graph`, `.test.index`, optionally `.allx`"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        sources.stem("ind.", ".graph").is_some()
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        read(description, sources)
    }
}

/// Reads the graph with features, classes and split.
pub(super) fn read(description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
    let Some(stem) = sources.stem("ind.", ".graph") else {
        return Err(ReadError::Missing { folder: sources.origin().to_owned(), wanted: "ind.NAME.graph".into() });
    };
    let parts = Parts::read(stem, sources)?;
    let graph_path = parts.graph_path;
    let wrong = ReadError::graph(graph_path);
    let node_count = parts.adjacency.len();
    let mut builder = GraphBuilder::new(description.name, node_count, Direction::Undirected);
    for (node, neighbours) in parts.adjacency.iter().enumerate() {
        for &neighbour in neighbours {
            builder.edge(node as Node, neighbour).map_err(&wrong)?;
        }
    }
    builder.features(parts.features()?).map_err(&wrong)?;
    builder.labels(parts.labels(description.class_names)).map_err(&wrong)?;
    let mut test = parts.test_index.clone();
    test.sort_unstable();
    let train_end = parts.train_count as Node;
    let validation_end = parts.train_count.saturating_add(VALIDATION_NODES).min(parts.other_classes.len()) as Node;
    let split = NodeSplit { train: (0..train_end).collect(), validation: (train_end..validation_end).collect(), test };
    builder.split(split).map_err(&wrong)?;
    builder.build().map_err(&wrong)
}

/// The files' content, checked against each other.
struct Parts<'sources> {
    graph_path: &'sources Path,
    features_path: &'sources Path,
    adjacency: Vec<Vec<Node>>,
    test_index: Vec<Node>,
    train_count: usize,
    class_count: usize,
    /// Classes of nodes `0..m`.
    other_classes: Vec<u32>,
    /// Classes of `test_index`.
    test_classes: Vec<u32>,
    /// Features of nodes `0..m`, or of the training nodes alone.
    other_features: SparseRows,
    /// Features of `test_index`.
    test_features: SparseRows,
}

impl<'sources> Parts<'sources> {
    fn read(stem: &str, sources: &'sources Sources) -> Result<Self, ReadError> {
        let path = |suffix: &str| sources.require(&format!("ind.{stem}.{suffix}"));
        let matrix = |suffix: &str| pickle::read_matrix(path(suffix)?, &read_whole(path(suffix)?)?);
        let table = |suffix: &str| pickle::read_table(path(suffix)?, &read_whole(path(suffix)?)?);
        let (train_features, train_table) = (matrix("x")?, table("y")?);
        let (other_table, test_table) = (table("ally")?, table("ty")?);
        let other_path = sources.find(&format!("ind.{stem}.allx"));
        let other_features = match other_path {
            Some(_) => matrix("allx")?,
            None => train_features.clone(),
        };
        let parts = Self {
            graph_path: path("graph")?,
            features_path: other_path.unwrap_or(path("x")?),
            adjacency: read_adjacency(path("graph")?)?,
            test_index: read_test_index(path("test.index")?)?,
            train_count: train_features.rows(),
            class_count: other_table.columns,
            other_classes: classes(path("ally")?, &other_table)?,
            test_classes: classes(path("ty")?, &test_table)?,
            test_features: matrix("tx")?,
            other_features,
        };
        parts.check_test_index(path("test.index")?)?;

        let same = |holds: bool, left: &Path, right: &Path, problem: &str| {
            if holds { Ok(()) } else { Err(disagree(left, right, problem)) }
        };
        let (test, others) = (parts.test_index.len(), parts.other_classes.len());
        let rows = parts.test_features.rows() == test && parts.test_classes.len() == test;
        same(rows, path("tx")?, path("test.index")?, "they must have one row for each test node, and so must `ty`")?;
        let tables = [&train_table, &test_table].map(|table| table.columns == parts.class_count);
        same(
            tables == [true; 2],
            path("ty")?,
            path("ally")?,
            "`y`, `ty` and `ally` must have one column for each class",
        )?;
        let columns = parts.other_features.columns;
        let widths = columns == train_features.columns && columns == parts.test_features.columns;
        same(widths, path("x")?, path("tx")?, "`x`, `tx` and `allx` must have the same number of columns")?;
        let train_rows = train_table.rows().len() == parts.train_count;
        same(train_rows, path("x")?, path("y")?, "they must have the same number of rows")?;
        same(
            other_table.values.starts_with(&train_table.values),
            path("y")?,
            path("ally")?,
            "`ally` must start with `y`",
        )?;
        if let Some(other_path) = other_path {
            same(parts.other_features.rows() == others, other_path, path("ally")?, "they must have the same rows")?;
            let prefix = starts_with(&parts.other_features, &train_features);
            same(prefix, path("x")?, other_path, "`allx` must start with `x`")?;
        }
        Ok(parts)
    }

    /// Test nodes are distinct, lie behind the other nodes and end with the last node.
    fn check_test_index(&self, path: &Path) -> Result<(), ReadError> {
        let (others, nodes) = (self.other_classes.len(), self.adjacency.len());
        let mut seen = vec![false; nodes];
        for (line, &node) in self.test_index.iter().enumerate() {
            let fits = (node as usize) >= others && seen.get(node as usize) == Some(&false);
            if !fits {
                let expected = format!("a node of {others}..{nodes} that was not seen before");
                return Err(ReadError::Line {
                    path: path.to_owned(),
                    line: line as u64 + 1,
                    expected,
                    got: node.to_string(),
                });
            }
            seen[node as usize] = true;
        }
        if seen.last() == Some(&true) {
            return Ok(());
        }
        Err(disagree(path, self.graph_path, &format!("the last of the {nodes} nodes must be a test node")))
    }

    fn features(&self) -> Result<Features, ReadError> {
        let node_count = self.adjacency.len();
        let mut row_of: Vec<Option<(&SparseRows, usize)>> = vec![None; node_count];
        for (row, slot) in row_of.iter_mut().enumerate().take(self.other_features.rows()) {
            *slot = Some((&self.other_features, row));
        }
        for (row, &node) in self.test_index.iter().enumerate() {
            row_of[node as usize] = Some((&self.test_features, row));
        }
        let (mut row_starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
        for source in &row_of {
            if let Some((rows, row)) = source {
                let mut entries: Vec<(u32, f32)> = rows.row(*row).filter(|&(_, value)| value != 0.0).collect();
                entries.sort_unstable_by_key(|&(column, _)| column);
                indices.extend(entries.iter().map(|&(column, _)| column));
                values.extend(entries.iter().map(|&(_, value)| value));
            }
            row_starts.push(indices.len());
        }
        let known = row_of.iter().map(Option::is_some).collect();
        let shape = (node_count, self.other_features.columns);
        let matrix = Csr::try_new(shape, row_starts, indices, values).map_err(|(.., problem)| ReadError::Content {
            path: self.features_path.to_owned(),
            problem: problem.to_string(),
        })?;
        Ok(Features { matrix, names: None, known })
    }

    fn labels(&self, class_names: &[String]) -> Labels {
        let mut of_node = vec![None; self.adjacency.len()];
        for (label, &class) in of_node.iter_mut().zip(&self.other_classes) {
            *label = Some(class);
        }
        for (&node, &class) in self.test_index.iter().zip(&self.test_classes) {
            of_node[node as usize] = Some(class);
        }
        let name = |class: usize| class_names.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
        Labels { classes: (0..self.class_count).map(name).collect(), of_node }
    }
}

fn disagree(left: &Path, right: &Path, problem: &str) -> ReadError {
    ReadError::Disagree { left: left.to_owned(), right: right.to_owned(), problem: problem.to_owned() }
}

fn starts_with(rows: &SparseRows, start: &SparseRows) -> bool {
    rows.row_starts.starts_with(&start.row_starts)
        && rows.indices.starts_with(&start.indices)
        && rows.values.starts_with(&start.values)
}

/// Neighbour lists by node; keys must be `0..n` in any order, and the lists symmetric.
fn read_adjacency(path: &Path) -> Result<Vec<Vec<Node>>, ReadError> {
    let pairs = pickle::read_adjacency(path, &read_whole(path)?)?;
    let node_count = pairs.len();
    let wrong = |node: i64, got: &str| ReadError::Content {
        path: path.to_owned(),
        problem: format!("the graph has {node_count} nodes, but node {node} {got}"),
    };
    let node_of = |value: i64| usize::try_from(value).ok().filter(|&node| node < node_count);
    let mut adjacency: Vec<Option<Vec<Node>>> = vec![None; node_count];
    for (key, list) in pairs {
        let slot = node_of(key).and_then(|node| adjacency.get_mut(node));
        let slot = slot.ok_or_else(|| wrong(key, "has a list"))?;
        if slot.is_some() {
            return Err(wrong(key, "has two lists"));
        }
        let neighbours: Result<Vec<Node>, ReadError> = list
            .iter()
            .map(|&neighbour| {
                node_of(neighbour).map(|node| node as Node).ok_or_else(|| wrong(neighbour, "is a neighbour"))
            })
            .collect();
        *slot = Some(neighbours?);
    }
    let adjacency: Vec<Vec<Node>> = adjacency.into_iter().flatten().collect();
    let mut forward: Vec<(Node, Node)> = Vec::new();
    for (node, neighbours) in adjacency.iter().enumerate() {
        forward.extend(neighbours.iter().map(|&neighbour| (node as Node, neighbour)));
    }
    let mut backward: Vec<(Node, Node)> = forward.iter().map(|&(left, right)| (right, left)).collect();
    for pairs in [&mut forward, &mut backward] {
        pairs.sort_unstable();
        pairs.dedup();
    }
    match forward.iter().find(|pair| backward.binary_search(pair).is_err()) {
        None => Ok(adjacency),
        Some(&(left, right)) => Err(wrong(right.into(), &format!("does not list its neighbour {left}"))),
    }
}

fn read_test_index(path: &Path) -> Result<Vec<Node>, ReadError> {
    let mut nodes = Vec::new();
    Lines::open(path)?.for_each(|line| {
        nodes.push(line.number_of(line.text()?, "a node index")?);
        Ok(())
    })?;
    if nodes.is_empty() {
        return Err(ReadError::Empty { path: path.to_owned(), expected: "one node index a line".into() });
    }
    Ok(nodes)
}

/// The position of the only 1 in each row.
fn classes(path: &Path, table: &Table) -> Result<Vec<u32>, ReadError> {
    let class_of = |(row, values): (usize, &[i32])| {
        let class = values.iter().position(|&value| value == 1);
        class
            .filter(|_| values.iter().all(|value| [0, 1].contains(value)) && values.iter().sum::<i32>() == 1)
            .ok_or_else(|| {
                let expected = format!("a single 1 among zeros in row {row}");
                let got = quote(format!("{values:?}").as_bytes());
                ReadError::Bytes { path: path.to_owned(), offset: 0, expected, got }
            })
    };
    table.rows().enumerate().map(class_of).map(|class| class.map(|class| class as u32)).collect()
}
