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

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use super::read_error::{ReadError, quote};

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

/// What the stack holds. Small and `Copy`: everything large is in the arena or in the file.
#[derive(Debug, Clone, Copy)]
enum Value {
    None,
    Boolean(bool),
    Integer(i64),
    /// A byte string, as its place in the file.
    Bytes(usize, usize),
    Global(Global),
    /// A position in the arena.
    Object(u32),
}

impl Value {
    fn integer(self) -> Option<i64> {
        if let Self::Integer(value) = self { Some(value) } else { None }
    }
}

/// The only names that a file may mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Global {
    CsrMatrix,
    Reconstruct,
    Array,
    DataType,
    DefaultDict,
    List,
}

const GLOBALS: &[(&str, &str, Global)] = &[
    ("scipy.sparse.csr", "csr_matrix", Global::CsrMatrix),
    ("numpy.core.multiarray", "_reconstruct", Global::Reconstruct),
    ("numpy", "ndarray", Global::Array),
    ("numpy", "dtype", Global::DataType),
    ("collections", "defaultdict", Global::DefaultDict),
    ("__builtin__", "list", Global::List),
];

#[derive(Debug, Clone)]
enum Object {
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dictionary(Vec<(Value, Value)>),
    DataType {
        kind: Kind,
        little_endian: bool,
    },
    Array {
        state: Option<ArrayState>,
    },
    Matrix {
        state: Option<Value>,
    },
    /// A list that was handed out.
    Taken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer32,
    Float32,
}

#[derive(Debug, Clone)]
struct ArrayState {
    shape: Vec<usize>,
    kind: Kind,
    bytes: Range<usize>,
}

struct Machine<'file> {
    path: &'file Path,
    bytes: &'file [u8],
    position: usize,
    /// Offset of the instruction in progress.
    offset: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    objects: Vec<Object>,
    result: Value,
}

impl<'file> Machine<'file> {
    fn run(path: &'file Path, bytes: &'file [u8]) -> Result<Self, ReadError> {
        let mut machine = Self {
            path,
            bytes,
            position: 0,
            offset: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            objects: Vec::new(),
            result: Value::None,
        };
        if bytes.is_empty() {
            return Err(ReadError::Empty { path: path.to_owned(), expected: "a pickle".into() });
        }
        while machine.step()? {}
        Ok(machine)
    }

