//! Drawing: smooth-edged shapes from whole numbers alone, so that a drawing has the same bytes on every platform.
//!
//! Shapes are given in [`UNITS`] across the picture and as many down, whatever its size; a pixel at an edge is mixed by
//! the share of its 4x4 sample points that lie inside.
//!
//! ```
//! use ssl4rl_vision::picture::{Paint, Picture, Shape};
//! let mut picture = Picture::filled(8, 8, [255; 3]).unwrap();
//! picture.draw(&Shape::Box { left: 0, top: 0, right: 2048, bottom: 4096 }, Paint::solid([0; 3]));
//! assert_eq!((picture.pixel(3, 5), picture.pixel(4, 5)), ([0; 3], [255; 3]));
//! ```

use super::Picture;

/// Units of a picture's width, and of its height.
pub const UNITS: i64 = 4096;
/// Sample points across a pixel, and as many down.
const SAMPLES: i64 = 4;

/// A convex shape, in units of 4096 across and down the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A rectangle; right and bottom are the first beyond it.
    Box {
        /// Left edge.
        left: i64,
        /// Upper edge.
        top: i64,
        /// Right edge.
        right: i64,
        /// Lower edge.
        bottom: i64,
    },
    /// An ellipse along the axes.
    Ellipse {
        /// Centre, from the left.
        x: i64,
        /// Centre, from the top.
        y: i64,
        /// Half its width.
        across: i64,
        /// Half its height.
        down: i64,
    },
    /// A convex polygon by its corners, in either direction.
    Polygon(Vec<(i64, i64)>),
    /// A line with round ends.
    Line {
        /// One end.
        from: (i64, i64),
        /// The other end.
        to: (i64, i64),
        /// Half its thickness.
        radius: i64,
    },
}

/// A colour and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// 0 leaves what is below, 255 hides it.
    pub opacity: u8,
}

impl Paint {
    /// A colour that hides what is below.
    pub fn solid(colour: [u8; 3]) -> Self {
        Self { colour, opacity: u8::MAX }
    }
}

impl Shape {
    fn holds(&self, x: i64, y: i64) -> bool {
        match self {
            Self::Box { left, top, right, bottom } => (*left..*right).contains(&x) && (*top..*bottom).contains(&y),
            Self::Ellipse { x: centre_x, y: centre_y, across, down } => {
                let (from_x, from_y) = ((x - centre_x) * down, (y - centre_y) * across);
                from_x * from_x + from_y * from_y <= (across * down) * (across * down)
            }
            Self::Polygon(corners) => {
                let sides = corners.iter().zip(corners.iter().cycle().skip(1));
                let mut turns = sides.map(|(a, b)| (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0));
                let first = turns.next().unwrap_or_default();
                turns.all(|turn| (turn >= 0) == (first >= 0))
            }
            Self::Line { from, to, radius } => {
                let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
                let (from_x, from_y) = (x - from.0, y - from.1);
                let length = (along_x * along_x + along_y * along_y).max(1);
                let along = (from_x * along_x + from_y * along_y).clamp(0, length);
                // The distance to the nearest point of the line, times its squared length.
                let (off_x, off_y) = (from_x * length - along * along_x, from_y * length - along * along_y);
                let reach = radius * length;
                i128::from(off_x).pow(2) + i128::from(off_y).pow(2) <= i128::from(reach).pow(2)
            }
        }
    }

    /// Left, top, right and bottom of a box around it.
    fn bounds(&self) -> (i64, i64, i64, i64) {
        match self {
            Self::Box { left, top, right, bottom } => (*left, *top, *right, *bottom),
            Self::Ellipse { x, y, across, down } => (x - across, y - down, x + across, y + down),
            Self::Polygon(corners) => {
                corners.iter().fold((i64::MAX, i64::MAX, i64::MIN, i64::MIN), |(left, top, right, bottom), &(x, y)| {
                    (left.min(x), top.min(y), right.max(x), bottom.max(y))
                })
            }
            Self::Line { from, to, radius } => (
                from.0.min(to.0) - radius,
                from.1.min(to.1) - radius,
                from.0.max(to.0) + radius,
                from.1.max(to.1) + radius,
            ),
        }
    }
}

impl Picture {
    /// Draws a shape; what reaches beyond the picture is cut off.
    pub fn draw(&mut self, shape: &Shape, paint: Paint) {
        let (width, height) = (self.width as i64, self.height as i64);
        let (left, top, right, bottom) = shape.bounds();
        let first = |unit: i64, pixels: i64| (unit.clamp(0, UNITS) * pixels / UNITS - 1).max(0);
        let last = |unit: i64, pixels: i64| (unit.clamp(0, UNITS) * pixels / UNITS + 2).min(pixels);
        for y in first(top, height)..last(bottom, height) {
            for x in first(left, width)..last(right, width) {
                let covered = covered(shape, (x, y), (width, height));
                if covered > 0 {
                    self.mix((x as usize, y as usize), paint, covered);
                }
            }
        }
    }

    fn mix(&mut self, (x, y): (usize, usize), paint: Paint, covered: i64) {
        let whole = SAMPLES * SAMPLES * i64::from(u8::MAX);
        let weight = covered * i64::from(paint.opacity);
        let below = self.pixel(x, y);
        let mut mixed = below;
        for (mixed, colour) in mixed.iter_mut().zip(paint.colour) {
            *mixed = ((i64::from(colour) * weight + i64::from(*mixed) * (whole - weight) + whole / 2) / whole) as u8;
        }
        self.set(x, y, mixed);
    }
}

/// How many of the pixel's 16 sample points lie inside.
fn covered(shape: &Shape, (x, y): (i64, i64), (width, height): (i64, i64)) -> i64 {
    let unit = |step: i64, pixels: i64| step * UNITS / (2 * SAMPLES * pixels);
    let (origin_x, origin_y) = (2 * SAMPLES * x, 2 * SAMPLES * y);
    let end = 2 * SAMPLES - 1;
    let inside =
        |step_x: i64, step_y: i64| shape.holds(unit(origin_x + step_x, width), unit(origin_y + step_y, height));
    // A convex shape that holds the outermost points holds all.
    if inside(1, 1) && inside(end, 1) && inside(1, end) && inside(end, end) {
        return SAMPLES * SAMPLES;
    }
    let mut count = 0;
    for step_y in (1..=end).step_by(2) {
        for step_x in (1..=end).step_by(2) {
            count += i64::from(inside(step_x, step_y));
        }
    }
    count
}
