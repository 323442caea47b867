//! Turns and flips. Quarter turns and flips move pixels and change none; other turns sample between them.
//!
//! ```
//! use ssl4rl_vision::picture::{Flip, Picture};
//! let picture = Picture::from_pixels(2, 1, |x, _| [x as u8; 3]).unwrap();
//! let turned = picture.quarter_turned(1); // counter-clockwise: what was right is on top
//! assert_eq!((turned.width(), turned.height()), (1, 2));
//! assert_eq!((turned.pixel(0, 0), turned.pixel(0, 1)), ([1; 3], [0; 3]));
//! assert_eq!(picture.flipped(Flip::LeftRight).pixel(0, 0), [1; 3]);
//! ```

use super::{CHANNELS, Picture};

/// A mirror image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flip {
    /// As it is.
    None,
    /// Left and right change places.
    LeftRight,
    /// Top and bottom change places.
    TopBottom,
}

/// Cosines of 0, 15, … 90 degrees in 65536ths, so that no platform's own cosine is asked.
const COSINES: [i64; 7] = [65536, 63303, 56756, 46341, 32768, 16962, 0];
/// The unit of [`COSINES`].
const ONE: i64 = 1 << 16;
/// Smallest angle of a turn, in degrees.
pub(crate) const ANGLE_STEP: usize = 15;

impl Picture {
    /// The picture turned counter-clockwise by `quarters` times 90 degrees; an odd number exchanges width and height.
    #[must_use]
    pub fn quarter_turned(&self, quarters: usize) -> Self {
        let (width, height) = (self.width, self.height);
        match quarters % 4 {
            1 => self.moved(height, width, |x, y| (width - 1 - y, x)),
            2 => self.moved(width, height, |x, y| (width - 1 - x, height - 1 - y)),
            3 => self.moved(height, width, |x, y| (y, height - 1 - x)),
            _ => self.clone(),
        }
    }

    /// The mirror image.
    #[must_use]
    pub fn flipped(&self, flip: Flip) -> Self {
        let (width, height) = (self.width, self.height);
        match flip {
            Flip::None => self.clone(),
            Flip::LeftRight => self.moved(width, height, |x, y| (width - 1 - x, y)),
            Flip::TopBottom => self.moved(width, height, |x, y| (x, height - 1 - y)),
        }
    }

    /// The centred `width` by `height` pixels of the picture turned counter-clockwise by a multiple of 15 degrees.
    ///
    /// Every pixel is the mean of four bilinear samples around its centre, so that a turn by 90 degrees is as soft as one by
    /// 45. What lies beyond the picture repeats its edge; [`Picture::filled_when_turned`] says how much is free of that.
    #[must_use]
    pub fn turned_centre(&self, degrees: usize, width: usize, height: usize) -> Self {
        let (cosine, sine) = cosine_and_sine(degrees);
        let (width, height) = (width.max(1), height.max(1));
        let mut rgb = Vec::with_capacity(CHANNELS * width * height);
        for y in 0..height {
            for x in 0..width {
                let mut sum = [0_i64; CHANNELS];
                for (step_x, step_y) in [(-1, -1), (1, -1), (-1, 1), (1, 1)] {
                    // From the centre, in quarters of a pixel.
                    let across = 4 * x as i64 + 2 - 2 * width as i64 + step_x;
                    let down = 4 * y as i64 + 2 - 2 * height as i64 + step_y;
                    let source_x = cosine * across - sine * down;
                    let source_y = sine * across + cosine * down;
                    self.add_sample(source_x, source_y, &mut sum);
                }
                rgb.extend(sum.map(|sum| ((sum + (1 << 17)) >> 18).clamp(0, 255) as u8));
            }
        }
        self.remade(width, height, rgb)
    }

