//! The shape of a transformer, resolved from a checkpoint's `config.json`.
//!
//! Families differ in a few flags and defaults (`config/family.rs`); after reading, only the resolved numbers are left.
//! Fields that decide nothing here are kept and written back when the policy is saved.
//!
//! ```
//! use ssl4rl::model::ModelConfig;
//! let file = br#"{"model_type": "qwen3", "vocab_size": 256, "hidden_size": 64, "intermediate_size": 128,
//!     "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}"#;
//! let config = ModelConfig::parse(file, "config.json".as_ref())?;
//! assert_eq!((config.head_dim, config.query_key_norm), (128, true)); // what the family's class takes by default
//! # Ok::<(), ssl4rl::model::ModelError>(())
//! ```

mod family;
mod file;

use std::fmt::Display;
use std::path::Path;

use serde_json::{Map, Value};
use tch::Kind;

use super::ModelError;
use super::media::{self, ConfigFields, MediaFamily};
use family::{FAMILIES, Family};
use file::{ConfigFile, RopeFile};

pub(super) use file::OneOrMany;

/// Longest list of layers, widest layer and largest vocabulary: beyond it a file is damaged, not large.
const LARGEST_SIZE: i64 = 1 << 24;

/// Everything that decides the computation.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    /// Rows of the embedding.
    pub vocab_size: i64,
    /// Width of the residual stream.
    pub hidden_size: i64,
    /// Width of the feed-forward layer.
    pub intermediate_size: i64,
    /// Layers.
    pub num_hidden_layers: i64,
    /// Query heads.
    pub num_attention_heads: i64,
    /// Key and value heads.
    pub num_key_value_heads: i64,
    /// Width of one head; all query heads together may be wider or narrower than `hidden_size`.
    pub head_dim: i64,
    /// Longest sequence, in tokens.
    pub max_position_embeddings: i64,
    /// Added to the mean square in every RMS norm.
    pub rms_norm_eps: f64,
    /// Rotary angles.
    pub rope: RopeConfig,
    /// Which projections have a bias.
    pub biases: Biases,
    /// Whether every query and key head is RMS-normed before it is rotated.
    pub query_key_norm: bool,
    /// Whether the output head is the embedding.
    pub tie_word_embeddings: bool,
    /// Tokens that end a completion, by this file.
    pub eos_token_ids: Vec<i64>,
    file: Map<String, Value>,
}

/// Rotary angles: `position * theta^(-2i / head_dim)`, the frequencies perhaps rescaled.
#[derive(Debug, Clone, PartialEq)]
pub struct RopeConfig {
    /// Base of the angles.
    pub theta: f64,
    /// How frequencies are stretched to reach further than the model was first trained for.
    pub scaling: Option<Llama3Scaling>,
    /// How many planes of a head each of the three axes of position turns, in order, where positions have axes (M-RoPE).
    pub sections: Option<[i64; 3]>,
}

/// Rescaling of type `llama3`: slow planes turn `factor` times slower, fast ones as before, those between in proportion.
#[derive(Debug, Clone, PartialEq)]
pub struct Llama3Scaling {
    /// How much slower.
    pub factor: f64,
    /// A plane is slow where its wavelength exceeds the original length divided by this.
    pub low_freq_factor: f64,
    /// A plane is fast where its wavelength is below the original length divided by this.
    pub high_freq_factor: f64,
    /// Longest sequence before the rescaling, in tokens.
    pub original_max_position_embeddings: f64,
}

/// Which projections have a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Biases {
    /// Those of queries, keys and values.
    pub query_key_value: bool,
    /// Attention's output projection.
    pub output: bool,
    /// The three of the feed-forward layer.
    pub feed_forward: bool,
}

