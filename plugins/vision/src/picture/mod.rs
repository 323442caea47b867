//! Pictures: 8-bit red, green and blue, row by row from the top left, and what is done to them.
//!
//! [`decode()`] reads files, [`Picture::encode_png`] writes them. Everything here is integer arithmetic, or arithmetic of
//! doubles without transcendental functions, so that the same pixels come out on every platform.
//!
//! ```
//! use ssl4rl_vision::picture::{Picture, decode};
//! let picture = Picture::from_pixels(3, 2, |x, y| [x as u8, y as u8, 7]).unwrap();
//! assert_eq!(picture.pixel(2, 1), [2, 1, 7]);
//! assert_eq!(decode(&picture.encode_png().unwrap()).unwrap(), picture);
//! ```

mod colour;
mod decode;
mod degrade;
mod encode;
mod measure;
mod paint;
mod resize;
mod stored;
mod turn;
mod view;

pub use colour::Channels;
pub use decode::{Limits, decode, decode_upright, decode_within, dimensions};
pub use degrade::Degradation;
pub use measure::correlation;
pub use paint::{Paint, Shape, UNITS};
pub use turn::Flip;
pub use view::ViewSettings;

use std::fmt;
use std::sync::Arc;

/// Bytes of a pixel.
const CHANNELS: usize = 3;

/// Pixels in 8-bit red, green and blue; neither side is 0.
///
/// A picture also knows what it was made from, and so does all that is made of it. Equal pixels are equal pictures, wherever
/// they come from.
#[derive(Clone)]
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    source: Option<Arc<str>>,
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        (self.width, self.height) == (other.width, other.height) && self.rgb == other.rgb
    }
}

impl Eq for Picture {}

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Area {
    /// Columns left of it.
    pub left: usize,
    /// Rows above it.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Area {
    /// A rectangle of `width` by `height` pixels whose first pixel is at (`left`, `top`).
    pub fn new(left: usize, top: usize, width: usize, height: usize) -> Self {
        Self { left, top, width, height }
    }

    /// The largest centred square of `width` by `height` pixels.
    pub fn centre_square(width: usize, height: usize) -> Self {
        let side = width.min(height);
        Self::new((width - side) / 2, (height - side) / 2, side, side)
    }

    /// Pixels that both rectangles hold.
    pub fn overlap(&self, other: &Self) -> usize {
        let shared = |start: usize, length: usize, other_start: usize, other_length: usize| {
            (start + length).min(other_start + other_length).saturating_sub(start.max(other_start))
        };
        shared(self.left, self.width, other.left, other.width) * shared(self.top, self.height, other.top, other.height)
    }

    /// Number of pixels.
    pub fn size(&self) -> usize {
        self.width * self.height
    }
}

impl Picture {
    /// A picture of these bytes; `None` unless there are `3 * width * height` of them and neither side is 0.
    pub fn new(width: usize, height: usize, rgb: Vec<u8>) -> Option<Self> {
        let bytes = width.checked_mul(height)?.checked_mul(CHANNELS)?;
        (bytes > 0 && rgb.len() == bytes).then_some(Self { width, height, rgb, source: None })
    }

    /// A picture whose pixel at (`x`, `y`) is `pixel(x, y)`; `None` where a side is 0.
    pub fn from_pixels(width: usize, height: usize, mut pixel: impl FnMut(usize, usize) -> [u8; 3]) -> Option<Self> {
        let mut rgb = Vec::with_capacity(width.checked_mul(height)?.checked_mul(CHANNELS)?);
        for y in 0..height {
            for x in 0..width {
                rgb.extend(pixel(x, y));
            }
        }
        Self::new(width, height, rgb)
    }

    /// A picture of one colour; `None` where a side is 0.
    pub fn filled(width: usize, height: usize, colour: [u8; 3]) -> Option<Self> {
        Self::new(width, height, colour.repeat(width.checked_mul(height)?))
    }

    /// The picture with the name of what it was made from: a path, or a place in a table.
    #[must_use]
    pub fn made_from(self, source: &str) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// The picture, said to be made from what `other` was made from.
    #[must_use]
    pub fn with_source_of(self, other: &Self) -> Self {
        Self { source: other.source.clone(), ..self }
    }

