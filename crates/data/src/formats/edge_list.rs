//! Edge lists, for a user's own graph: a table of edges, with tables of what is known of nodes and edges where there are any.
//!
//! ```text
//! # an undirected graph        source,target,weight      source   target   relation
//! alice    bob                 alice,bob,0.5             alice    bob      knows
//! bob      carol               bob,carol,2               bob      acme     works for
//! ```
//!
//! Two columns are the ends of an edge. A third column is its weight if the first record has a number there, else its
//! relation. A first line that names the columns (`source`, `target`, …) may name any others: see [`draft`](crate::draft) for
//! what becomes of them, and a column `type` of `directed` or `undirected` says the direction.
//!
//! Beside the edges, or given with `ssl4rl data import --nodes FILE --edges FILE`:
//!
//! - `nodes`: a first line with the names of columns, then a node a line; its id is in the column `id` (or `node`, `node_id`),
//!   else in the first. Nodes that no edge names are isolated; nodes of edges that it lacks have no attributes
//! - `edge_attributes`: a table of edges with named columns, for edges of the graph; records of other pairs are counted and
//!   left out
//!
//! What makes a table is said in [`table`](crate::table). Any text is an id; it becomes the node's name.
//! Self loops and repeated edges are counted and, in a graph without relations, left out.
//!
//! A folder of several `.edges` files is a collection: a graph a file, and `graphs.csv` (or `.tsv`) says what is known of each
//! (`graph`, `class`, `split`).

use std::path::Path;

use crate::collection;
use crate::draft::{Draft, EdgeRole, EdgeValues};
use crate::format::{Description, Format};
use crate::read_error::{ReadError, quote};
use crate::source::Sources;
use crate::table::{Row, Table};
use ssl4rl_graph::{Direction, Edge, Graph};

/// Extensions of a table's file.
pub(crate) const EXTENSIONS: &[&str] = &[".edges", ".tsv", ".csv", ".txt"];
/// What the columns of an edge's ends may be called.
const END_TITLES: &[(&str, &str)] = &[
    ("source", "target"),
    ("src", "dst"),
    ("from", "to"),
    ("head", "tail"),
    ("subject", "object"),
    ("u", "v"),
    ("node1", "node2"),
];
/// What the column of a node's id may be called.
const ID_TITLES: &[&str] = &["id", "node", "node_id", "nodeid"];
const EXPECTED: &str = "two columns of node ids, and a third with the weight or the relation";

/// The format's entry in the table of formats.
pub(super) struct EdgeList;

impl Format for EdgeList {
    fn accepted(&self) -> &'static str {
        "edge list: a `.edges`, `.tsv`, `.csv` or `.txt` file with two columns of node ids, or three with the weight or relation \
         last, or with named columns; in a folder with other such files it must be called `edges`, and `nodes` and \
         `edge_attributes` say what is known of nodes and edges; a folder of several `.edges` files is a graph a file"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        file_name(sources).is_some() || collection::is_one(sources, ".edges")
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let mut draft = Draft::default();
        let Some(name) = file_name(sources) else {
            let path = sources.origin();
            collection::read(&mut draft, sources, ".edges", read_edges)?;
            return draft.finish(description, path);
        };
        let path = sources.require(&name)?;
        read_edges(&mut draft, path)?;
        if let Some(attributes) = find(sources, "edge_attributes") {
            read_edge_attributes(&mut draft, attributes)?;
        }
        if let Some(nodes) = find(sources, "nodes") {
            read_nodes(&mut draft, nodes)?;
        }
        draft.finish(description, path)
    }
}

/// The table called `edges`, where there is one.
pub(super) fn named_table(sources: &Sources) -> Option<String> {
    EXTENSIONS.iter().map(|extension| format!("edges{extension}")).find(|name| sources.contains(name))
}

/// The file called `edges`, or the only table.
fn file_name(sources: &Sources) -> Option<String> {
    let named = named_table(sources);
    if named.is_some() {
        return named;
    }
    let tables = || EXTENSIONS.iter().flat_map(|extension| sources.with_suffix(extension));
    let mut candidates =
        tables().filter(|name| !["nodes.", "edge_attributes."].iter().any(|stem| name.starts_with(stem)));
    candidates.next().filter(|_| candidates.next().is_none()).map(String::from)
}

/// The table of this name, whatever its extension.
pub(super) fn find<'sources>(sources: &'sources Sources, stem: &str) -> Option<&'sources Path> {
    EXTENSIONS.iter().find_map(|extension| sources.find(&format!("{stem}{extension}")))
}