impl ModelConfig {
    /// Reads the text of a `config.json`; `path` is what errors call it.
    ///
    /// What the transformer here would compute differently is refused: another architecture, a sliding window in use, other
    /// rotary types or activations, quantized weights.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, ModelError> {
        let damaged = |source| ModelError::Json { path: path.into(), source };
        let mut raw: Map<String, Value> = serde_json::from_slice(text).map_err(damaged)?;
        let refusals = Refusals { path };
        if !raw.contains_key("model_type") {
            return refusals.refuse("model_type", format!("one of {}", known_types()), &"nothing");
        }
        let media = media::family(model_type(&raw));
        if let Some(media) = media {
            raw = media.flatten(raw);
        }
        let family = family(media.map_or_else(|| model_type(&raw), |media| media.text_family()), path)?;
        // From the text where that has the fields at its top, since an error then names the line.
        let file: Result<ConfigFile, _> =
            if media.is_some() { serde_json::from_value(raw.clone().into()) } else { serde_json::from_slice(text) };
        let file = file.map_err(damaged)?;
        refusals.unsupported_features(&file, media.map_or(family.architecture, |media| media.architecture()))?;
        let config = Self::resolve(file, family, raw, &refusals)?;
        refusals.impossible_shapes(&config)?;
        Ok(config)
    }

    /// The `config.json` to write beside weights of `kind`: the file that was read, with the number format set.
    pub fn to_json(&self, kind: Kind) -> Map<String, Value> {
        let mut file = self.file.clone();
        let name = match kind {
            Kind::BFloat16 => "bfloat16",
            Kind::Half => "float16",
            _ => "float32",
        };
        let field = if file.contains_key("dtype") { "dtype" } else { "torch_dtype" };
        file.insert(field.into(), name.into());
        file
    }

    /// The family of the media that the policy reads beside text, where it reads any.
    pub fn media_family(&self) -> Option<&'static dyn MediaFamily> {
        media::family(model_type(&self.file))
    }

    /// All fields of the file, those that mean nothing to the text part too.
    pub fn fields(&self) -> &ConfigFields {
        &self.file
    }

    /// The number format that the file names.
    pub(super) fn stored_kind(&self) -> Kind {
        match self.file.get("dtype").or_else(|| self.file.get("torch_dtype")).and_then(Value::as_str) {
            Some("bfloat16") => Kind::BFloat16,
            Some("float16") => Kind::Half,
            _ => Kind::Float,
        }
    }

    fn resolve(
        file: ConfigFile,
        family: &Family,
        raw: Map<String, Value>,
        refusals: &Refusals<'_>,
    ) -> Result<Self, ModelError> {
        let (attention_bias, mlp_bias) = (file.attention_bias.unwrap_or(false), file.mlp_bias.unwrap_or(false));
        refusals.no_size("num_attention_heads", file.num_attention_heads)?;
        let head_dim = match file.head_dim.or(family.head_dim) {
            Some(head_dim) => head_dim,
            None if file.hidden_size % file.num_attention_heads == 0 => file.hidden_size / file.num_attention_heads,
            None => {
                let expected = format!("a multiple of num_attention_heads ({})", file.num_attention_heads);
                return refusals.refuse("hidden_size", expected, &file.hidden_size);
            }
        };
        Ok(Self {
            vocab_size: file.vocab_size,
            hidden_size: file.hidden_size,
            intermediate_size: file.intermediate_size,
            num_hidden_layers: file.num_hidden_layers,
            num_attention_heads: file.num_attention_heads,
            num_key_value_heads: file.num_key_value_heads.unwrap_or(file.num_attention_heads),
            head_dim,
            max_position_embeddings: file.max_position_embeddings.unwrap_or(family.max_position_embeddings),
            rms_norm_eps: file.rms_norm_eps.unwrap_or(1e-6),
            rope: {
                let axes = media::family(model_type(&raw)).is_some();
                RopeConfig::resolve(file.rope_parameters.or(file.rope_scaling), file.rope_theta, axes, refusals)?
            },
            biases: Biases {
                query_key_value: family.query_key_value_bias.resolve(attention_bias, mlp_bias),
                output: family.output_bias.resolve(attention_bias, mlp_bias),
                feed_forward: family.feed_forward_bias.resolve(attention_bias, mlp_bias),
            },
            query_key_norm: family.query_key_norm,
            tie_word_embeddings: file.tie_word_embeddings.unwrap_or(false),
            eos_token_ids: match file.eos_token_id {
                Some(ids) => ids.into_vec(),
                // Written as `null` means none; left out means the default of the class.
                None if raw.contains_key("eos_token_id") => Vec::new(),
                None => family.eos_token_id.into_iter().collect(),
            },
            file: raw,
        })
    }
}

impl RopeConfig {
    /// `axes` says whether positions have three axes, as they do where media stand among the text.
    fn resolve(
        file: Option<RopeFile>,
        theta: Option<f64>,
        axes: bool,
        refusals: &Refusals<'_>,
    ) -> Result<Self, ModelError> {
        let file = file.unwrap_or_default();
        let theta = file.rope_theta.or(theta).unwrap_or(10_000.0);
        refusals.not_positive("rope_theta", theta)?;
        if file.partial_rotary_factor.is_some_and(|share| share < 1.0) {
            return refusals.refuse("partial_rotary_factor", "1", &file.partial_rotary_factor.unwrap_or_default());
        }
        let kind = file.rope_type.as_deref().or(file.r#type.as_deref()).unwrap_or("default");
        let scaling = match kind {
            "default" => None,
            "mrope" if axes => None,
            "llama3" => {
                let field = |name: &'static str, value: Option<f64>| match value {
                    Some(value) => refusals.not_positive(name, value).map(|()| value),
                    None => refusals.refuse(name, "given for rope_type `llama3`", &"nothing"),
                };
                let original = file.original_max_position_embeddings;
                Some(Llama3Scaling {
                    factor: field("factor", file.factor)?,
                    low_freq_factor: field("low_freq_factor", file.low_freq_factor)?,
                    high_freq_factor: field("high_freq_factor", file.high_freq_factor)?,
                    original_max_position_embeddings: field("original_max_position_embeddings", original)?,
                })
            }
            other => return refusals.refuse("rope_type", "`default` or `llama3`", &format!("`{other}`")),
        };
        let useless = file.mrope_section.as_ref().filter(|_| !axes).map(|_| "mrope_section");
        if let Some(name) = useless.or(file.rest.keys().next().map(String::as_str)) {
            let expected = "free of settings that nothing here reads";
            return refusals.refuse("rope_scaling", expected, &format!("`{name}`"));
        }
        if scaling.as_ref().is_some_and(|scaling| scaling.low_freq_factor >= scaling.high_freq_factor) {
            let low = file.low_freq_factor.unwrap_or_default();
            return refusals.refuse("low_freq_factor", "below high_freq_factor", &low);
        }
        let sections = match file.mrope_section {
            None => None,
            Some(sections) => match <[i64; 3]>::try_from(sections) {
                Ok(sections) => Some(sections),
                Err(sections) => return refusals.refuse("mrope_section", "three numbers", &format!("{sections:?}")),
            },
        };
        Ok(Self { theta, scaling, sections })
    }
}

