//! `ssl4rl vision`: trains a policy on image tasks and reports what it learned.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use ssl4rl::cli::tasks::list;
use ssl4rl::cli::{AsUsage, ExitStatus, Printer, TrainArgs, train, usage};
use ssl4rl::config::Config;
use ssl4rl_tasks::Registry;

use crate::rewards;

use super::defaults::defaults;
use super::eval::{self, EvalImageArgs};
use super::exam_args::ExamArgs;
use super::generate::{self, GenerateImageArgs};
use super::resize::ResizeArgs;
use super::show::{self, ShowImageArgs};

/// Train on image tasks: make questions, let the policy answer, verify, learn, report before and after
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct VisionArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// Folder of images, in place of the built-in scenes
    #[arg(long, value_name = "DIR", conflicts_with = "dataset")]
    images: Option<PathBuf>,
    /// A benchmark that the policy sits before and after: blink, mmbench, seed-bench, realworldqa, mmstar, vstar, mme,
    /// mme-realworld-lite or imagenet. It trains on the benchmark's images, of which neither questions nor answers are read, unless others
    /// are named
    #[arg(long, value_name = "NAME")]
    bench: Option<String>,
    #[command(flatten)]
    exam: ExamArgs,
    /// Reward of a published work: what parts of an answer earn, and what its form does
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(rewards::names()))]
    reward: Option<String>,
    /// Train on the benchmark's images, without their questions and answers: what `--bench` does anyway unless other images are named
    #[arg(long, requires = "bench", conflicts_with_all = ["images", "dataset"])]
    train_on_images: bool,
    /// What training does to the tower that sees: it learns with all other weights, it stays as it is, or it gets adapters as the
    /// text part does, of the rank `--set lora.rank=N`. When absent it learns with the weights, and stays as it is beside adapters
    #[arg(long, value_enum)]
    tower: Option<TowerTraining>,
    #[command(flatten)]
    resize: ResizeArgs,
    #[command(flatten)]
    arguments: TrainArgs,
}

/// What training does to the tower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TowerTraining {
    /// It learns with all other weights.
    Trained,
    /// It stays as it is.
    Frozen,
    /// It gets adapters.
    Adapted,
}

impl TowerTraining {
    /// The settings that say so.
    fn settings(self) -> [String; 2] {
        let (frozen, adapted) = (self == Self::Frozen, self == Self::Adapted);
        [format!("policy.freeze_encoder={frozen}"), format!("lora.encoder={adapted}")]
    }
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Try a model on images
    Generate(GenerateImageArgs),
    /// Score a run's checkpoint again, or a policy's folder, on held-out image questions or on a benchmark
    Eval(Box<EvalImageArgs>),
    /// List the image tasks, or write samples of one
    Tasks {
        /// What to do; the list of tasks when absent
        #[command(subcommand)]
        action: Option<TasksAction>,
    },
}

#[derive(Debug, Subcommand)]
enum TasksAction {
    /// Write samples of a task: each picture as a PNG file, one sheet with all of them, and a text
    ///
    /// The paths of the files are printed. With `--json` every sample is, as `ssl4rl tasks show --json` prints it, and the paths as its
    /// `files`.
    Show(ShowImageArgs),
}

pub(super) fn run(arguments: VisionArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let VisionArgs { action, images, bench, exam, train_on_images, tower, resize, reward, mut arguments } = arguments;
    match action {
        Some(Action::Generate(arguments)) => return generate::run(&arguments, printer),
        Some(Action::Eval(arguments)) => return eval::run(*arguments, registry, printer),
        Some(Action::Tasks { action: Some(TasksAction::Show(arguments)) }) => {
            return show::run(&arguments, registry, printer);
        }
        Some(Action::Tasks { action: None }) => return list(&crate::tasks::registry()?, printer),
        None => {}
    }
    if let Some(images) = images {
        if !images.exists() {
            return Err(usage(format!("--images {}: there is no such file or folder", images.display())));
        }
        arguments.run.overrides.dataset = Some(images.to_string_lossy().into_owned());
    }
    if let Some(bench) = bench {
        let (named, folder) = exam.resolve(&bench, arguments.data.data_dir.as_deref())?;
        let overrides = &mut arguments.run.overrides;
        let others = overrides.dataset.is_some();
        overrides.dataset.get_or_insert_with(|| format!("{bench}:{}", folder.display()));
        if !others && !train_on_images {
            printer.note(&format!(
                "training on the images of {bench}; `--images DIR` trains on others and keeps these unseen"
            ));
        }
        overrides.set.push(format!("eval.bench={named}"));
    }
    let set = &mut arguments.run.overrides.set;
    set.extend(tower.iter().flat_map(|tower| tower.settings()));
    set.extend(resize.preprocessor()?.iter().map(|(field, value)| format!("policy.preprocessor.{field}={value}")));
    let defaults = defaults(&arguments.run, reward.as_deref().and_then(rewards::text).unwrap_or_default())?;
    let config = arguments.run.config_over(&defaults).usage()?;
    if let Some((reward, text)) = reward.as_deref().and_then(|reward| Some((reward, rewards::text(reward)?))) {
        let scored = Config::parse(text, Path::new(reward)).usage()?.task;
        for task in scored.keys().filter(|task| !config.tasks.is_empty() && !config.tasks.contains_key(*task)) {
            printer.note(&format!(
                "what `--reward {reward}` says of {task} has no effect: the run does not ask it; `--task {task}` does"
            ));
        }
    }
    if tower == Some(TowerTraining::Trained) && config.lora.is_on() {
        return Err(usage(
            "--tower trained: beside adapters (`lora.rank`) no weight is trained, those of the tower neither\n\
             hint: `--tower adapted` gives the tower adapters too",
        ));
    }
    train(&arguments, &defaults, registry, printer)
}
