//! Looks at what a machine has built: dictionaries, tuples and arrays by their values.

use super::machine::Machine;
use super::value::{ArrayState, Kind, Object, Value};
use crate::read_error::ReadError;

impl<'file> Machine<'file> {
    /// Shape and values of an array of integers.
    pub(super) fn integers(&self, array: Value) -> Result<(Vec<usize>, Vec<i32>), ReadError> {
        let state = self.array(array, Kind::Integer32, "an array of 32-bit integers")?;
        let (values, _) = self.bytes[state.bytes.clone()].as_chunks::<4>();
        Ok((state.shape.clone(), values.iter().map(|&bytes| i32::from_le_bytes(bytes)).collect()))
    }

    /// Values of an array of floats.
    pub(super) fn floats(&self, array: Value) -> Result<Vec<f32>, ReadError> {
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
    pub(super) fn entry(&self, dictionary: Value, key: &str) -> Result<Value, ReadError> {
        let Some(Object::Dictionary(entries)) = self.object(dictionary) else {
            return Err(self.wrong_result("a dictionary as the matrix's state"));
        };
        let found = entries.iter().rev().find(|(other, _)| self.byte_slice(*other) == Some(key.as_bytes()));
        found.map(|(_, value)| *value).ok_or_else(|| self.wrong_result(&format!("a matrix with `{key}`")))
    }

    pub(super) fn object(&self, value: Value) -> Option<&Object> {
        if let Value::Object(position) = value { self.objects.get(position as usize) } else { None }
    }

    pub(super) fn tuple(&self, value: Value) -> Option<&[Value]> {
        if let Some(Object::Tuple(items)) = self.object(value) { Some(items) } else { None }
    }

    pub(super) fn byte_slice(&self, value: Value) -> Option<&'file [u8]> {
        if let Value::Bytes(start, end) = value { self.bytes.get(start..end) } else { None }
    }

    /// What should have come out, and did not.
    pub(super) fn wrong_result(&self, expected: &str) -> ReadError {
        self.wrong(format!("the pickle to hold {expected}"), "another object")
    }
}
