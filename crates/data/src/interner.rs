//! [`Interner`]: dense ids for names, in the order of their first appearance.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::read_error::ReadError;
use super::source::Line;

/// Dense ids for names. Each name is stored once.
#[derive(Debug, Default)]
pub(super) struct Interner {
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
    names: Vec<String>,
}

impl Interner {
    /// The name's id, a new one where the name is new.
    pub(super) fn intern(&mut self, name: &str) -> u32 {
        let hash = self.hasher.hash_one(name);
        if let Some(&id) = self.ids.find(hash, |&id| self.names[id as usize] == name) {
            return id;
        }
        let id = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.ids.insert_unique(hash, id, |&id| self.hasher.hash_one(self.names[id as usize].as_str()));
        id
    }

    /// A new id for a name that must be new; the line is where it stands.
    pub(super) fn add(&mut self, name: &str, line: &Line<'_>) -> Result<u32, ReadError> {
        if self.get(name).is_some() {
            return Err(line.wrong("an id that was not seen before", format!("`{}` again", name.escape_debug())));
        }
        Ok(self.intern(name))
    }

    /// The id of a known name.
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.ids.find(self.hasher.hash_one(name), |&id| self.names[id as usize] == name).copied()
    }

    /// Names by id.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Names by id; ids start at 0 again.
    pub(super) fn take_names(&mut self) -> Vec<String> {
        self.ids.clear();
        std::mem::take(&mut self.names)
    }
}
