//! Graphs as `NumPy` arrays: `.npy` files by name, the arrays of `.npz` archives, or both; what `PyG` and OGB data hold.
//!
//! ```python
//! np.savez("graph.npz", edge_index=data.edge_index, x=data.x, y=data.y, train_mask=data.train_mask)
//! ```
//!
//! | name | shape | content |
//! |---|---|---|
//! | `edge_index` (`edges`) | `[2, edges]` or `[edges, 2]` | ends of each edge, from 0 |
//! | `edge_weight`; `edge_attr` or `edge_feat` of one column | `[edges]` | weights |
//! | `edge_type` (`edge_reltype`) | `[edges]` | relation numbers |
//! | `num_nodes` | one number | number of nodes, where it is more than the arrays show |
//! | `x` (`node_feat`, `features`) | `[nodes, features]` | features |
//! | `y` (`labels`, `node_label`) | `[nodes]` | classes from 0; negative or NaN where unknown |
//! | `train_mask`, `val_mask`, `test_mask` | `[nodes]` | the split as truth values; of several columns the first |
//! | `train_idx`, `val_idx`, `test_idx` | any | the split as node numbers |
//! | `batch` | `[nodes]` | the graph of each node, ascending from 0: a collection |
//! | `num_nodes_list`, `num_edges_list` | `[graphs]` | a collection whose edges are numbered graph by graph |
//! | `y` of as many entries as there are graphs, or `graph_label` | `[graphs]` | classes of whole graphs |
//!
//! Instead of `edge_index` there may be `adj_data`, `adj_indices`, `adj_indptr`, `adj_shape`, and instead of `x` the same of
//! `attr`: matrices in CSR form; the values of `adj` are weights unless all are 1. `valid` may stand for `val`. Undirected
//! unless there are relations or the user says otherwise. Arrays of other names are named as ignored.

use std::path::Path;

use crate::format::{Description, Format};
use crate::npy::{self, Array, Values};
use crate::numbered::{FeatureRows, Numbered};
use crate::read_error::ReadError;
use crate::source::Sources;
use ssl4rl_graph::{Graph, Node};

const NAMES: &[&str] = &[
    "edge_index",
    "edges",
    "edge_weight",
    "edge_attr",
    "edge_feat",
    "edge_type",
    "edge_reltype",
    "num_nodes",
    "x",
    "node_feat",
    "features",
    "y",
    "labels",
    "node_label",
    "train_mask",
    "val_mask",
    "valid_mask",
    "test_mask",
    "train_idx",
    "val_idx",
    "valid_idx",
    "test_idx",
    "batch",
    "num_nodes_list",
    "num_edges_list",
    "graph_label",
    "adj_data",
    "adj_indices",
    "adj_indptr",
    "adj_shape",
    "attr_data",
    "attr_indices",
    "attr_indptr",
    "attr_shape",
];

/// The format's entry in the table of formats.
pub(super) struct Arrays;

impl Format for Arrays {
    fn accepted(&self) -> &'static str {
        "arrays: `edge_index.npy`, `x.npy`, `y.npy`, …, or a `.npz` archive with arrays of these names (from PyG: \
         `np.savez(\"graph.npz\", edge_index=data.edge_index, x=data.x, y=data.y)`; a `.pt` file cannot be read)"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        sources.with_suffix(".npz").next().is_some() || sources.with_suffix(".npy").next().is_some()
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let (found, ignored) = Found::read(sources)?;
        let mut numbered = found.numbered(sources.origin(), &ignored)?;
        numbered.ignored.extend(ignored.iter().map(|name| format!("array `{}`", name.escape_debug())));
        numbered.finish(description, sources.origin())
    }
}

/// Arrays by name.
struct Found(Vec<(String, Array)>);

impl Found {
    /// The arrays of known names, and the names of the others.
    fn read(sources: &Sources) -> Result<(Self, Vec<String>), ReadError> {
        let (mut arrays, mut ignored) = (Vec::new(), Vec::new());
        let is_known = |name: &str| NAMES.contains(&name);
        for file in sources.with_suffix(".npz") {
            let (found, others) = npy::read_archive(sources.require(file)?, is_known)?;
            arrays.extend(found);
            ignored.extend(others);
        }
        for file in sources.with_suffix(".npy") {
            let name = file.strip_suffix(".npy").unwrap_or(file);
            if is_known(name) {
                arrays.push((name.to_owned(), npy::read_file(sources.require(file)?)?));
            }
        }
        Ok((Self(arrays), ignored))
    }