/// Adds the edges of a table.
pub(super) fn read_edges(draft: &mut Draft, path: &Path) -> Result<(), ReadError> {
    let mut layout: Option<Layout> = None;
    let mut records = 0;
    Table::open(path, true)?.for_each(|row| {
        let layout = if let Some(known) = &layout {
            known
        } else {
            let found = layout.insert(Layout::of(&row)?);
            for name in &found.ignored {
                draft.ignore(&format!("edge attribute `{name}`"));
            }
            if found.titled {
                return Ok(());
            }
            &*found
        };
        records += 1;
        let record = layout.record(&row)?;
        if let Some(direction) = record.direction {
            draft.direction(direction);
        }
        let (source, target) = (draft.node(record.source), draft.node(record.target));
        draft.edge(source, target, record.values);
        Ok(())
    })?;
    if records > 0 {
        return Ok(());
    }
    Err(match layout {
        Some(_) => {
            ReadError::Content { path: path.to_owned(), problem: "it names its columns and holds no edge".into() }
        }
        None => ReadError::Empty { path: path.to_owned(), expected: EXPECTED.into() },
    })
}

/// Which column holds what.
struct Layout {
    columns: usize,
    titled: bool,
    source: usize,
    target: usize,
    weight: Option<usize>,
    relation: Option<usize>,
    /// Column of `directed` or `undirected`.
    direction: Option<usize>,
    ignored: Vec<String>,
}

impl Layout {
    fn of(first: &Row<'_>) -> Result<Self, ReadError> {
        let cells = first.texts()?;
        let titles: Vec<String> = cells.iter().map(|cell| cell.to_lowercase()).collect();
        let place = |title: &str| titles.iter().position(|other| other == title);
        let ends = END_TITLES.iter().find_map(|(source, target)| Some((place(source)?, place(target)?)));
        if let Some((source, target)) = ends {
            return Ok(Self::titled(&cells, source, target));
        }
        let last = cells.get(2);
        if !(2..=3).contains(&cells.len()) {
            let expected = format!("{EXPECTED}, or a first line that names the columns (`source`, `target`, …)");
            return Err(first.wrong(expected, first.shown()));
        }
        let weighted = last.is_some_and(|cell| cell.parse::<f32>().is_ok());
        Ok(Self {
            columns: cells.len(),
            titled: false,
            source: 0,
            target: 1,
            weight: (last.is_some() && weighted).then_some(2),
            relation: (last.is_some() && !weighted).then_some(2),
            direction: None,
            ignored: Vec::new(),
        })
    }

    fn titled(titles: &[&str], source: usize, target: usize) -> Self {
        let mut layout = Self {
            columns: titles.len(),
            titled: true,
            source,
            target,
            weight: None,
            relation: None,
            direction: None,
            ignored: Vec::new(),
        };
        for (column, title) in titles.iter().enumerate().filter(|(column, _)| ![source, target].contains(column)) {
            let is_type = title.eq_ignore_ascii_case("type");
            match EdgeRole::of(title) {
                Some(EdgeRole::Weight) if layout.weight.is_none() => layout.weight = Some(column),
                // A column `type` is a relation only where no other is, and holds a direction where its values do.
                Some(EdgeRole::Relation) if is_type => layout.direction = Some(column),
                Some(EdgeRole::Relation) if layout.relation.is_none() => layout.relation = Some(column),
                _ => layout.ignored.push((*title).to_owned()),
            }
        }
        layout
    }

    fn record<'row>(&self, row: &Row<'row>) -> Result<Record<'row>, ReadError> {
        row.expect_len(self.columns, "as in the first record")?;
        let (source, target) = (row.text(self.source)?, row.text(self.target)?);
        if source.is_empty() || target.is_empty() {
            return Err(row.wrong("an id in every column of ids", row.shown()));
        }
        let mut values = EdgeValues::default();
        if let Some(column) = self.weight.filter(|&column| row.text(column).is_ok_and(|text| !text.is_empty())) {
            values.weight =
                Some(row.finite(column, "a finite number as weight (name the columns where they hold relations)")?);
        }
        if let Some(column) = self.relation {
            values.relation = Some(row.text(column)?).filter(|relation| !relation.is_empty());
            if values.relation.is_none() && !self.titled {
                return Err(row.wrong("text in every column", row.shown()));
            }
        }
        let mut direction = None;
        if let Some(column) = self.direction {
            match row.text(column)? {
                "directed" | "Directed" => direction = Some(Direction::Directed),
                "undirected" | "Undirected" => direction = Some(Direction::Undirected),
                relation if self.relation.is_none() && !relation.is_empty() => values.relation = Some(relation),
                _ => {}
            }
        }
        Ok(Record { source, target, values, direction })
    }
}

