//! `ssl4rl vision generate --image FILE`: what a checkpoint says of images.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use ssl4rl::cli::{AsUsage, ExitStatus, GenerateArgs, Printer, generate_after};
use ssl4rl_tasks::Part;

use super::resize::ResizeArgs;

/// Try a model on images: continue a prompt that begins with them
#[derive(Debug, clap::Args)]
pub(super) struct GenerateImageArgs {
    /// Image that stands before the prompt; repeatable
    #[arg(long = "image", value_name = "FILE")]
    images: Vec<PathBuf>,
    #[command(flatten)]
    resize: ResizeArgs,
    #[command(flatten)]
    arguments: GenerateArgs,
}

pub(super) fn run(arguments: &GenerateImageArgs, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let read = |path: &PathBuf| {
        let bytes = fs::read(path).with_context(|| format!("--image {}", path.display())).usage()?;
        // What the file is, its bytes say.
        Ok(Part::Blob { mime: "image/*".to_owned(), bytes, source: Some(path.display().to_string()) })
    };
    let blobs = arguments.images.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    generate_after(&arguments.arguments, blobs, &arguments.resize.preprocessor()?, printer)
}
