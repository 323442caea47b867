//! What a run began with, where that is still needed: its adapters belong to it, or a KL is measured from it.
//!
//! A model in a folder or on the hub stays where it is, and adapters name it so that other programs find it. One that was made for
//! the run, `tiny` below adapters, random weights, an adapter merged into its base, a model after its warm start, lies nowhere,
//! and is written into the run folder once.

use std::path::Path;

use super::learner::Learner;
use super::named::{is_made_here, is_warm_started_model};
use super::{Run, TrainError};
use crate::config::PolicyConfig;
use crate::model::adapter::{self, BaseModel};
use crate::model::hub::{Hub, ModelId};
use crate::model::{Source, checkpoint};
use crate::report::{Checkpoint, write_folder};

/// The base of the run's adapters, `None` where it trains none; written into the run folder where it lies nowhere else.
///
/// Going on, the weights in memory must have been compared with those that the run began with.
pub(super) fn settle(run: &Run<'_>) -> Result<Option<BaseModel>, TrainError> {
    let transformer = &run.policy.transformer;
    let adapts = transformer.lora().is_some();
    let is_reference = Learner::needs_starting_policy(run.config) && is_warm_started_model(run.config);
    if !adapts && !is_reference {
        return Ok(None);
    }
    if adapts && let Some(base) = elsewhere(&run.config.policy) {
        return Ok(Some(base));
    }
    let place = run.folder.base();
    if run.resumed.is_none() || !place.is_dir() {
        let base = transformer.base()?;
        write_folder(&place, |aside| -> Result<(), TrainError> {
            checkpoint::save_parts(&base, &run.policy.tokenizer, aside)?;
            Ok(Checkpoint::seal_base(aside)?)
        })?;
    }
    Ok(adapts.then(|| BaseModel { name: absolute(&place), revision: None }))
}

/// The base, where it has a place of its own. That of the hub is named with its commit, since branches move.
fn elsewhere(settings: &PolicyConfig) -> Option<BaseModel> {
    if is_made_here(&settings.model) {
        return None;
    }
    let source = Source::located(&Hub::from_environment(), &settings.model, &settings.revision)?;
    if adapter::is_adapter(source.folder()) {
        return None;
    }
    let Some(commit) = source.commit() else {
        return Some(BaseModel { name: absolute(source.folder()), revision: None });
    };
    let ModelId { name, .. } = ModelId::parse(&settings.model, &settings.revision)?;
    Some(BaseModel { name, revision: Some(commit) })
}

/// The path from the root, so that it holds in whatever folder another program runs.
fn absolute(folder: &Path) -> String {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).to_string_lossy().into_owned()
}
