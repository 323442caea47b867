//! Samples a second of every image task, on one thread, as a run draws them: the prompt with its PNG files, the truth as JSON, and
//! its chance.
//!
//! The pictures are scenes, or those of the folder that `SSL4RL_VISION_IMAGES` names. Every task is measured twice at 448 pixels: with all
//! pictures decoded beforehand, and with each decoded anew from JPEG, as where the album is larger than its cache. One table is
//! printed, with the share of draws that were left out as ambiguous. The program fails where rotation or position makes fewer than [`DECODED_GOAL`] or [`JPEG_GOAL`].
//!
//! `cargo bench -p ssl4rl-vision --no-default-features --bench samples [-- NAME…]`

#![expect(clippy::print_stdout, reason = "what it prints is its result")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ssl4rl_tasks::{DynTask, Registry, RegistryError, Split, TaskError, TaskRng};
use ssl4rl_vision::source::{Album, AlbumOptions, SourceError, open};
use ssl4rl_vision::{picture, tasks};

/// Samples a second of rotation and position from decoded pictures.
const DECODED_GOAL: f64 = 400.0;
/// Samples a second of rotation and position from JPEG files.
const JPEG_GOAL: f64 = 150.0;
/// The tasks that the goals are for, with a picture beside the turned one, as in the paper.
const GOALS: [&str; 2] = ["vision/rotation", "vision/position"];
/// Side of the pictures.
const SIZE: usize = 448;
const PICTURES: usize = 24;
/// A rate is the median over so many rounds of at least this long.
const ROUNDS: usize = 3;
const LEAST_ROUND: Duration = Duration::from_millis(80);

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Picture(#[from] picture::PictureError),
    #[error("no pictures, or no task of these names")]
    Nothing,
}

struct Row {
    name: &'static str,
    decoded: f64,
    encoded: f64,
    left_out: f64,
}

fn main() -> Result<ExitCode, Failure> {
    // Cargo passes `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let name = std::env::var("SSL4RL_VISION_IMAGES").unwrap_or_else(|_| format!("scenes:size={SIZE},count={PICTURES}"));
    let decoded = open(&name)?;
    let encoded = as_jpeg(&decoded)?;
    for index in 0..decoded.len() {
        black_box(decoded.square(index, SIZE));
    }
    let registry = tasks::registry()?;
    let mut rows = Vec::new();
    for (name, _) in registry.tasks().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|task| task == name)) {
        let task = registry.build(name, Some(settings(&registry, name)?))?;
        let left_out = left_out(&*task, &decoded)?;
        rows.push(Row {
            name,
            decoded: median_rate(&*task, &decoded)?,
            encoded: median_rate(&*task, &encoded)?,
            left_out,
        });
    }
    if rows.is_empty() {
        return Err(Failure::Nothing);
    }
    println!("| task at {SIZE} pixels | decoded, a second | from JPEG, a second | left out |\n|---|---:|---:|---:|");
    for Row { name, decoded, encoded, left_out } in &rows {
        println!("| {name} | {decoded:.0} | {encoded:.0} | {:.1} % |", 100.0 * left_out);
    }
    println!("\ngoals for {}: {DECODED_GOAL} and {JPEG_GOAL}", GOALS.join(" and "));
    let met = |row: &Row| !GOALS.contains(&row.name) || (row.decoded >= DECODED_GOAL && row.encoded >= JPEG_GOAL);
    Ok(if rows.iter().all(met) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The task's defaults at the size measured, the upright picture beside the turned one.
fn settings(registry: &Registry, name: &str) -> Result<Value, RegistryError> {
    let defaults = registry.default_config(name)?;
    let mut settings = json!({ "show": { "size": SIZE } });
    if defaults.get("piece").is_some() {
        settings["piece"] = json!(SIZE / 4);
    }
    if name == "vision/rotation" {
        settings["pair"] = json!(true);
    }
    Ok(settings)
}

/// The pictures as JPEG files of their squares, with room for none decoded.
fn as_jpeg(album: &Album) -> Result<Album, Failure> {
    let mut files = Vec::with_capacity(PICTURES);
    for index in 0..album.len().min(PICTURES) {
        let square = album.square(index, SIZE).ok_or(Failure::Nothing)?;
        files.push((format!("{index}.jpg"), square.encode_jpeg(90)?));
    }
    let options = AlbumOptions { cache_bytes: 0, ..AlbumOptions::default() };
    Ok(Album::of_files("JPEG files", files, options)?)
}

/// Share of draws that led to no question.
fn left_out(task: &dyn DynTask, album: &Album) -> Result<f64, TaskError> {
    const SAMPLES: u64 = 60;
    let mut draws = 0;
    for index in 0..SAMPLES {
        draws += task.audit(album, &mut TaskRng::new(1, task.name(), Split::Train, index), index)?.draws;
    }
    Ok(1.0 - SAMPLES as f64 / draws as f64)
}

/// Samples a second.
fn median_rate(task: &dyn DynTask, album: &Album) -> Result<f64, TaskError> {
    let mut index = 0;
    let mut next = || {
        index += 1;
        task.sample(album, &mut TaskRng::new(0, task.name(), Split::Train, index), index)
    };
    for _ in 0..2 * PICTURES {
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
    rates.sort_by(f64::total_cmp);
    Ok(rates[rates.len() / 2])
}
