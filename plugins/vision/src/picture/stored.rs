//! PNG files whose pixels are stored and not compressed, written in one pass: the same bytes as the general encoder's, without its
//! copies of the whole picture.
//!
//! The file is one `IDAT` chunk: a zlib stream of stored blocks (RFC 1950 and 1951) of all rows, each behind a filter byte of 0.

use simd_adler32::Adler32;

use super::{CHANNELS, Picture};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Depth of 8 bits, red, green and blue, then the only compression, filtering and interlacing that are none.
const FORM: [u8; 5] = [8, 2, 0, 0, 0];
/// A window of 32 KiB, the quickest level.
const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];
/// No filter.
const FILTER: [u8; 1] = [0];
/// Bytes of a chunk beside its content: length, kind, checksum.
const CHUNK: usize = 12;
/// Bytes that stand before the content of a stored block.
const BLOCK_HEAD: usize = 5;
const LONGEST_BLOCK: usize = u16::MAX as usize;

impl Picture {
    /// The file, or `None` where the picture is too large for one chunk.
    pub(super) fn stored_png(&self) -> Option<Vec<u8>> {
        const LONGEST_CHUNK: usize = i32::MAX as usize;
        let content = self.height * (FILTER.len() + CHANNELS * self.width);
        let stream = ZLIB_HEADER.len() + content.div_ceil(LONGEST_BLOCK) * BLOCK_HEAD + content + 4;
        let (width, height) = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        let length = u32::try_from(stream).ok().filter(|_| stream <= LONGEST_CHUNK)?;

        let mut file = Vec::with_capacity(SIGNATURE.len() + 3 * CHUNK + 8 + FORM.len() + stream);
        file.extend(SIGNATURE);
        let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &FORM].concat();
        chunk(&mut file, head.len() as u32, *b"IHDR", |file| file.extend(&head));
        chunk(&mut file, length, *b"IDAT", |file| {
            file.extend(ZLIB_HEADER);
            let mut blocks = Blocks { file, content, room: 0, sum: Adler32::new() };
            for y in 0..self.height {
                blocks.write(&FILTER);
                blocks.write(self.row(y));
            }
            let sum = blocks.sum.finish();
            file.extend(sum.to_be_bytes());
        });
        chunk(&mut file, 0, *b"IEND", |_| {});
        Some(file)
    }
}

/// Appends a chunk whose content of `length` bytes is appended by `content`.
fn chunk(file: &mut Vec<u8>, length: u32, kind: [u8; 4], content: impl FnOnce(&mut Vec<u8>)) {
    file.extend(length.to_be_bytes());
    let start = file.len();
    file.extend(kind);
    content(file);
    let sum = crc32fast::hash(&file[start..]);
    file.extend(sum.to_be_bytes());
}

/// Stored blocks, all full but the last.
struct Blocks<'file> {
    file: &'file mut Vec<u8>,
    /// Bytes that are still to come.
    content: usize,
    /// How many of them the block at hand takes.
    room: usize,
    sum: Adler32,
}

impl Blocks<'_> {
    fn write(&mut self, mut bytes: &[u8]) {
        self.sum.write(bytes);
        while !bytes.is_empty() {
            if self.room == 0 {
                self.begin();
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.room));
            self.file.extend_from_slice(now);
            self.content -= now.len();
            self.room -= now.len();
            bytes = later;
        }
    }

    fn begin(&mut self) {
        self.room = self.content.min(LONGEST_BLOCK);
        let (last, length) = (self.room == self.content, self.room as u16);
        self.file.push(u8::from(last));
        self.file.extend(length.to_le_bytes());
        self.file.extend((!length).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    use image::{ExtendedColorType, ImageEncoder};

    use super::*;

    /// Rows of 85 bytes fill a block to the last byte with 771 of them, and so do 255 of 514 bytes with two blocks.
    #[test]
    fn files_are_those_of_the_general_encoder() {
        for (width, height) in [(1, 1), (28, 770), (28, 771), (28, 772), (171, 255), (448, 448), (30_000, 2)] {
            let picture = Picture::from_pixels(width, height, |x, y| [x as u8, y as u8, (x * y) as u8]).unwrap();
            let mut wanted = Vec::new();
            PngEncoder::new_with_quality(&mut wanted, CompressionType::Uncompressed, FilterType::NoFilter)
                .write_image(picture.rgb(), width as u32, height as u32, ExtendedColorType::Rgb8)
                .unwrap();
            assert!(picture.stored_png().unwrap() == wanted, "{width}x{height}");
        }
    }
}
