//! Reads PNG, JPEG, WebP and GIF files into 8-bit RGB, told by content and not by name.
//!
//! | file | becomes |
//! |---|---|
//! | palette, grey | their colours; grey in all three channels |
//! | alpha (also in a palette) | composited on white, rounded as Pillow pastes, which is what Qwen's own preprocessing does |
//! | 16 bits | 8 bits, `round(v / 257)` |
//! | CMYK and YCCK JPEG | RGB by the decoder, Adobe's inversion honoured |
//! | animation | its first frame |
//! | EXIF orientation | applied by [`decode_upright`], which albums read with: what is up must be up. Not by [`decode`], as in Pillow |
//! | colour profiles | not applied, as in Pillow |
//!
//! A file is refused before its pixels are decoded where a side or the number of pixels is beyond the [`Limits`]; memory is
//! bounded by them.
//!
//! ```
//! use ssl4rl_vision::picture::{PictureError, decode};
//! assert!(matches!(decode(b""), Err(PictureError::Empty)));
//! assert!(matches!(decode(b"<svg/>"), Err(PictureError::UnknownFormat { .. })));
//! ```

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat};

use super::{Picture, PictureError};

/// What is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels of a side.
    pub longest_side: usize,
    /// Most pixels in all.
    pub pixels: usize,
}

impl Default for Limits {
    /// 16,384 pixels a side, 64 Mi pixels in all: 192 MiB of RGB.
    fn default() -> Self {
        Self { longest_side: 1 << 14, pixels: 1 << 26 }
    }
}

/// Bytes of a decoded pixel at most: four channels of 16 bits.
const WIDEST_PIXEL: u64 = 8;

/// Reads a picture within the default limits.
pub fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    decode_within(bytes, &Limits::default())
}

/// Columns and rows of a picture, from the head of the file.
pub fn dimensions(bytes: &[u8]) -> Result<(usize, usize), PictureError> {
    let (_, decoder) = open(bytes, &Limits::default())?;
    let (width, height) = decoder.dimensions();
    Ok((width as usize, height as usize))
}

/// Reads a picture, its pixels as they are stored.
pub fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    let (format, opened) = open(bytes, limits)?;
    pixels(bytes, format, opened, Orientation::NoTransforms)
}

/// Reads a picture and turns it as its EXIF orientation says, if it has one that can be read.
pub fn decode_upright(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    let (format, mut opened) = open(bytes, limits)?;
    let orientation = opened.orientation().unwrap_or(Orientation::NoTransforms);
    pixels(bytes, format, opened, orientation)
}

fn pixels(
    bytes: &[u8],
    format: ImageFormat,
    opened: Box<dyn ImageDecoder + '_>,
    orientation: Orientation,
) -> Result<Picture, PictureError> {
    if format == ImageFormat::Jpeg && !jpeg_is_complete(bytes) {
        return Err(PictureError::Truncated { format: name(format) });
    }
    let mut decoded = DynamicImage::from_decoder(opened).map_err(|error| unreadable(format, error))?;
    decoded.apply_orientation(orientation);
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    let rgb =
        if decoded.color().has_alpha() { on_white(&decoded.into_rgba8()) } else { decoded.into_rgb8().into_raw() };
    Picture::new(width, height, rgb)
        .ok_or_else(|| PictureError::Malformed { format: name(format), reason: "it has no pixels".into() })
}

/// The decoder of the format that the first bytes tell, with its dimensions within the limits.
fn open<'bytes>(
    bytes: &'bytes [u8],
    limits: &Limits,
) -> Result<(ImageFormat, Box<dyn ImageDecoder + 'bytes>), PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    let format = image::guess_format(bytes).map_err(|_| unknown(bytes))?;
    let reader = Cursor::new(bytes);
    let failed = |error| unreadable(format, error);
    let mut decoder: Box<dyn ImageDecoder + 'bytes> = match format {
        ImageFormat::Png => Box::new(PngDecoder::new(reader).map_err(failed)?),
        ImageFormat::Jpeg => Box::new(JpegDecoder::new(reader).map_err(failed)?),
        ImageFormat::WebP => Box::new(WebPDecoder::new(reader).map_err(failed)?),
        ImageFormat::Gif => Box::new(GifDecoder::new(reader).map_err(failed)?),
        _ => return Err(unknown(bytes)),
    };
    let (width, height) = decoder.dimensions();
    let too_large = || PictureError::TooLarge {
        width: width.into(),
        height: height.into(),
        longest_side: limits.longest_side as u64,
        pixels: limits.pixels as u64,
    };
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) as usize > limits.longest_side || pixels > limits.pixels as u64 {
        return Err(too_large());
    }
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(2 * WIDEST_PIXEL * limits.pixels as u64);
    decoder.set_limits(bounds).map_err(|_| too_large())?;
    Ok((format, decoder))
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        _ => "GIF",
    }
}

fn unknown(bytes: &[u8]) -> PictureError {
    const SHOWN: usize = 8;
    let first: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    PictureError::UnknownFormat { first: first.join(" ") }
}

fn unreadable(format: ImageFormat, error: ImageError) -> PictureError {
    let format = name(format);
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            PictureError::Truncated { format }
        }
        ImageError::Limits(_) => PictureError::Overlarge { format },
        error => PictureError::Malformed { format, reason: error.to_string() },
    }
}

/// Whether an end marker follows the last start of a scan.
///
/// The decoder fills what is missing with grey. Within a scan the byte 255 is followed by neither marker, and the
/// thumbnail that a header may hold lies before the picture's own scan.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    match (last(0xda), last(0xd9)) {
        (Some(scan), Some(end)) => end > scan,
        _ => false,
    }
}

/// Colours over white by their alpha.
fn on_white(rgba: &image::RgbaImage) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(rgba.as_raw().len() / 4 * 3);
    for pixel in rgba.as_raw().chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        rgb.extend(pixel[..3].iter().map(|&colour| {
            // Division by 255 with rounding, as Pillow does it.
            let sum = u32::from(colour) * alpha + 255 * (255 - alpha) + 128;
            ((sum + (sum >> 8)) >> 8) as u8
        }));
    }
    rgb
}
