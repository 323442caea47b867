//! Degradations by degrees: blur, noise, JPEG, darkness, contrast, saturation, pixelation.

use ssl4rl_tasks::TaskRng;

use super::{CHANNELS, Picture};

/// A way in which a picture gets worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Degradation {
    /// Neighbouring pixels run together.
    Blur,
    /// Every channel of every pixel goes astray by itself.
    Noise,
    /// Traces of strong JPEG compression.
    Jpeg,
    /// Less light.
    Dark,
    /// Less difference between light and dark.
    Contrast,
    /// Less colour.
    Saturation,
    /// Squares of one colour.
    Pixels,
}

impl Degradation {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Blur, Self::Noise, Self::Jpeg, Self::Dark, Self::Contrast, Self::Saturation, Self::Pixels];

    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blur => "blur",
            Self::Noise => "noise",
            Self::Jpeg => "compression",
            Self::Dark => "darkness",
            Self::Contrast => "contrast",
            Self::Saturation => "fading",
            Self::Pixels => "mosaic",
        }
    }

    /// The picture degraded with `strength` 1 to 5; each step is visible beside the one before it. `None` where it cannot be
    /// written as JPEG.
    pub fn applied(self, picture: &Picture, strength: usize, rng: &mut TaskRng) -> Option<Picture> {
        let step = strength.clamp(1, 5) - 1;
        Some(match self {
            // The radius follows the picture's size, so that a step looks the same at every size.
            Self::Blur => picture.blurred((picture.width.min(picture.height) * (step + 1)).div_ceil(100)),
            Self::Noise => picture.noisy([10, 22, 40, 64, 96][step], rng),
            Self::Jpeg => picture.through_jpeg([30, 15, 8, 4, 2][step]).ok()?,
            Self::Dark => picture.brightened([190, 140, 100, 70, 45][step]),
            Self::Contrast => picture.contrasted([180, 126, 88, 56, 32][step]),
            Self::Saturation => picture.saturated([176, 120, 76, 36, 0][step]),
            Self::Pixels => picture.pixelated([28, 20, 14, 10, 7][step]),
        })
    }
}

impl Picture {
    /// Blurred by three means over squares of `2 * radius + 1` pixels, nearly a Gaussian of deviation `radius + 1/2`.
    #[must_use]
    pub fn blurred(&self, radius: usize) -> Self {
        const PASSES: usize = 3;
        let mut blurred = self.clone();
        if radius == 0 {
            return blurred;
        }
        let (mut line, mut mean) = (Vec::new(), Vec::new());
        let stride = CHANNELS * self.width;
        for (start, step, count, lines) in
            [(CHANNELS * self.width, CHANNELS, self.width, self.height), (CHANNELS, stride, self.height, self.width)]
        {
            for at in 0..lines {
                for channel in 0..CHANNELS {
                    let first = at * start + channel;
                    line.clear();
                    line.extend((0..count).map(|place| blurred.rgb[first + place * step]));
                    for _ in 0..PASSES {
                        running_mean(&line, radius, &mut mean);
                        std::mem::swap(&mut line, &mut mean);
                    }
                    for (place, &level) in line.iter().enumerate() {
                        blurred.rgb[first + place * step] = level;
                    }
                }
            }
        }
        blurred
    }

    /// Every byte moved by a sum of four uniform numbers, whose reach is `2 * spread` levels and deviation about `0.58 * spread`.
    #[must_use]
    pub fn noisy(&self, spread: i32, rng: &mut TaskRng) -> Self {
        let mut noisy = self.clone();
        let mut bits = 0_u64;
        for (at, level) in noisy.rgb.iter_mut().enumerate() {
            // Four bytes of randomness for a byte of the picture.
            bits = if at % 2 == 0 { rng.bits() } else { bits >> 32 };
            let sum: i32 = (0..4).map(|byte| (bits >> (8 * byte) & 0xff) as i32).sum();
            *level = (i32::from(*level) + (sum - 510) * spread / 255).clamp(0, 255) as u8;
        }
        noisy
    }

    /// The picture from about `blocks` squares across its smaller side, each of one colour.
    #[must_use]
    pub fn pixelated(&self, blocks: usize) -> Self {
        let block = self.width.min(self.height).div_ceil(blocks.max(1)).max(1);
        let mut result = self.clone();
        for top in (0..self.height).step_by(block) {
            for left in (0..self.width).step_by(block) {
                let square =
                    self.crop(super::Area::new(left, top, block.min(self.width - left), block.min(self.height - top)));
                let area = super::Area::new(left, top, square.width, square.height);
                result.fill(area, square.mean_colour());
            }
        }
        result
    }

    /// The mean of all pixels.
    pub fn mean_colour(&self) -> [u8; 3] {
        let mut sums = [0_u64; CHANNELS];
        for pixel in self.rgb.chunks_exact(CHANNELS) {
            for (sum, &level) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(level);
            }
        }
        let count = (self.width * self.height) as u64;
        sums.map(|sum| ((sum + count / 2) / count) as u8)
    }
}

/// The mean over `2 * radius + 1` places around each; ends are repeated outwards.
fn running_mean(line: &[u8], radius: usize, mean: &mut Vec<u8>) {
    mean.clear();
    let last = line.len() - 1;
    let window = 2 * radius as u32 + 1;
    let at = |place: isize| u32::from(line[place.clamp(0, last as isize) as usize]);
    let radius = radius as isize;
    let mut sum: u32 = (-radius..=radius).map(at).sum();
    for place in 0..line.len() as isize {
        mean.push(((sum + window / 2) / window) as u8);
        sum = sum + at(place + radius + 1) - at(place - radius);
    }
}
