//! `--min-pixels` and `--max-pixels`: how large images are when a policy reads them.

use serde_json::{Map, Value};
use ssl4rl::cli::{at_least, usage};

/// The limits between which an image is resized, in place of those of the model's `preprocessor_config.json`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ResizeArgs {
    /// Fewest pixels of an image, which is enlarged up to them; those of the model's own files when absent
    #[arg(long, value_name = "N", value_parser = at_least::<1, i64>)]
    min_pixels: Option<i64>,
    /// Most pixels of an image, which is reduced to them; those of the model's own files when absent. A token of Qwen2.5-VL is
    /// 784 of them
    #[arg(long, value_name = "N", value_parser = at_least::<1, i64>)]
    max_pixels: Option<i64>,
}

impl ResizeArgs {
    /// Fields of `preprocessor_config.json`.
    pub(super) fn preprocessor(self) -> anyhow::Result<Map<String, Value>> {
        if let (Some(least), Some(most)) = (self.min_pixels, self.max_pixels)
            && least > most
        {
            return Err(usage(format!("`--min-pixels` must be at most `--max-pixels`, got {least} and {most}")));
        }
        let fields = [("min_pixels", self.min_pixels), ("max_pixels", self.max_pixels)];
        Ok(fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?.into()))).collect())
    }
}
