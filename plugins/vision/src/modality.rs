//! Pictures as a [`Modality`]: what `--dataset`, `--images` and `--bench` name.
//!
//! | name | pictures |
//! |---|---|
//! | `scenes`, with its settings | drawn here |
//! | a path | a folder of image files, or one |
//! | `blink:FOLDER`, or another benchmark's name | the images of its questions, of which neither text nor answer is read |

use std::path::Path;
use std::sync::Arc;

use ssl4rl_tasks::exam::Exam;
use ssl4rl_tasks::{Modality, OpenError, Opened, Place};

use crate::bench::{BenchError, Questions, Toolkit, bench, known};
use crate::source::{self, Album, AlbumOptions};

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
        let exam = questions(name, folder)?.exam(toolkit);
        Ok(Box::new(if corrupted { exam.with_corruptions() } else { exam }))
    }

    fn open(&self, dataset: &str, _: &Place) -> Result<Opened, OpenError> {
        let (album, mut notes) = match dataset.split_once(':') {
            Some((name, folder)) if bench(name).is_some() => of_benchmark(name, folder)?,
            _ => (source::open(dataset)?, Vec::new()),
        };
        notes.insert(0, format!("{}: {} pictures", album.name(), album.len()));
        notes.extend(album.skipped().iter().map(|file| format!("skipped {}: {}", file.name, file.reason)));
        Ok(Opened { input: Arc::new(album), files: Vec::new(), notes })
    }
}

/// The images of a benchmark, and what is to be said of its files.
fn of_benchmark(name: &str, folder: &str) -> Result<(Album, Vec<String>), OpenError> {
    let questions = questions(name, folder)?;
    let album = questions.album(AlbumOptions::default())?;
    let notes = questions.skipped().iter().map(|reason| format!("skipped {reason}")).collect();
    Ok((album, notes))
}

fn questions(name: &str, folder: &str) -> Result<Questions, BenchError> {
    Questions::read(known(name)?, Path::new(folder))
}
