//! Measuring the program: seconds a step, tokens and completions a second, share of what the machine can do, memory.
//!
//! - [`Workload`]: prompts x completions of one length, like a step of training, and the arithmetic it needs ([`work`])
//! - [`rollout`], [`train`], [`grpo`]: generation alone, one update alone, and both
//! - [`tasks`]: questions made and answers verified a second
//! - [`limit`]: what the machine does at best, measured beside it
//!
//! Prompts are random token ids, and completions are made to have an exact length, so that two programs do the same work.

pub mod grpo;
pub mod limit;
mod measure;
pub mod rollout;
pub mod tasks;
pub mod train;
pub mod work;

pub use measure::{Measurement, Memory, Repetitions, Seconds};
pub use work::{Work, Workload};

use serde::Serialize;
use tch::{Device, Kind};

use limit::Limit;

use crate::config::Config;
use crate::model::{ModelError, Policy, random};
use crate::report::resident_memory_bytes;
use crate::tasks::{Split, TaskRng, counted};
use crate::train::TrainError;
use crate::train::memory::{Footprint, MemoryEstimate};

/// Result of one benchmark of a policy.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `rollout`, `train` or `grpo`.
    pub bench: &'static str,
    /// Name of the model.
    pub model: String,
    /// Weights of the model.
    pub parameters: usize,
    /// `float32` or `bfloat16`.
    pub dtype: &'static str,
    /// `cpu` or `cuda:0`.
    pub device: String,
    /// Threads of one operation on the CPU.
    pub threads: i32,
    /// What a step is.
    #[serde(flatten)]
    pub workload: Workload,
    /// Seconds of a step.
    #[serde(flatten)]
    pub seconds: Seconds,
    /// Seconds of every part of a step, median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<grpo::Parts>,
    /// Completions a second.
    pub completions_per_s: f64,
    /// Completion tokens a second.
    pub new_tokens_per_s: f64,
    /// Arithmetic of a step, see [`work`].
    pub gflop_per_step: f64,
    /// Arithmetic done a second.
    pub gflop_per_s: f64,
    /// What the machine does at best, measured in this process.
    pub limit: Limit,
    /// Share of the machine's arithmetic.
    pub share_of_gflop_limit: f64,
    /// Bytes of weights and cached keys and values that generation reads a second; rollout only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gigabytes_per_s: Option<f64>,
    /// Share of the machine's memory bandwidth; above 1 where the working set fits into its caches. Rollout only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_of_bandwidth: Option<f64>,
    /// Memory of the process.
    pub memory: Memory,
    /// What it was expected to be; not for generation alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_estimate: Option<MemoryEstimate>,
}

impl Report {
    /// Puts a measurement beside the work it did and the limit of the machine.
    fn new(bench: &'static str, subject: &Subject, work: &Work, measured: &Measurement) -> Result<Self, ModelError> {
        let transformer = &subject.policy.transformer;
        let (kind, device) = (transformer.kind(), transformer.device());
        let seconds = measured.seconds();
        let limit = Limit::measure(kind, device)?;
        let gflop_per_s = work.flop / 1e9 / seconds.step_s;
        let gigabytes_per_s = work.bytes_read.map(|bytes| bytes / 1e9 / seconds.step_s);
        Ok(Self {
            bench,
            model: subject.name.clone(),
            parameters: transformer.parameter_count(),
            dtype: if kind == Kind::BFloat16 { "bfloat16" } else { "float32" },
            device: match device {
                Device::Cuda(index) => format!("cuda:{index}"),
                _ => "cpu".into(),
            },
            threads: tch::get_num_threads(),
            workload: subject.workload,
            completions_per_s: subject.workload.completions() as f64 / seconds.step_s,
            new_tokens_per_s: (subject.workload.completions() * subject.workload.new) as f64 / seconds.step_s,
            gflop_per_step: work.flop / 1e9,
            gflop_per_s,
            share_of_gflop_limit: gflop_per_s / limit.gflop_per_s,
            gigabytes_per_s,
            share_of_bandwidth: gigabytes_per_s.map(|rate| rate / limit.gigabytes_per_s),
            limit,
            seconds,
            parts: None,
            memory: measured.memory,
            memory_estimate: None,
        })
    }

