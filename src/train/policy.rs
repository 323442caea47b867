//! The policy a run starts from: `tiny`, made here, warm-started and cached, or a folder's or random weights, warm-started where
//! the settings ask for it.
//!
//! `tiny` learns its first words as a whole and gets adapters afterwards; a model that was trained before is warm-started as it
//! will be trained, by its adapters alone where it has any. The cache key is a hash of everything that decides the weights, and of
//! nothing else: the settings that the warm start reads, those of the tasks among them, the seed, this program's version, the weights
//! before the warm start, and the prompts the tokenizer is trained on with their media, which stand for the data.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tch::{Device, Kind};

use super::TrainError;
use super::named::{ask_as_told, kind};
use super::origin::Origin;
use super::warm_start::{WarmStart, warm_start};
use crate::config::{Config, Dtype};
use crate::model::{Policy, Source, checkpoint, random, tiny};
use crate::report::progress::Progress;
use crate::report::{sync_parent, sync_tree};
use crate::tasks::{BlobReference, Mixture, Split, blob_references, prompt_text};

const WARM_START_FILE: &str = "warm_start.json";

/// A policy ready for reinforcement learning.
#[derive(Debug)]
pub struct Prepared {
    /// The policy.
    pub policy: Policy,
    /// How it was warm-started, if it was.
    pub warm_start: Option<WarmStart>,
    /// Whether the warm start was read from the cache.
    pub cached: bool,
}

/// What a policy is prepared with.
pub struct Preparation<'run> {
    /// Where the questions of a warm start come from, and the text that a tokenizer is trained on.
    pub mixture: &'run Mixture,
    /// Settings of the run; `policy.model` names the origin.
    pub config: &'run Config,
    /// Folder of policies that were made on this machine.
    pub cache: &'run Path,
    /// Where it is to compute.
    pub device: Device,
    /// What the user sees on the way.
    pub progress: &'run Progress,
    /// Whether a checkpoint brings the adapters of this policy, so that they need not be warm-started.
    pub goes_on: bool,
    /// Asked on the way: whether to stop here.
    pub interrupted: &'run dyn Fn() -> bool,
}

impl Preparation<'_> {
    /// Loads or makes the policy of `origin`, with new adapters where `[lora]` asks for them, and warm-starts it.
    pub fn prepare(&self, origin: &Origin) -> Result<Prepared, TrainError> {
        let Self { mixture, config, device, .. } = *self;
        let kind = kind(&config.policy, device);
        let policy = match origin {
            Origin::Files(source) => load(source, config, kind, device)?,
            Origin::Random(_) => {
                let texts = corpus(mixture, config.policy.tokenizer_samples as u64)?.texts;
                random::policy(&config.policy.model, &texts, config.seed, kind, device)?
            }
            Origin::Tiny => {
                let mut prepared = self.tiny(kind)?;
                outfit(&mut prepared.policy, config)?;
                return Ok(prepared);
            }
        };
        self.given(policy)
    }

    fn given(&self, mut policy: Policy) -> Result<Prepared, TrainError> {
        outfit(&mut policy, self.config)?;
        let taught_already = self.goes_on && self.config.lora.is_on();
        if !self.config.warm_start.is_on() || taught_already {
            return Ok(Prepared { policy, warm_start: None, cached: false });
        }
        let report = warm_start(self.mixture, &policy, self.config, self.progress, self.interrupted)?;
        Ok(Prepared { policy, warm_start: Some(report), cached: false })
    }

    fn tiny(&self, kind: Kind) -> Result<Prepared, TrainError> {
        let Self { mixture, config, device, .. } = *self;
        let corpus = corpus(mixture, config.policy.tokenizer_samples as u64)?;
        let mut policy = tiny::make(&config.policy, &corpus.texts, config.seed, kind, device)?;
        policy.tokenizer.set_preprocessor(policy.transformer.config(), &config.policy.preprocessor)?;
        let folder = self.cache.join("policies").join(key(config, mixture, &corpus, &policy)?);
        if let Some(prepared) = read_cached(&folder, kind, device) {
            return Ok(prepared);
        }
        let report = warm_start(mixture, &policy, config, self.progress, self.interrupted)?;
        // A warm start that was cut short is not what its key promises.
        if !(self.interrupted)() {
            write_cached(&folder, &policy, &report)?;
        }
        Ok(Prepared { policy, warm_start: Some(report), cached: false })
    }
}

/// The policy that a run began with and keeps in the folder `base`, with new adapters where it trains those.
pub fn prepare_from_run(base: &Path, config: &Config, device: Device) -> Result<Prepared, TrainError> {
    let mut policy = checkpoint::load_as(base, kind(&config.policy, device), device)?;
    ask_as_told(&mut policy.tokenizer, policy.transformer.config(), &config.policy)?;
    outfit(&mut policy, config)?;
    Ok(Prepared { policy, warm_start: None, cached: true })
}

/// Gives a policy new adapters, and freezes parts of it, as the settings say.
fn outfit(policy: &mut Policy, config: &Config) -> Result<(), TrainError> {
    if config.lora.is_on() {
        policy.adapt(&config.lora, config.seed)?;
    }
    if config.policy.freeze_encoder {
        policy.transformer.freeze_encoder();
    }
    Ok(())
}

/// The policy in some files, told how to use its chat template. An adapter is merged into its base: together they are the policy
/// that the run begins with.
fn load(source: &Source, config: &Config, kind: Kind, device: Device) -> Result<Policy, TrainError> {
    let mut policy = source.load(kind, device)?;
    if source.base().is_some() {
        policy.transformer = policy.transformer.frozen_copy()?;
    }
    ask_as_told(&mut policy.tokenizer, policy.transformer.config(), &config.policy)?;
    Ok(policy)
}

