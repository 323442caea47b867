//! How much memory a run takes at its peak, part by part, known before anything large is loaded.
//!
//! With `N` weights of `b` bytes each, `n` of them trained, and float32 for everything that is summed:
//!
//! ```text
//! throughout    weights b N, master weights 4 n where b < 4, moments 8 n, reference b N where the KL needs one
//!               with adapters: weights b N, adapters 4 n, moments 8 n; the reference is the weights themselves
//! generating    keys and values of the cache, logits of all running completions, weights laid out for the processor's kernels
//! learning      gradients 4 n, activations of one micro-batch, logits of one chunk of the head
//! ```
//!
//! Generating and learning take turns, so that only the larger of them counts; of the warm start, where there is one, and
//! reinforcement learning too. On the way back through the layers activations are
//! given back as gradients come in: the peak lies at the beginning, where all activations are there, or at the end, where all
//! gradients are.

use indicatif::BinaryBytes;
use serde::Serialize;
use tch::{Device, Kind, Tensor};

use super::TrainError;
use super::head::{chunk_logits, kept_probabilities};
use crate::config::Config;
use crate::kernels;
use crate::model::{Lora, MOST_LAID_OUT, ModelConfig, ModelError, SlotCache, Transformer, bytes_laid_out};

/// Bytes of a float32.
const WIDE: u64 = 4;
/// Tensors of `[rows, vocab]` float32 that are alive while a token is drawn or scored: logits, their exponentials, a product.
const LOGITS_ALIVE: u64 = 3;

/// What the libraries take on the processor once they compute: pages of code not touched before, work space of matrix products,
/// and room that the allocator cannot use. Measured at shapes so small that it shows.
const LIBRARIES_AT_WORK: u64 = 32 << 20;

/// Something that takes memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// How much it takes.
    pub bytes: u64,
}

/// The memory of a run at its peak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemoryEstimate {
    /// What is there from beginning to end.
    pub throughout: Vec<Part>,
    /// What generation adds.
    pub generating: Vec<Part>,
    /// What an update adds.
    pub learning: Vec<Part>,
}

/// What a run works on, as far as its memory depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Footprint<'run> {
    /// Shape of the policy.
    pub shape: &'run ModelConfig,
    /// Number format it computes in.
    pub kind: Kind,
    /// Where it computes.
    pub device: Device,
    /// Settings of the run.
    pub config: &'run Config,
    /// Tokens of the longest prompt.
    pub prompt_tokens: u64,
    /// What the process takes without the policy, in bytes.
    pub program_bytes: u64,
}

impl MemoryEstimate {
    /// Bytes at the peak.
    pub fn peak_bytes(&self) -> u64 {
        sum(&self.throughout) + sum(&self.generating).max(sum(&self.learning))
    }

    /// What makes up the peak, the largest part first.
    pub fn parts(&self) -> Vec<Part> {
        let learns = sum(&self.learning) >= sum(&self.generating);
        let turn = if learns { &self.learning } else { &self.generating };
        let mut parts: Vec<Part> = self.throughout.iter().chain(turn).copied().filter(|part| part.bytes > 0).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
        parts
    }

    /// The peak and its parts in one line.
    pub fn summary(&self) -> String {
        let parts: Vec<String> =
            self.parts().iter().map(|part| format!("{} {}", part.name, BinaryBytes(part.bytes))).collect();
        format!("about {} at its peak: {}", BinaryBytes(self.peak_bytes()), parts.join(", "))
    }
}

