//! What a planetoid pickle can hold: small values on the stack, objects in an arena, and the six names it may mention.

use std::ops::Range;

/// What the stack holds. Small and `Copy`: everything large is in the arena or in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
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
    pub(super) fn integer(self) -> Option<i64> {
        if let Self::Integer(value) = self { Some(value) } else { None }
    }
}

/// The only names that a file may mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    CsrMatrix,
    Reconstruct,
    Array,
    DataType,
    DefaultDict,
    List,
}

/// Module and name of each.
pub(super) const GLOBALS: &[(&str, &str, Global)] = &[
    ("scipy.sparse.csr", "csr_matrix", Global::CsrMatrix),
    ("numpy.core.multiarray", "_reconstruct", Global::Reconstruct),
    ("numpy", "ndarray", Global::Array),
    ("numpy", "dtype", Global::DataType),
    ("collections", "defaultdict", Global::DefaultDict),
    ("__builtin__", "list", Global::List),
];

/// What the arena holds.
#[derive(Debug, Clone)]
pub(super) enum Object {
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

/// What an array holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer32,
    Float32,
}

/// A complete array, its values still in the file.
#[derive(Debug, Clone)]
pub(super) struct ArrayState {
    pub(super) shape: Vec<usize>,
    pub(super) kind: Kind,
    pub(super) bytes: Range<usize>,
}