    /// What the picture was made from, where it was told.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Other pixels made of this picture's.
    fn remade(&self, width: usize, height: usize, rgb: Vec<u8>) -> Self {
        Self { width, height, rgb, source: self.source.clone() }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The whole picture as a rectangle.
    pub fn area(&self) -> Area {
        Area::new(0, 0, self.width, self.height)
    }

    /// All bytes: red, green and blue of each pixel, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The bytes of row `y`.
    pub fn row(&self, y: usize) -> &[u8] {
        let stride = CHANNELS * self.width;
        &self.rgb[y * stride..][..stride]
    }

    /// The colour at column `x` of row `y`.
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = CHANNELS * (y * self.width + x);
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// Sets the colour at column `x` of row `y`; what lies outside stays as it is.
    pub fn set(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x < self.width && y < self.height {
            let at = CHANNELS * (y * self.width + x);
            self.rgb[at..at + CHANNELS].copy_from_slice(&colour);
        }
    }

    /// Every pixel by itself changed.
    #[must_use]
    pub fn mapped(&self, change: impl Fn([u8; 3]) -> [u8; 3]) -> Self {
        let mut changed = self.clone();
        for pixel in changed.rgb.chunks_exact_mut(CHANNELS) {
            let colour = change([pixel[0], pixel[1], pixel[2]]);
            pixel.copy_from_slice(&colour);
        }
        changed
    }

    /// The part of the picture within `area`, which is moved and cut to lie inside and to hold a pixel at least.
    #[must_use]
    pub fn crop(&self, area: Area) -> Self {
        let width = area.width.clamp(1, self.width);
        let height = area.height.clamp(1, self.height);
        let left = area.left.min(self.width - width);
        let top = area.top.min(self.height - height);
        let mut rgb = Vec::with_capacity(CHANNELS * width * height);
        for y in top..top + height {
            rgb.extend_from_slice(&self.row(y)[CHANNELS * left..CHANNELS * (left + width)]);
        }
        self.remade(width, height, rgb)
    }

    /// Lays `other` over this picture with its first pixel at (`left`, `top`); what reaches beyond is cut off.
    pub fn paste(&mut self, other: &Self, left: usize, top: usize) {
        let width = other.width.min(self.width.saturating_sub(left));
        let height = other.height.min(self.height.saturating_sub(top));
        let stride = CHANNELS * self.width;
        for y in 0..height {
            let at = (top + y) * stride + CHANNELS * left;
            self.rgb[at..at + CHANNELS * width].copy_from_slice(&other.row(y)[..CHANNELS * width]);
        }
    }

    /// Fills a rectangle with one colour.
    pub fn fill(&mut self, area: Area, colour: [u8; 3]) {
        for y in area.top..(area.top + area.height).min(self.height) {
            for x in area.left..(area.left + area.width).min(self.width) {
                self.set(x, y, colour);
            }
        }
    }

    /// A number that equal pictures share, and others hardly ever.
    pub fn digest(&self) -> u64 {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(self.width as u64).to_le_bytes()).update(&self.rgb);
        first_bytes(&hasher.finalize())
    }
}

/// The first eight bytes of a hash as a number.
pub(crate) fn first_bytes(hash: &blake3::Hash) -> u64 {
    hash.as_bytes()[..8].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Picture({}x{}, {:016x})", self.width, self.height, self.digest())
    }
}

/// Why a picture cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are of no format that is read here.
    #[error("not a PNG, JPEG, WebP or GIF file (its first bytes are {first}); convert it to one of these")]
    UnknownFormat {
        /// The first bytes, in hexadecimal.
        first: String,
    },
    /// A side or the number of pixels is beyond the limits.
    #[error(
        "the picture is {width}x{height}, at most {longest_side} pixels a side and {pixels} in all are read; scale it down"
    )]
    TooLarge {
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
        /// Limit of a side.
        longest_side: u64,
        /// Limit of all pixels.
        pixels: u64,
    },
    /// The decoder needs more memory than it may have even to look at the head.
    #[error("the {format} file claims more pixels than are read; scale the picture down")]
    Overlarge {
        /// Format of the file.
        format: &'static str,
    },
    /// The file ends too early.
    #[error("the {format} file ends before its picture does; fetch it again")]
    Truncated {
        /// Format of the file.
        format: &'static str,
    },
    /// The bytes are not what the format asks for.
    #[error("the {format} file cannot be decoded: {reason}")]
    Malformed {
        /// Format of the file.
        format: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// The picture cannot be written.
    #[error("a picture of {width}x{height} cannot be written: {reason}")]
    Unwritable {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// What the encoder said.
        reason: String,
    },
}
