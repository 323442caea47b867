//! Bicubic scaling, equal to Pillow's to the last bit (versions up to 12: across first, then down).
//!
//! A pixel of the result is a weighted mean of the pixels under a cubic kernel (a = -1/2) that is stretched by the reduction.
//! Weights are whole numbers in units of 2^-22, each pass rounds to 8 bits, and a pass that would change nothing is left out.
//!
//! ```
//! use ssl4rl_vision::picture::Picture;
//! let picture = Picture::filled(9, 7, [10, 20, 30]).unwrap();
//! assert_eq!(picture.resized(4, 5), Picture::filled(4, 5, [10, 20, 30]).unwrap());
//! ```

use super::{CHANNELS, Picture};

/// Binary digits behind the point of a weight.
const PRECISION: u32 = 32 - 8 - 2;
/// Reach of the kernel in pixels.
const REACH: f64 = 2.0;

/// The pixels that make up one pixel of the result.
struct Window {
    start: usize,
    weights: Vec<i32>,
}

impl Picture {
    /// The picture scaled to `width` by `height` pixels; a side of 0 counts as 1.
    #[must_use]
    pub fn resized(&self, width: usize, height: usize) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let across = if width == self.width { self.clone() } else { self.scaled_across(width) };
        if height == self.height { across } else { across.scaled_down_columns(height) }
    }

    /// The picture itself, or reduced by the smallest whole factor that leaves no side above `longest` pixels.
    #[must_use]
    pub fn reduced(&self, longest: usize) -> Self {
        let factor = self.width.max(self.height).div_ceil(longest.max(1));
        if factor <= 1 { self.clone() } else { self.resized(self.width / factor, self.height / factor) }
    }

    fn scaled_across(&self, width: usize) -> Self {
        let windows = windows(self.width, width);
        let mut rgb = Vec::with_capacity(CHANNELS * width * self.height);
        for y in 0..self.height {
            let row = self.row(y);
            for Window { start, weights } in &windows {
                let mut sum = [1_i32 << (PRECISION - 1); CHANNELS];
                for (pixel, &weight) in row[CHANNELS * start..].chunks_exact(CHANNELS).zip(weights) {
                    sum[0] += weight * i32::from(pixel[0]);
                    sum[1] += weight * i32::from(pixel[1]);
                    sum[2] += weight * i32::from(pixel[2]);
                }
                rgb.extend(sum.map(rounded));
            }
        }
        self.remade(width, self.height, rgb)
    }

    fn scaled_down_columns(&self, height: usize) -> Self {
        let stride = CHANNELS * self.width;
        let mut rgb = Vec::with_capacity(stride * height);
        let mut sums = vec![0_i32; stride];
        for Window { start, weights } in windows(self.height, height) {
            sums.fill(1 << (PRECISION - 1));
            for (row, weight) in self.rgb[stride * start..].chunks_exact(stride).zip(weights) {
                for (sum, &colour) in sums.iter_mut().zip(row) {
                    *sum += weight * i32::from(colour);
                }
            }
            rgb.extend(sums.iter().map(|&sum| rounded(sum)));
        }
        self.remade(self.width, height, rgb)
    }
}

fn rounded(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// The window of every pixel where `before` pixels become `after`.
fn windows(before: usize, after: usize) -> Vec<Window> {
    let scale = before as f64 / after as f64;
    let stretch = scale.max(1.0);
    let reach = REACH * stretch;
    (0..after)
        .map(|at| {
            let centre = (at as f64 + 0.5) * scale;
            let start = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(before);
            let raw: Vec<f64> =
                (start..end).map(|pixel| cubic((pixel as f64 - centre + 0.5) * (1.0 / stretch))).collect();
            let total: f64 = raw.iter().sum();
            let weights = raw.into_iter().map(|weight| fixed_point(weight / total)).collect();
            Window { start, weights }
        })
        .collect()
}

fn fixed_point(weight: f64) -> i32 {
    let scaled = weight * f64::from(1 << PRECISION);
    (if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
}

/// Keys' cubic kernel with a = -1/2.
fn cubic(distance: f64) -> f64 {
    const A: f64 = -0.5;
    let distance = distance.abs();
    if distance < 1.0 {
        ((A + 2.0) * distance - (A + 3.0)) * distance * distance + 1.0
    } else if distance < 2.0 {
        (((distance - 5.0) * distance + 8.0) * distance - 4.0) * A
    } else {
        0.0
    }
}