    fn find(&self, names: &[&str]) -> Option<&Array> {
        names.iter().find_map(|name| self.0.iter().find(|(other, _)| other == name)).map(|(_, array)| array)
    }

    fn numbered(&self, origin: &Path, ignored: &[String]) -> Result<Numbered, ReadError> {
        let mut numbered = Numbered::default();
        let ends = self.edges(&mut numbered)?.ok_or_else(|| self.no_edges(origin, ignored))?;
        let features = self.features()?;
        let sizes = self.sizes(&ends, features.as_ref())?;
        let node_count: usize = sizes.iter().sum();
        numbered.edges = self.in_union(ends, &sizes, node_count, origin)?;
        self.edge_values(&mut numbered)?;
        numbered.features = features;
        if let Some(array) = self.find(&["y", "labels", "node_label"]) {
            let labels = array.whole()?;
            match array.length()? {
                length if length == node_count => numbered.labels = labels,
                length if length == sizes.len() => numbered.member_labels = labels,
                length => {
                    return Err(
                        array.wrong(format!("{length} classes for {node_count} nodes in {} graphs", sizes.len()))
                    );
                }
            }
        }
        if let Some(array) = self.find(&["graph_label"]) {
            numbered.member_labels = array.whole()?;
        }
        numbered.split = self.split(node_count)?;
        numbered.sizes = sizes;
        Ok(numbered)
    }

    /// Ends as the file has them; `None` where no array holds edges.
    fn edges(&self, numbered: &mut Numbered) -> Result<Option<Vec<[i64; 2]>>, ReadError> {
        if let Some(array) = self.find(&["edge_index", "edges"]) {
            let values = array.whole()?;
            return match array.shape[..] {
                // An array of two columns and two rows is read as `PyG` writes it.
                [2, count] => Ok(Some((0..count).map(|edge| [values[edge], values[count + edge]]).collect())),
                [_, 2] => Ok(Some(values.as_chunks::<2>().0.to_vec())),
                _ => Err(array.wrong(format!("expected the shape [2, edges] or [edges, 2], got {}", array.shown()))),
            };
        }
        let Some(matrix) = self.matrix("adj")? else { return Ok(None) };
        let ends = matrix.entries().map(|(row, column, _)| [row as i64, i64::from(column)]).collect();
        if matrix.values.iter().any(|&value| value.to_bits() != 1f32.to_bits()) {
            numbered.weights = matrix.values;
        }
        Ok(Some(ends))
    }

    fn no_edges(&self, origin: &Path, ignored: &[String]) -> ReadError {
        let known = self.0.iter().map(|(name, _)| name);
        let names: Vec<String> = known.chain(ignored).map(|name| format!("`{}`", name.escape_debug())).collect();
        let problem = format!(
            "no array tells the edges: expected `edge_index`, or `adj_data`, `adj_indices`, `adj_indptr` and `adj_shape`; found: {}",
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        );
        ReadError::Content { path: origin.to_owned(), problem }
    }

    /// Nodes of each member.
    fn sizes(&self, ends: &[[i64; 2]], features: Option<&FeatureRows>) -> Result<Vec<usize>, ReadError> {
        if let Some(array) = self.find(&["num_nodes_list"]) {
            let whole = array.whole()?;
            let sizes: Option<Vec<usize>> = whole.iter().map(|&size| usize::try_from(size).ok()).collect();
            return sizes.ok_or_else(|| array.wrong("numbers of nodes must not be negative"));
        }
        if let Some(array) = self.find(&["batch"]) {
            return sizes_of_batch(array);
        }
        let stated =
            self.find(&["num_nodes"]).map(Array::whole).transpose()?.and_then(|numbers| numbers.first().copied());
        if let Some(count) = stated.and_then(|count| usize::try_from(count).ok()) {
            return Ok(vec![count]);
        }
        let rows = features.map(FeatureRows::rows);
        let labels = self.find(&["y", "labels", "node_label"]).map(Array::length).transpose()?;
        let adjacency = self.matrix("adj")?.map(|matrix| matrix.rows());
        // A number of nodes that only an edge tells is believed as far as edges can make nodes.
        let largest = ends.iter().flatten().max().map_or(0, |&end| usize::try_from(end).map_or(0, |end| end + 1));
        Ok(vec![rows.or(labels).or(adjacency).unwrap_or_else(|| largest.min(u32::MAX as usize))])
    }

