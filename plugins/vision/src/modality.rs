//! Pictures as a [`Modality`]: what `--dataset` and `--images` name.

use std::sync::Arc;

use ssl4rl_tasks::{Modality, OpenError, Opened, Place};

use crate::source;

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

    fn open(&self, dataset: &str, _: &Place) -> Result<Opened, OpenError> {
        let album = source::open(dataset)?;
        let mut notes = vec![format!("{}: {} pictures", album.name(), album.len())];
        notes.extend(album.skipped().iter().map(|file| format!("skipped {}: {}", file.name, file.reason)));
        Ok(Opened { input: Arc::new(album), files: Vec::new(), notes })
    }
}
