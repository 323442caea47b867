//! What a policy is made from: found, and its memory known, before anything large is loaded.

use std::path::Path;

use tch::Device;

use super::memory::{Footprint, MemoryEstimate};
use super::named::{self, is_tiny};
use super::{TrainError, questions};
use crate::config::{Config, PolicyConfig};
use crate::model::hub::{Hub, HubError};
use crate::model::{ModelConfig, Source, libtorch, media, random, tiny};
use crate::report::progress::Progress;
use crate::report::{Checkpoint, MemoryInfo, RunFolderError, resident_memory_bytes};
use crate::tasks::{Mixture, Part, Split, prompt_text};

/// Questions whose prompts are looked at.
const PROMPTS_SEEN: u64 = 64;
/// Bytes of text that a token of a tokenizer not yet trained stands for, at least.
const BYTES_PER_TOKEN: u64 = 3;

/// What a policy is made from.
#[derive(Debug)]
pub enum Origin {
    /// `tiny`, made and warm-started on this machine.
    Tiny,
    /// Random weights.
    Random(Box<ModelConfig>),
    /// A model's files.
    Files(Source),
}

impl Origin {
    /// Finds what `settings` name, downloaded where it has to be.
    pub fn find(settings: &PolicyConfig, progress: &Progress) -> Result<Self, TrainError> {
        if is_tiny(&settings.model) {
            return Ok(Self::Tiny);
        }
        if settings.model.starts_with(random::PREFIX) {
            return Ok(Self::Random(Box::new(random::config(&settings.model)?)));
        }
        let source = fetch(&Hub::from_environment(), &settings.model, &settings.revision, progress)?;
        check_unchanged(&source)?;
        Ok(Self::Files(source))
    }

    /// The commit of a model of the hub.
    pub fn commit(&self) -> Option<String> {
        match self {
            Self::Files(source) => source.commit(),
            Self::Tiny | Self::Random(_) => None,
        }
    }

    /// Refuses settings whose longest answer leaves no room for a prompt.
    pub fn check_room(&self, config: &Config) -> Result<(), TrainError> {
        let context = match self {
            Self::Tiny => tiny::MAX_POSITIONS,
            Self::Random(shape) => shape.max_position_embeddings,
            Self::Files(source) => source.config()?.max_position_embeddings,
        };
        let max_new_tokens = config.rollout.max_new_tokens;
        if max_new_tokens < context {
            return Ok(());
        }
        Err(TrainError::NoRoom { model: config.policy.model.clone(), context, max_new_tokens })
    }

    /// The memory of a run from here, an error where it does not fit; `None` for `tiny` where it does, which is not worth telling.
    pub fn memory(
        &self,
        mixture: &Mixture,
        config: &Config,
        device: Device,
    ) -> Result<Option<MemoryEstimate>, TrainError> {
        let (shape, prompt_tokens) = match self {
            Self::Tiny => {
                refuse_unread_media(media::family_of_tiny(&config.policy.model).is_some(), mixture)?;
                let longest = longest_text(mixture)?.div_ceil(BYTES_PER_TOKEN);
                (tiny::shape(&config.policy)?, longest.min(tiny::MAX_POSITIONS as u64))
            }
            Self::Random(shape) => {
                refuse_unread_media(shape.media_family().is_some(), mixture)?;
                (shape.as_ref().clone(), longest_text(mixture)?.div_ceil(BYTES_PER_TOKEN))
            }
            Self::Files(source) => {
                let (shape, mut tokenizer) = (source.config()?, source.tokenizer()?);
                named::ask_as_told(&mut tokenizer, &shape, &config.policy)?;
                let drawn = questions::draw(mixture, &tokenizer, Split::Train, 0..PROMPTS_SEEN)?;
                let longest = drawn.iter().map(|question| question.prompt_tokens() as u64).max();
                (shape, longest.unwrap_or(0))
            }
        };
        let kind = named::kind(&config.policy, device);
        let on_gpu = libtorch::gpu_memory(device);
        let program_bytes = if on_gpu.is_some() { 0 } else { resident_memory_bytes().unwrap_or(0) };
        let footprint = Footprint { shape: &shape, kind, device, config, prompt_tokens, program_bytes };
        let estimate = footprint.estimate()?;
        let on_machine = || MemoryInfo::of_this_machine().map(|memory| memory.available_bytes + program_bytes);
        match on_gpu.map(|memory| memory.available_bytes).or_else(on_machine) {
            Some(available) if estimate.peak_bytes() > available => Err(footprint.refuse(&estimate, available)?),
            _ => Ok(Some(estimate).filter(|_| !matches!(self, Self::Tiny))),
        }
    }
}

/// Refuses questions that hold media for a policy that reads text alone; one with a tokenizer refuses them itself.
fn refuse_unread_media(reads_media: bool, mixture: &Mixture) -> Result<(), TrainError> {
    let drawn = mixture.draw(Split::Train, 0)?;
    let holds_media = drawn.sample.prompt.iter().any(|part| matches!(part, Part::Blob { .. }));
    if !holds_media || reads_media {
        return Ok(());
    }
    let (task, source) = (mixture.tasks()[drawn.task].name(), Box::new(media::reads_none()));
    Err(TrainError::Prompt { task, index: 0, source })
}

/// Bytes of the longest prompt.
fn longest_text(mixture: &Mixture) -> Result<u64, TrainError> {
    let length = |index| Ok(prompt_text(&mixture.draw(Split::Train, index)?.sample.prompt).len() as u64);
    (0..PROMPTS_SEEN).map(length).try_fold(0, |longest: u64, length: Result<u64, TrainError>| Ok(longest.max(length?)))
}

/// Refuses a checkpoint of a run, as a model or as the base of one, whose bytes are not those that the run wrote.
///
/// Every file is read once; those that are loaded next then come from the system's memory.
pub fn check_unchanged(source: &Source) -> Result<(), RunFolderError> {
    Checkpoint::check_policy(source.folder())?;
    source.base().map_or(Ok(()), Checkpoint::check_policy)
}

/// The files of a model, downloaded with a bar a file where they have to be.
pub fn fetch(hub: &Hub, model: &str, revision: &str, progress: &Progress) -> Result<Source, HubError> {
    let mut bar = None;
    let source = Source::locate(hub, model, revision, &mut |download| {
        if bar.as_ref().is_none_or(|(file, _)| *file != download.file) {
            bar = Some((download.file.clone(), progress.bytes(&download.file, download.total)));
        }
        if let Some((_, bar)) = &bar {
            bar.set_position(download.bytes);
        }
    })?;
    if source.folder() != Path::new(model) {
        progress.message(&format!("model {model}: {}", source.folder().display()));
    }
    if let Some(base) = source.base() {
        progress.message(&format!("model {model}: an adapter of {}", base.display()));
    }
    Ok(source)
}
