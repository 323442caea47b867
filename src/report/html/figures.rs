//! Which metrics are shown together, and how.
//!
//! Every number of `metrics.jsonl` is on the page: those known here in figures of their own, others each in a figure under its
//! name, and what never moved as a number.
//!
//! ```text
//! entropy 0.7 0.6 0.5   ->   a figure
//! clip_fraction 0 0 0   ->   Throughout: Clip fraction 0 (share of tokens)
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::axis::short;
use super::chart::{Chart, Point, Range, Series, Shape};
use super::element::{Element, element};
use super::known::{Known, MACHINE, OPTIMIZATION, POLICY};
use crate::report::{EvalPhase, EvalRecord, MetricsRow};

/// Most tasks with a figure of their own.
const MOST_TASKS: usize = 80;

/// Figures under a heading.
pub(super) struct Group {
    title: &'static str,
    charts: Vec<Chart>,
}

/// All figures of a run.
pub(super) fn of_run(metrics: &[MetricsRow], evaluations: &[EvalRecord]) -> Vec<Group> {
    let tasks = tasks(metrics, evaluations);
    let mut learning = vec![reward(metrics, &tasks), terms(metrics)];
    if tasks.len() > 1 {
        learning.push(
            Chart::new("Held-out score", "mean over the tasks ± standard error", Range::Share)
                .with(held_out_mean(evaluations)),
        );
    }
    let of_tasks = tasks.iter().take(MOST_TASKS).map(|task| of_task(task, metrics, evaluations));
    learning.extend(of_tasks);
    let levels = |title, unit, range, prefix: &str| {
        let curve = |task: &String| line(metrics, &format!("{prefix}/{task}"), task, 1.0);
        Chart::new(title, unit, range).with_all(tasks.iter().map(curve))
    };
    let curriculum = vec![
        levels("Level", "0 the easiest", Range::Whole, "level"),
        levels("Solve rate", "share of exact answers in the window", Range::Share, "solve_rate"),
    ];
    vec![
        Group { title: "Reward and scores", charts: learning },
        Group { title: "Curriculum", charts: curriculum },
        Group { title: "Policy", charts: charts(metrics, &POLICY) },
        Group { title: "Optimisation", charts: charts(metrics, &OPTIMIZATION) },
        Group { title: "Techniques", charts: others(metrics, &tasks) },
        Group { title: "Machine", charts: charts(metrics, &MACHINE) },
    ]
}

impl Group {
    /// Figures under a heading.
    pub(super) fn new(title: &'static str, charts: Vec<Chart>) -> Self {
        Self { title, charts }
    }

    /// The group's figures, and what stayed constant in words; nothing where there is neither.
    pub(super) fn section(&self) -> Option<Element> {
        let drawable: Vec<&Chart> = self.charts.iter().filter(|chart| chart.has_values()).collect();
        let compared = |chart: &Chart| chart.series.iter().any(|series| series.shape != Shape::Line);
        let (told, drawn): (Vec<&Chart>, Vec<&Chart>) =
            drawable.into_iter().partition(|chart| chart.is_constant() && !compared(chart));
        if told.is_empty() && drawn.is_empty() {
            return None;
        }
        let mut section = element("div").class("figures").child(element("h4").class("group").text(self.title));
        if !drawn.is_empty() {
            section = section.child(element("div").class("grid").children(drawn.into_iter().map(Chart::figure)));
        }
        Some(if told.is_empty() { section } else { section.child(constants(&told)) })
    }
}

/// Charts that a number says as much as.
fn constants(charts: &[&Chart]) -> Element {
    let mut line = element("p").class("constants").text("Throughout: ");
    for (index, chart) in charts.iter().enumerate() {
        let value = |series: &Series| series.values().next_back().map_or_else(|| "-".to_owned(), short);
        let mut values: Vec<String> = chart.series.iter().map(value).collect();
        // Runs that agree need one number; different metrics are named even then.
        let of_runs = chart.series.iter().all(|series| series.color.is_some());
        if values.len() > 1 && !(of_runs && values.iter().all(|value| *value == values[0])) {
            values = chart.series.iter().map(|series| format!("{} {}", series.name, value(series))).collect();
        } else {
            values.truncate(1);
        }
        let unit = if chart.unit.is_empty() { String::new() } else { format!(" ({})", chart.unit) };
        let text = format!("{} {}{unit}", chart.title, values.join(", "));
        line = line.text(if index > 0 { " · " } else { "" }).child(element("span").text(text));
    }
    line
}

