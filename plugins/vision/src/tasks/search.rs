//! Whether a crop would fit elsewhere in its picture as well, so that a question about its place had two answers.

use crate::picture::{Area, Picture};
use crate::question::Grid;

/// Side of the small picture that is searched.
const THUMBNAIL: usize = 42;
/// Pixels from place to place.
const STRIDE: usize = 2;
/// Mean difference of a channel, in levels, below which two places look the same.
const SAME: u64 = 6;

/// Whether the crop at `area` of a square picture looks the same at a place whose middle lies in another cell.
pub(super) fn fits_elsewhere(picture: &Picture, area: Area, grid: Grid) -> bool {
    let small = picture.shrunk(THUMBNAIL);
    let (size, thumbnail) = (picture.width(), small.width());
    let scaled = |at: usize| at * thumbnail / size;
    let crop = Area::new(scaled(area.left), scaled(area.top), scaled(area.width).max(2), scaled(area.height).max(2));
    let home = cell_of(crop, grid, thumbnail);
    let template = small.crop(crop);
    for top in (0..=thumbnail.saturating_sub(crop.height)).step_by(STRIDE) {
        for left in (0..=thumbnail.saturating_sub(crop.width)).step_by(STRIDE) {
            let place = Area { left, top, ..crop };
            // A place that holds most of the crop itself is not elsewhere.
            let elsewhere = cell_of(place, grid, thumbnail) != home && 2 * crop.overlap(&place) < crop.size();
            if elsewhere && looks_the_same(&small, &template, left, top) {
                return true;
            }
        }
    }
    false
}

fn cell_of(area: Area, grid: Grid, thumbnail: usize) -> (usize, usize) {
    let cell = |middle: usize, cells: usize| middle * cells / (2 * thumbnail);
    (cell(2 * area.top + area.height, grid.rows), cell(2 * area.left + area.width, grid.columns))
}

fn looks_the_same(picture: &Picture, template: &Picture, left: usize, top: usize) -> bool {
    let budget = SAME * template.rgb().len() as u64;
    let mut difference = 0_u64;
    for y in 0..template.height() {
        let row = &picture.row(top + y)[3 * left..];
        let pairs = row.iter().zip(template.row(y));
        difference += pairs.map(|(one, other)| u64::from(one.abs_diff(*other))).sum::<u64>();
        if difference > budget {
            return false;
        }
    }
    true
}
