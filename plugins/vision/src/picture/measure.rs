//! What tells whether a picture can carry a question: how much it varies, and how alike two pictures are.

use super::{CHANNELS, Picture};

impl Picture {
    /// A small picture to measure instead of this one: `side` by `side` blocks, each the mean of up to 4 by 4 of its pixels.
    #[must_use]
    pub fn shrunk(&self, side: usize) -> Self {
        const SAMPLES: usize = 4;
        let side = side.clamp(1, self.width.min(self.height));
        let places = |block: usize, length: usize| {
            let (start, end) = (block * length / side, (block + 1) * length / side);
            (start..end).step_by(((end - start) / SAMPLES).max(1))
        };
        let mut rgb = Vec::with_capacity(CHANNELS * side * side);
        for down in 0..side {
            for across in 0..side {
                let (mut sums, mut count) = ([0_u32; CHANNELS], 0);
                for y in places(down, self.height) {
                    for x in places(across, self.width) {
                        let colour = self.pixel(x, y);
                        for (sum, level) in sums.iter_mut().zip(colour) {
                            *sum += u32::from(level);
                        }
                        count += 1;
                    }
                }
                rgb.extend(sums.map(|sum| ((sum + count / 2) / count) as u8));
            }
        }
        self.remade(side, side, rgb)
    }

    /// Brightness of every pixel, 0 to 255 (ITU-R 601, as Pillow rounds it).
    pub fn luminance(&self) -> Vec<u8> {
        self.rgb
            .chunks_exact(CHANNELS)
            .map(|pixel| {
                let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
                ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16) as u8
            })
            .collect()
    }

    /// Standard deviation of brightness, in levels of 255: 0 where the picture is flat.
    pub fn deviation(&self) -> f64 {
        let luminance = self.luminance();
        let count = luminance.len() as f64;
        let sum: u64 = luminance.iter().map(|&level| u64::from(level)).sum();
        let squares: u64 = luminance.iter().map(|&level| u64::from(level).pow(2)).sum();
        let mean = sum as f64 / count;
        (squares as f64 / count - mean * mean).max(0.0).sqrt()
    }

    /// Whether there is too little to see for a question: brightness deviates by less than 4 levels.
    pub fn is_flat(&self) -> bool {
        const LEAST: f64 = 4.0;
        self.deviation() < LEAST
    }

    /// Mean step of brightness from a pixel to its right and lower neighbours, in levels of 255.
    pub fn edge_energy(&self) -> f64 {
        let luminance = self.luminance();
        let (mut sum, mut steps) = (0_u64, 0_u64);
        for (y, row) in luminance.chunks_exact(self.width).enumerate() {
            for (x, &level) in row.iter().enumerate() {
                let right = row.get(x + 1);
                let below = luminance.get((y + 1) * self.width + x);
                for &neighbour in right.into_iter().chain(below) {
                    sum += u64::from(level.abs_diff(neighbour));
                    steps += 1;
                }
            }
        }
        sum as f64 / steps.max(1) as f64
    }

    /// Mean distance between the largest and the smallest channel of a pixel, 0 to 255: 0 where the picture is grey.
    pub fn colourfulness(&self) -> f64 {
        let sum: u64 = self
            .rgb
            .chunks_exact(CHANNELS)
            .map(|pixel| {
                let (least, most) = pixel.iter().fold((u8::MAX, 0), |(least, most), &c| (least.min(c), most.max(c)));
                u64::from(most - least)
            })
            .sum();
        sum as f64 / (self.width * self.height) as f64
    }
}

/// Normalised correlation of the brightness of two pictures of one size, -1 to 1; 0 where the sizes differ or one is flat.
///
/// ```
/// use ssl4rl_vision::picture::{Picture, correlation};
/// let ramp = Picture::from_pixels(4, 4, |x, _| [x as u8 * 10; 3]).unwrap();
/// assert!((correlation(&ramp, &ramp) - 1.0).abs() < 1e-12);
/// assert!((correlation(&ramp, &ramp.quarter_turned(2)) + 1.0).abs() < 1e-12);
/// assert!(correlation(&ramp, &ramp.quarter_turned(1)).abs() < 1e-12);
/// ```
pub fn correlation(left: &Picture, right: &Picture) -> f64 {
    // A variance below this is rounding.
    const LEAST: f64 = 1e-6;
    if (left.width, left.height) != (right.width, right.height) {
        return 0.0;
    }
    let (left, right) = (left.luminance(), right.luminance());
    let count = left.len() as f64;
    let (mut sum_left, mut sum_right, mut of_left, mut of_right, mut of_both) = (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
    for (&left, &right) in left.iter().zip(&right) {
        let (left, right) = (u64::from(left), u64::from(right));
        sum_left += left;
        sum_right += right;
        of_left += left * left;
        of_right += right * right;
        of_both += left * right;
    }
    let (mean_left, mean_right) = (sum_left as f64 / count, sum_right as f64 / count);
    let variance_left = of_left as f64 / count - mean_left * mean_left;
    let variance_right = of_right as f64 / count - mean_right * mean_right;
    let covariance = of_both as f64 / count - mean_left * mean_right;
    if variance_left < LEAST || variance_right < LEAST {
        return 0.0;
    }
    covariance / (variance_left * variance_right).sqrt()
}
