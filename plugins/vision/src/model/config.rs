//! What `config.json` says of the vision tower, and `preprocessor_config.json` of how pictures are made ready for it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ssl4rl::model::media::{ConfigFields, MediaError};

/// `vision_config` of Qwen2.5-VL.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct VisionConfig {
    /// Blocks.
    pub depth: i64,
    /// Width of the tower.
    pub hidden_size: i64,
    /// Width of the feed-forward layer.
    pub intermediate_size: i64,
    /// Heads.
    pub num_heads: i64,
    /// Width of the policy's residual stream.
    pub out_hidden_size: i64,
    /// Colours a pixel.
    #[serde(alias = "in_channels", default = "three")]
    pub in_chans: i64,
    /// Side of a patch, in pixels.
    pub patch_size: i64,
    /// Patches along one side of the square that becomes one token.
    pub spatial_merge_size: i64,
    /// Frames a patch; a picture is one frame repeated.
    pub temporal_patch_size: i64,
    /// Side of an attention window, in pixels.
    pub window_size: i64,
    /// Blocks whose attention sees the whole picture.
    pub fullatt_block_indexes: Vec<i64>,
    /// Activation of the feed-forward layer.
    #[serde(default)]
    pub hidden_act: Option<String>,
}

fn three() -> i64 {
    3
}

impl VisionConfig {
    /// Added to the mean square in every norm of the tower; the published class has it as a constant.
    pub const EPSILON: f64 = 1e-6;

    /// Reads it out of `config.json`, impossible sizes refused.
    pub fn of(config: &ConfigFields) -> Result<Self, MediaError> {
        let refuse = |field, expected: &str, got: String| {
            Err(MediaError::UnsupportedConfig { field, expected: expected.to_owned(), got })
        };
        let parsed = serde_json::from_value::<Self>(config.get("vision_config").cloned().unwrap_or(Value::Null));
        let vision = match parsed {
            Ok(vision) => vision,
            Err(error) => return refuse("vision_config", "that of Qwen2.5-VL", error.to_string()),
        };
        let sizes = [
            vision.depth,
            vision.hidden_size,
            vision.intermediate_size,
            vision.num_heads,
            vision.patch_size,
            vision.spatial_merge_size,
            vision.temporal_patch_size,
        ];
        if sizes.iter().any(|size| !(1..=1 << 20).contains(size)) || vision.in_chans != 3 {
            return refuse("vision_config", "of sizes between 1 and 1048576, and three colours", format!("{vision:?}"));
        }
        if vision.hidden_size % vision.num_heads != 0 || (vision.hidden_size / vision.num_heads) % 4 != 0 {
            let got = format!("{} over {} heads", vision.hidden_size, vision.num_heads);
            return refuse("vision_config.hidden_size", "a multiple of 4 x num_heads", got);
        }
        if vision.window_size < vision.patch_size * vision.spatial_merge_size {
            return refuse("vision_config.window_size", "one token wide at least", vision.window_size.to_string());
        }
        let wanted = config.get("hidden_size").and_then(Value::as_i64);
        if wanted != Some(vision.out_hidden_size) {
            let expected = format!("hidden_size of the text part ({})", wanted.unwrap_or_default());
            return refuse("vision_config.out_hidden_size", &expected, vision.out_hidden_size.to_string());
        }
        match vision.hidden_act.as_deref() {
            None | Some("silu") => Ok(vision),
            Some(other) => refuse("vision_config.hidden_act", "`silu`", format!("`{other}`")),
        }
    }

    /// Width of one head.
    pub fn head_dim(&self) -> i64 {
        self.hidden_size / self.num_heads
    }

    /// Numbers of one patch as the tower takes them, one frame.
    pub fn patch_values(&self) -> i64 {
        self.in_chans * self.patch_size * self.patch_size
    }

    /// Tokens along one side of an attention window.
    pub fn window_tokens(&self) -> i64 {
        self.window_size / self.patch_size / self.spatial_merge_size
    }

    /// Side of the square that becomes one token, in pixels.
    pub fn token_size(&self) -> i64 {
        self.patch_size * self.spatial_merge_size
    }
}

/// How the pixels between those of the file are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resize {
    /// libtorch's antialiased bicubic on bytes, which the processors of `transformers` use.
    #[default]
    Torch,
    /// Pillow's bicubic, to the byte.
    Pillow,
}

/// `preprocessor_config.json`. The defaults are those of the published processor's class, and as there the limits by their own
/// names come before those in `size`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreprocessorConfig {
    /// Fewest pixels of a resized picture.
    pub min_pixels: i64,
    /// Most pixels of a resized picture.
    pub max_pixels: i64,
    /// Mean of each colour, of values in `[0, 1]`.
    pub image_mean: [f64; 3],
    /// Deviation of each colour.
    pub image_std: [f64; 3],
    /// Which resize is used; a field of this program's own.
    pub resize: Resize,
    /// The newer place of the limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Limits>,
}

/// `size` of `preprocessor_config.json`: numbers of pixels in spite of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Fewest pixels.
    pub shortest_edge: i64,
    /// Most pixels.
    pub longest_edge: i64,
}

impl Default for PreprocessorConfig {
    fn default() -> Self {
        Self {
            min_pixels: 56 * 56,
            max_pixels: 28 * 28 * 1280,
            image_mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
            image_std: [0.268_629_54, 0.261_302_58, 0.275_777_11],
            resize: Resize::default(),
            size: None,
        }
    }
}

impl PreprocessorConfig {
    /// Reads the file's text.
    pub fn parse(text: &[u8]) -> Result<Self, MediaError> {
        let refuse = |error: serde_json::Error| MediaError::UnsupportedConfig {
            field: "preprocessor_config.json",
            expected: "that of Qwen2.5-VL".to_owned(),
            got: error.to_string(),
        };
        let mut fields: ConfigFields = serde_json::from_slice(text).map_err(refuse)?;
        fields.retain(|_, value| !value.is_null());
        let named = |field: &str| fields.contains_key(field);
        let (least_named, most_named) = (named("min_pixels"), named("max_pixels"));
        let mut config: Self = serde_json::from_value(fields.into()).map_err(refuse)?;
        if let Some(Limits { shortest_edge, longest_edge }) = config.size.take() {
            config.min_pixels = if least_named { config.min_pixels } else { shortest_edge };
            config.max_pixels = if most_named { config.max_pixels } else { longest_edge };
        }
        if config.min_pixels < 1 || config.max_pixels < config.min_pixels {
            let got = format!("{} and {}", config.min_pixels, config.max_pixels);
            let expected = "at least 1, and max_pixels at least that".to_owned();
            return Err(MediaError::UnsupportedConfig { field: "min_pixels", expected, got });
        }
        Ok(config)
    }
}
