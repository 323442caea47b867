//! The stack machine: the 29 instructions, each refused with its offset where it is at fault.

use std::collections::HashMap;
use std::path::Path;

use super::value::{ArrayState, GLOBALS, Global, Kind, Object, Value};
use crate::read_error::{ReadError, quote};

/// A machine that has run to the end of its file.
pub(super) struct Machine<'file> {
    path: &'file Path,
    pub(super) bytes: &'file [u8],
    position: usize,
    /// Offset of the instruction in progress.
    offset: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    pub(super) objects: Vec<Object>,
    /// What the pickle holds.
    pub(super) result: Value,
}

impl<'file> Machine<'file> {
    /// Runs the file.
    pub(super) fn run(path: &'file Path, bytes: &'file [u8]) -> Result<Self, ReadError> {
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

    /// What is wrong with the instruction in progress.
    pub(super) fn wrong(&self, expected: impl Into<String>, got: impl Into<String>) -> ReadError {
        let path = self.path.to_owned();
        ReadError::Bytes { path, offset: self.offset, expected: expected.into(), got: got.into() }
    }
}
