//! No measure of a cell tells that it is the one asked for, where all cells look alike.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use ssl4rl_vision::question::Grid;

use super::super::{answer, samples, shown, task};
use super::albums::noise;
use super::{MEASURES, Picked};

/// Task, settings, and which of its pictures is looked at.
const CELLS: [(&str, &str, usize); 8] = [
    ("vision/position", "{}", 0),
    ("vision/position", r#"{ "augment": true }"#, 0),
    ("vision/flipped-tile", "{}", 0),
    ("vision/flipped-tile", r#"{ "any_change": true }"#, 0),
    ("vision/swapped-tiles", "{}", 0),
    ("vision/change-spotting", "{}", 0),
    ("vision/change-spotting", "{}", 1),
    ("vision/jigsaw", r#"{ "rows": 2, "columns": 2, "in_place": true }"#, 0),
];
const QUADRANTS: [&str; 4] = ["top-left", "top-right", "bottom-left", "bottom-right"];

/// The cells that an answer names, from 0; of an order its first.
fn named(task: &str, answer: &str) -> Vec<usize> {
    if let Some(quadrant) = QUADRANTS.iter().position(|name| *name == answer) {
        return vec![quadrant];
    }
    let mut cells: Vec<usize> = super::super::numbers(answer).iter().map(|number| number - 1).collect();
    if task == "vision/jigsaw" {
        cells.truncate(1);
    }
    cells
}

#[test]
fn no_measure_of_a_cell_tells_that_it_is_asked_for() {
    const QUESTIONS: u64 = 240;
    let album = noise(3, 300);
    let told = CELLS.into_par_iter().flat_map_iter(|(name, settings, at)| {
        let task = task(name, serde_json::from_str(settings).unwrap());
        let mut picked = Picked::default();
        for sample in samples(&*task, &album, QUESTIONS) {
            let cells = Grid::square(2).tiles(&shown(&sample)[at]);
            let asked = named(name, &answer(&*task, &sample));
            (picked.questions, picked.chance) = (picked.questions + 1.0, asked.len() as f64 / cells.len() as f64);
            // Seams are there to be seen where something was laid over a cell.
            for (measure, value) in
                MEASURES.iter().filter(|(measure, _)| ["brightness", "contrast", "colour"].contains(measure))
            {
                let values: Vec<f64> = cells.iter().map(value).collect();
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                picked.by(measure, &values, &asked);
                let apart: Vec<f64> = values.iter().map(|value| (value - mean).abs()).collect();
                picked.by(&format!("distance of {measure} from the mean"), &apart, &asked);
            }
        }
        picked.told(&format!("{name} {settings}, picture {}", at + 1))
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{told:#?}");
}
