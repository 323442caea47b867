//! A reader of the few pickles that the planetoid files are: it can build three kinds of object and nothing else.
//!
//! A pickle is a program for a stack machine that may name any Python callable. This machine knows the 29 instructions
//! and six names that occur in `ind.*` (protocol 2, written by Python 2) and refuses every other with its offset:
//!
//! - a `SciPy` CSR matrix of 32-bit floats ([`read_matrix`]),
//! - a two-dimensional `NumPy` array of 32-bit integers ([`read_table`]),
//! - a `defaultdict(list)` from integers to lists of integers ([`read_adjacency`]).
//!
//! Hostile input costs at most time and memory proportional to the file's length: every instruction pushes at most one
//! small value, byte strings stay where they are in the file, objects live in one arena without recursion, memo slots are
//! a map, and a list that two keys share is refused instead of copied.

mod machine;
mod result;
mod value;

use std::path::Path;

use super::read_error::ReadError;
use machine::Machine;
use value::{Object, Value};

/// Sparse rows as the file has them: checked against each other's lengths, columns below `columns`.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRows {
    /// Number of columns.
    pub columns: usize,
    /// Where each row starts in `indices`, and the end of the last: `rows + 1` ascending positions.
    pub row_starts: Vec<usize>,
    /// Column of each value.
    pub indices: Vec<u32>,
    /// The values.
    pub values: Vec<f32>,
}

impl SparseRows {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.row_starts.len().saturating_sub(1)
    }

    /// Columns and values of one row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.row_starts[row]..self.row_starts[row + 1];
        self.indices[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }
}

/// A dense table of integers, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Number of columns, at least 1.
    pub columns: usize,
    /// `rows * columns` values.
    pub values: Vec<i32>,
}

impl Table {
    /// The rows.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, i32> {
        self.values.chunks_exact(self.columns)
    }
}

/// Reads a CSR matrix of 32-bit floats, `[rows, columns]`.
pub fn read_matrix(path: &Path, bytes: &[u8]) -> Result<SparseRows, ReadError> {
    let machine = Machine::run(path, bytes)?;
    let Some(Object::Matrix { state: Some(state) }) = machine.object(machine.result) else {
        return Err(machine.wrong_result("a `SciPy` CSR matrix"));
    };
    let (rows, columns) = match machine.tuple(machine.entry(*state, "_shape")?) {
        Some(&[Value::Integer(rows), Value::Integer(columns)]) if rows >= 0 && (0..=1 << 31).contains(&columns) => {
            (rows as usize, columns as usize)
        }
        _ => return Err(machine.wrong_result("a CSR matrix whose `_shape` is two sizes")),
    };
    let row_starts = machine.integers(machine.entry(*state, "indptr")?)?.1;
    let indices = machine.integers(machine.entry(*state, "indices")?)?.1;
    let values = machine.floats(machine.entry(*state, "data")?)?;
    let ends_agree = row_starts.first() == Some(&0) && row_starts.last() == i32::try_from(values.len()).as_ref().ok();
    if row_starts.len().checked_sub(1) != Some(rows)
        || !ends_agree
        || !row_starts.is_sorted()
        || indices.len() != values.len()
    {
        return Err(machine.wrong_result("a CSR matrix whose row pointers fit its shape and its values"));
    }
    if let Some(index) = indices.iter().find(|&&index| index < 0 || index as usize >= columns) {
        return Err(machine.wrong_result(&format!("a CSR matrix with columns below {columns}, not {index}")));
    }
    Ok(SparseRows {
        columns,
        row_starts: row_starts.into_iter().map(|start| start as usize).collect(),
        indices: indices.into_iter().map(|index| index as u32).collect(),
        values,
    })
}

/// Reads a two-dimensional array of 32-bit integers.
pub fn read_table(path: &Path, bytes: &[u8]) -> Result<Table, ReadError> {
    let machine = Machine::run(path, bytes)?;
    let (shape, values) = machine.integers(machine.result)?;
    match shape[..] {
        [_, columns] if columns > 0 => Ok(Table { columns, values }),
        _ => Err(machine.wrong_result("an array with two dimensions")),
    }
}

/// Reads a `defaultdict(list)`: pairs of a key and its list, in file order.
pub fn read_adjacency(path: &Path, bytes: &[u8]) -> Result<Vec<(i64, Vec<i64>)>, ReadError> {
    let mut machine = Machine::run(path, bytes)?;
    let Some(Object::Dictionary(entries)) = machine.object(machine.result).cloned() else {
        return Err(machine.wrong_result("a dictionary of lists"));
    };
    let mut adjacency = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let (Value::Integer(key), Value::Object(list)) = (key, value) else {
            return Err(machine.wrong_result("a dictionary from integers to lists"));
        };
        let list = std::mem::replace(&mut machine.objects[list as usize], Object::Taken);
        let Object::List(list) = list else {
            return Err(machine.wrong_result(&format!("a list of its own for key {key}")));
        };
        let integers: Option<Vec<i64>> = list.iter().map(|value| value.integer()).collect();
        let integers = integers.ok_or_else(|| machine.wrong_result(&format!("integers in the list of key {key}")))?;
        adjacency.push((key, integers));
    }
    Ok(adjacency)
}
