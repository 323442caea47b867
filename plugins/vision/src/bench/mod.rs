//! Benchmarks of vision-language models: their published files in, scores out. Answers are never trained on.
//!
//! ```text
//! parquet, TSV -> table::Row -> Item -> prompt -> reply -> right or wrong -> score
//! ```
//!
//! [`Questions`] reads the files of a [`Bench`]: [`Questions::exam`] examines a policy, and [`Questions::album`] hands the images,
//! without questions or answers, to the pretext tasks.

mod corruption;
mod exam;
pub mod extract;
mod imagenet;
mod item;
mod rules;
pub mod score;
mod submission;

pub use corruption::Corruption;
pub use exam::VisionExam;
pub use item::Item;
pub use rules::{Aggregation, BENCHES, Bench, Toolkit, bench};

use std::path::Path;
use std::sync::Arc;

use crate::source::spill::Spill;
use crate::source::{Album, AlbumOptions, SourceError};
use crate::table::{self, Row, TableError};

/// The benchmark called `name`, or all there are in the error.
pub fn known(name: &str) -> Result<&'static Bench, BenchError> {
    let known = || BENCHES.iter().map(|bench| bench.name).collect::<Vec<_>>().join(", ");
    bench(name).ok_or_else(|| BenchError::Unknown { name: name.to_owned(), known: known() })
}

/// The questions of a benchmark, read from its files row by row; images lie on the disk until they are asked about.
#[derive(Debug)]
pub struct Questions {
    bench: &'static Bench,
    items: Vec<Item>,
    /// Rows that are no question, each with its place and the reason.
    skipped: Vec<String>,
    /// The columns of the first row.
    columns: String,
}

impl Questions {
    /// Reads the files in `place`, a file or a folder with subfolders. Rows that cannot be read are skipped and listed.
    pub fn read(bench: &'static Bench, place: &Path) -> Result<Self, BenchError> {
        if !place.exists() {
            let (name, published_at) = (bench.name, bench.published_at);
            return Err(BenchError::Absent { name, published_at, place: place.into() });
        }
        let spill = Spill::new().map_err(|source| BenchError::Spill { source })?;
        let mut questions = Self { bench, items: Vec::new(), skipped: Vec::new(), columns: String::new() };
        let mut full = Ok(());
        if bench.shows_classes() {
            imagenet::read(place, |item| {
                if full.is_ok() {
                    full = questions.add(item, &spill);
                }
            })?;
            return full.and_then(|()| questions.checked(place));
        }
        let files = table::files(place)?;
        let of_split = |file: &&std::path::PathBuf| bench.split.is_none_or(|split| named_after(file, split));
        let wanted: Vec<_> = files.iter().filter(of_split).collect();
        // Where no file is named after the split, a column may tell the rows apart.
        let read = if wanted.is_empty() { files.iter().collect() } else { wanted };
        for file in read {
            for row in table::rows(file)? {
                if let Ok(row) = &row
                    && questions.columns.is_empty()
                {
                    questions.columns = row.cells.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                }
                if let Some(item) = questions.item(row).transpose() {
                    questions.add(item, &spill)?;
                }
            }
        }
        questions.checked(place)
    }

    /// Refuses files without any question.
    fn checked(self, place: &Path) -> Result<Self, BenchError> {
        if self.items.is_empty() {
            let mut first = self.skipped.first().cloned().unwrap_or_else(|| "there is no row".to_owned());
            if !self.columns.is_empty() {
                first = format!("{first}; the columns are {}", self.columns);
            }
            return Err(BenchError::Empty { name: self.bench.name, place: place.into(), first });
        }
        Ok(self)
    }

    /// The benchmark.
    pub fn bench(&self) -> &'static Bench {
        self.bench
    }

    /// The questions, in the order of the files.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Rows that are no question, each with its place and the reason.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// The images alone, each once.
    pub fn album(&self, options: AlbumOptions) -> Result<Album, SourceError> {
        let files = self.items.iter().flat_map(|item| {
            item.images.iter().enumerate().map(|(image, file)| (format!("{} image {image}", item.id), file.clone()))
        });
        Album::of_image_files(self.bench.name, files, options)
    }

    /// The exam, under the rules of `toolkit`. Answers to questions whose right ones are hidden are collected and not scored.
    pub fn exam(self, toolkit: Toolkit) -> VisionExam {
        VisionExam::new(self.bench, self.items, self.skipped, toolkit)
    }

    /// The question of a row; none where it is of another split.
    fn item(&self, row: Result<Row, TableError>) -> Result<Option<Item>, String> {
        let row = row.map_err(|error| error.to_string())?;
        let others = |split| row.text("split").is_some_and(|found| !found.starts_with(split));
        if self.bench.split.is_some_and(others) {
            return Ok(None);
        }
        Item::read(&row).map(Some).map_err(|reason| format!("{}: {reason}", row.place))
    }

    /// Takes a question, whose images are put aside, or the reason why there is none.
    fn add(&mut self, read: Result<Item, String>, spill: &Arc<Spill>) -> Result<(), BenchError> {
        match read {
            Ok(item) => self.items.push(item.put_aside(spill).map_err(|source| BenchError::Spill { source })?),
            Err(reason) => self.skipped.push(reason),
        }
        Ok(())
    }
}

/// Whether a file's name begins with a split, or has it among its parts: `val-00000-of-00001.parquet`, `MMBench_DEV_EN.tsv`.
fn named_after(file: &Path, split: &str) -> bool {
    let name = file.file_stem().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.split(['-', '_', '.']).any(|part| part.starts_with(split))
}

/// Why a benchmark cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// There is no benchmark of this name.
    #[error("there is no benchmark `{name}`; known: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// Its files are not here.
    #[error(
        "the files of `{name}` are not in {place}\nhint: download them from {published_at} and name their folder with `--bench-dir`",
        place = place.display()
    )]
    Absent {
        /// The benchmark.
        name: &'static str,
        /// Where they are published.
        published_at: &'static str,
        /// Where they were looked for.
        place: std::path::PathBuf,
    },
    /// No row is a question.
    #[error("{place}: no question of `{name}`; {first}", place = place.display())]
    Empty {
        /// The benchmark.
        name: &'static str,
        /// Where its files are.
        place: std::path::PathBuf,
        /// Why the first row is none.
        first: String,
    },
    /// A table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// There is no room to put its images aside.
    #[error("the images of the benchmark cannot be put aside in {}: {source}; free some space or set TMPDIR", std::env::temp_dir().display())]
    Spill {
        /// What the system said.
        source: std::io::Error,
    },
}
