//! Writes PNG files: quick rather than small, always with the same settings, and JPEG bytes for pictures that are to show
//! its traces.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::{Picture, PictureError, decode};

impl Picture {
    /// The picture as a PNG file.
    pub fn encode_png(&self) -> Result<Vec<u8>, PictureError> {
        let mut file = Vec::with_capacity(self.rgb.len() / 2 + 256);
        PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Up)
            .write_image(&self.rgb, self.width as u32, self.height as u32, ExtendedColorType::Rgb8)
            .map_err(|error| self.unwritable(&error))?;
        Ok(file)
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
        decode(&self.encode_jpeg(quality)?)
    }

    fn unwritable(&self, error: &image::ImageError) -> PictureError {
        PictureError::Unwritable { width: self.width, height: self.height, reason: error.to_string() }
    }
}