fn model_type(raw: &ConfigFields) -> &str {
    raw.get("model_type").and_then(Value::as_str).unwrap_or("nothing")
}

/// The family that computes the text part of a checkpoint of type `got`.
fn family(got: &str, path: &Path) -> Result<&'static Family, ModelError> {
    let unknown = || ModelError::UnknownArchitecture { path: path.into(), got: got.into(), known: known_types() };
    FAMILIES.iter().find(|family| family.model_type == got).ok_or_else(unknown)
}

/// Every `model_type` that is computed here, media included.
fn known_types() -> String {
    let names = FAMILIES.iter().map(|family| family.model_type);
    let all = names.chain(media::families().iter().map(|family| family.model_type()));
    all.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The checks of one `config.json`.
struct Refusals<'path> {
    path: &'path Path,
}

impl Refusals<'_> {
    fn refuse<Value>(
        &self,
        field: &'static str,
        expected: impl Into<String>,
        got: &dyn Display,
    ) -> Result<Value, ModelError> {
        let (path, expected, got) = (self.path.into(), expected.into(), got.to_string());
        Err(ModelError::UnsupportedConfig { path, field, expected, got })
    }

    fn not_positive(&self, field: &'static str, value: f64) -> Result<(), ModelError> {
        if value.is_finite() && value > 0.0 { Ok(()) } else { self.refuse(field, "a positive number", &value) }
    }

    fn no_size(&self, field: &'static str, value: i64) -> Result<(), ModelError> {
        let sizes = 1..=LARGEST_SIZE;
        if sizes.contains(&value) {
            Ok(())
        } else {
            self.refuse(field, format!("between 1 and {LARGEST_SIZE}"), &value)
        }
    }

    /// What would be computed differently from what the file describes.
    fn unsupported_features(&self, file: &ConfigFile, architecture: &str) -> Result<(), ModelError> {
        let architectures = file.architectures.as_deref().unwrap_or_default();
        if !architectures.is_empty() && !architectures.iter().any(|class| class == architecture) {
            return self.refuse("architectures", format!("`{architecture}`"), &architectures.join(", "));
        }
        match file.hidden_act.as_deref() {
            None | Some("silu" | "swish") => {}
            Some(other) => return self.refuse("hidden_act", "`silu`", &format!("`{other}`")),
        }
        // The layers from `max_window_layers` on would look back a window only.
        let windowed = file.max_window_layers.unwrap_or(28) < file.num_hidden_layers;
        if file.use_sliding_window == Some(true) && windowed {
            return self.refuse("use_sliding_window", "false: every layer here looks at the whole sequence", &true);
        }
        let partial = file.layer_types.iter().flatten().find(|kind| *kind != "full_attention");
        if let Some(kind) = partial {
            return self.refuse("layer_types", "`full_attention` in every layer", &format!("`{kind}`"));
        }
        if file.quantization_config.is_some() {
            return self.refuse("quantization_config", "absent: quantized weights cannot be trained here", &"one");
        }
        Ok(())
    }

    /// Sizes that no transformer can have.
    fn impossible_shapes(&self, config: &ModelConfig) -> Result<(), ModelError> {
        let sizes = [
            ("vocab_size", config.vocab_size),
            ("hidden_size", config.hidden_size),
            ("intermediate_size", config.intermediate_size),
            ("num_hidden_layers", config.num_hidden_layers),
            ("num_key_value_heads", config.num_key_value_heads),
            ("head_dim", config.head_dim),
            ("max_position_embeddings", config.max_position_embeddings),
        ];
        for (field, size) in sizes {
            self.no_size(field, size)?;
        }
        if config.head_dim % 2 != 0 {
            return self.refuse("head_dim", "even: rotary embedding turns pairs", &config.head_dim);
        }
        if config.num_attention_heads % config.num_key_value_heads != 0 {
            let expected = format!("a divisor of num_attention_heads ({})", config.num_attention_heads);
            return self.refuse("num_key_value_heads", expected, &config.num_key_value_heads);
        }
        let planes = config.head_dim / 2;
        if let Some(sections) = config.rope.sections
            && (sections.iter().any(|&section| section < 0) || sections.iter().sum::<i64>() != planes)
        {
            let expected = format!("the planes of a head by their axis, {planes} in all");
            return self.refuse("mrope_section", expected, &format!("{sections:?}"));
        }
        self.not_positive("rms_norm_eps", config.rms_norm_eps)
    }
}
