//! A row of cells per node.
//!
//! ```text
//! Undirected adjacency matrix of A, B, C:
//! 0 1 0
//! 1 0 1
//! 0 1 0
//! ```
//!
//! Row and column `i` belong to the `i`-th name; the row of a directed edge is its source. With weights a cell holds the
//! weight, and `.` where there is no edge; parallel edges are joined by `+`. With relations there is a matrix for each,
//! headed `Relation likes:`; edges without one stand under `Relation linked:`.

use std::collections::BTreeMap;

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::quote::LINKED;
use super::words::{Words, read_direction, read_nodes};
use super::{Encoder, Scene};

const UNDIRECTED: &str = "Undirected adjacency matrix of ";
const DIRECTED: &str = "Directed adjacency matrix of ";
const RELATION: &str = "Relation ";
/// Names end the first line, and relations their own.
const AFTER_NODE: &[&str] = &[", ", ":"];

/// The encoder `adjacency-matrix`.
pub(super) struct AdjacencyMatrix;

impl Encoder for AdjacencyMatrix {
    fn name(&self) -> &'static str {
        "adjacency-matrix"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::new(scene, AFTER_NODE, AFTER_NODE);
        text.push_str(if scene.direction == Direction::Directed { DIRECTED } else { UNDIRECTED });
        words.append_nodes(text);
        text.extend([":", if scene.weights.is_some() { " weights" } else { "" }, "\n"]);
        let mut matrices: BTreeMap<Option<u32>, (&str, Cells)> = BTreeMap::new();
        if scene.relation_names.is_empty() {
            matrices.insert(None, (LINKED, Cells::new()));
        }
        let edges: Vec<_> = words.edges().collect();
        for ((edge, weight), written) in scene.edges().zip(&edges) {
            let relation = written.relation.map(|_| edge.relation);
            let (_, cells) = matrices.entry(relation).or_insert_with(|| (written.relation_or_linked(), Cells::new()));
            cells.entry((edge.source, edge.target)).or_default().push(weight.unwrap_or(1));
            if scene.direction == Direction::Undirected && edge.source != edge.target {
                cells.entry((edge.target, edge.source)).or_default().push(weight.unwrap_or(1));
            }
        }
        for (name, cells) in matrices.values() {
            if !scene.relation_names.is_empty() {
                text.extend([RELATION, name, ":\n"]);
            }
            append_rows(scene, cells, text);
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        let (mut line, lines) = Cursor::first_line(self.name(), text);
        let direction = read_direction(&mut line, [UNDIRECTED, DIRECTED])?;
        found.direct(direction);
        read_nodes(&mut line, AFTER_NODE, &mut found)?;
        line.expect(":")?;
        let weights = line.take(" weights");
        line.finish()?;
        let mut reader = Matrix { direction, weights, relation: None, rows: Vec::new() };
        for mut line in lines {
            if line.take(RELATION) {
                reader.finish(&line, &mut found)?;
                reader.relation = line.name_or(LINKED, AFTER_NODE)?;
                line.expect(":")?;
                line.finish()?;
            } else {
                reader.read(&mut line, &found)?;
            }
            reader.finish_if_full(&line, &mut found)?;
        }
        let end = Cursor::whole(self.name(), "");
        reader.finish(&end, &mut found)?;
        Ok(found.finish())
    }
}

/// Weights of the edges in each cell that is not empty.
type Cells = BTreeMap<(u32, u32), Vec<u32>>;

fn append_rows(scene: &Scene<'_>, cells: &Cells, text: &mut String) {
    let empty = if scene.weights.is_some() { "." } else { "0" };
    let count = scene.subgraph.len() as u32;
    for row in 0..count {
        for column in 0..count {
            text.push_str(if column > 0 { " " } else { "" });
            match cells.get(&(row, column)) {
                Some(weights) => text.push_str(&weights.iter().map(u32::to_string).collect::<Vec<_>>().join("+")),
                None => text.push_str(empty),
            }
        }
        text.push('\n');
    }
}

/// The rows of one matrix, as far as they were read.
struct Matrix {
    direction: Direction,
    weights: bool,
    relation: Option<String>,
    rows: Vec<Vec<Vec<u32>>>,
}

impl Matrix {
    fn read(&mut self, line: &mut Cursor<'_>, found: &Collector) -> Result<(), ParseError> {
        let mut row = Vec::new();
        loop {
            row.push(self.read_cell(line)?);
            if line.is_done() {
                break;
            }
            line.expect(" ")?;
        }
        let columns = found.node_count();
        if row.len() != columns {
            return Err(line.error(format!("a row of {columns} cells (this one has {})", row.len())));
        }
        self.rows.push(row);
        Ok(())
    }

    fn read_cell(&self, line: &mut Cursor<'_>) -> Result<Vec<u32>, ParseError> {
        if self.weights && line.take(".") {
            return Ok(Vec::new());
        }
        let mut cell = vec![line.number()?];
        while line.take("+") {
            cell.push(line.number()?);
        }
        if !self.weights {
            if cell == [0] {
                cell.clear();
            }
            if cell.iter().any(|&edge| edge != 1) {
                return Err(line.error("cells of 0 and 1"));
            }
        }
        Ok(cell)
    }

    fn finish_if_full(&mut self, line: &Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
        if self.rows.len() == found.node_count() { self.finish(line, found) } else { Ok(()) }
    }

    /// Hands the matrix on. There may be none: a text without nodes, or the place before the first relation.
    fn finish(&mut self, line: &Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
        let rows = std::mem::take(&mut self.rows);
        if !(rows.is_empty() || rows.len() == found.node_count()) {
            return Err(line.error(format!("a matrix of {} rows (this one has {})", found.node_count(), rows.len())));
        }
        for (source, row) in rows.iter().enumerate() {
            for (target, cell) in row.iter().enumerate() {
                if self.direction == Direction::Undirected {
                    if *cell != rows[target][source] {
                        return Err(line.error(format!("a symmetric matrix (row {source}, column {target} differs)")));
                    }
                    if target < source {
                        continue;
                    }
                }
                for &weight in cell {
                    let weight = self.weights.then_some(weight);
                    found.edge(source as u32, target as u32, self.relation.clone(), weight);
                }
            }
        }
        Ok(())
    }
}
