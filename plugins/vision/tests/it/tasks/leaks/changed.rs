//! No measure of a whole picture tells what was done to it.

use std::collections::BTreeMap;

use serde_json::json;
use ssl4rl_tasks::DynTask;
use ssl4rl_vision::source::{Album, open};

use super::super::{answer, samples, shown, task};
use super::albums::discs;
use super::{MEASURES, Measure};

/// How well the questions of the second half are answered by the best rule that the first half shows: the answer that is most common
/// above or below the median of one measure.
fn best_stump(task: &dyn DynTask, album: &Album, count: u64, at: usize) -> Vec<(&'static str, f64, f64)> {
    let questions: Vec<(Vec<f64>, String)> = samples(task, album, count)
        .map(|sample| {
            let picture = &shown(&sample)[at];
            (MEASURES.iter().map(|(_, measure)| measure(picture)).collect(), answer(task, &sample))
        })
        .collect();
    let (learned, asked) = questions.split_at(questions.len() / 2);
    let rule = |(measure, (name, _)): (usize, &Measure)| {
        let mut values: Vec<f64> = learned.iter().map(|(values, _)| values[measure]).collect();
        values.sort_by(f64::total_cmp);
        let median = values[values.len() / 2];
        let common = |above: bool| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for (_, answer) in learned.iter().filter(|(values, _)| (values[measure] > median) == above) {
                *counts.entry(answer).or_default() += 1;
            }
            counts.into_iter().max_by_key(|(_, count)| *count).map(|(answer, _)| answer)
        };
        let [below, above] = [common(false), common(true)];
        let right = asked.iter().filter(|(values, answer)| {
            let guess = if values[measure] > median { above } else { below };
            guess == Some(answer.as_str())
        });
        let share = right.count() as f64 / asked.len() as f64;
        (*name, share, (share * (1.0 - share) / asked.len() as f64).sqrt())
    };
    MEASURES.iter().enumerate().map(rule).collect()
}

#[test]
fn no_measure_of_a_changed_picture_tells_how_it_was_changed() {
    let (scenes, discs) = (open("scenes:count=400").unwrap(), discs());
    let mut told = Vec::new();
    for (name, settings, at, chance, album) in [
        // Pictures without a direction: turned or mirrored they look as they did, and no part of them differs from another.
        ("vision/rotation", json!({}), 0, 0.25, &discs),
        ("vision/rotation", json!({ "pair": true }), 1, 0.25, &discs),
        ("vision/rotation", json!({ "step": 45 }), 0, 0.125, &discs),
        ("vision/rotation", json!({ "step": 15 }), 0, 1.0 / 24.0, &discs),
        ("vision/flip", json!({ "pair": false }), 0, 0.5, &discs),
        ("vision/flip", json!({ "pair": true }), 1, 1.0 / 3.0, &discs),
        ("vision/jigsaw", json!({ "rows": 1, "columns": 2, "in_place": true }), 0, 0.5, &discs),
        ("vision/position", json!({}), 0, 0.25, &discs),
        ("vision/position", json!({}), 1, 0.25, &discs),
        ("vision/pair-relation", json!({}), 0, 0.25, &discs),
        ("vision/flipped-tile", json!({}), 0, 0.25, &discs),
        ("vision/swapped-tiles", json!({}), 0, 1.0 / 6.0, &discs),
        ("vision/contrastive", json!({}), 0, 0.5, &scenes),
        ("vision/contrastive", json!({}), 1, 0.5, &scenes),
        ("vision/correspondence", json!({ "points": 3 }), 0, 1.0 / 3.0, &scenes),
        ("vision/correspondence", json!({ "points": 3 }), 1, 1.0 / 3.0, &scenes),
        ("vision/change-spotting", json!({}), 0, 0.25, &scenes),
        ("vision/change-spotting", json!({}), 1, 0.25, &scenes),
        ("vision/channel-order", json!({}), 0, 1.0 / 6.0, &scenes),
    ] {
        let task = task(name, settings);
        for (measure, share, error) in best_stump(&*task, album, 300, at) {
            if share > chance + 4.0 * error.max(0.025) {
                told.push(format!("{name}, picture {}: {measure} answers {share:.3} of the questions", at + 1));
            }
        }
    }
    assert!(told.is_empty(), "{told:#?}");
}
