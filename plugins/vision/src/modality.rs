//! Pictures as a [`Modality`]: what `--dataset`, `--images` and `--bench` name.
//!
//! | name | pictures |
//! |---|---|
//! | `scenes`, with its settings | drawn here |
//! | a path | a folder of image files, or one |
//! | `blink:FOLDER`, or another benchmark's name | the images of its questions, of which neither text nor answer is read |

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ssl4rl_tasks::exam::Exam;
use ssl4rl_tasks::{Modality, OpenError, Opened, Place};

use crate::bench::{BenchError, Questions, Toolkit, bench, known};
use crate::source::{self, Album, AlbumOptions, checksum};
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
        notes.insert(0, format!("{}: {} pictures", album.name(), album.len()));
        notes.extend(album.skipped().iter().map(|file| format!("skipped {}: {}", file.name, file.reason)));
        Ok(Opened { input: Arc::new(album), files, notes })
    }
}

/// Files with their checksums.
type Checked = Vec<(PathBuf, String)>;

/// The images of a benchmark, the checksum of its files, and what is to be said of them.
fn of_benchmark(name: &str, folder: &Path, options: AlbumOptions) -> Result<(Album, Checked, Vec<String>), OpenError> {
    let questions = questions(name, folder)?;
    let album = questions.album(options)?;
    let notes = questions.skipped().iter().map(|reason| format!("skipped {reason}")).collect();
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
