//! Scores of a policy: on held-out questions of the pretext tasks, or on a downstream benchmark.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use tch::Device;

use super::EvalArgs;
use crate::cli::benchmark::{self, Examination};
use crate::cli::{AsUsage, ExitStatus, Printer, unread, usage, workspace};
use crate::config::Config;
use crate::model::hub::{self, Hub};
use crate::model::{Policy, Source};
use crate::report::{EvalPhase, EvalRecord, PolicyScores, RunFolder, TaskEval};
use crate::tasks::exam::{Outcome, Sitting, Submission};
use crate::tasks::{Mixture, Registry};
use crate::train::evaluate::evaluate;
use crate::train::examinee::Examinee;
use crate::train::named;
use crate::train::origin::{check_unchanged, fetch};

pub(super) fn run(
    arguments: &EvalArgs,
    defaults: &Config,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    match &arguments.run {
        Some(path) => of_run(path, arguments, registry, printer),
        None => of_policy(arguments, defaults, registry, printer),
    }
}

/// Evaluates a checkpoint: prints the run's table with it, or its scores on the benchmark, which the run records.
fn of_run(path: &Path, arguments: &EvalArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let folder = RunFolder::open(path).usage()?;
    let config = folder.config().clone();
    let checkpoint = arguments.checkpoint.read(&folder)?;
    checkpoint.check_settings(&config)?;
    let step = checkpoint.state.position.step;
    let threads = config.provenance.as_ref().map_or_else(|| arguments.settings.threads(), |made| made.threads);
    let source = workspace::source_of_checkpoint(&checkpoint, arguments.data.offline, printer)?;
    if let Some(name) = &arguments.benchmark.bench {
        let (outcome, submission) = examine(name, &config, &source, threads, arguments, registry, printer)?;
        folder.record_benchmark(step, outcome)?;
        if let Some(submission) = submission {
            let path = folder.record_submission(step, &submission.file, &submission.bytes)?;
            tell_of_hidden(&submission, &path, printer);
        }
        return Ok(ExitStatus::Success);
    }
    let tasks = score(&config, &source, threads, arguments, registry, printer)?;
    let record = EvalRecord::of_tasks(EvalPhase::Final, step, tasks);
    let mut evaluations = folder.evaluations()?.records;
    if let Some(earlier) = evaluations.iter().rev().find(|earlier| earlier.step == step && earlier.benchmark.is_none())
        && earlier.tasks != record.tasks
    {
        printer.warning("the scores differ from those the run recorded; was it made with another version or machine?");
    }
    evaluations.retain(|earlier| earlier.phase != EvalPhase::Final);
    evaluations.push(record);
    workspace::print_results(&evaluations, &config, path, printer)?;
    Ok(ExitStatus::Success)
}

/// Evaluates the folder that `--model` names.
fn of_policy(
    arguments: &EvalArgs,
    defaults: &Config,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let config = arguments.settings.config_over(defaults).usage()?;
    if config.policy.model == defaults.policy.model {
        let made_here = match arguments.settings.overrides.model {
            Some(_) => format!("; `{}` is made by a run", config.policy.model),
            None => String::new(),
        };
        return Err(usage(format!(
            "name what to score: `--run DIR` for a run, or `--model DIR` for a policy's folder{made_here}"
        )));
    }
    unread::tell_of_evaluation(&arguments.settings.overrides.set, printer);
    if arguments.data.offline {
        hub::forbid_network();
    }
    let settings = &config.policy;
    let hub = Hub::from_environment();
    let source = fetch(&hub, &settings.model, &settings.revision, printer.progress())?;
    check_unchanged(&source)?;
    let threads = arguments.settings.threads();
    if let Some(name) = &arguments.benchmark.bench {
        let (_, submission) = examine(name, &config, &source, threads, arguments, registry, printer)?;
        if let Some(submission) = submission {
            let folder = arguments.settings.out.as_deref().unwrap_or(Path::new("."));
            let path = folder.join(&submission.file);
            let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, &submission.bytes));
            written.with_context(|| path.display().to_string())?;
            tell_of_hidden(&submission, &path, printer);
        }
        return Ok(ExitStatus::Success);
    }
    let scores =
        PolicyScores { model: source.folder(), tasks: score(&config, &source, threads, arguments, registry, printer)? };
    if printer.is_json() {
        printer.json(&scores)?;
    } else {
        printer.line(&scores.text())?;
    }
    Ok(ExitStatus::Success)
}

fn tell_of_hidden(submission: &Submission, path: &Path, printer: &mut Printer) {
    let (answers, path) = (submission.answers, path.display());
    printer.note(&format!("{answers} answers whose right ones are hidden, for those who keep them: {path}"));
}

/// Puts a policy through a benchmark, and prints its scores beside the baselines'.
fn examine(
    name: &str,
    config: &Config,
    source: &Source,
    threads: usize,
    arguments: &EvalArgs,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<(Outcome, Option<Submission>)> {
    let dataset = arguments.settings.overrides.dataset.as_ref().unwrap_or(&config.data.dataset);
    let examination = Examination::prepare(name, dataset, &arguments.benchmark, &arguments.data, registry, printer)?;
    let policy = load(config, source, workspace::device(threads))?;
    let mut config = config.clone();
    if let Some(longest) = arguments.benchmark.max_new_tokens {
        config.rollout.max_new_tokens = longest;
    } else if !examination.of_graphs {
        config.rollout.max_new_tokens = config.eval.bench_max_new_tokens;
    }
    let mut outcome = examination.outcome()?;
    let mut examinee = Examinee { policy: &policy, config: &config, progress: printer.progress() };
    let Sitting { mut rows, submission } = examination.exam.examine(&mut examinee)?;
    rows.append(&mut outcome.rows);
    outcome.rows = rows;
    if examination.of_graphs && arguments.run.is_some() {
        outcome.setting = Some(config.data.setting.name().to_owned());
    }
    benchmark::print(&outcome, printer)?;
    Ok((outcome, submission))
}

fn load(config: &Config, source: &Source, device: Device) -> anyhow::Result<Policy> {
    let mut policy = source.load(named::kind(&config.policy, device), device).usage()?;
    named::ask_as_told(&mut policy.tokenizer, policy.transformer.config(), &config.policy).usage()?;
    Ok(policy)
}

fn score(
    config: &Config,
    source: &Source,
    threads: usize,
    arguments: &EvalArgs,
    registry: &Registry,
    printer: &mut Printer,
) -> anyhow::Result<BTreeMap<String, TaskEval>> {
    let dataset = workspace::open_data(registry, config, &arguments.data, printer)?;
    let mixture: Mixture = workspace::mixture(registry, config, Arc::clone(&dataset.input))?;
    let policy = load(config, source, workspace::device(threads))?;
    let tasks = evaluate(&mixture, &policy, config, printer.progress())?;
    workspace::tell_of_use(registry, config, &*dataset.input, printer);
    Ok(tasks)
}
