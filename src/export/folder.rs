//! [`write()`]: the folder of an export, there whole or not at all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde::Serialize;

use super::{CLIENT, ExportError, Piece, Question, Target};
use crate::config::Config;
use crate::report::write_folder;
use crate::tasks::{DynTask, Mixture, Part, Split, protocol};

/// Questions made side by side before they are written.
const CHUNK: u64 = 1024;

/// The sections of the settings that questions and verdicts are made with, and of `reward` what says how answers are read.
const SECTIONS: [&str; 5] = ["seed", "data", "tasks", "task", "reward"];
const READING: [&str; 2] = ["answer_rule", "truncated_counts"];

/// The parts of an export, by the names of their files without `.jsonl`.
pub const PART_NAMES: [(Split, &str); 2] = [(Split::Train, "train"), (Split::HeldOut, "held_out")];

/// What is exported, and for whom.
#[derive(Clone, Copy)]
pub struct Export<'run> {
    /// Who reads it.
    pub target: &'static dyn Target,
    /// Where questions are drawn from.
    pub mixture: &'run Mixture,
    /// The settings that describe the mixture.
    pub config: &'run Config,
    /// Name of the executable that knows the tasks.
    pub program: &'run str,
    /// Number of questions of each of [`PART_NAMES`].
    pub counts: [u64; 2],
    /// Once it is true nothing more is made, and nothing is left behind.
    pub stop: &'run AtomicBool,
}

/// What was written of one task.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Written {
    /// Its name.
    pub task: &'static str,
    /// Number of questions of each of [`PART_NAMES`].
    pub counts: [u64; 2],
    /// Mean score of blind guessing on them all.
    pub chance: f64,
}

/// Makes the questions and writes the folder `place`, an absolute path, in the place of whatever is there. Tells what was
/// written of each task, by name.
pub fn write(export: &Export<'_>, place: &Path) -> Result<Vec<Written>, ExportError> {
    let mut written = BTreeMap::new();
    write_folder::<ExportError>(place, |aside| {
        for (part, &(_, name)) in PART_NAMES.iter().enumerate() {
            let path = aside.join(name).with_extension("jsonl");
            let mut file = BufWriter::new(File::create(&path).map_err(ExportError::io(&path))?);
            export.write_part(part, aside, place, &mut file, &mut written)?;
            file.flush().map_err(ExportError::io(&path))?;
        }
        write_text(&aside.join("settings.toml"), &export.settings()?)?;
        if let Some(reward) = export.target.reward() {
            let client = CLIENT.replace("@PROGRAM@", export.program);
            write_text(&aside.join("ssl4rl_reward.py"), &format!("{client}{reward}"))?;
        }
        write_text(&aside.join("README.md"), &export.readme(place, written.values()))
    })?;
    Ok(written.into_values().collect())
}

