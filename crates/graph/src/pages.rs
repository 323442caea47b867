//! [`Numbers`]: an array that may be too large for the processor to find its way in quickly.
//!
//! Of memory in pages of 4 KiB a processor knows the whereabouts of some thousand at a time. In an array of more, whoever reads here and
//! there waits for the page to be found before waiting for what it holds; pages of 2 MiB are so few that all of them are known. Linux
//! gives these to whoever asks for them, and to nobody else as most distributions set it up.

use std::ops::Deref;

use memmap2::MmapMut;

/// Bytes of a large page. Smaller arrays lie where the allocator puts them.
const PAGE_BYTES: usize = 2 << 20;

/// Numbers that do not change, in large pages where they fill any and the system has them.
#[derive(Debug)]
pub(crate) struct Numbers(Memory);

#[derive(Debug)]
enum Memory {
    Heap(Vec<u32>),
    Pages(MmapMut),
}

impl From<Vec<u32>> for Numbers {
    fn from(numbers: Vec<u32>) -> Self {
        Self(in_large_pages(&numbers).map_or(Memory::Heap(numbers), Memory::Pages))
    }
}

impl Deref for Numbers {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match &self.0 {
            Memory::Heap(numbers) => numbers,
            Memory::Pages(pages) => bytemuck::cast_slice(pages),
        }
    }
}

impl Clone for Numbers {
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

/// A copy in large pages, `None` where it would be too small for them and where the system refuses.
#[cfg(target_os = "linux")]
fn in_large_pages(numbers: &[u32]) -> Option<MmapMut> {
    let bytes: &[u8] = bytemuck::cast_slice(numbers);
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
fn in_large_pages(_numbers: &[u32]) -> Option<MmapMut> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_wherever_they_lie() {
        for count in [0, 1, PAGE_BYTES / 4 - 1, PAGE_BYTES / 4, PAGE_BYTES + 1] {
            let vector: Vec<u32> = (0..count as u32).map(|number| number.wrapping_mul(0x9e37_79b9)).collect();
            let numbers = Numbers::from(vector.clone());
            assert_eq!(*numbers, vector, "{count}");
            assert_eq!(*numbers.clone(), vector, "{count}");
        }
    }
}