/// What a policy is told beforehand.
struct Corpus {
    /// Prompts and oracle answers as the policy will see them.
    texts: Vec<String>,
    /// The media of all the prompts.
    media: Vec<BlobReference>,
}

fn corpus(mixture: &Mixture, samples: u64) -> Result<Corpus, TrainError> {
    let told = (0..samples).into_par_iter().map(|index| {
        let drawn = mixture.draw(Split::WarmStart, index)?;
        let oracle = mixture.tasks()[drawn.task].oracle(&drawn.sample.truth)?;
        let prompt = &drawn.sample.prompt;
        Ok((format!("{}\n{oracle}", prompt_text(prompt)), blob_references(prompt)))
    });
    let (texts, media): (Vec<String>, Vec<Vec<BlobReference>>) =
        told.collect::<Result<Vec<_>, TrainError>>()?.into_iter().unzip();
    Ok(Corpus { texts, media: media.into_iter().flatten().collect() })
}

/// The settings that decide what the warm start of `tiny` makes, all others at their defaults. What does not decide is named here, so
/// that a knob of these sections counts until somebody knows better.
fn deciding(config: &Config) -> Config {
    let Config { seed, reward, policy, warm_start, rollout, optimizer, trainer, .. } = config.clone();
    let mut deciding = Config { seed, reward, policy, warm_start, rollout, optimizer, trainer, ..Config::default() };
    let plain = Config::default();
    // The kind that it resolves to is hashed instead.
    deciding.policy.dtype = Dtype::Auto;
    // `tiny` has no revision and no template that asks for variables, and its encoder is frozen after the warm start.
    deciding.policy.revision = plain.policy.revision;
    deciding.policy.chat_template_kwargs = plain.policy.chat_template_kwargs;
    deciding.policy.freeze_encoder = plain.policy.freeze_encoder;
    // A measurement of skill has a size of its own, and its completions do not depend on each other.
    deciding.rollout.prompts = plain.rollout.prompts;
    deciding.rollout.group_size = plain.rollout.group_size;
    deciding.rollout.cache_gib = plain.rollout.cache_gib;
    deciding.rollout.record_steps = plain.rollout.record_steps;
    // Skill is the verifier's score, of which the reward's other terms are no part.
    deciding.reward.weights = plain.reward.weights;
    deciding.reward.overlong_share = plain.reward.overlong_share;
    // The warm start has a learning rate and a course of its own.
    deciding.optimizer.learning_rate = plain.optimizer.learning_rate;
    deciding.optimizer.warmup_steps = plain.optimizer.warmup_steps;
    deciding.optimizer.schedule = plain.optimizer.schedule;
    // A layer that is computed again gives the same numbers; pieces of another size add them in another order.
    deciding.trainer.checkpointed_layers = plain.trainer.checkpointed_layers;
    deciding
}

fn key(config: &Config, mixture: &Mixture, corpus: &Corpus, untrained: &Policy) -> Result<String, TrainError> {
    #[derive(Serialize)]
    struct Settings<'run> {
        version: &'static str,
        config: Config,
        kind: String,
        threads: i32,
        /// Beside what the prompts show, a task's settings say how its answers are scored.
        tasks: Vec<(&'static str, &'run Value)>,
    }
    let settings = Settings {
        version: env!("CARGO_PKG_VERSION"),
        config: deciding(config),
        kind: format!("{:?}", untrained.transformer.kind()),
        threads: tch::get_num_threads(),
        tasks: mixture.tasks().iter().map(|task| (task.name(), task.config())).collect(),
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update(serde_json::to_string(&settings).unwrap_or_default().as_bytes());
    for text in corpus.texts.iter().chain(corpus.media.iter().map(|medium| &medium.blake3)) {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    for (name, weight) in untrained.transformer.parameters() {
        hasher.update(name.as_bytes());
        let weight = weight.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?;
        let values: Vec<f32> = weight.f_flatten(0, -1)?.try_into()?;
        for value in values {
            hasher.update(&value.to_le_bytes());
        }
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

/// The cached policy, or nothing when it is absent or unreadable: it can always be made again.
fn read_cached(folder: &Path, kind: Kind, device: Device) -> Option<Prepared> {
    let report = fs::read(folder.join(WARM_START_FILE)).ok()?;
    let warm_start = WarmStart::deserialize(&mut serde_json::Deserializer::from_slice(&report)).ok()?;
    let policy = checkpoint::load_as(folder, kind, device).ok()?;
    Some(Prepared { policy, warm_start: Some(warm_start), cached: true })
}

/// Writes the policy aside, flushes it and renames it into place, so that a cached folder is always whole.
fn write_cached(folder: &Path, policy: &Policy, report: &WarmStart) -> Result<(), TrainError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source: io::Error| TrainError::Cache { path, source }
    };
    let aside: PathBuf = folder.with_extension(format!("tmp-{}", std::process::id()));
    fs::create_dir_all(&aside).map_err(failed(&aside))?;
    checkpoint::save(policy, &aside)?;
    let file = aside.join(WARM_START_FILE);
    let json = serde_json::to_vec_pretty(report).map_err(io::Error::from).map_err(failed(&file))?;
    fs::write(&file, json).map_err(failed(&file))?;
    sync_tree(&aside)?;
    match fs::rename(&aside, folder) {
        // Another process made the same policy meanwhile; both are equal.
        Err(_) if folder.join(WARM_START_FILE).exists() => fs::remove_dir_all(&aside).map_err(failed(&aside)),
        renamed => {
            renamed.map_err(failed(folder))?;
            Ok(sync_parent(folder)?)
        }
    }
}
