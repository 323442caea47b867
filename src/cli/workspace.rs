//! What the verbs that train and evaluate have in common: dataset, mixture, device, cache, and the printed result.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tch::Device;

pub(super) use super::data_args::DataArgs;
pub(super) use super::inputs::{mixture, place, tell_of_use};
use super::{Printer, benchmark, inputs};
use crate::config::{Config, Provenance};
use crate::data;
use crate::model::hub::{self, Hub};
use crate::model::{Source, libtorch};
use crate::report::{Checkpoint, EvalRecord, ResultTable};
use crate::tasks::{Opened, Registry};
use crate::train::origin::fetch;

/// Opens the data the settings name and passes their notes on.
pub(super) fn open_data(
    registry: &Registry,
    config: &Config,
    arguments: &DataArgs,
    printer: &mut Printer,
) -> anyhow::Result<Opened> {
    if arguments.offline {
        hub::forbid_network();
    }
    inputs::open(registry, config, arguments, printer)
}

/// Checksum of every file by its name.
pub(super) fn checksums(files: &[(PathBuf, String)]) -> BTreeMap<String, String> {
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    files.iter().map(|(path, checksum)| (name(path), checksum.clone())).collect()
}

/// As many threads as this process may use.
pub(super) fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Sets the threads of libtorch and of the task makers, and picks the device.
pub(super) fn device(threads: usize) -> Device {
    libtorch::keep_freed_memory();
    libtorch::set_threads(threads);
    // A pool that exists already keeps its size; results do not depend on it.
    let _kept = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    libtorch::best_device()
}

/// What the run is made with.
pub(super) fn provenance(threads: usize, device: Device, dataset_sha256: BTreeMap<String, String>) -> Provenance {
    let device = match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        _ => "cpu".to_owned(),
    };
    Provenance { device: Some(device), dataset_sha256, ..Provenance::of_this_build(threads) }
}

/// Where policies made on this machine are kept: `$SSL4RL_CACHE`, else the user's cache folder.
pub(super) fn cache_folder() -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os(data::CACHE_VARIABLE) {
        return Ok(folder.into());
    }
    let folder = dirs::cache_dir().context("this system names no cache folder\nhint: set `SSL4RL_CACHE`")?;
    Ok(folder.join("ssl4rl"))
}

/// The files of a run's checkpoint; of one that holds adapters, those of their base too.
pub(super) fn source_of_checkpoint(
    checkpoint: &Checkpoint,
    offline: bool,
    printer: &Printer,
) -> anyhow::Result<Source> {
    if offline {
        hub::forbid_network();
    }
    let source = fetch(&Hub::from_environment(), &checkpoint.path.to_string_lossy(), "", printer.progress())?;
    source.base().map_or(Ok(()), Checkpoint::check_policy)?;
    Ok(source)
}

/// Prints the table and the scores of every exam, as text or as JSON.
pub(super) fn print_results(
    evaluations: &[EvalRecord],
    config: &Config,
    run: &Path,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    let table = ResultTable::of(evaluations, config.warm_start.is_on());
    let exams = || evaluations.iter().filter_map(|record| Some((record.step, record.benchmark.as_ref()?)));
    if printer.is_json() {
        let mut result = serde_json::json!({ "run": run, "results": table });
        if exams().next().is_some() {
            result["exams"] = exams().map(|(step, exam)| serde_json::json!({ "step": step, "exam": exam })).collect();
        }
        printer.json(&result)?;
    } else {
        printer.line(table.text().trim_end())?;
        if let Some(policy) = table.policy_text() {
            printer.line(&policy)?;
        }
        for (step, exam) in exams() {
            printer.line(&benchmark::after_step(step, exam))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::cli::Verbosity;
    use crate::tasks::exam::{Outcome, Row, metrics::Estimate};

    #[test]
    fn the_scores_of_exams_are_among_the_results() {
        let exam = |accuracy: f64| Outcome {
            benchmark: "blink".into(),
            dataset: "blink".into(),
            setting: None,
            settings: Value::Null,
            rows: vec![Row::new("all", Row::MODEL, 28).with("accuracy", Estimate::mean(&[accuracy]))],
        };
        let records = [EvalRecord::of_benchmark(0, exam(0.25)), EvalRecord::of_benchmark(7, exam(0.75))];
        let written = |json: bool| {
            let (mut printer, captured) = Printer::captured(Verbosity { json, quiet: true, color: false });
            print_results(&records, &Config::default(), Path::new("run"), &mut printer).unwrap();
            captured.stdout()
        };
        let text = written(false);
        let [before, after] = ["blink after step 0\n", "blink after step 7\n"].map(|head| text.find(head).unwrap());
        assert!(text[before..after].contains("0.25") && text[after..].contains("0.75"), "{text}");
        let result: Value = serde_json::from_str(&written(true)).unwrap();
        assert_eq!((&result["exams"][0]["step"], &result["exams"][1]["step"]), (&0.into(), &7.into()));
        assert_eq!(result["exams"][1]["exam"]["rows"][0]["metrics"]["accuracy"]["value"], 0.75);
        let (mut printer, captured) = Printer::captured(Verbosity { json: true, ..Verbosity::default() });
        print_results(&[], &Config::default(), Path::new("run"), &mut printer).unwrap();
        assert!(!captured.stdout().contains("exams"));
    }
}
