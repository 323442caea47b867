//! A plain edge list, for a user's own graph: two columns of node ids, and a relation as the third where edges have one.
//!
//! ```text
//! # an undirected graph        source   target   relation
//! alice    bob                 alice    bob      knows
//! bob      carol               bob      acme     works for
//! ```
//!
//! Two columns make an undirected graph, three a directed one with relations. Columns are
//! separated by tabs if the first record has a tab, else by commas if it has a comma, else by blanks. Empty lines and lines
//! that start with `#` or `%` are skipped, and so is a first line that only names the columns (`source`, `target`, …).
//! Any text is an id; it becomes the node's name. Self loops and repeated edges are counted and, in a graph without
//! relations, left out.

use super::formats::{Description, Format};
use super::interner::Interner;
use super::read_error::{ReadError, quote};
use super::source::{Line, Lines, Sources};
use crate::graph::{Direction, Edge, Graph, GraphBuilder};

const EXTENSIONS: &[&str] = &[".edges", ".tsv", ".csv", ".txt"];
const COLUMN_TITLES: &[(&str, &str)] =
    &[("source", "target"), ("src", "dst"), ("from", "to"), ("head", "tail"), ("subject", "object"), ("u", "v")];

/// The format's entry in the table of formats.
pub(super) struct EdgeList;

impl Format for EdgeList {
    fn accepted(&self) -> &'static str {
        "edge list: one `.edges`, `.tsv`, `.csv` or `.txt` file with two columns of node ids, or three with the relation in \
         the middle; in a folder with other such files it must be called `edges`"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        file_name(sources).is_some()
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let Some(name) = file_name(sources) else {
            return Err(ReadError::Missing { folder: sources.origin().to_owned(), wanted: "edges.tsv".into() });
        };
        let path = sources.require(&name)?;
        let mut records = Records::default();
        Lines::open(path)?.for_each(|line| records.add(&line))?;
        let Some(layout) = records.layout else {
            let expected = "two columns of node ids, or three with the relation last";
            return Err(ReadError::Empty { path: path.to_owned(), expected: expected.into() });
        };
        let direction = if layout.columns == 3 { Direction::Directed } else { Direction::Undirected };
        let wrong = ReadError::graph(path);
        let mut builder = GraphBuilder::new(description.name, records.nodes.names().len(), direction);
        builder.relations(records.relations.names().to_vec());
        for edge in &records.edges {
            builder.triple(edge.source, edge.relation, edge.target).map_err(&wrong)?;
        }
        builder.node_names(records.nodes.names().to_vec()).map_err(&wrong)?;
        builder.build().map_err(&wrong)
    }
}

/// The only file with a known extension, or the one of them that is called `edges`.
fn file_name(sources: &Sources) -> Option<String> {
    let stems = EXTENSIONS.iter().filter_map(|extension| Some(format!("{}{extension}", sources.stem("", extension)?)));
    let mut names: Vec<String> = stems.collect();
    let candidates =
        sources.paths().filter(|(name, _)| EXTENSIONS.iter().any(|extension| name.ends_with(extension))).count();
    if candidates == 1 {
        return names.pop();
    }
    EXTENSIONS.iter().map(|extension| format!("edges{extension}")).find(|name| sources.find(name).is_some())
}

#[derive(Debug, Clone, Copy)]
struct Layout {
    separator: Separator,
    columns: usize,
}

#[derive(Debug, Clone, Copy)]
enum Separator {
    Byte(char),
    Blanks,
}

impl Separator {
    fn of(text: &str) -> Self {
        ['\t', ','].into_iter().find(|&byte| text.contains(byte)).map_or(Self::Blanks, Self::Byte)
    }

    fn split(self, text: &str) -> Vec<&str> {
        match self {
            Self::Byte(byte) => text.split(byte).map(str::trim).collect(),
            Self::Blanks => text.split_whitespace().collect(),
        }
    }
}

#[derive(Default)]
struct Records {
    layout: Option<Layout>,
    nodes: Interner,
    relations: Interner,
    edges: Vec<Edge>,
    title_seen: bool,
}

impl Records {
    fn add(&mut self, line: &Line<'_>) -> Result<(), ReadError> {
        let text = line.text()?;
        if text.trim().is_empty() || text.starts_with(['#', '%']) {
            return Ok(());
        }
        let separator = self.layout.map_or_else(|| Separator::of(text), |layout| layout.separator);
        let columns = separator.split(text);
        if self.layout.is_none() && !self.title_seen && is_title(&columns) {
            self.title_seen = true;
            return Ok(());
        }
        let expected = match self.layout {
            None if [2, 3].contains(&columns.len()) => columns.len(),
            None => {
                return Err(line.wrong("two columns of node ids, or three with the relation last", quote(line.bytes)));
            }
            Some(layout) => layout.columns,
        };
        if columns.len() != expected {
            let expected = format!("{expected} columns, as in the first record");
            return Err(line.wrong(expected, format!("{} in {}", columns.len(), quote(line.bytes))));
        }
        if columns.iter().any(|column| column.is_empty() || column.starts_with('"')) {
            return Err(line.wrong("ids without quotes in every column", quote(line.bytes)));
        }
        self.layout = Some(Layout { separator, columns: expected });
        let (source, relation, target) = match columns[..] {
            [source, target, relation] => (source, self.relation(line, relation)?, target),
            _ => (columns[0], 0, columns[1]),
        };
        let (source, target) = (self.nodes.intern(source), self.nodes.intern(target));
        self.edges.push(Edge { source, target, relation });
        Ok(())
    }

    /// Decimal fractions are a sign of weights, which a graph here does not have.
    fn relation(&mut self, line: &Line<'_>, relation: &str) -> Result<u32, ReadError> {
        if relation.contains('.') && relation.parse::<f64>().is_ok() {
            return Err(line.wrong(
                "the name of a relation in the third column (drop a column of weights)",
                quote(relation.as_bytes()),
            ));
        }
        Ok(self.relations.intern(relation))
    }
}

fn is_title(columns: &[&str]) -> bool {
    let titles = columns.iter().map(|column| column.to_lowercase()).collect::<Vec<_>>();
    matches!(&titles[..], [source, target, ..] if COLUMN_TITLES.contains(&(source, target)))
}
