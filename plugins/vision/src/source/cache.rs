//! Decoded pictures kept within a bound of bytes; the one not asked for longest goes first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::picture::Picture;

/// What a kept picture is: its index in the album, and the side it was fitted to, 0 for the picture itself.
type Key = (usize, usize);

/// Pictures by key.
pub(super) struct Cache {
    most_bytes: usize,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    pictures: BTreeMap<Key, (Arc<Picture>, u64)>,
    /// Keys by when they were last asked for.
    by_age: BTreeMap<u64, Key>,
    bytes: usize,
    clock: u64,
}

impl Cache {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, shelf: Mutex::default() }
    }

    pub(super) fn get(&self, key: Key) -> Option<Arc<Picture>> {
        let mut guard = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let Shelf { pictures, by_age, clock, .. } = &mut *guard;
        let (picture, used) = pictures.get_mut(&key)?;
        *clock += 1;
        by_age.remove(used);
        by_age.insert(*clock, key);
        *used = *clock;
        Some(Arc::clone(picture))
    }

    /// Keeps a picture, unless it alone is beyond the bound.
    pub(super) fn put(&self, key: Key, picture: &Arc<Picture>) {
        let size = picture.rgb().len();
        if size > self.most_bytes {
            return;
        }
        let mut guard = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let Shelf { pictures, by_age, bytes, clock } = &mut *guard;
        *clock += 1;
        let replaced = pictures.insert(key, (Arc::clone(picture), *clock));
        by_age.insert(*clock, key);
        *bytes += size;
        if let Some((before, used)) = replaced {
            by_age.remove(&used);
            *bytes -= before.rgb().len();
        }
        while *bytes > self.most_bytes {
            let Some((_, oldest)) = by_age.pop_first() else { break };
            if let Some((gone, _)) = pictures.remove(&oldest) {
                *bytes -= gone.rgb().len();
            }
        }
    }

    /// Bytes of the pictures kept.
    pub(super) fn bytes(&self) -> usize {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_not_asked_for_longest_goes_first() {
        let cache = Cache::new(25); // two pictures of 12 bytes
        let picture = |shade| Arc::new(Picture::filled(2, 2, [shade; 3]).unwrap());
        cache.put((0, 0), &picture(0));
        cache.put((1, 0), &picture(1));
        assert!(cache.get((0, 0)).is_some());
        cache.put((2, 0), &picture(2));
        assert!(cache.get((1, 0)).is_none() && cache.get((0, 0)).is_some() && cache.get((2, 0)).is_some());
        assert_eq!(cache.bytes(), 24);
        cache.put((2, 0), &picture(3));
        assert_eq!(cache.bytes(), 24);
        cache.put((3, 0), &Arc::new(Picture::filled(9, 9, [0; 3]).unwrap()));
        assert!(cache.get((3, 0)).is_none());
    }
}