/// The names of all tasks that were trained or scored.
pub(super) fn tasks(metrics: &[MetricsRow], evaluations: &[EvalRecord]) -> BTreeSet<String> {
    let trained = metrics.iter().flat_map(|row| row.values.keys()).filter_map(|name| name.strip_prefix("accuracy/"));
    let scored = evaluations.iter().flat_map(|record| record.tasks.keys().map(String::as_str));
    trained.chain(scored).map(str::to_owned).collect()
}

/// The values of a metric; steps whose line has no such number at all are passed over, as those of a task that was not asked.
pub(super) fn points(metrics: &[MetricsRow], name: &str, scale: f64) -> Vec<Point> {
    let point = |row: &MetricsRow| {
        row.values.contains_key(name).then(|| Point {
            step: row.step as f64,
            value: row.get(name).map(|value| value * scale),
            spread: None,
        })
    };
    metrics.iter().filter_map(point).collect()
}

fn line(metrics: &[MetricsRow], name: &str, label: &str, scale: f64) -> Series {
    Series::new(label, Shape::Line, points(metrics, name, scale))
}

fn charts(metrics: &[MetricsRow], known: &[Known]) -> Vec<Chart> {
    let chart = |known: &Known| {
        let curves = known.curves.iter().map(|(name, label)| line(metrics, name, label, known.scale));
        Chart::new(known.title, known.unit, known.range).with_all(curves)
    };
    known.iter().map(chart).collect()
}

/// Mean reward, its standard deviation around it, and where all steps ask the same, what blind guessing earns.
fn reward(metrics: &[MetricsRow], tasks: &BTreeSet<String>) -> Chart {
    let spread = |row: &MetricsRow| row.get("reward/std");
    let with_spread = |(row, point): (&MetricsRow, Point)| Point { spread: spread(row), ..point };
    let rows: Vec<&MetricsRow> = metrics.iter().filter(|row| row.values.contains_key("reward/mean")).collect();
    let points = rows.into_iter().zip(points(metrics, "reward/mean", 1.0)).map(with_spread).collect();
    let chart = Chart::new("Reward", "mean ± standard deviation", Range::Share);
    let chart = chart.with(Series::new("reward", Shape::Line, points));
    match tasks.first() {
        Some(task) if tasks.len() == 1 => chart.with(chance(metrics, task)),
        _ => chart,
    }
}

fn chance(metrics: &[MetricsRow], task: &str) -> Series {
    Series::new("chance", Shape::Reference, points(metrics, &format!("chance/{task}"), 1.0))
}

/// Terms of the reward beside the verdict: their names have no slash.
fn terms(metrics: &[MetricsRow]) -> Chart {
    let names: BTreeSet<&str> = metrics
        .iter()
        .flat_map(|row| row.values.keys())
        .filter_map(|name| name.strip_prefix("reward/"))
        .filter(|term| !term.contains('/') && !["mean", "std"].contains(term))
        .collect();
    let curves = names.into_iter().map(|term| line(metrics, &format!("reward/{term}"), term, 1.0));
    Chart::new("Terms of the reward", "means, unweighted", Range::Share).with_all(curves)
}

/// A task in training and held out, beside chance.
fn of_task(task: &str, metrics: &[MetricsRow], evaluations: &[EvalRecord]) -> Chart {
    let accuracy = line(metrics, &format!("accuracy/{task}"), "exact in training", 1.0);
    let reward = line(metrics, &format!("reward/{task}"), "reward in training", 1.0);
    let scores = held_out(evaluations, |record| {
        record.tasks.get(task).map(|eval| (eval.score, Some(eval.score_standard_error)))
    });
    let chart = Chart::new(task, "", Range::Share).with(accuracy.clone());
    // Where no answer earns a part and no term is paid for, the two are one.
    let chart = if reward.points == accuracy.points { chart } else { chart.with(reward) };
    chart.with(Series::new("held out ± standard error", Shape::Dots, scores)).with(chance(metrics, task))
}

/// Mean held-out score over the tasks.
pub(super) fn held_out_mean(evaluations: &[EvalRecord]) -> Series {
    let scores = held_out(evaluations, |record| {
        (!record.tasks.is_empty()).then(|| (record.score(), Some(error_of_mean(record))))
    });
    Series::new("held out", Shape::Dots, scores)
}