    /// Width and height of the largest upright rectangle, by its area, within the picture turned by a multiple of 15 degrees.
    pub fn filled_when_turned(&self, degrees: usize) -> (usize, usize) {
        let (cosine, sine) = cosine_and_sine(degrees);
        let (cosine, sine) = ((cosine.abs() as f64) / ONE as f64, (sine.abs() as f64) / ONE as f64);
        if degrees.is_multiple_of(90) {
            let lying = degrees.is_multiple_of(180);
            return if lying { (self.width, self.height) } else { (self.height, self.width) };
        }
        let (width, height) = (self.width as f64, self.height as f64);
        let (long, short) = (width.max(height), width.min(height));
        let (filled_width, filled_height) = if short <= 2.0 * sine * cosine * long || (sine - cosine).abs() < 1e-4 {
            // Two corners touch the long sides, the others lie within.
            let half = short / 2.0;
            if width >= height { (half / sine, half / cosine) } else { (half / cosine, half / sine) }
        } else {
            let double = cosine * cosine - sine * sine;
            ((width * cosine - height * sine) / double, (height * cosine - width * sine) / double)
        };
        ((filled_width as usize).max(1), (filled_height as usize).max(1))
    }

    /// Adds 65536 times the colour at a place given from the centre, in units of 1/262144 of a pixel.
    fn add_sample(&self, from_centre_x: i64, from_centre_y: i64, sum: &mut [i64; CHANNELS]) {
        const UNIT: i64 = 4 * ONE;
        let place = |from_centre: i64, length: usize| {
            // Centres of pixels lie at halves.
            let at = (from_centre + (length as i64 - 1) * (UNIT / 2)).clamp(0, (length as i64 - 1) * UNIT);
            let (before, part) = (at / UNIT, (at % UNIT) >> 10);
            (before as usize, (before as usize + 1).min(length - 1), part)
        };
        let (left, right, across) = place(from_centre_x, self.width);
        let (top, bottom, down) = place(from_centre_y, self.height);
        let corners = [
            (left, top, (256 - across) * (256 - down)),
            (right, top, across * (256 - down)),
            (left, bottom, (256 - across) * down),
            (right, bottom, across * down),
        ];
        for (x, y, weight) in corners {
            for (sum, colour) in sum.iter_mut().zip(self.pixel(x, y)) {
                *sum += weight * i64::from(colour);
            }
        }
    }

    /// The picture whose pixel at a place is this one's pixel at `origin` of the place.
    ///
    /// Places are visited in square blocks, whose origins lie together in memory even where columns become rows.
    fn moved(&self, width: usize, height: usize, origin: impl Fn(usize, usize) -> (usize, usize)) -> Self {
        const BLOCK: usize = 32;
        let (pixels, _) = self.rgb.as_chunks::<CHANNELS>();
        let mut rgb = vec![0; self.rgb.len()];
        for (block, rows) in rgb.chunks_mut(BLOCK * CHANNELS * width).enumerate() {
            for left in (0..width).step_by(BLOCK) {
                for (y, row) in (BLOCK * block..).zip(rows.chunks_exact_mut(CHANNELS * width)) {
                    let (row, _) = row[CHANNELS * left..].as_chunks_mut::<CHANNELS>();
                    for (x, pixel) in (left..).zip(row.iter_mut().take(BLOCK)) {
                        let (from_x, from_y) = origin(x, y);
                        *pixel = pixels[from_y * self.width + from_x];
                    }
                }
            }
        }
        self.remade(width, height, rgb)
    }
}

/// Cosine and sine of a multiple of 15 degrees, in 65536ths.
fn cosine_and_sine(degrees: usize) -> (i64, i64) {
    let step = degrees / ANGLE_STEP % 24;
    let (quarter, within) = (step / 6, step % 6);
    let (cosine, sine) = (COSINES[within], COSINES[6 - within]);
    match quarter {
        0 => (cosine, sine),
        1 => (-sine, cosine),
        2 => (-cosine, -sine),
        _ => (sine, -cosine),
    }
}