impl Export<'_> {
    /// Writes the lines of a part, and counts them by task.
    fn write_part(
        &self,
        part: usize,
        aside: &Path,
        place: &Path,
        file: &mut impl Write,
        written: &mut BTreeMap<&'static str, Written>,
    ) -> Result<(), ExportError> {
        let (split, name) = PART_NAMES[part];
        let count = self.counts[part];
        for first in (0..count).step_by(CHUNK as usize) {
            if self.stop.load(Ordering::Relaxed) {
                return Err(ExportError::Stopped);
            }
            let indices = first..count.min(first + CHUNK);
            let questions: Result<Vec<Question>, ExportError> =
                indices.into_par_iter().map(|index| self.question(split, index, aside, place)).collect();
            for question in questions? {
                let row = self.target.row(&question)?;
                writeln!(file, "{row}").map_err(ExportError::io(&place.join(name).with_extension("jsonl")))?;
                let of_task = written.entry(question.task).or_default();
                of_task.task = question.task;
                of_task.counts[part] += 1;
                let asked: u64 = of_task.counts.iter().sum();
                of_task.chance += (question.chance - of_task.chance) / asked as f64;
            }
        }
        Ok(())
    }

    /// Sample `index` of a split, its pictures written below `aside`, which will be `place`.
    fn question(&self, split: Split, index: u64, aside: &Path, place: &Path) -> Result<Question, ExportError> {
        let drawn = self.mixture.draw(split, index)?;
        let task: &dyn DynTask = &*self.mixture.tasks()[drawn.task];
        let oracle = task.oracle(&drawn.sample.truth)?;
        let piece = |part: Part| match part {
            Part::Text(text) => Ok(Piece::Text(text)),
            Part::Blob { mime, bytes, .. } => save(task.name(), &mime, &bytes, aside, place),
        };
        Ok(Question {
            task: task.name(),
            split,
            seed: self.config.seed,
            index,
            prompt: drawn.sample.prompt.into_iter().map(piece).collect::<Result<_, _>>()?,
            answer: protocol::answer(&oracle).unwrap_or(&oracle).to_owned(),
            truth: drawn.sample.truth,
            chance: shortest(drawn.sample.chance),
        })
    }

    /// What the questions were made with, as a settings file.
    fn settings(&self) -> Result<String, ExportError> {
        let form = |error: &dyn std::fmt::Display| ExportError::Form(error.to_string());
        let mut settings = toml::Table::try_from(self.config).map_err(|error| form(&error))?;
        settings.retain(|section, _| SECTIONS.contains(&section));
        if let Some(reward) = settings.get_mut("reward").and_then(toml::Value::as_table_mut) {
            reward.retain(|knob, _| READING.contains(&knob));
        }
        toml::to_string(&settings).map_err(|error| form(&error))
    }

    fn readme<'written>(&self, place: &Path, written: impl Iterator<Item = &'written Written>) -> String {
        let (data, target) = (&self.config.data.dataset, self.target);
        let mut text = format!(
            "# Questions about `{data}` for {}\n\n\
             Made by `ssl4rl export --to {}`, seed {}. The data itself supplies the answers; no target of a held-out question is\n\
             in a training question. `chance` is what blind guessing earns: a trained model is to be compared with that.\n\n\
             | task | train.jsonl | held_out.jsonl | chance |\n|---|---:|---:|---:|\n",
            target.title(),
            target.name(),
            self.config.seed
        );
        for Written { task, counts: [train, held_out], chance } in written {
            // Writing to a `String` cannot fail.
            let _infallible = writeln!(text, "| {task} | {train} | {held_out} | {chance:.3} |");
        }
        text.push_str("\n`settings.toml` is what they were made with.");
        if target.reward().is_some() {
            let program = self.program;
            let _infallible = write!(
                text,
                " `ssl4rl_reward.py` asks `{program} verify` for the score of every\n\
                 completion: `{program}` must be on the PATH, or `$SSL4RL` name it."
            );
        }
        text.push_str("\nPaths of pictures, if there are any, are those of this folder where it was made.\n\n");
        let start = target.start().replace("@PROGRAM@", self.program);
        text.push_str(&start.replace("FOLDER", &place.to_string_lossy()));
        text
    }
}

/// Writes a picture below `aside`, once, by the hash of its bytes; gives it as a piece with its path below `place`.
fn save(task: &'static str, mime: &str, bytes: &[u8], aside: &Path, place: &Path) -> Result<Piece, ExportError> {
    let extension = mime.strip_prefix("image/").filter(|kind| kind.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let extension = extension.ok_or_else(|| ExportError::Medium { task, mime: mime.to_owned() })?;
    let name = format!("{}.{extension}", blake3::hash(bytes).to_hex());
    let folder = aside.join("media");
    fs::create_dir_all(&folder).map_err(ExportError::io(&folder))?;
    let path = folder.join(&name);
    match File::create_new(&path).and_then(|mut file| file.write_all(bytes)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(ExportError::io(&path)(error)),
        _ => Ok(Piece::Image(place.join("media").join(&name).to_string_lossy().into_owned())),
    }
}

/// The number whose shortest decimal is the same: 0.2 of 0.2, which widened would be 0.20000000298.
fn shortest(chance: f32) -> f64 {
    chance.to_string().parse().unwrap_or_else(|_| f64::from(chance))
}

fn write_text(path: &Path, text: &str) -> Result<(), ExportError> {
    fs::write(path, text).map_err(ExportError::io(path))
}
