//! Pictures as a [`Modality`]: what `--dataset`, `--images` and `--bench` name.
//!
//! | name | pictures |
//! |---|---|
//! | `scenes`, with its settings | drawn here |
//! | a path | a folder of image files, or one |
//! | `blink:FOLDER`, or another benchmark's name | the images of its questions, of which neither text nor answer is read |

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ssl4rl_tasks::exam::Exam;
use ssl4rl_tasks::{Modality, OpenError, Opened, Place, Split, counted};

use crate::bench::{BenchError, Questions, Toolkit, bench, known};
use crate::source::{self, Album, AlbumOptions, Skipped, checksum, listed};
use crate::table;

/// After the name of a benchmark: with corrupted images as well.
const CORRUPTED: &str = "+corrupted";

/// The modality `vision`.
#[derive(Debug, Clone, Copy)]
pub struct Pictures;

impl Modality for Pictures {
    fn name(&self) -> &'static str {
        "vision"
    }

    fn built_in(&self) -> &'static [&'static str] {
        &["scenes"]
    }

    /// Folders of pictures have no names.
    fn present(&self, _: &Place) -> Result<Vec<String>, OpenError> {
        Ok(Vec::new())
    }

    /// `blink:FOLDER` under the rules of `VLMEvalKit`, or `blink@lmms-eval:FOLDER`; with `+corrupted` before the colon, its images
    /// are shown corrupted as well.
    fn exam(&self, bench: &str, _: &Place) -> Result<Box<dyn Exam>, OpenError> {
        let (name, folder) = bench.split_once(':').unwrap_or((bench, bench));
        let whole = name;
        let name = whole.strip_suffix(CORRUPTED).unwrap_or(whole);
        let corrupted = name.len() < whole.len();
        let (name, toolkit) = name.split_once('@').unwrap_or((name, "vlmevalkit"));
        let toolkit = match toolkit {
            "vlmevalkit" => Toolkit::Vlmevalkit,
            "lmms-eval" => Toolkit::LmmsEval,
            other => return Err(format!("`{other}` is neither `vlmevalkit` nor `lmms-eval`").into()),
        };
        let exam = questions(name, Path::new(folder))?.exam(toolkit);
        Ok(Box::new(if corrupted { exam.with_corruptions() } else { exam }))
    }

    fn open(&self, dataset: &str, place: &Place) -> Result<Opened, OpenError> {
        let options = AlbumOptions { seed: place.seed, ..AlbumOptions::default() };
        let (album, files, mut notes) = match dataset.split_once(':') {
            Some((name, folder)) if bench(name).is_some() => of_benchmark(name, Path::new(folder), options)?,
            _ => {
                let album = source::open_with(dataset, options)?;
                let files = album.files().to_vec();
                (album, files, Vec::new())
            }
        };
        notes.insert(0, summary(&album));
        notes.extend(too_few_to_learn_from(&album));
        notes.extend(listed(album.skipped().iter().map(Skipped::to_string)));
        Ok(Opened { input: Arc::new(album), files, notes })
    }

    /// Files whose pixels could not be read, and how many draws made no question.
    fn found_in_use(&self, input: &(dyn Any + Send + Sync)) -> Vec<String> {
        let Some(album) = input.downcast_ref::<Album>() else { return Vec::new() };
        let mut found = listed(album.skipped_since().iter().map(Skipped::to_string));
        let rejections = album.rejections();
        if !rejections.is_empty() {
            let counts: Vec<String> =
                rejections.iter().map(|(reason, count)| format!("{count} {}", reason.words())).collect();
            let without: u64 = rejections.iter().map(|(_, count)| count).sum();
            found.push(format!(
                "{} drawn, {} without a question: {}",
                counted(album.draws(), "picture", "pictures"),
                counted(without, "time", "times"),
                counts.join(", ")
            ));
        }
        found
    }
}

/// How many pictures an album holds, and how many were left out.
fn summary(album: &Album) -> String {
    let repeated = match album.repeated() as u64 {
        0 => None,
        count => Some(counted(count, "equal copy", "equal copies")),
    };
    let skipped = match album.skipped().len() as u64 {
        0 => None,
        count => Some(format!("{count} that cannot be read")),
    };
    let left_out: Vec<String> = repeated.into_iter().chain(skipped).collect();
    let left_out = if left_out.is_empty() { String::new() } else { format!(", without {}", left_out.join(" and ")) };
    format!("{}: {}{left_out}", album.name(), counted(album.len() as u64, "picture", "pictures"))
}

/// Fewest pictures to train on, and fewest held out, from which more than the pictures themselves is learned and seen.
const ENOUGH: [usize; 2] = [200, 20];

/// Says so where what is learned from an album can hardly be more than its pictures.
fn too_few_to_learn_from(album: &Album) -> Option<String> {
    let [training, held_out] = [Split::Train, Split::HeldOut].map(|split| album.of_split(split).len());
    (training < ENOUGH[0] || held_out < ENOUGH[1]).then(|| {
        format!(
            "few pictures: {training} to train on and {held_out} held out. A policy may learn so few by heart, and then answers no better \
             than chance about those held out; from {} and {} on, held-out scores mean something",
            ENOUGH[0], ENOUGH[1]
        )
    })
}

/// Files with their checksums.
type Checked = Vec<(PathBuf, String)>;

/// The images of a benchmark, the checksum of its files, and what is to be said of them; its exam lists the rows that were skipped.
fn of_benchmark(name: &str, folder: &Path, options: AlbumOptions) -> Result<(Album, Checked, Vec<String>), OpenError> {
    let questions = questions(name, folder)?;
    let album = questions.album(options)?;
    let skipped = questions.skipped().len();
    let rows = |count: usize| format!("{} of {name} without a question", counted(count as u64, "row", "rows"));
    let notes = (skipped > 0).then(|| rows(skipped)).into_iter().collect();
    let mut files = Vec::new();
    for file in table::files(folder)? {
        let below = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
        files.push((below, checksum::of_file(&file)?));
    }
    Ok((album, vec![(folder.to_owned(), checksum::of_folder(files))], notes))
}

fn questions(name: &str, folder: &Path) -> Result<Questions, BenchError> {
    Questions::read(known(name)?, folder)
}
