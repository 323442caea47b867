//! Attributes that become features: numbers as they are, texts as one column a value.

use std::path::Path;

use super::MAX_VALUES;
use super::column::{Column, numbered};
use crate::read_error::ReadError;
use ssl4rl_graph::{Csr, Features, Node};

/// Feature columns on their way to a sparse matrix.
pub(super) struct FeatureColumns {
    names: Vec<String>,
    entries: Vec<(Node, u32, f32)>,
    known: Vec<bool>,
}

impl FeatureColumns {
    /// None yet, of so many nodes.
    pub(super) fn new(node_count: usize) -> Self {
        Self { names: Vec::new(), entries: Vec::new(), known: vec![false; node_count] }
    }

    /// Adds an attribute; why it cannot be features, where it cannot.
    pub(super) fn add(&mut self, column: &Column) -> Result<(), String> {
        let numbers: Option<Vec<f32>> = column.values.iter().map(|(_, value)| number(value)).collect();
        if let Some(numbers) = numbers {
            let position = self.names.len() as u32;
            self.names.push(column.name.clone());
            self.entries.extend(column.values.iter().zip(numbers).map(|((node, _), value)| (*node, position, value)));
        } else {
            let values: Vec<Option<&str>> = column.values.iter().map(|(_, value)| Some(&value[..])).collect();
            let (distinct, positions) = numbered(&values);
            if distinct.len() > MAX_VALUES {
                return Err(format!("{} different texts are too many for features", distinct.len()));
            }
            let first = self.names.len() as u32;
            self.names.extend(distinct.iter().map(|value| format!("{}={value}", column.name)));
            let nodes = column.values.iter().map(|(node, _)| *node).zip(positions);
            self.entries.extend(nodes.filter_map(|(node, position)| Some((node, first + position?, 1.0))));
        }
        for (node, _) in &column.values {
            self.known[*node as usize] = true;
        }
        Ok(())
    }

    /// The matrix, where there is any feature.
    pub(super) fn finish(mut self, ids: &[String], path: &Path) -> Result<Option<Features>, ReadError> {
        if self.names.is_empty() {
            return Ok(None);
        }
        if let Some(&(node, column, value)) = self.entries.iter().find(|(_, _, value)| !value.is_finite()) {
            let (name, id) = (&self.names[column as usize], ids[node as usize].escape_debug());
            let problem =
                format!("`{name}` of node `{id}` is {value}; attributes must be finite, or empty where unknown");
            return Err(ReadError::Content { path: path.to_owned(), problem });
        }
        // The last value counts where a node has several, as for names.
        self.entries.reverse();
        self.entries.sort_by_key(|&(node, column, _)| (node, column));
        self.entries.dedup_by_key(|&mut (node, column, _)| (node, column));
        let mut starts = vec![0; ids.len() + 1];
        let entries: Vec<_> = self.entries.into_iter().filter(|&(_, _, value)| value != 0.0).collect();
        for &(node, _, _) in &entries {
            starts[node as usize + 1] += 1;
        }
        for node in 0..ids.len() {
            starts[node + 1] += starts[node];
        }
        let (indices, values) = entries.iter().map(|&(_, column, value)| (column, value)).unzip();
        let matrix = Csr::new((ids.len(), self.names.len()), starts, indices, values);
        Ok(Some(Features { matrix, names: Some(self.names), known: self.known }))
    }
}

fn number(value: &str) -> Option<f32> {
    match value {
        "true" | "True" => Some(1.0),
        "false" | "False" => Some(0.0),
        _ => value.parse().ok(),
    }
}
