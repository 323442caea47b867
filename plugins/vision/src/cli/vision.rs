//! `ssl4rl vision`: trains a policy on image tasks and reports what it learned.

use std::path::PathBuf;

use clap::Subcommand;
use ssl4rl::cli::{AsUsage, ExitStatus, Printer, TrainArgs, train, usage};
use ssl4rl::config::Config;
use ssl4rl_tasks::Registry;

use super::generate::{self, GenerateImageArgs};

/// What holds where neither flags nor a settings file say otherwise.
const DEFAULTS: &str = include_str!("defaults.toml");

/// Train on image tasks: make questions, let the policy answer, verify, learn, report before and after
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct VisionArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// Folder of images, in place of the built-in scenes
    #[arg(long, value_name = "DIR", conflicts_with = "dataset")]
    images: Option<PathBuf>,
    #[command(flatten)]
    arguments: TrainArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Try a model on images
    Generate(GenerateImageArgs),
}

pub(super) fn run(arguments: VisionArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let VisionArgs { action, images, mut arguments } = arguments;
    if let Some(Action::Generate(arguments)) = action {
        return generate::run(&arguments, printer);
    }
    if let Some(images) = images {
        if !images.exists() {
            return Err(usage(format!("--images {}: there is no such file or folder", images.display())));
        }
        arguments.run.overrides.dataset = Some(images.to_string_lossy().into_owned());
    }
    let defaults = Config::parse(DEFAULTS, "the defaults of vision".as_ref()).usage()?;
    train(&arguments, &defaults, registry, printer)
}
