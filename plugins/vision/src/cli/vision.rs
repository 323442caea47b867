//! `ssl4rl vision`: trains a policy on image tasks and reports what it learned.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use ssl4rl::cli::{AsUsage, ExitStatus, Printer, TrainArgs, train, usage};
use ssl4rl::config::Config;
use ssl4rl::data::{DataOptions, Places};
use ssl4rl_tasks::Registry;

use crate::{bench, rewards};

use super::generate::{self, GenerateImageArgs};
use super::resize::ResizeArgs;
use super::show::{self, ShowImageArgs};

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
    /// A benchmark that the policy sits before and after: blink, mmbench, seed-bench, realworldqa, mmstar, vstar, mme,
    /// mme-realworld-lite or imagenet. It trains on the benchmark's images, of which neither questions nor answers are read, unless others
    /// are named
    #[arg(long, value_name = "NAME")]
    bench: Option<String>,
    /// Folder of the benchmark's files, parquet or TSV; `NAME` in the data folder when absent
    #[arg(long, value_name = "DIR", requires = "bench")]
    bench_dir: Option<PathBuf>,
    /// Whose prompts, reading of replies and sums are used for the benchmark
    #[arg(long, value_name = "TOOLKIT", default_value = "vlmevalkit", requires = "bench", value_parser = ["vlmevalkit", "lmms-eval"])]
    toolkit: String,
    /// Reward of a published work: what parts of an answer earn, and what its form does
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(rewards::names()))]
    reward: Option<String>,
    /// Train on the benchmark's images, without their questions and answers: what `--bench` does anyway unless other images are named
    #[arg(long, requires = "bench", conflicts_with_all = ["images", "dataset"])]
    train_on_images: bool,
    /// Put the benchmark's questions again with noise, blur, JPEG and darkness at five strengths each, 20 times in all
    #[arg(long, requires = "bench")]
    corrupted: bool,
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
    /// Write samples of a task as PNG files, with their text
    Show(ShowImageArgs),
}

pub(super) fn run(arguments: VisionArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let VisionArgs {
        action,
        images,
        bench,
        bench_dir,
        toolkit,
        train_on_images,
        corrupted,
        tower,
        resize,
        reward,
        mut arguments,
    } = arguments;
    match action {
        Some(Action::Generate(arguments)) => return generate::run(&arguments, printer),
        Some(Action::Show(arguments)) => return show::run(&arguments, registry, printer),
        None => {}
    }
    if let Some(images) = images {
        if !images.exists() {
            return Err(usage(format!("--images {}: there is no such file or folder", images.display())));
        }
        arguments.run.overrides.dataset = Some(images.to_string_lossy().into_owned());
    }
    if let Some(bench) = bench {
        bench::known(&bench).usage()?;
        let folder = folder_of(&bench, bench_dir, arguments.data.data_dir.as_deref());
        let folder = folder.display();
        let overrides = &mut arguments.run.overrides;
        let others = overrides.dataset.is_some();
        overrides.dataset.get_or_insert_with(|| format!("{bench}:{folder}"));
        if !others && !train_on_images {
            printer.note(&format!(
                "training on the images of {bench}; `--images DIR` trains on others and keeps these unseen"
            ));
        }
        let corrupted = if corrupted { "+corrupted" } else { "" };
        overrides.set.push(format!("eval.bench={bench}@{toolkit}{corrupted}:{folder}"));
    }
    let set = &mut arguments.run.overrides.set;
    set.extend(tower.iter().flat_map(|tower| tower.settings()));
    set.extend(resize.preprocessor().iter().map(|(field, value)| format!("policy.preprocessor.{field}={value}")));
    let reward = reward.as_deref().and_then(rewards::text).unwrap_or_default();
    let defaults = Config::parse(&format!("{DEFAULTS}\n{reward}"), "the defaults of vision".as_ref()).usage()?;
    if tower == Some(TowerTraining::Trained) && arguments.run.config_over(&defaults).usage()?.lora.is_on() {
        return Err(usage(
            "--tower trained: beside adapters (`lora.rank`) no weight is trained, those of the tower neither\n\
             hint: `--tower adapted` gives the tower adapters too",
        ));
    }
    train(&arguments, &defaults, registry, printer)
}

/// The folder that holds the files of a benchmark: the one named, or that of its name where data sets are.
fn folder_of(bench: &str, named: Option<PathBuf>, data_dir: Option<&Path>) -> PathBuf {
    named.unwrap_or_else(|| {
        let search =
            Places::new(&DataOptions { data_dir: data_dir.map(Path::to_owned), ..DataOptions::default() }).search;
        let found = search.iter().map(|folder| folder.join(bench)).find(|folder| folder.is_dir());
        found.or_else(|| search.first().map(|folder| folder.join(bench))).unwrap_or_else(|| bench.into())
    })
}
