//! The LINQS form of a citation network: `NAME.content` and `NAME.cites`, with texts and the public split where there are any.
//!
//! - `NAME.content`: paper id, one number per feature, class name, separated by tabs; a line per paper
//! - `NAME.cites`: cited paper id, tab, citing paper id; a line per citation. Citations of papers outside `.content` and of
//!   a paper by itself are known to occur; they are counted in the graph's provenance and left out
//! - `text.json` and `map.json` (`paper_texts`): title and abstract of every paper
//! - `ind.NAME.*` (`planetoid`): the public split. Its nodes are found again by `align`
//!
//! Nodes are in `.content` order, classes in alphabetical order.

use super::planetoid;
use crate::align;
use crate::format::{Description, Format};
use crate::interner::Interner;
use crate::names::unique_names;
use crate::paper_texts;
use crate::read_error::{ReadError, quote};
use crate::source::{Line, Lines, Sources};
use ssl4rl_graph::{Csr, Direction, Features, Graph, GraphBuilder, Labels, NodeSplit};

/// The format's entry in the table of formats.
pub(super) struct Linqs;

impl Format for Linqs {
    fn accepted(&self) -> &'static str {
        "LINQS: `NAME.content` and `NAME.cites`, optionally `text.json` with `map.json`, and planetoid files for the split"
    }

    fn recognises(&self, sources: &Sources) -> bool {
        sources.stem("", ".content").is_some()
    }

    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError> {
        let Some(stem) = sources.stem("", ".content") else {
            return Err(ReadError::Missing { folder: sources.origin().to_owned(), wanted: "NAME.content".into() });
        };
        let content_path = sources.require(&format!("{stem}.content"))?;
        let cites_path = sources.require(&format!("{stem}.cites"))?;
        let wrong = ReadError::graph(content_path);

        let mut papers = Papers::default();
        Lines::open(content_path)?.for_each(|line| papers.add(&line))?;
        if papers.ids.names().is_empty() {
            let expected = "paper id, features and class, separated by tabs";
            return Err(ReadError::Empty { path: content_path.to_owned(), expected: expected.into() });
        }
        let mut builder = GraphBuilder::new(description.name, papers.ids.names().len(), Direction::Undirected);
        Lines::open(cites_path)?.for_each(|line| {
            let [cited, citing] = line.columns("cited paper, citing paper")?;
            match (papers.ids.get(cited), papers.ids.get(citing)) {
                (Some(cited), Some(citing)) => builder.edge(cited, citing).map_err(&wrong)?,
                _ => builder.dangling_record(),
            }
            Ok(())
        })?;
        let ids = papers.ids.names();
        if sources.find("text.json").is_some() || sources.find("map.json").is_some() {
            let texts = paper_texts::read(sources, ids)?;
            let titles: Vec<Option<&str>> = texts.iter().map(|text| paper_texts::title(text)).collect();
            builder.node_names(unique_names(ids, &titles)).map_err(&wrong)?;
            builder.node_texts(texts).map_err(&wrong)?;
        }
        let (features, labels) = papers.into_attributes();
        builder.features(features).map_err(&wrong)?;
        builder.labels(labels).map_err(&wrong)?;
        let graph = builder.build().map_err(&wrong)?;
        let Some(split) = public_split(&graph, description, sources)? else {
            return Ok(graph);
        };
        graph.with_split(split).map_err(&wrong)
    }
}

/// The split of the planetoid files next to the LINQS files, in this graph's nodes.
fn public_split(
    graph: &Graph,
    description: &Description<'_>,
    sources: &Sources,
) -> Result<Option<NodeSplit>, ReadError> {
    let Some(stem) = sources.stem("ind.", ".graph") else {
        return Ok(None);
    };
    let planetoid = planetoid::read(description, sources)?;
    let Some(node_of) = align::align(&planetoid, graph) else {
        let name = format!("ind.{stem}.graph");
        return Err(ReadError::Disagree {
            left: sources.require(&name)?.to_owned(),
            right: sources.origin().to_owned(),
            problem:
                "the planetoid and the LINQS files do not describe the same graph; name the file of the form that you \
                      want, for example `ind.citeseer.graph` or `citeseer.content`"
                    .into(),
        });
    };
    let translate = |nodes: &[u32]| {
        let mut nodes: Vec<u32> = nodes.iter().map(|&node| node_of[node as usize]).collect();
        nodes.sort_unstable();
        nodes
    };
    Ok(planetoid.split().map(|split| NodeSplit {
        train: translate(&split.train),
        validation: translate(&split.validation),
        test: translate(&split.test),
    }))
}

