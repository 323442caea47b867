//! Samples a second of every registered task about graphs at its default settings, on one thread, as a run draws them: the prompt,
//! the truth as JSON, and its chance.
//!
//! Each task is measured on the first of these graphs that can carry it: Cora, FB15k-237 and WN18RR where their files are found, then
//! two generated ones. One table is printed, fastest first, with the medians of training and of held-out questions. The program fails
//! where the median of training questions is below [`MEDIAN_GOAL`] or a task below [`LEAST_GOAL`].
//!
//! `SSL4RL_DATA=FOLDER cargo bench --no-default-features --bench tasks [-- NAME…]`

#![expect(clippy::print_stdout, reason = "what it prints is its result")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ssl4rl::data::{self, DataOptions};
use ssl4rl::graph::Graph;
use ssl4rl::tasks::{DynTask, Split, TaskRng};

/// Training questions a second that half of all tasks must reach.
const MEDIAN_GOAL: f64 = 20_000.0;
/// Training questions a second that every task must reach.
const LEAST_GOAL: f64 = 1_000.0;
const GRAPHS: [&str; 5] = ["cora", "fb15k-237", "wn18rr", "synthetic", "knowledge"];
/// A rate is the median over so many rounds of at least this long; questions differ from round to round.
const ROUNDS: usize = 5;
const LEAST_ROUND: Duration = Duration::from_millis(60);
/// Questions made before the first round.
const WARM_UP: u64 = 100;

struct Row {
    task: &'static str,
    graph: String,
    train: f64,
    held_out: f64,
}

fn main() -> Result<ExitCode> {
    // Cargo passes `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let options = DataOptions { offline: true, ..DataOptions::default() };
    let graphs: Vec<Graph> = GRAPHS.iter().filter_map(|name| Some(data::load(name, &options).ok()?.graph)).collect();
    let registry = ssl4rl::builtin_registry()?;
    let mut rows = Vec::new();
    for (name, _) in registry.tasks().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|task| task == name)) {
        let task = registry.build(name, None)?;
        let graph = graphs.iter().find(|graph| task.check_input(*graph).is_ok());
        let graph = graph.with_context(|| format!("no graph can carry {name}"))?;
        let rate = |split| median_rate(&*task, graph, split);
        rows.push(Row {
            task: name,
            graph: graph.name().into(),
            train: rate(Split::Train)?,
            held_out: rate(Split::HeldOut)?,
        });
    }
    ensure!(!rows.is_empty(), "no task of these names");
    Ok(if print(rows) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Samples a second.
fn median_rate(task: &dyn DynTask, graph: &Graph, split: Split) -> Result<f64> {
    let mut index = 0;
    let mut next = || {
        index += 1;
        task.sample(graph, &mut TaskRng::new(0, task.name(), split, index), index)
    };
    for _ in 0..WARM_UP {
        black_box(next()?);
    }
    let mut rates = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (started, mut made) = (Instant::now(), 0);
        while started.elapsed() < LEAST_ROUND {
            black_box(next()?);
            made += 1;
        }
        rates.push(f64::from(made) / started.elapsed().as_secs_f64());
    }
    Ok(median(rates))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
    f64::midpoint(low, high)
}

/// Prints the table, and says whether both goals are met.
fn print(mut rows: Vec<Row>) -> bool {
    rows.sort_by(|left, right| right.train.total_cmp(&left.train));
    println!("| task | graph | training questions a second | held-out |\n|---|---|---:|---:|");
    for Row { task, graph, train, held_out } in &rows {
        println!("| {task} | {graph} | {train:.0} | {held_out:.0} |");
    }
    let least = rows.last().map_or(0.0, |row| row.train);
    let (train, held_out) = (rows.iter().map(|row| row.train), rows.iter().map(|row| row.held_out));
    let middle = median(train.collect());
    println!("\n{} tasks: median {middle:.0} a second, held out {:.0}", rows.len(), median(held_out.collect()));
    println!("goals: median {MEDIAN_GOAL}, each {LEAST_GOAL}; least {least:.0}");
    middle >= MEDIAN_GOAL && least >= LEAST_GOAL
}
