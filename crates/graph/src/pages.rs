//! [`Array`]: an array that may be too large for the processor to find its way in quickly.
//!
//! Of memory in pages of 4 KiB a processor knows the whereabouts of some thousand at a time. In an array of more, whoever reads here and
//! there waits for the page to be found before waiting for what it holds; pages of 2 MiB are so few that all of them are known. Linux
//! gives these to whoever asks for them, and to nobody else as most distributions set it up.

use std::ops::Deref;

use bytemuck::Pod;
use memmap2::MmapMut;

/// Bytes of a large page. Smaller arrays lie where the allocator puts them.
const PAGE_BYTES: usize = 2 << 20;

/// Items that do not change, in large pages where they fill any and the system has them.
#[derive(Debug)]
pub(crate) struct Array<Item>(Memory<Item>);

#[derive(Debug)]
enum Memory<Item> {
    Heap(Vec<Item>),
    Pages(MmapMut),
}

impl<Item: Pod> From<Vec<Item>> for Array<Item> {
    fn from(items: Vec<Item>) -> Self {
        Self(in_large_pages(&items).map_or(Memory::Heap(items), Memory::Pages))
    }
}

impl<Item: Pod> Deref for Array<Item> {
    type Target = [Item];

    fn deref(&self) -> &[Item] {
        match &self.0 {
            Memory::Heap(items) => items,
            Memory::Pages(pages) => bytemuck::cast_slice(pages),
        }
    }
}

impl<Item: Pod> Clone for Array<Item> {
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

/// A copy in large pages, `None` where it would be too small for them and where the system refuses.
#[cfg(target_os = "linux")]
fn in_large_pages<Item: Pod>(items: &[Item]) -> Option<MmapMut> {
    let bytes: &[u8] = bytemuck::cast_slice(items);
    if bytes.len() < PAGE_BYTES {
        return None;
    }
    let mut pages = MmapMut::map_anon(bytes.len()).ok()?;
    pages.advise(memmap2::Advice::HugePage).ok()?;
    pages.copy_from_slice(bytes);
    Some(pages)
}

/// Other systems take no such requests.
#[cfg(not(target_os = "linux"))]
fn in_large_pages<Item: Pod>(_items: &[Item]) -> Option<MmapMut> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_the_same_wherever_they_lie() {
        for count in [0, 1, PAGE_BYTES / 4 - 1, PAGE_BYTES / 4, PAGE_BYTES + 1] {
            let vector: Vec<u32> = (0..count as u32).map(|number| number.wrapping_mul(0x9e37_79b9)).collect();
            let array = Array::from(vector.clone());
            assert_eq!(*array, vector, "{count}");
            assert_eq!(*array.clone(), vector, "{count}");
        }
    }
}