struct Record<'row> {
    source: &'row str,
    target: &'row str,
    values: EdgeValues<'row>,
    direction: Option<Direction>,
}

fn read_edge_attributes(draft: &mut Draft, path: &Path) -> Result<(), ReadError> {
    let mut positions: Vec<(Edge, usize)> = draft.edges().iter().copied().zip(0..).collect();
    for (edge, _) in &mut positions {
        edge.relation = 0;
    }
    positions.sort_unstable();
    let between = |source, target| {
        let ends = Edge { source, target, relation: 0 };
        let first = positions.partition_point(|(edge, _)| *edge < ends);
        let same = positions[first..].iter().take_while(move |(edge, _)| *edge == ends);
        same.map(|&(_, position)| position).collect::<Vec<usize>>()
    };
    let mut layout: Option<Layout> = None;
    Table::open(path, true)?.for_each(|row| {
        let Some(layout) = &layout else {
            let found = Layout::of(&row)?;
            if !found.titled {
                return Err(
                    row.wrong("a first line that names the columns: `source`, `target` and attributes", row.shown())
                );
            }
            for name in &found.ignored {
                draft.ignore(&format!("edge attribute `{name}`"));
            }
            layout = Some(found);
            return Ok(());
        };
        let record = layout.record(&row)?;
        let found = match (draft.find(record.source), draft.find(record.target)) {
            (Some(source), Some(target)) => Some(between(source, target))
                .filter(|positions| !positions.is_empty())
                .unwrap_or_else(|| between(target, source)),
            _ => Vec::new(),
        };
        if found.is_empty() {
            draft.ignore("a record of edge attributes whose pair is no edge");
        }
        draft.edge_values(&found, record.values);
        Ok(())
    })
}

/// Adds what a table knows of nodes.
fn read_nodes(draft: &mut Draft, path: &Path) -> Result<(), ReadError> {
    let mut layout: Option<(usize, Vec<Option<usize>>)> = None;
    let in_edges = draft.node_count();
    let mut seen = vec![false; in_edges];
    Table::open(path, false)?.for_each(|row| {
        let Some((id_column, columns)) = &layout else {
            layout = Some(node_columns(draft, &row)?);
            return Ok(());
        };
        row.expect_len(columns.len(), "as in the first line, which names them")?;
        let id = row.text(*id_column)?;
        if id.is_empty() {
            return Err(row.wrong("an id", row.shown()));
        }
        let node = draft.node(id);
        seen.resize(seen.len().max(node as usize + 1), false);
        if std::mem::replace(&mut seen[node as usize], true) {
            return Err(row.wrong("an id that was not seen before", format!("{} again", quote(id.as_bytes()))));
        }
        for (cell, column) in columns.iter().enumerate() {
            if let Some(column) = column {
                draft.value(node, *column, row.text(cell)?);
            }
        }
        Ok(())
    })?;
    if layout.is_none() {
        let expected = "a line that names the columns, then a node a line";
        return Err(ReadError::Empty { path: path.to_owned(), expected: expected.into() });
    }
    for _ in seen[..in_edges].iter().filter(|&&seen| !seen) {
        draft.ignore("a node of the edges that the table of nodes lacks: nothing is known of it");
    }
    Ok(())
}

/// The column of ids, and for each column its place in the draft.
fn node_columns(draft: &mut Draft, titles: &Row<'_>) -> Result<(usize, Vec<Option<usize>>), ReadError> {
    let cells = titles.texts()?;
    let is_id = |cell: &&str| ID_TITLES.contains(&cell.to_lowercase().as_str());
    let id_column = cells.iter().position(is_id).unwrap_or(0);
    for (position, cell) in cells.iter().enumerate() {
        if cell.is_empty() || cells[..position].contains(cell) {
            return Err(titles.wrong("a name of its own for every column", titles.shown()));
        }
    }
    let columns =
        cells.iter().enumerate().map(|(cell, name)| (cell != id_column).then(|| draft.column(name))).collect();
    Ok((id_column, columns))
}