    /// Ends in the union: checked, and counted on from graph to graph where a file numbers each by itself.
    fn in_union(
        &self,
        ends: Vec<[i64; 2]>,
        sizes: &[usize],
        node_count: usize,
        origin: &Path,
    ) -> Result<Vec<[Node; 2]>, ReadError> {
        let place = self.find(&["edge_index", "edges"]).map_or(origin, |array| &array.path);
        let outside = |edge: usize, end: i64, limit: usize| ReadError::Content {
            path: place.to_owned(),
            problem: format!(
                "edge {edge} names node {end}; nodes are numbered from 0 to below {limit}, as many as the arrays tell of"
            ),
        };
        let node = |edge: usize, end: i64, start: usize, size: usize| {
            let own = usize::try_from(end).ok().filter(|&own| own < size);
            own.and_then(|own| Node::try_from(start + own).ok()).ok_or_else(|| outside(edge, end, size))
        };
        let Some(array) = self.find(&["num_edges_list"]) else {
            let both = |(edge, [left, right]): (usize, [i64; 2])| {
                Ok([node(edge, left, 0, node_count)?, node(edge, right, 0, node_count)?])
            };
            return ends.into_iter().enumerate().map(both).collect();
        };
        let counts = array.whole()?;
        let total = counts.iter().try_fold(0i64, |all, &count| if count < 0 { None } else { all.checked_add(count) });
        if counts.len() != sizes.len() || total != i64::try_from(ends.len()).ok() {
            let problem = format!(
                "the counts of {} graphs do not fit {} edges in {} graphs",
                counts.len(),
                ends.len(),
                sizes.len()
            );
            return Err(array.wrong(problem));
        }
        let (mut edges, mut start) = (Vec::with_capacity(ends.len()), 0);
        let mut rest = ends.into_iter().enumerate();
        for (&count, &size) in counts.iter().zip(sizes) {
            for (edge, [left, right]) in rest.by_ref().take(count as usize) {
                edges.push([node(edge, left, start, size)?, node(edge, right, start, size)?]);
            }
            start += size;
        }
        Ok(edges)
    }

    fn edge_values(&self, numbered: &mut Numbered) -> Result<(), ReadError> {
        if let Some(array) = self.find(&["edge_weight", "edge_attr", "edge_feat"]) {
            if array.length().is_ok() {
                numbered.weights = array.real();
            } else {
                numbered.ignored.push(format!("edge attributes, {}: only one column can be weights", array.shown()));
            }
        }
        if let Some(array) = self.find(&["edge_type", "edge_reltype"]) {
            array.length()?;
            let numbers = array.whole()?;
            let count = numbers.len() as i64;
            if let Some(number) = numbers.iter().find(|&&number| number < 0 || number > count) {
                return Err(array.wrong(format!("relation {number}: relations must be numbered from 0")));
            }
            let last = numbers.iter().max().map_or(0, |&number| number + 1);
            numbered.relation_names = (0..last).map(|number| format!("relation {number}")).collect();
            numbered.relations = numbers.into_iter().map(|number| number as u32).collect();
        }
        Ok(())
    }

    fn features(&self) -> Result<Option<FeatureRows>, ReadError> {
        if let Some(array) = self.find(&["x", "node_feat", "features"]) {
            let [rows, columns] = match array.shape[..] {
                [rows, columns] => [rows, columns],
                [rows] => [rows, 1],
                _ => return Err(array.wrong(format!("expected the shape [nodes, features], got {}", array.shown()))),
            };
            let values = array.real();
            if let Some(position) = values.iter().position(|value| !value.is_finite()) {
                let (row, column) = (position / columns, position % columns);
                return Err(array.wrong(format!(
                    "feature {column} of node {row} is {}; features must be finite",
                    values[position]
                )));
            }
            let mut features = FeatureRows::new(columns);
            for row in 0..rows {
                features.dense(values[row * columns..(row + 1) * columns].iter().copied());
            }
            return Ok(Some(features));
        }
        let Some(matrix) = self.matrix("attr")? else { return Ok(None) };
        let mut features = FeatureRows::new(matrix.columns);
        for row in 0..matrix.rows() {
            let mut entries: Vec<(u32, f32)> = matrix.row(row).collect();
            entries.sort_unstable_by_key(|&(column, _)| column);
            features.sparse(entries);
        }
        Ok(Some(features))
    }

