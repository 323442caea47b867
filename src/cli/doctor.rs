//! `ssl4rl doctor`: what this build and this machine offer.

use std::path::{Path, PathBuf};

use indicatif::BinaryBytes;
use serde::Serialize;

use super::{ExitStatus, Printer};
use crate::config::Provenance;
use crate::data::{DataOptions, Manifest, ManifestError, Places};
#[cfg(feature = "torch")]
use crate::model::libtorch;
use crate::report::MemoryInfo;
use crate::tasks::Registry;

/// Show what this build and this machine offer: libtorch, devices, memory, caches, tasks
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {}

/// Everything the verb tells.
#[derive(Debug, Serialize)]
struct Examination {
    version: String,
    git_revision: Option<String>,
    platform: String,
    libtorch: Libtorch,
    cores: usize,
    memory: Option<MemoryInfo>,
    cache: Folder,
    datasets: Vec<DatasetState>,
    tasks: usize,
}

/// Whether models can run here, and on what.
#[derive(Debug, Serialize)]
struct Libtorch {
    /// Whether this build has it.
    built_in: bool,
    /// Where the running process loaded it from.
    path: Option<PathBuf>,
    devices: Vec<String>,
    /// Of the first GPU, which is the one that computes.
    #[serde(skip_serializing_if = "Option::is_none")]
    gpu_memory: Option<MemoryInfo>,
}

#[derive(Debug, Serialize)]
struct Folder {
    path: Option<PathBuf>,
    exists: bool,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct DatasetState {
    name: String,
    /// Folder that holds all its files; absent where it would have to be downloaded.
    folder: Option<PathBuf>,
}

/// Runs the verb.
pub(super) fn run(_arguments: DoctorArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let examination = Examination::of_this_machine(registry)?;
    if printer.is_json() {
        printer.json(&examination)?;
    } else {
        for line in examination.lines() {
            printer.line(&line)?;
        }
    }
    Ok(ExitStatus::Success)
}

impl Examination {
    fn of_this_machine(registry: &Registry) -> Result<Self, ManifestError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let build = Provenance::of_this_build(cores);
        let places = Places::new(&DataOptions::default());
        Ok(Self {
            version: build.version,
            git_revision: build.git_revision,
            platform: build.platform,
            libtorch: Libtorch::of_this_process(),
            cores,
            memory: MemoryInfo::of_this_machine(),
            cache: Folder::of_cache(&places),
            datasets: DatasetState::of_all(&places)?,
            tasks: registry.tasks().count(),
        })
    }

    fn lines(&self) -> Vec<String> {
        let path =
            |path: &Option<PathBuf>, none: &str| path.as_ref().map_or(none.into(), |path| path.display().to_string());
        let libtorch = match (&self.libtorch.path, self.libtorch.built_in) {
            (Some(path), _) => path.display().to_string(),
            (None, true) => "in this build; where it was loaded from is unknown".into(),
            (None, false) => "not in this build; tasks, data and verifiers work, models do not".into(),
        };
        let free = |memory: MemoryInfo| {
            format!("{} of {} free", BinaryBytes(memory.available_bytes), BinaryBytes(memory.total_bytes))
        };
        let memory = self.memory.map_or("unknown".into(), free);
        let on_gpu = self.libtorch.gpu_memory.map(|memory| format!(", {}", free(memory))).unwrap_or_default();
        let revision = self.git_revision.as_ref().map(|revision| format!(" ({revision})")).unwrap_or_default();
        let cache_size =
            if self.cache.exists { BinaryBytes(self.cache.bytes).to_string() } else { "not there yet".into() };
        vec![
            format!("version   {}{revision} on {}", self.version, self.platform),
            format!("libtorch  {libtorch}"),
            format!("devices   {}{on_gpu}", self.libtorch.devices.join(", ")),
            format!("cores     {}", self.cores),
            format!("memory    {memory}"),
            format!("cache     {} ({cache_size})", path(&self.cache.path, "no cache folder on this system")),
            format!("datasets  {}", DatasetState::text(&self.datasets)),
            format!("tasks     {}", self.tasks),
        ]
    }
}

impl Libtorch {
    #[cfg(feature = "torch")]
    fn of_this_process() -> Self {
        let mut devices = vec!["cpu".to_owned()];
        // The CUDA part of libtorch is opened by it, without which libtorch counts none.
        let device = libtorch::best_device();
        if device.is_cuda() {
            devices.extend((0..tch::Cuda::device_count()).map(|device| format!("cuda:{device}")));
        }
        let gpu_memory = libtorch::gpu_memory(device)
            .map(|memory| MemoryInfo { total_bytes: memory.total_bytes, available_bytes: memory.available_bytes });
        Self { built_in: true, path: loaded_library("libtorch_cpu.so"), devices, gpu_memory }
    }

    #[cfg(not(feature = "torch"))]
    fn of_this_process() -> Self {
        Self { built_in: false, path: None, devices: vec!["cpu".into()], gpu_memory: None }
    }
}

/// The file of a shared library of this process; `None` where the system does not tell.
#[cfg(feature = "torch")]
fn loaded_library(name: &str) -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with(name))?;
    Some(PathBuf::from(&line[line.find('/')?..]))
}

impl Folder {
    fn of_cache(places: &Places) -> Self {
        let path = places.download.as_deref().and_then(Path::parent).map(Path::to_owned);
        let exists = path.as_ref().is_some_and(|path| path.is_dir());
        let bytes = path.as_ref().map_or(0, |path| size(path));
        Self { path, exists, bytes }
    }
}

impl DatasetState {
    fn of_all(places: &Places) -> Result<Vec<Self>, ManifestError> {
        let datasets = Manifest::embedded()?.datasets.iter();
        Ok(datasets
            .map(|dataset| Self {
                name: dataset.name.clone(),
                folder: places.find_complete(dataset).map(|presence| presence.folder),
            })
            .collect())
    }

    fn text(datasets: &[Self]) -> String {
        let here: Vec<&str> =
            datasets.iter().filter(|state| state.folder.is_some()).map(|state| state.name.as_str()).collect();
        let absent = datasets.len() - here.len();
        if here.is_empty() {
            return format!("none of {absent} on this machine; each is downloaded when it is first used");
        }
        format!("{} on this machine; {absent} more are downloaded when first used", here.join(", "))
    }
}

/// Bytes of all files below a folder; what cannot be read counts nothing.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