impl Footprint<'_> {
    /// Adds everything up.
    pub fn estimate(&self) -> Result<MemoryEstimate, TrainError> {
        let weights = Weights::count(self.shape, self.config)?;
        let bytes = self.kind.elt_size_in_bytes() as u64;
        // Adapters are their own masters, and a policy without them is its own reference.
        let adapts = self.config.lora.is_on();
        let has_masters = bytes < WIDE && !adapts;
        let has_reference = self.config.grpo.kl_coefficient > 0.0 && !adapts;
        let throughout = vec![
            Part { name: "program", bytes: self.program_bytes },
            Part { name: "libraries", bytes: if self.device == Device::Cpu { LIBRARIES_AT_WORK } else { 0 } },
            Part { name: "weights", bytes: bytes * weights.all },
            Part { name: "adapters", bytes: if adapts { WIDE * weights.trained } else { 0 } },
            Part { name: "master weights", bytes: if has_masters { WIDE * weights.trained } else { 0 } },
            Part { name: "moments", bytes: 2 * WIDE * weights.trained },
            Part { name: "reference", bytes: if has_reference { bytes * weights.all } else { 0 } },
        ];
        Ok(MemoryEstimate {
            throughout,
            generating: self.generating(bytes, &weights),
            learning: self.learning(bytes, &weights),
        })
    }

    /// The refusal of a run that takes more than is available, with what would take less.
    pub(super) fn refuse(&self, estimate: &MemoryEstimate, available: u64) -> Result<TrainError, TrainError> {
        let mut together = self.config.clone();
        let mut savings = Vec::new();
        for knob in self.savings() {
            let mut config = self.config.clone();
            if config.set(&knob).is_err() || together.set(&knob).is_err() {
                continue;
            }
            let alone = Footprint { config: &config, ..*self }.estimate()?.peak_bytes();
            if alone < estimate.peak_bytes() {
                savings.push(format!("`--set {knob}` takes {}", BinaryBytes(alone)));
            }
        }
        let least = Footprint { config: &together, ..*self }.estimate()?.peak_bytes();
        if savings.len() > 1 {
            savings.push(format!("all of them together {}", BinaryBytes(least)));
        }
        let mut savings = savings.join(", ");
        if least > available {
            let still = if savings.is_empty() { "" } else { ", which is still too much; " };
            savings.push_str(still);
            savings.push_str("fewer `rollout.prompts`, a smaller `rollout.group_size` or a smaller model take less");
        }
        let (summary, available) = (estimate.summary(), BinaryBytes(available).to_string());
        Ok(TrainError::DoesNotFit { summary, available, savings })
    }

    /// Settings that take less memory.
    fn savings(&self) -> Vec<String> {
        let group = self.prompt_tokens + self.config.rollout.group_size * (self.new_tokens() - 1);
        vec![
            format!("trainer.checkpointed_layers={}", self.shape.num_hidden_layers),
            format!("trainer.micro_batch_tokens={}", group.min(self.config.trainer.micro_batch_tokens)),
            "rollout.cache_gib=1".to_owned(),
            "lora.rank=16".to_owned(),
        ]
    }

    /// The longest completion, in tokens.
    fn new_tokens(&self) -> u64 {
        self.config.rollout.max_new_tokens.max(1) as u64
    }

    /// What the rollouts of a step take, or a measurement of the warm start where that takes more.
    fn generating(&self, bytes: u64, weights: &Weights) -> Vec<Part> {
        let (rollout, warm_start) = (&self.config.rollout, &self.config.warm_start);
        let mut loads = vec![(rollout.prompts, rollout.group_size)];
        if warm_start.max_batches >= warm_start.probe_every {
            loads.push((warm_start.probe_samples, 1));
        }
        largest(loads.into_iter().map(|(prompts, group_size)| self.sampling(bytes, weights, prompts, group_size)))
    }

    fn sampling(&self, bytes: u64, weights: &Weights, prompts: u64, group_size: u64) -> Vec<Part> {
        let completions = prompts * group_size;
        let tokens = prompts * self.prompt_tokens + completions * self.new_tokens();
        let cached = tokens * SlotCache::bytes_per_token(self.shape, (self.kind, self.device)) as u64;
        let limit = (self.config.rollout.cache_gib * f64::from(1 << 30)) as u64;
        let prompt_tokens = prompts * self.prompt_tokens;
        let wide = 2 * self.shape.intermediate_size as u64 + 4 * self.shape.hidden_size as u64;
        // Where the program's own kernels compute, the matrices of small models are laid out for them a second time, those of large
        // ones one by one.
        let computes = kernels::suit(kernels::widened(self.kind, self.device), self.device);
        let laid_out = if computes && weights.all <= MOST_LAID_OUT as u64 {
            weights.all * WIDE
        } else {
            self.bytes_laid_out(completions, self.head_weights())
        };
        vec![
            Part { name: "weights laid out", bytes: laid_out },
            Part { name: "cache", bytes: cached.min(limit) },
            Part { name: "logits", bytes: LOGITS_ALIVE * WIDE * completions * self.shape.vocab_size as u64 },
            Part { name: "prompts", bytes: bytes * prompt_tokens.min(crate::rollout::PREFILL_TOKENS as u64) * wide },
        ]
    }

    /// What an update takes, or one of the warm start where that takes more.
    fn learning(&self, bytes: u64, weights: &Weights) -> Vec<Part> {
        let imitated = self.config.warm_start.is_on().then(|| self.imitated());
        let micro_batches = imitated.into_iter().chain([self.micro_batch()]);
        largest(micro_batches.map(|micro_batch| self.updating(bytes, weights, micro_batch)))
    }

    fn updating(&self, bytes: u64, weights: &Weights, micro_batch: MicroBatch) -> Vec<Part> {
        let MicroBatch { tokens, predicted, is_only } = micro_batch;
        let layers = self.shape.num_hidden_layers as u64;
        let checkpointed = self.config.trainer.checkpointed_layers.min(layers);
        let kept = layers - checkpointed;
        let layer = self.layer_activations(bytes, tokens);
        // On its way back a layer holds the gradients of its inner steps too, of about the same size; where products are
        // computed in a wider format, what goes into them and comes out once more in that.
        let widens = kernels::widened(self.kind, self.device) != self.kind;
        let at_work = 2 * layer + if widens { 2 * self.layer_activations(WIDE, tokens) } else { 0 };
        let hidden = bytes * tokens * self.shape.hidden_size as u64;
        // Checkpointed layers remember their input, and one of them at a time is there as a whole.
        let activations = layer * kept + hidden * checkpointed + at_work;
        let vocab = self.shape.vocab_size as u64;
        let chunk = (chunk_logits(self.device) as u64 / vocab).clamp(1, predicted.max(1));
        let kept = (predicted * vocab).min(kept_probabilities(self.kind, self.device) as u64) * bytes;
        let logits = LOGITS_ALIVE * WIDE * chunk * vocab + kept;
        let all = WIDE * weights.trained;
        let head = if self.config.lora.is_on() { 0 } else { WIDE * self.head_weights() };
        // At the beginning of the way back the head's gradient is there, and where micro-batches went before, all sums are.
        let beginning = if is_only { head } else { all + head };
        let at_beginning = [beginning, activations, logits, self.bytes_laid_out(chunk, self.head_weights())];
        // At the end all gradients are, and beside the sum of the largest weight that of this batch, then the optimizer's scratch.
        let widest = self.shape.intermediate_size as u64 * self.shape.hidden_size as u64;
        let at_end = [all + WIDE * weights.largest, at_work, 0, self.bytes_laid_out(tokens, widest)];
        let larger = if at_beginning.iter().sum::<u64>() >= at_end.iter().sum() { at_beginning } else { at_end };
        let names = ["gradients", "activations", "logits", "weights laid out"];
        names.into_iter().zip(larger).map(|(name, bytes)| Part { name, bytes }).collect()
    }

    fn head_weights(&self) -> u64 {
        self.shape.vocab_size as u64 * self.shape.hidden_size as u64
    }

    fn bytes_laid_out(&self, rows: u64, weights: u64) -> u64 {
        bytes_laid_out(self.kind, self.device, rows, weights)
    }

    /// The largest micro-batch of an update.
    fn micro_batch(&self) -> MicroBatch {
        let (rollout, config) = (&self.config.rollout, self.config);
        let group = self.prompt_tokens + rollout.group_size * (self.new_tokens() - 1);
        let rows = rollout.prompts.div_ceil(config.grpo.mini_batches.max(1)).max(1);
        self.filled(rows, group, rollout.group_size * self.new_tokens())
    }

    /// The largest micro-batch of the warm start, its answers as long as completions may be.
    fn imitated(&self) -> MicroBatch {
        let settings = &self.config.warm_start;
        let text = self.prompt_tokens + self.new_tokens() - 1;
        self.filled(settings.batch_size, text, if settings.prompt_weight > 0.0 { text } else { self.new_tokens() })
    }

    /// As many of `rows` as `trainer.micro_batch_tokens` has room for, each of `width` tokens of which `predicted` are scored.
    fn filled(&self, rows: u64, width: u64, predicted: u64) -> MicroBatch {
        let together = (self.config.trainer.micro_batch_tokens / width.max(1)).clamp(1, rows);
        MicroBatch { tokens: together * width, predicted: together * predicted, is_only: together == rows }
    }

    /// Bytes that one layer remembers of `tokens` tokens for its way back.
    fn layer_activations(&self, bytes: u64, tokens: u64) -> u64 {
        let shape = self.shape;
        let (hidden, wide) = (shape.hidden_size as u64, shape.intermediate_size as u64);
        let queries = (shape.num_attention_heads * shape.head_dim) as u64;
        let pairs = (shape.num_key_value_heads * shape.head_dim) as u64;
        // What enters either half of the layer and its norm; queries and what they find; keys and values; gate and up.
        let remembered = 4 * hidden + 2 * queries + 2 * pairs + 2 * wide;
        bytes * tokens * remembered
    }
}