    /// The matrix in CSR form whose four arrays have this prefix.
    fn matrix(&self, prefix: &str) -> Result<Option<Matrix>, ReadError> {
        let part = |name: &str| self.find(&[&format!("{prefix}_{name}")[..]]);
        let (Some(data), Some(indices), Some(starts), Some(shape)) =
            (part("data"), part("indices"), part("indptr"), part("shape"))
        else {
            return Ok(None);
        };
        let sizes = shape.whole()?;
        let &[rows, columns] = &sizes[..] else { return Err(shape.wrong("expected two sizes")) };
        let number = |value: i64| usize::try_from(value).ok();
        let row_starts: Option<Vec<usize>> = starts.whole()?.into_iter().map(number).collect();
        let row_starts = row_starts.ok_or_else(|| starts.wrong("row pointers must not be negative"))?;
        let values = data.real();
        let fits = row_starts.len().checked_sub(1) == number(rows)
            && row_starts.first() == Some(&0)
            && row_starts.last() == Some(&values.len())
            && row_starts.is_sorted();
        let columns_of = indices.whole()?;
        if !fits || columns_of.len() != values.len() {
            return Err(starts.wrong("the row pointers do not fit the shape and the values"));
        }
        if let Some(index) = columns_of.iter().find(|&&index| index < 0 || index >= columns) {
            return Err(indices.wrong(format!("column {index} is not among {columns}")));
        }
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(data.wrong(format!("the value {value}; values must be finite")));
        }
        let indices = columns_of.into_iter().map(|index| index as u32).collect();
        Ok(Some(Matrix { columns: columns as usize, row_starts, indices, values }))
    }

    /// The split, from masks or from positions.
    fn split(&self, node_count: usize) -> Result<Option<[Vec<Node>; 3]>, ReadError> {
        let part = |stems: &[&str]| -> Result<Option<Vec<Node>>, ReadError> {
            let named = |ending: &str| stems.iter().find_map(|stem| self.find(&[&format!("{stem}_{ending}")[..]]));
            match (named("mask"), named("idx")) {
                (Some(mask), _) => masked(mask, node_count).map(Some),
                (None, Some(positions)) => listed(positions, node_count).map(Some),
                (None, None) => Ok(None),
            }
        };
        let parts = [part(&["train"])?, part(&["val", "valid"])?, part(&["test"])?];
        Ok(parts.iter().any(Option::is_some).then(|| parts.map(Option::unwrap_or_default)))
    }
}

fn masked(mask: &Array, node_count: usize) -> Result<Vec<Node>, ReadError> {
    let columns = match mask.shape[..] {
        [rows] if rows == node_count => 1,
        [rows, columns] if rows == node_count && columns > 0 => columns,
        _ => {
            return Err(
                mask.wrong(format!("expected a truth value for each of {node_count} nodes, got {}", mask.shown()))
            );
        }
    };
    let Values::Truth(values) = &mask.values else { return Err(mask.wrong("expected truth values, got numbers")) };
    Ok((0..node_count).filter(|node| values[node * columns]).map(|node| node as Node).collect())
}

fn listed(positions: &Array, node_count: usize) -> Result<Vec<Node>, ReadError> {
    positions.length()?;
    let node = |position: i64| {
        let found = usize::try_from(position).ok().filter(|&node| node < node_count);
        let found = found
            .ok_or_else(|| positions.wrong(format!("node {position} of the split is not among {node_count} nodes")));
        found.map(|node| node as Node)
    };
    let mut nodes = positions.whole()?.into_iter().map(node).collect::<Result<Vec<Node>, _>>()?;
    nodes.sort_unstable();
    Ok(nodes)
}

fn sizes_of_batch(batch: &Array) -> Result<Vec<usize>, ReadError> {
    let owners = batch.whole()?;
    let mut sizes: Vec<usize> = Vec::new();
    for (node, &owner) in owners.iter().enumerate() {
        let owner = usize::try_from(owner).ok().filter(|&owner| owner <= owners.len() && owner + 1 >= sizes.len());
        let owner =
            owner.ok_or_else(|| batch.wrong(format!("graphs must ascend from 0, which they do not at node {node}")))?;
        sizes.resize(owner + 1, 0);
        sizes[owner] += 1;
    }
    Ok(sizes)
}

/// A sparse matrix, checked.
struct Matrix {
    columns: usize,
    row_starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl Matrix {
    fn rows(&self) -> usize {
        self.row_starts.len() - 1
    }

    fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.row_starts[row]..self.row_starts[row + 1];
        self.indices[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }

    fn entries(&self) -> impl Iterator<Item = (usize, u32, f32)> + '_ {
        (0..self.rows()).flat_map(move |row| self.row(row).map(move |(column, value)| (row, column, value)))
    }
}