/// Standard error of the mean over the tasks, whose questions are drawn apart.
fn error_of_mean(record: &EvalRecord) -> f64 {
    let squares: f64 = record.tasks.values().map(|eval| eval.score_standard_error.powi(2)).sum();
    squares.sqrt() / record.tasks.len().max(1) as f64
}

/// Scores of policies by step; of several of one step the last.
fn held_out(evaluations: &[EvalRecord], score: impl Fn(&EvalRecord) -> Option<(f64, Option<f64>)>) -> Vec<Point> {
    let policies =
        evaluations.iter().filter(|record| !matches!(record.phase, EvalPhase::Chance | EvalPhase::Benchmark));
    let by_step: BTreeMap<u64, (f64, Option<f64>)> =
        policies.filter_map(|record| Some((record.step, score(record)?))).collect();
    by_step.into_iter().map(|(step, (value, spread))| Point { step: step as f64, value: Some(value), spread }).collect()
}

/// Numbers that no other figure shows, each in one of its own.
fn others(metrics: &[MetricsRow], tasks: &BTreeSet<String>) -> Vec<Chart> {
    let shown: BTreeSet<&str> = POLICY
        .iter()
        .chain(&OPTIMIZATION)
        .chain(&MACHINE)
        .flat_map(|known| known.curves.iter().map(|(name, _)| *name))
        .collect();
    let of_task = |name: &str| {
        let parts = name.split_once('/');
        parts.is_some_and(|(first, rest)| {
            first == "reward" || ["chance", "accuracy", "level", "solve_rate"].contains(&first) && tasks.contains(rest)
        })
    };
    let names: BTreeSet<&String> = metrics.iter().flat_map(|row| row.values.keys()).collect();
    let left = names.into_iter().filter(|name| !shown.contains(name.as_str()) && !of_task(name));
    left.map(|name| Chart::new(name, "", Range::Free).with(line(metrics, name, name, 1.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<MetricsRow> {
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn every_number_is_shown_once() {
        let metrics = rows(&[
            r#"{"step":1,"reward/mean":0.5,"reward/std":0.1,"reward/format":1.0,"reward/a/b":0.5,"chance/a/b":0.25,"accuracy/a/b":0.5,"kl":0.1,"new/thing":3,"lr":1e-4}"#,
            r#"{"step":2,"reward/mean":0.75,"reward/std":0.1,"reward/format":0.5,"reward/a/b":0.75,"chance/a/b":0.25,"accuracy/a/b":0.75,"kl":null,"new/thing":4,"lr":1e-4}"#,
        ]);
        let titles: Vec<(&str, Vec<String>)> = of_run(&metrics, &[])
            .iter()
            .map(|group| {
                let shown = group.charts.iter().filter(|chart| chart.has_values());
                (group.title, shown.map(|chart| chart.title.clone()).collect())
            })
            .collect();
        let expected: Vec<(&str, Vec<String>)> = [
            ("Reward and scores", &["Reward", "Terms of the reward", "a/b"][..]),
            ("Curriculum", &[]),
            ("Policy", &["KL to the reference"]),
            ("Optimisation", &["Learning rate"]),
            ("Techniques", &["new/thing"]),
            ("Machine", &[]),
        ]
        .map(|(group, charts)| (group, charts.iter().map(|&chart| chart.to_owned()).collect()))
        .into();
        assert_eq!(titles, expected);
    }

    #[test]
    fn what_never_moves_is_told_in_words() {
        let metrics = rows(&[r#"{"step":1,"lr":4e-4,"loss":0.5}"#, r#"{"step":2,"lr":4e-4,"loss":0.25}"#]);
        let group = Group { title: "Optimisation", charts: charts(&metrics, &OPTIMIZATION) };
        let text = group.section().unwrap().to_string();
        assert!(text.contains("Throughout: <span>Learning rate 4.00e-4</span>"), "{text}");
        assert_eq!(text.matches("<figure").count(), 1, "{text}");
        assert!(Group { title: "Policy", charts: charts(&metrics, &POLICY) }.section().is_none());
    }

    #[test]
    fn a_task_that_was_not_asked_leaves_no_gap_but_a_lost_number_does() {
        let metrics = rows(&[r#"{"step":1,"kl":0.5}"#, r#"{"step":2}"#, r#"{"step":3,"kl":null}"#]);
        let values: Vec<_> = points(&metrics, "kl", 2.0).iter().map(|point| (point.step, point.value)).collect();
        assert_eq!(values, [(1.0, Some(1.0)), (3.0, None)]);
    }
}
