//! Several runs in one picture: a curve a run, metric by metric.
//!
//! ```text
//! two runs with `entropy`   ->   Entropy, nats a token: one curve for each, in the run's colour
//! ```

use std::collections::BTreeSet;

use super::chart::{Chart, Range, Series, Shape};
use super::figures::{Group, held_out_mean, points, tasks};
use super::known::{Known, MACHINE, OPTIMIZATION, POLICY};
use super::read::RunData;

/// Most points of a curve: the noise of one run hides the others.
const MOST: usize = 100;

/// Figures in which every run has a curve. Of figures with several curves a run the first is taken.
pub(super) fn of_runs(runs: &[RunData]) -> Vec<Group> {
    let held_out = |(color, run): (usize, &RunData)| Series {
        name: run.name.clone(),
        color: Some(color),
        ..held_out_mean(&run.evaluations)
    };
    let mut learning = vec![
        overlaid("Reward", "mean", Range::Share, runs, "reward/mean", 1.0),
        Chart::new("Held-out score", "mean over the run's tasks ± standard error", Range::Share)
            .with_all(runs.iter().enumerate().map(held_out)),
    ];
    let names: BTreeSet<String> = runs.iter().flat_map(|run| tasks(&run.metrics, &run.evaluations)).collect();
    let accuracy =
        |task: &String| overlaid(task, "exact in training", Range::Share, runs, &format!("accuracy/{task}"), 1.0);
    learning.extend(names.iter().map(accuracy));
    vec![
        Group::new("Reward and scores", learning),
        Group::new("Policy", charts(runs, &POLICY)),
        Group::new("Optimisation", charts(runs, &OPTIMIZATION)),
        Group::new("Machine", charts(runs, &MACHINE)),
    ]
}

fn charts(runs: &[RunData], known: &[Known]) -> Vec<Chart> {
    let chart = |known: &Known| {
        let (name, label) = known.curves.first()?;
        let unit = if known.curves.len() > 1 { format!("{label}, {}", known.unit) } else { known.unit.to_owned() };
        Some(overlaid(known.title, &unit, known.range, runs, name, known.scale))
    };
    known.iter().filter_map(chart).collect()
}

fn overlaid(title: &str, unit: &str, range: Range, runs: &[RunData], name: &str, scale: f64) -> Chart {
    // A run has one colour on the whole page, whatever the others lack.
    let curve = |(color, run): (usize, &RunData)| Series {
        color: Some(color),
        ..Series::new(run.name.clone(), Shape::Line, points(&run.metrics, name, scale))
    };
    Chart::new(title, unit, range).with_all(runs.iter().enumerate().map(curve)).thinned_to(MOST)
}