/// Tokens that are computed together.
#[derive(Clone, Copy)]
struct MicroBatch {
    tokens: u64,
    /// Those whose log-probs are.
    predicted: u64,
    /// Whether an update has no other.
    is_only: bool,
}

/// Numbers of weights.
struct Weights {
    all: u64,
    /// Of those that are trained.
    trained: u64,
    /// Of the largest of those.
    largest: u64,
}

impl Weights {
    fn count(shape: &ModelConfig, config: &Config) -> Result<Self, ModelError> {
        // One number seen through every shape: nothing is allocated.
        let outline = |_: &str, shape: &[i64]| {
            Ok::<_, ModelError>(Tensor::f_zeros([1], (Kind::Float, Device::Cpu))?.f_expand(shape, false)?)
        };
        let mut transformer = Transformer::assemble(shape, outline)?;
        if config.lora.is_on() {
            transformer = transformer.with_adapters(&Lora::new(&config.lora, &transformer), outline)?;
        }
        if config.policy.freeze_encoder {
            transformer.freeze_encoder();
        }
        let sizes = |parameters: Vec<(String, Tensor)>| -> Vec<u64> {
            parameters.iter().map(|(_, weight)| weight.numel() as u64).collect()
        };
        let (all, trained) = (sizes(transformer.parameters()), sizes(transformer.trainable_parameters()));
        let largest = trained.iter().copied().max().unwrap_or(0);
        Ok(Self { all: all.iter().sum(), trained: trained.iter().sum(), largest })
    }
}

/// The one of `turns` that takes most; they are never there together.
fn largest(turns: impl Iterator<Item = Vec<Part>>) -> Vec<Part> {
    turns.max_by_key(|parts| sum(parts)).unwrap_or_default()
}

fn sum(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.bytes).sum()
}