    /// The report in lines for people.
    pub fn lines(&self) -> Vec<String> {
        let Workload { prompts, group, prompt_len, new } = self.workload;
        let Seconds { steps, step_s, step_s_min, step_s_max, .. } = self.seconds;
        let mut lines = vec![
            format!(
                "model      {} ({:.2} million weights, {}) on {}, {}",
                self.model,
                self.parameters as f64 / 1e6,
                self.dtype,
                self.device,
                counted(self.threads as u64, "thread", "threads")
            ),
            format!("step       {prompts} prompts of {prompt_len} tokens x {group} completions of {new} tokens"),
            format!(
                "seconds    {step_s:.4} median, {step_s_min:.4} to {step_s_max:.4}, {}",
                counted(steps, "step", "steps")
            ),
        ];
        if let Some(parts) = &self.parts {
            lines.push(format!("           rollout {:.4}, learning {:.4}", parts.rollout_s, parts.train_s));
        }
        lines.push(format!(
            "rate       {:.1} completions/s, {:.0} new tokens/s",
            self.completions_per_s, self.new_tokens_per_s
        ));
        lines.push(format!(
            "arithmetic {:.1} GFLOP a step, {:.1} GFLOP/s, {:.0} % of {:.1} GFLOP/s",
            self.gflop_per_step,
            self.gflop_per_s,
            100.0 * self.share_of_gflop_limit,
            self.limit.gflop_per_s
        ));
        if let (Some(rate), Some(share)) = (self.gigabytes_per_s, self.share_of_bandwidth) {
            lines.push(format!(
                "reading    {rate:.1} GB/s, {:.0} % of {:.1} GB/s",
                100.0 * share,
                self.limit.gigabytes_per_s
            ));
        }
        lines.push(self.memory.line());
        if let Some(estimate) = &self.memory_estimate {
            lines.push(format!("estimated  {}", estimate.summary()));
        }
        lines
    }
}

/// A policy and the work it is to do.
#[derive(Debug)]
pub struct Subject {
    /// What the policy is called in the report.
    pub name: String,
    /// The policy.
    pub policy: Policy,
    /// The work.
    pub workload: Workload,
    /// Seed of the prompts and of everything sampled.
    pub seed: u64,
    /// Settings of the run; the workload overrides its `[rollout]`.
    pub settings: Config,
    /// Memory of the process before the policy was made, in bytes.
    pub program_bytes: u64,
}

impl Subject {
    /// A policy of random weights.
    pub fn random(
        name: &str,
        workload: Workload,
        settings: Config,
        kind: Kind,
        device: Device,
    ) -> Result<Self, ModelError> {
        let program_bytes = if device == Device::Cpu { resident_memory_bytes().unwrap_or(0) } else { 0 };
        let seed = settings.seed;
        let mut policy = random::policy(name, &[], seed, kind, device)?;
        if settings.lora.is_on() {
            policy.adapt(&settings.lora, seed)?;
        }
        Ok(Self { name: name.to_owned(), policy, workload, seed, settings, program_bytes })
    }

    /// The settings of a run with this workload.
    fn config(&self) -> Config {
        let mut config = self.settings.clone();
        config.warm_start.max_batches = 0;
        config.rollout.prompts = self.workload.prompts;
        config.rollout.group_size = self.workload.group;
        config.rollout.max_new_tokens = self.workload.new as i64;
        config
    }

    /// The memory that a run like this should take.
    fn memory_estimate(&self, config: &Config) -> Result<MemoryEstimate, TrainError> {
        let transformer = &self.policy.transformer;
        let footprint = Footprint {
            shape: transformer.config(),
            kind: transformer.kind(),
            device: transformer.device(),
            config,
            prompt_tokens: self.workload.prompt_len,
            program_bytes: self.program_bytes,
        };
        footprint.estimate()
    }

    /// The prompts of step `step`: random ids below the tokenizer's, end markers left out.
    fn prompts(&self, step: u64) -> Vec<Vec<i64>> {
        let vocabulary = self.policy.transformer.config().vocab_size as usize;
        let end = self.policy.tokenizer.end_of_turn().unwrap_or(0);
        let Workload { prompts, prompt_len, .. } = self.workload;
        (0..prompts)
            .map(|prompt| {
                let mut rng = TaskRng::new(self.seed, "bench/prompt", Split::Train, step * prompts + prompt);
                (0..prompt_len).map(|_| (rng.below(vocabulary - 1) as i64 + end + 1) % vocabulary as i64).collect()
            })
            .collect()
    }

    /// The random stream of one completion of step `step`.
    fn stream(&self, step: u64, prompt: usize, member: i64) -> TaskRng {
        let Workload { prompts, group, .. } = self.workload;
        let completion = (step * prompts + prompt as u64) * group + member as u64;
        TaskRng::new(self.seed, "bench/completion", Split::Train, completion)
    }
}
