//! [`Modality`]: where the inputs of a family of tasks come from.
//!
//! Tasks are named `modality/task`. What a modality's tasks are made from, a graph or an album of pictures, is found and read
//! by the [`Modality`] of that name in the [`Registry`](super::Registry); nothing else looks inside.

use std::any::Any;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use super::exam::Exam;

/// Why data cannot be opened, in words for the user.
pub type OpenError = Box<dyn Error + Send + Sync>;

/// A kind of unlabelled data.
pub trait Modality: Send + Sync + 'static {
    /// The first part of its tasks' names.
    fn name(&self) -> &'static str;

    /// Data that need no file; the first of them is what a run takes that names none.
    fn built_in(&self) -> &'static [&'static str];

    /// The named data sets that are complete on this machine.
    fn present(&self, place: &Place) -> Result<Vec<String>, OpenError>;

    /// The exam called `bench`, in the data that `place` names.
    fn exam(&self, bench: &str, _: &Place) -> Result<Box<dyn Exam>, OpenError> {
        Err(format!("there is no benchmark `{bench}` of this modality that can be sat during training").into())
    }

    /// Finds and reads `dataset`: a name, a path, or a generator with its parameters.
    fn open(&self, dataset: &str, place: &Place) -> Result<Opened, OpenError>;

    /// What turned out about an input while questions were made from it, for the user: what of it could not be used, and why.
    fn found_in_use(&self, _input: &(dyn Any + Send + Sync)) -> Vec<String> {
        Vec::new()
    }
}

/// Where data are looked for, and what generated ones are drawn from.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Folder searched before all others.
    pub data_dir: Option<PathBuf>,
    /// Never use the network.
    pub offline: bool,
    /// Seed of generated data.
    pub seed: u64,
}

/// Data that have been read.
pub struct Opened {
    /// What tasks are made from.
    pub input: Arc<dyn Any + Send + Sync>,
    /// Files that were read, with their SHA-256.
    pub files: Vec<(PathBuf, String)>,
    /// What the user should know of them.
    pub notes: Vec<String>,
}
