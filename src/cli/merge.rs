//! `ssl4rl merge`: an adapter and its base as one model, which every program loads.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;
use tch::{Device, Kind};

use super::checkpoint::Choice;
use super::new_folder::refuse_below_a_file;
use super::{AsUsage, ExitStatus, Printer, usage};
use crate::model::adapter::AdapterError;
use crate::model::checkpoint;
use crate::model::hub::{self, Hub};
use crate::report::{RunFolder, write_folder};
use crate::tasks::Registry;
use crate::train::origin::{check_unchanged, fetch};

/// Merge an adapter into its base: a whole model in Hugging Face layout
#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    /// Folder of an adapter, or of a run that trained one
    #[arg(value_name = "ADAPTER|RUN")]
    source: PathBuf,
    /// Folder of the merged model; it must not exist yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which checkpoint of a run: the `best` by held-out score, the `last`, or that of a step; the best where it is kept, else
    /// the last, when absent
    #[arg(long, value_name = "best|last|N")]
    checkpoint: Option<Choice>,
    /// Number format of the merged weights; the one that the base's `config.json` names when absent
    #[arg(long, value_enum)]
    dtype: Option<Format>,
    /// Never use the network
    #[arg(long)]
    offline: bool,
}

/// Number format of weights on the disk.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Float32,
    Float16,
    Bfloat16,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: MergeArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let out = &arguments.out;
    if out.symlink_metadata().is_ok() {
        return Err(usage(format!("`{}` exists already\nhint: name a new folder with `--out`", out.display())));
    }
    refuse_below_a_file(out)?;
    if arguments.offline {
        hub::forbid_network();
    }
    let adapter = arguments.adapter(registry, printer)?;
    let source = fetch(&Hub::from_environment(), &adapter.to_string_lossy(), "", printer.progress())?;
    check_unchanged(&source)?;
    let base = source.base().ok_or_else(|| AdapterError::NoAdapter { path: adapter.clone() }).usage()?;
    let kind = match arguments.dtype {
        Some(Format::Float32) => Kind::Float,
        Some(Format::Float16) => Kind::Half,
        Some(Format::Bfloat16) => Kind::BFloat16,
        None => checkpoint::kind_of(base).usage()?,
    };
    let policy = source.load(kind, Device::Cpu).usage()?;
    write_folder(out, |aside| -> anyhow::Result<()> { Ok(checkpoint::save(&policy, aside)?) })?;
    if printer.is_json() {
        printer.json(&json!({ "out": out, "adapter": adapter, "base": base, "kind": format!("{kind:?}") }))?;
    } else {
        printer.line(&out.display().to_string())?;
    }
    Ok(ExitStatus::Success)
}

impl MergeArgs {
    /// The folder of the adapter; of a run, that of the checkpoint chosen, which is told.
    fn adapter(&self, registry: &Registry, printer: &mut Printer) -> anyhow::Result<PathBuf> {
        if !is_run(&self.source) {
            refuse_a_place_without_a_folder(&self.source)?;
            if self.checkpoint.is_some() {
                return Err(usage(format!(
                    "`--checkpoint` chooses among those of a run; `{}` is none",
                    self.source.display()
                )));
            }
            return Ok(self.source.clone());
        }
        let folder = RunFolder::open(&self.source).usage()?;
        // The policy of a plugin's run is the plugin's to load.
        registry.modality(&folder.config().data.modality)?;
        let checkpoint = match self.checkpoint {
            Some(choice) => choice.read(&folder)?,
            None if Choice::Best.find(&folder).is_ok() => Choice::Best.read(&folder)?,
            None => Choice::Last.read(&folder)?,
        };
        let (step, best) = (checkpoint.state.position.step, Choice::Best.find(&folder).ok());
        let is_best = best.is_some_and(|best| best.path == checkpoint.path);
        let which = if is_best { ", the best of those evaluated" } else { "" };
        printer.note(&format!("the checkpoint of step {step}{which}"));
        Ok(checkpoint.path)
    }
}

/// Refuses what looks like a model of the hub, `runs/cora-1a2b3c`, and lies in a folder that is there.
fn refuse_a_place_without_a_folder(source: &Path) -> anyhow::Result<()> {
    let parent = source.parent().filter(|parent| !parent.as_os_str().is_empty());
    if !source.exists() && parent.is_some_and(Path::is_dir) {
        return Err(usage(format!(
            "`{}` is neither a run folder nor that of an adapter: it does not exist",
            source.display()
        )));
    }
    Ok(())
}

fn is_run(folder: &Path) -> bool {
    folder.join("config.toml").is_file()
}