    /// Runs one instruction; false after the last.
    fn step(&mut self) -> Result<bool, ReadError> {
        self.offset = self.position;
        let [opcode] = self.take_array()?;
        match opcode {
            0x80 => self.protocol()?,
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.stack.push(Value::None),
            0x88 => self.stack.push(Value::Boolean(true)),
            0x89 => self.stack.push(Value::Boolean(false)),
            b'J' => {
                let value = i32::from_le_bytes(self.take_array()?);
                self.stack.push(Value::Integer(value.into()));
            }
            b'K' => {
                let [value] = self.take_array()?;
                self.stack.push(Value::Integer(value.into()));
            }
            b'M' => {
                let value = u16::from_le_bytes(self.take_array()?);
                self.stack.push(Value::Integer(value.into()));
            }
            b'U' => {
                let [length] = self.take_array()?;
                self.byte_string(length.into())?;
            }
            b'T' => {
                let length = u32::from_le_bytes(self.take_array()?);
                self.byte_string(length as usize)?;
            }
            b'c' => self.global()?,
            b')' => self.push_object(Object::Tuple(Vec::new())),
            b'}' => self.push_object(Object::Dictionary(Vec::new())),
            b']' => self.push_object(Object::List(Vec::new())),
            b't' => {
                let items = self.pop_to_mark()?;
                self.push_object(Object::Tuple(items));
            }
            0x85..=0x87 => self.short_tuple(usize::from(opcode - 0x84))?,
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.append(&items)?;
            }
            b'u' => self.set_items()?,
            b'q' => {
                let [slot] = self.take_array()?;
                self.remember(slot.into())?;
            }
            b'r' => {
                let slot = u32::from_le_bytes(self.take_array()?);
                self.remember(slot)?;
            }
            b'h' => {
                let [slot] = self.take_array()?;
                self.recall(slot.into())?;
            }
            b'j' => {
                let slot = u32::from_le_bytes(self.take_array()?);
                self.recall(slot)?;
            }
            0x81 => self.new_object()?,
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            b'.' => {
                self.result = self.pop()?;
                return Ok(false);
            }
            other => {
                let printable =
                    if other.is_ascii_graphic() { format!(" (`{}`)", other as char) } else { String::new() };
                return Err(
                    self.wrong("an instruction of a planetoid pickle", format!("opcode {other:#04x}{printable}"))
                );
            }
        }
        Ok(true)
    }

    fn protocol(&mut self) -> Result<(), ReadError> {
        match self.take_array()? {
            [2] => Ok(()),
            [version] => Err(self.wrong("pickle protocol 2", format!("protocol {version}"))),
        }
    }

    fn byte_string(&mut self, length: usize) -> Result<(), ReadError> {
        let start = self.position;
        self.take(length)?;
        self.stack.push(Value::Bytes(start, self.position));
        Ok(())
    }

    fn global(&mut self) -> Result<(), ReadError> {
        let module = self.take_line()?;
        let name = self.take_line()?;
        let known = GLOBALS.iter().find(|known| known.0.as_bytes() == module && known.1.as_bytes() == name);
        let Some(&(_, _, global)) = known else {
            let got = format!("the global {} of module {}, which is not run", quote(name), quote(module));
            return Err(self.wrong("one of the six names of planetoid pickles", got));
        };
        self.stack.push(Value::Global(global));
        Ok(())
    }

    fn short_tuple(&mut self, length: usize) -> Result<(), ReadError> {
        let start = self.stack.len().checked_sub(length).filter(|&start| start >= self.floor());
        let start = start.ok_or_else(|| self.wrong(format!("{length} values on the stack"), "fewer"))?;
        let items = self.stack.split_off(start);
        self.push_object(Object::Tuple(items));
        Ok(())
    }

    fn append(&mut self, items: &[Value]) -> Result<(), ReadError> {
        match self.top_object() {
            Some(Object::List(list)) => list.extend_from_slice(items),
            _ => return Err(self.wrong("a list to append to", "something else")),
        }
        Ok(())
    }

    fn set_items(&mut self) -> Result<(), ReadError> {
        let items = self.pop_to_mark()?;
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(self.wrong("keys and values in pairs", "a key without a value"));
        }
        match self.top_object() {
            Some(Object::Dictionary(entries)) => entries.extend(pairs.iter().map(|&[key, value]| (key, value))),
            _ => return Err(self.wrong("a dictionary to fill", "something else")),
        }
        Ok(())
    }

    fn remember(&mut self, slot: u32) -> Result<(), ReadError> {
        let value = *self.stack.last().ok_or_else(|| self.wrong("a value to remember", "an empty stack"))?;
        self.memo.insert(slot, value);
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Result<(), ReadError> {
        let value = self.memo.get(&slot).copied();
        let value = value.ok_or_else(|| self.wrong("a memo slot that was filled", format!("slot {slot}")))?;
        self.stack.push(value);
        Ok(())
    }

    fn new_object(&mut self) -> Result<(), ReadError> {
        let arguments = self.pop()?;
        let class = self.pop()?;
        if matches!(class, Value::Global(Global::CsrMatrix)) && self.tuple(arguments).is_some_and(<[_]>::is_empty) {
            self.push_object(Object::Matrix { state: None });
            return Ok(());
        }
        Err(self.wrong("a new CSR matrix without arguments", "something else"))
    }

    fn reduce(&mut self) -> Result<(), ReadError> {
        let arguments = self.pop()?;
        let callable = self.pop()?;
        let object = match (callable, self.tuple(arguments)) {
            (Value::Global(Global::DefaultDict), Some([Value::Global(Global::List)])) => Object::Dictionary(Vec::new()),
            (Value::Global(Global::Reconstruct), Some([Value::Global(Global::Array), ..])) => {
                Object::Array { state: None }
            }
            (Value::Global(Global::DataType), Some([code, ..])) => match self.byte_slice(*code) {
                Some(b"i4") => Object::DataType { kind: Kind::Integer32, little_endian: false },
                Some(b"f4") => Object::DataType { kind: Kind::Float32, little_endian: false },
                other => return Err(self.wrong("data type `i4` or `f4`", quote(other.unwrap_or_default()))),
            },
            _ => return Err(self.wrong("a call that makes an array, a data type or a defaultdict", "another call")),
        };
        self.push_object(object);
        Ok(())
    }

    /// Gives the object on top of the stack its state.
    fn build(&mut self) -> Result<(), ReadError> {
        let state = self.pop()?;
        let Some(&Value::Object(target)) = self.stack.last() else {
            return Err(self.wrong("an object to complete", "something else"));
        };
        let complete = match &self.objects[target as usize] {
            Object::DataType { kind, .. } => self.data_type_state(*kind, state)?,
            Object::Array { .. } => Object::Array { state: Some(self.array_state(state)?) },
            Object::Matrix { .. } => Object::Matrix { state: Some(state) },
            _ => return Err(self.wrong("a matrix, an array or a data type to complete", "something else")),
        };
        self.objects[target as usize] = complete;
        Ok(())
    }

    fn data_type_state(&self, kind: Kind, state: Value) -> Result<Object, ReadError> {
        let order = self.tuple(state).and_then(|state| state.get(1)).and_then(|&order| self.byte_slice(order));
        match order {
            Some(b"<") => Ok(Object::DataType { kind, little_endian: true }),
            other => Err(self.wrong("byte order `<`", quote(other.unwrap_or_default()))),
        }
    }

    fn array_state(&self, state: Value) -> Result<ArrayState, ReadError> {
        let Some(&[_, shape, data_type, Value::Boolean(false), Value::Bytes(start, end)]) = self.tuple(state) else {
            return Err(self.wrong("an array's version, shape, data type, C order and bytes", "something else"));
        };
        let Some(&Object::DataType { kind, little_endian: true }) = self.object(data_type) else {
            return Err(self.wrong("an array's little-endian data type", "something else"));
        };
        let sizes = self.tuple(shape).unwrap_or_default().iter();
        let shape: Option<Vec<usize>> = sizes.map(|size| usize::try_from(size.integer()?).ok()).collect();
        let count = shape.as_ref().and_then(|shape| shape.iter().try_fold(4usize, |all, &size| all.checked_mul(size)));
        match shape {
            Some(shape) if count == Some(end - start) => Ok(ArrayState { shape, kind, bytes: start..end }),
            _ => Err(self.wrong("as many bytes as the array's shape asks for", format!("{} bytes", end - start))),
        }
    }

    /// Shape and values of an array of integers.
    fn integers(&self, array: Value) -> Result<(Vec<usize>, Vec<i32>), ReadError> {
        let state = self.array(array, Kind::Integer32, "an array of 32-bit integers")?;
        let (values, _) = self.bytes[state.bytes.clone()].as_chunks::<4>();
        Ok((state.shape.clone(), values.iter().map(|&bytes| i32::from_le_bytes(bytes)).collect()))
    }

    /// Values of an array of floats.
    fn floats(&self, array: Value) -> Result<Vec<f32>, ReadError> {
        let state = self.array(array, Kind::Float32, "an array of 32-bit floats")?;
        let (values, _) = self.bytes[state.bytes.clone()].as_chunks::<4>();
        Ok(values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    fn array(&self, array: Value, kind: Kind, expected: &str) -> Result<&ArrayState, ReadError> {
        match self.object(array) {
            Some(Object::Array { state: Some(state) }) if state.kind == kind => Ok(state),
            _ => Err(self.wrong_result(expected)),
        }
    }

    /// The value that a dictionary has for a key, the last one where it is set twice.
    fn entry(&self, dictionary: Value, key: &str) -> Result<Value, ReadError> {
        let Some(Object::Dictionary(entries)) = self.object(dictionary) else {
            return Err(self.wrong_result("a dictionary as the matrix's state"));
        };
        let found = entries.iter().rev().find(|(other, _)| self.byte_slice(*other) == Some(key.as_bytes()));
        found.map(|(_, value)| *value).ok_or_else(|| self.wrong_result(&format!("a matrix with `{key}`")))
    }

    fn object(&self, value: Value) -> Option<&Object> {
        if let Value::Object(position) = value { self.objects.get(position as usize) } else { None }
    }

    fn tuple(&self, value: Value) -> Option<&[Value]> {
        if let Some(Object::Tuple(items)) = self.object(value) { Some(items) } else { None }
    }

    fn byte_slice(&self, value: Value) -> Option<&'file [u8]> {
        if let Value::Bytes(start, end) = value { self.bytes.get(start..end) } else { None }
    }

    fn top_object(&mut self) -> Option<&mut Object> {
        match self.stack.last() {
            Some(&Value::Object(position)) => self.objects.get_mut(position as usize),
            _ => None,
        }
    }

    fn push_object(&mut self, object: Object) {
        self.stack.push(Value::Object(self.objects.len() as u32));
        self.objects.push(object);
    }

    /// Stack positions below this one belong to an open mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Value, ReadError> {
        if self.stack.len() > self.floor()
            && let Some(value) = self.stack.pop()
        {
            return Ok(value);
        }
        Err(self.wrong("a value on the stack", "an empty stack"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, ReadError> {
        let mark = self.marks.pop().ok_or_else(|| self.wrong("a mark on the stack", "none"))?;
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, length: usize) -> Result<&'file [u8], ReadError> {
        let end = self.position.checked_add(length).filter(|&end| end <= self.bytes.len());
        let Some(end) = end else {
            let left = self.bytes.len() - self.position;
            return Err(self.wrong(format!("{length} more bytes"), format!("the end of the file after {left}")));
        };
        let taken = &self.bytes[self.position..end];
        self.position = end;
        Ok(taken)
    }

    fn take_array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], ReadError> {
        let mut array = [0; LENGTH];
        array.copy_from_slice(self.take(LENGTH)?);
        Ok(array)
    }

    fn take_line(&mut self) -> Result<&'file [u8], ReadError> {
        let length = memchr::memchr(b'\n', &self.bytes[self.position..]);
        let length = length.ok_or_else(|| self.wrong("a name that ends in a line break", "the end of the file"))?;
        let line = self.take(length)?;
        self.take(1)?;
        Ok(line)
    }

    fn wrong(&self, expected: impl Into<String>, got: impl Into<String>) -> ReadError {
        let path = self.path.to_owned();
        ReadError::Bytes { path, offset: self.offset, expected: expected.into(), got: got.into() }
    }

    fn wrong_result(&self, expected: &str) -> ReadError {
        self.wrong(format!("the pickle to hold {expected}"), "another object")
    }
}
