//! [`Grid`]: a picture cut into equal cells, numbered row by row from 1.

use crate::picture::{Area, Picture, correlation};

/// Rows and columns of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Cells one below the other.
    pub rows: usize,
    /// Cells side by side.
    pub columns: usize,
}

impl Grid {
    /// As many rows as columns.
    pub fn square(side: usize) -> Self {
        Self { rows: side, columns: side }
    }

    /// Number of cells.
    pub fn count(self) -> usize {
        self.rows * self.columns
    }

    /// The pixels of a cell, counted from 0, in a picture of `width` by `height`; what does not divide is left over at the
    /// right and below.
    pub fn area(self, cell: usize, width: usize, height: usize) -> Area {
        let (across, down) = (width / self.columns, height / self.rows);
        Area::new(cell % self.columns * across, cell / self.columns * down, across, down)
    }

    /// All cells of a picture as pictures, row by row.
    pub fn tiles(self, picture: &Picture) -> Vec<Picture> {
        let (width, height) = (picture.width(), picture.height());
        (0..self.count()).map(|cell| picture.crop(self.area(cell, width, height))).collect()
    }

    /// The tiles side by side as one picture, with `gap` grey pixels between them; `None` where they hold no pixels.
    pub fn joined(self, tiles: &[Picture], gap: usize) -> Option<Picture> {
        let first = tiles.first()?;
        let step = |side: usize| side + gap;
        let width = self.columns * step(first.width()) - gap;
        let height = self.rows * step(first.height()) - gap;
        let mut canvas = Picture::filled(width, height, [128; 3])?.with_source_of(first);
        for (cell, tile) in tiles.iter().enumerate() {
            canvas.paste(tile, cell % self.columns * step(tile.width()), cell / self.columns * step(tile.height()));
        }
        Some(canvas)
    }

    /// Numbers of the cells in reading order, for the text of a question: `1 2 / 3 4`.
    pub fn plan(self) -> String {
        let row = |row: usize| {
            let numbers = (1..=self.columns).map(|column| (row * self.columns + column).to_string());
            numbers.collect::<Vec<_>>().join(" ")
        };
        (0..self.rows).map(row).collect::<Vec<_>>().join(" / ")
    }
}

/// Whether two pictures of one size can hardly be told apart: nearly one brightness everywhere, or correlated and as bright.
pub fn nearly_equal(left: &Picture, right: &Picture) -> bool {
    /// Levels of 255 between mean colours.
    const NEAR: u8 = 12;
    /// Deviation in levels below which only the mean counts.
    const FLAT: f64 = 4.0;
    const CORRELATED: f64 = 0.95;
    let colours = left.mean_colour().into_iter().zip(right.mean_colour());
    let as_bright = colours.fold(0, |most, (left, right)| most.max(left.abs_diff(right))) <= NEAR;
    let both_flat = || left.deviation() < FLAT && right.deviation() < FLAT;
    as_bright && (both_flat() || correlation(left, right) > CORRELATED)
}
