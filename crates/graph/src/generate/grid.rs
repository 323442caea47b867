//! Rectangular grids: every cell touches the cells left, right, above and below.

use super::{GenerateError, Generator, Knob, Values, relabelled};
use crate::Graph;
use ssl4rl_tasks::TaskRng;

/// The generator `grid`.
pub(super) struct Grid;

impl Generator for Grid {
    fn name(&self) -> &'static str {
        "grid"
    }

    fn summary(&self) -> &'static str {
        "rectangular grid"
    }

    fn knobs(&self) -> &'static [Knob] {
        const { &[Knob::count("rows", "number of rows", None, 1.0), Knob::count("columns", "number of columns", None, 1.0)] }
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let (rows, columns) = (values.count("rows"), values.count("columns"));
        values.check_edge_count(2.0 * rows as f64 * columns as f64)?;
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let edges = cells.flat_map(|(row, column)| {
            let cell = row * columns + column;
            let right = (column + 1 < columns).then_some((cell, cell + 1));
            let below = (row + 1 < rows).then_some((cell, cell + columns));
            right.into_iter().chain(below)
        });
        relabelled(name, rows * columns, edges, rng)
    }
}
