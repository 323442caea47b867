//! How the patches of a picture are ordered, and which of them see each other.
//!
//! Patches come in squares that become one token, `merge x merge`, row-major within a square and squares row-major. Attention in
//! most blocks stays within a window of tokens: before the first block, squares are reordered window by window, and after the
//! merger put back.
//!
//! ```
//! use ssl4rl_vision::model::{Grid, Layout};
//! let layout = Layout::of(&[Grid { rows: 12, columns: 20 }], 2, 4);
//! assert_eq!(layout.window_order()[..6], [0, 1, 2, 3, 10, 11]); // squares; the first window is 4 x 4 of them
//! assert_eq!(layout.windows()[..3], [64, 64, 32]); // patches
//! ```

/// Patches of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Rows of patches, a multiple of the merge size.
    pub rows: i64,
    /// Columns of patches, a multiple of the merge size.
    pub columns: i64,
}

impl Grid {
    /// Patches.
    pub fn patches(&self) -> i64 {
        self.rows * self.columns
    }
}

/// The order of the patches of several pictures, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    merge: i64,
    window_order: Vec<i64>,
    windows: Vec<i64>,
    pictures: Vec<i64>,
    positions: Vec<[i64; 2]>,
}

impl Layout {
    /// The layout of `grids`, for squares of `merge` x `merge` patches and windows of `window` x `window` squares.
    pub fn of(grids: &[Grid], merge: i64, window: i64) -> Self {
        let mut layout = Self {
            merge,
            window_order: Vec::new(),
            windows: Vec::new(),
            pictures: grids.iter().map(Grid::patches).collect(),
            positions: Vec::new(),
        };
        for grid in grids {
            layout.add_windows(*grid, window);
            layout.add_positions(*grid);
        }
        layout
    }

    /// Squares in the order in which the tower computes them.
    pub fn window_order(&self) -> &[i64] {
        &self.window_order
    }

    /// Where each square is in that order.
    pub fn raster_order(&self) -> Vec<i64> {
        let mut places = vec![0; self.window_order.len()];
        for (place, &square) in self.window_order.iter().enumerate() {
            places[square as usize] = place as i64;
        }
        places
    }

    /// The same order of patches.
    pub fn patch_order(&self) -> Vec<i64> {
        let patches = self.merge * self.merge;
        self.window_order.iter().flat_map(|square| square * patches..(square + 1) * patches).collect()
    }

    /// Patches of every window, in that order.
    pub fn windows(&self) -> &[i64] {
        &self.windows
    }

    /// Patches of every picture.
    pub fn pictures(&self) -> &[i64] {
        &self.pictures
    }

    /// Row and column of every patch in its picture, in the order of the file's patches.
    pub fn positions(&self) -> &[[i64; 2]] {
        &self.positions
    }

    fn add_windows(&mut self, grid: Grid, window: i64) {
        let (rows, columns) = (grid.rows / self.merge, grid.columns / self.merge);
        let first = self.window_order.len() as i64;
        for top in (0..rows).step_by(window as usize) {
            for left in (0..columns).step_by(window as usize) {
                let (bottom, right) = (rows.min(top + window), columns.min(left + window));
                let squares = (top..bottom).flat_map(|row| (left..right).map(move |column| row * columns + column));
                self.window_order.extend(squares.map(|square| first + square));
                self.windows.push((bottom - top) * (right - left) * self.merge * self.merge);
            }
        }
    }

    fn add_positions(&mut self, grid: Grid) {
        let merge = self.merge;
        for top in (0..grid.rows).step_by(merge as usize) {
            for left in (0..grid.columns).step_by(merge as usize) {
                let square = (0..merge).flat_map(|row| (0..merge).map(move |column| [top + row, left + column]));
                self.positions.extend(square);
            }
        }
    }
}
