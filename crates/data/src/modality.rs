//! Graphs as a [`Modality`]: named data sets, files of the user's and generators, read by [`load`](super::load).

use std::sync::Arc;

use ssl4rl_tasks::{Modality, OpenError, Opened, Place};

use super::{DataOptions, Manifest, Places, load};

/// The modality `graph`.
#[derive(Debug, Clone, Copy)]
pub struct Graphs;

impl Modality for Graphs {
    fn name(&self) -> &'static str {
        "graph"
    }

    fn built_in(&self) -> &'static [&'static str] {
        &["synthetic", "knowledge"]
    }

    fn present(&self, place: &Place) -> Result<Vec<String>, OpenError> {
        let places = Places::new(&options(place));
        let manifest = Manifest::embedded()?;
        let complete = manifest.datasets.iter().filter(|dataset| places.find_complete(dataset).is_some());
        Ok(complete.map(|dataset| dataset.name.clone()).collect())
    }

    fn open(&self, dataset: &str, place: &Place) -> Result<Opened, OpenError> {
        let loaded = load(dataset, &options(place))?;
        Ok(Opened { input: Arc::new(loaded.graph), files: loaded.files, notes: loaded.notes })
    }
}

fn options(place: &Place) -> DataOptions {
    DataOptions { data_dir: place.data_dir.clone(), offline: place.offline, seed: place.seed }
}
