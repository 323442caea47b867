//! `ssl4rl graph`: trains a policy on graph tasks and reports what it learned.

use super::training::{TrainArgs, train};
use super::{ExitStatus, Printer};
use crate::config::Config;
use crate::tasks::Registry;

/// Train on graph tasks: make questions, let the policy answer, verify, learn, report before and after
#[derive(Debug, clap::Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    arguments: TrainArgs,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: GraphArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    train(&arguments.arguments, &Config::default(), registry, printer)
}
