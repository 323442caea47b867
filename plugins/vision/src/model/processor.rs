//! From a file's bytes to patches, as the processor of Qwen2.5-VL makes them.
//!
//! A picture is resized so that both sides are whole numbers of tokens and its pixels lie between two limits, its colours are
//! normalised, and it is cut into patches. What is kept of it are bytes; they become numbers where the tower computes.

use ssl4rl::model::media::{MediaError, MediaReader, Medium};
use tch::{Kind, Tensor};

use super::config::{PreprocessorConfig, VisionConfig};
use super::layout::Grid;
use super::resize::resized;
use crate::picture::{Picture, decode};

/// What stands for a picture in a prompt.
const PLACEHOLDER: &str = "<|vision_start|><|image_pad|><|vision_end|>";

/// Longest side over shortest that is accepted.
const MOST_ELONGATED: i64 = 200;

/// Reads pictures.
#[derive(Debug)]
pub struct Processor {
    vision: VisionConfig,
    preprocessor: PreprocessorConfig,
    token: i64,
}

/// A picture made ready: bytes `[3, rows * patch, columns * patch]`.
#[derive(Debug, Clone)]
pub struct Patches {
    /// Patches of the picture.
    pub grid: Grid,
    colours: Vec<u8>,
    patch: i64,
    merge: i64,
    /// Mean and deviation of each colour, of values in `[0, 1]`.
    normal: [[f64; 3]; 2],
}

impl Processor {
    /// A reader for the tower `vision`, whose pictures the token `token` stands for.
    pub fn new(vision: VisionConfig, preprocessor: PreprocessorConfig, token: i64) -> Self {
        Self { vision, preprocessor, token }
    }

    /// Resizes a decoded picture and cuts it into patches.
    pub fn patches(&self, picture: &Picture) -> Result<Patches, MediaError> {
        let (height, width) = (picture.height() as i64, picture.width() as i64);
        let PreprocessorConfig { min_pixels, max_pixels, resize, .. } = self.preprocessor;
        let size = smart_resize(height, width, self.vision.token_size(), min_pixels, max_pixels);
        let (height, width) = size.map_err(|reason| unreadable("image", reason))?;
        let colours = resized(picture, height, width, resize)?;
        let patch = self.vision.patch_size;
        let grid = Grid { rows: height / patch, columns: width / patch };
        let normal = [self.preprocessor.image_mean, self.preprocessor.image_std];
        let merge = self.vision.spatial_merge_size;
        Ok(Patches { grid, colours: Vec::try_from(colours.f_view([-1])?)?, patch, merge, normal })
    }
}

impl Patches {
    /// Normalised values of every patch, float32 `[patches, 3 * patch * patch]`, in the order colour, row, column.
    pub fn values(&self) -> Result<Tensor, MediaError> {
        let &Self { grid: Grid { rows, columns }, patch, merge, normal: [mean, deviation], .. } = self;
        // The mean and deviation of bytes, in float32 as the published processor folds them.
        let of_bytes = |values: [f64; 3]| {
            Tensor::f_from_slice(&values.map(|value| value as f32))?.f_mul_scalar(255.0)?.f_view([3, 1, 1])
        };
        let colours = Tensor::f_from_data_size(&self.colours, &[3, rows * patch, columns * patch], Kind::Uint8)?;
        let normalised = colours.f_to_kind(Kind::Float)?.f_sub(&of_bytes(mean)?)?.f_div(&of_bytes(deviation)?)?;
        let squares = normalised.f_view(&[3, rows / merge, merge, patch, columns / merge, merge, patch][..])?;
        let ordered = squares.f_permute([1, 4, 2, 5, 0, 3, 6])?; // squares, patches of one, colour, row, column
        Ok(ordered.f_reshape([rows * columns, 3 * patch * patch])?)
    }
}

impl MediaReader for Processor {
    fn placeholder(&self) -> &str {
        PLACEHOLDER
    }

    fn token(&self) -> i64 {
        self.token
    }

    fn read(&self, mime: &str, bytes: &[u8]) -> Result<Medium, MediaError> {
        let picture = decode(bytes).map_err(|error| unreadable(mime, error.to_string()))?;
        let patches = self.patches(&picture)?;
        let merge = self.vision.spatial_merge_size;
        let (rows, columns) = (patches.grid.rows / merge, patches.grid.columns / merge);
        let offsets = (0..rows).flat_map(|row| (0..columns).map(move |column| [0, row, column])).collect();
        Ok(Medium { offsets, extent: rows.max(columns), content: Box::new(patches) })
    }

    fn preprocessor(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(&serde_json::json!({
            "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": "Qwen2_5_VLProcessor",
            "min_pixels": self.preprocessor.min_pixels,
            "max_pixels": self.preprocessor.max_pixels,
            "image_mean": self.preprocessor.image_mean,
            "image_std": self.preprocessor.image_std,
            "patch_size": self.vision.patch_size,
            "merge_size": self.vision.spatial_merge_size,
            "temporal_patch_size": self.vision.temporal_patch_size,
            "resize": self.preprocessor.resize,
        }))
        .unwrap_or_default()
    }
}

/// Height and width that a picture of `height` x `width` is resized to: multiples of `factor`, between `min_pixels` and
/// `max_pixels` in all, the aspect kept as well as that allows. The published processor's rule, its rounding of halves to even
/// included.
pub fn smart_resize(
    height: i64,
    width: i64,
    factor: i64,
    min_pixels: i64,
    max_pixels: i64,
) -> Result<(i64, i64), String> {
    let (longer, shorter) = (height.max(width), height.min(width));
    if shorter < 1 || longer > MOST_ELONGATED * shorter {
        return Err(format!("{width} x {height} pixels: the longer side may be {MOST_ELONGATED} times the shorter"));
    }
    let side = factor as f64;
    let nearest = |length: i64| (length as f64 / side).round_ties_even() as i64 * factor;
    let (rows, columns) = (nearest(height), nearest(width));
    let pixels = (height * width) as f64;
    if rows * columns > max_pixels {
        let shrink = (pixels / max_pixels as f64).sqrt();
        let below = |length: i64| factor.max((length as f64 / shrink / side).floor() as i64 * factor);
        return Ok((below(height), below(width)));
    }
    if rows * columns < min_pixels {
        let grow = (min_pixels as f64 / pixels).sqrt();
        let above = |length: i64| (length as f64 * grow / side).ceil() as i64 * factor;
        return Ok((above(height), above(width)));
    }
    Ok((rows, columns))
}

fn unreadable(mime: &str, reason: String) -> MediaError {
    MediaError::Unreadable { mime: mime.to_owned(), reason }
}