/// The rows of `.content`.
#[derive(Default)]
struct Papers {
    ids: Interner,
    classes: Interner,
    class_of: Vec<u32>,
    feature_count: Option<usize>,
    row_starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl Papers {
    fn add(&mut self, line: &Line<'_>) -> Result<(), ReadError> {
        let (first, last) = match (memchr::memchr(b'\t', line.bytes), memchr::memrchr(b'\t', line.bytes)) {
            (Some(first), Some(last)) if first < last => (first, last),
            _ => return Err(line.wrong("paper id, features and class, separated by tabs", quote(line.bytes))),
        };
        let (id, class) = (line.text_of(&line.bytes[..first])?, line.text_of(&line.bytes[last + 1..])?);
        if id.is_empty() || class.is_empty() {
            return Err(line.wrong("a paper id and a class", quote(line.bytes)));
        }
        self.ids.add(id, line)?;
        self.class_of.push(self.classes.intern(class));
        self.row_starts.push(self.indices.len());
        self.add_features(line, &line.bytes[first + 1..last])
    }

    fn add_features(&mut self, line: &Line<'_>, row: &[u8]) -> Result<(), ReadError> {
        let count = match self.add_digits(row) {
            Some(count) => count,
            None => self.add_numbers(line, row)?,
        };
        match *self.feature_count.get_or_insert(count) {
            expected if expected == count => Ok(()),
            expected => Err(line.wrong(format!("{expected} features, as on line 1"), count.to_string())),
        }
    }

    /// The common case: every value is the digit 0 or 1. `None`, and nothing added, where it is not.
    fn add_digits(&mut self, row: &[u8]) -> Option<usize> {
        let before = self.indices.len();
        let count = row.len().div_ceil(2);
        for (column, cell) in row.chunks(2).enumerate() {
            match *cell {
                [b'0', b'\t'] => {}
                [b'1', b'\t'] => self.indices.push(column as u32),
                [b'0'] if column + 1 == count => {}
                [b'1'] if column + 1 == count => self.indices.push(column as u32),
                _ => {
                    self.indices.truncate(before);
                    return None;
                }
            }
        }
        self.values.resize(self.indices.len(), 1.0);
        Some(count)
    }

    fn add_numbers(&mut self, line: &Line<'_>, row: &[u8]) -> Result<usize, ReadError> {
        let mut count = 0;
        for cell in row.split(|&byte| byte == b'\t') {
            let value = str::from_utf8(cell).ok().and_then(|text| text.parse::<f32>().ok());
            let value = value.filter(|value| value.is_finite());
            let value = value.ok_or_else(|| line.wrong(format!("a finite number as feature {count}"), quote(cell)))?;
            if value != 0.0 {
                self.indices.push(count as u32);
                self.values.push(value);
            }
            count += 1;
        }
        Ok(count)
    }

    fn into_attributes(mut self) -> (Features, Labels) {
        let papers = self.class_of.len();
        self.row_starts.push(self.indices.len());
        let shape = (papers, self.feature_count.unwrap_or(0));
        let matrix = Csr::new(shape, self.row_starts, self.indices, self.values);
        let mut order: Vec<u32> = (0..self.classes.names().len() as u32).collect();
        order.sort_by_key(|&class| &self.classes.names()[class as usize]);
        let mut rank = vec![0; order.len()];
        for (position, &class) in order.iter().enumerate() {
            rank[class as usize] = position as u32;
        }
        let labels = Labels {
            classes: order.iter().map(|&class| self.classes.names()[class as usize].clone()).collect(),
            of_node: self.class_of.iter().map(|&class| Some(rank[class as usize])).collect(),
        };
        (Features { matrix, names: None, known: vec![true; papers] }, labels)
    }
}
