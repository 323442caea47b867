//! Writes PNG files, always with the same settings, and JPEG bytes for pictures that are to show its traces.
//!
//! ```
//! use ssl4rl_vision::picture::{Picture, decode};
//! let flat = Picture::filled(40, 40, [9; 3]).unwrap();
//! let busy = Picture::from_pixels(40, 40, |x, y| [(x * 37 + y * 91) as u8; 3]).unwrap();
//! assert!(flat.encode_png().unwrap().len() < busy.encode_png().unwrap().len());
//! assert_eq!(flat.encode_stored_png().unwrap().len(), busy.encode_stored_png().unwrap().len());
//! assert_eq!(decode(&busy.encode_stored_png().unwrap()).unwrap(), busy);
//! ```

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::{Picture, PictureError, decode};

impl Picture {
    /// The picture as a PNG file, compressed quickly rather than well.
    pub fn encode_png(&self) -> Result<Vec<u8>, PictureError> {
        let mut file = Vec::new();
        PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Up)
            .write_image(&self.rgb, self.width as u32, self.height as u32, ExtendedColorType::Rgb8)
            .map_err(|error| self.unwritable(&error))?;
        Ok(file)
    }

    /// The picture as a PNG file without compression: its length tells the picture's size and nothing of what is on it, and it
    /// is written and read several times as fast.
    pub fn encode_stored_png(&self) -> Result<Vec<u8>, PictureError> {
        self.stored_png().ok_or_else(|| self.unwritable(&"it is too large for one chunk"))
    }

    /// The picture as a JPEG file of `quality` 1 to 100.
    pub fn encode_jpeg(&self, quality: u8) -> Result<Vec<u8>, PictureError> {
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, quality.clamp(1, 100))
            .write_image(&self.rgb, self.width as u32, self.height as u32, ExtendedColorType::Rgb8)
            .map_err(|error| self.unwritable(&error))?;
        Ok(file)
    }

    /// The picture as it comes back from a JPEG file of `quality` 1 to 100.
    pub fn through_jpeg(&self, quality: u8) -> Result<Self, PictureError> {
        Ok(decode(&self.encode_jpeg(quality)?)?.with_source_of(self))
    }

    fn unwritable(&self, reason: &impl ToString) -> PictureError {
        PictureError::Unwritable { width: self.width, height: self.height, reason: reason.to_string() }
    }
}
