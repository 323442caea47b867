//! `ssl4rl vision eval`: scores a policy, which is not trained, on image tasks or on a benchmark of images.

use ssl4rl::cli::{EvalArgs, ExitStatus, Printer, eval};
use ssl4rl_tasks::Registry;

use super::defaults::defaults;
use super::exam_args::ExamArgs;

/// Score a run's checkpoint again, or a policy's folder, on held-out image questions or on a benchmark
#[derive(Debug, clap::Args)]
#[command(mut_arg("bench", |bench| bench.help(BENCHES)))]
pub(super) struct EvalImageArgs {
    #[command(flatten)]
    exam: ExamArgs,
    #[command(flatten)]
    arguments: EvalArgs,
}

/// What `--bench` takes here.
const BENCHES: &str =
    "A benchmark: blink, mmbench, seed-bench, realworldqa, mmstar, vstar, mme, mme-realworld-lite or imagenet";

pub(super) fn run(arguments: EvalImageArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let EvalImageArgs { exam, mut arguments } = arguments;
    if let Some(bench) = arguments.bench().map(str::to_owned) {
        let (name, _) = exam.resolve(&bench, arguments.data.data_dir.as_deref())?;
        arguments = arguments.with_bench(name);
    }
    eval(&arguments, &defaults(&arguments.settings, "")?, registry, printer)
}
