//! [`Interner`]: dense ids for names, in the order of their first appearance.

use std::collections::HashMap;

use super::read_error::ReadError;
use super::source::Line;

/// Dense ids for names.
#[derive(Debug, Default)]
pub(super) struct Interner {
    ids: HashMap<String, u32>,
    names: Vec<String>,
}

impl Interner {
    /// The name's id, a new one where the name is new.
    pub(super) fn intern(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = self.names.len() as u32;
        self.ids.insert(name.to_owned(), id);
        self.names.push(name.to_owned());
        id
    }

    /// A new id for a name that must be new; the line is where it stands.
    pub(super) fn add(&mut self, name: &str, line: &Line<'_>) -> Result<u32, ReadError> {
        if self.ids.contains_key(name) {
            return Err(line.wrong("an id that was not seen before", format!("`{}` again", name.escape_debug())));
        }
        Ok(self.intern(name))
    }

    /// The id of a known name.
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.ids.get(name).copied()
    }

    /// Names by id.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}
