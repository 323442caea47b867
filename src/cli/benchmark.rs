//! `ssl4rl eval --bench`: a model on a downstream benchmark, its score beside every baseline.

use std::path::PathBuf;

use serde_json::Value;

use super::data_args::DataArgs;
use super::{AsUsage, Printer, exit, usage};
use crate::data::{self, DataOptions, Places};
use crate::graph::eval::{Benchmark, Exam, Outcome, Subject, benchmark};
use crate::tasks::{Modality, Place, Registry};

/// Which benchmark, and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct BenchmarkArgs {
    /// A downstream benchmark, never trained on: graph/node-classification, graph/ego-classification, graph/completion,
    /// graph/link-prediction or graph/nlgraph
    #[arg(long, value_name = "NAME")]
    pub bench: Option<String>,
    /// A setting of the benchmark, for instance `shots=5` or `method=rerank`; repeatable
    #[arg(long, value_name = "KEY=VALUE", requires = "bench")]
    pub bench_set: Vec<String>,
    /// Scores of the baselines alone, of no model
    #[arg(long, requires = "bench", conflicts_with = "run")]
    pub baselines_only: bool,
    /// Longest reply, in tokens; when absent `rollout.max_new_tokens`, and `eval.bench_max_new_tokens` for a plugin's benchmark
    #[cfg(feature = "torch")]
    #[arg(long, value_name = "N", requires = "bench", value_parser = super::at_least::<1, i64>)]
    pub max_new_tokens: Option<i64>,
}

/// A benchmark on a data set.
pub(super) struct Examination {
    name: String,
    dataset: String,
    pub(super) exam: Box<dyn Exam>,
    /// Whether it is one of graphs, and not of another modality.
    #[cfg(feature = "torch")]
    pub(super) of_graphs: bool,
}

impl Examination {
    /// Makes the questions of the benchmark `name` about `dataset`. Other modalities have their data in the names of their benchmarks.
    pub(super) fn prepare(
        name: &str,
        dataset: &str,
        arguments: &BenchmarkArgs,
        places: &DataArgs,
        registry: &Registry,
        printer: &mut Printer,
    ) -> anyhow::Result<Self> {
        let of_graphs = benchmark(name);
        let modality = registry.modalities().find(|modality| modality.name() != GRAPHS);
        match (of_graphs, modality) {
            (Err(_), Some(modality)) => Self::of_modality(modality, name, arguments, places, printer),
            (found, _) => Self::of_graphs(found.usage()?, dataset, arguments, places, printer),
        }
    }

    fn of_graphs(
        benchmark: &'static dyn Benchmark,
        dataset: &str,
        arguments: &BenchmarkArgs,
        places: &DataArgs,
        printer: &mut Printer,
    ) -> anyhow::Result<Self> {
        let changes = changes(&arguments.bench_set)?;
        let options = DataOptions { data_dir: places.data_dir.clone(), offline: places.offline, seed: 0 };
        let subject = if let Some(only) = benchmark.only_dataset() {
            Subject::Folder(folder(only, dataset, &options)?)
        } else {
            let loaded = data::load(dataset, &options).usage()?;
            for note in &loaded.notes {
                printer.note(note);
            }
            Subject::Graph(Box::new(loaded.graph))
        };
        let dataset = benchmark.only_dataset().unwrap_or(dataset).to_owned();
        let exam = benchmark.exam(&subject, changes).usage()?;
        Ok(Self {
            name: benchmark.name().to_owned(),
            dataset,
            exam,
            #[cfg(feature = "torch")]
            of_graphs: true,
        })
    }

    fn of_modality(
        modality: &dyn Modality,
        name: &str,
        arguments: &BenchmarkArgs,
        places: &DataArgs,
        printer: &mut Printer,
    ) -> anyhow::Result<Self> {
        if !arguments.bench_set.is_empty() {
            return Err(usage(format!("--bench-set: `{name}` has no settings of its own")));
        }
        let place = Place { data_dir: places.data_dir.clone(), offline: places.offline, ..Place::default() };
        let exam = exit::opened(modality.exam(name, &place))?;
        for note in exam.notes() {
            printer.note(&note);
        }
        let (name, dataset) = name.split_once(':').unwrap_or((name, name));
        Ok(Self {
            name: name.to_owned(),
            dataset: dataset.to_owned(),
            exam,
            #[cfg(feature = "torch")]
            of_graphs: false,
        })
    }

    /// The result so far: the baselines.
    pub(super) fn outcome(&self) -> anyhow::Result<Outcome> {
        Ok(Outcome {
            benchmark: self.name.clone(),
            dataset: self.dataset.clone(),
            setting: None,
            settings: self.exam.settings(),
            rows: self.exam.baselines()?,
        })
    }
}

/// The modality whose benchmarks this crate has.
const GRAPHS: &str = "graph";

/// Prints the result.
pub(super) fn print(outcome: &Outcome, printer: &mut Printer) -> anyhow::Result<()> {
    if printer.is_json() {
        printer.json(outcome)?;
    } else if outcome.rows.is_empty() {
        let name = &outcome.benchmark;
        printer.note(&format!(
            "{name}: there is no score: questions that are open, or whose answers are hidden, have none"
        ));
    } else {
        printer.line(&outcome.text())?;
    }
    Ok(())
}

/// The scores of a policy after a step, over all questions, as text.
#[cfg(feature = "torch")]
pub(super) fn after_step(step: u64, outcome: &Outcome) -> String {
    format!("{} after step {step}\n{}", outcome.benchmark, summary(outcome).trim_end())
}

/// The scores over all questions, as text.
#[cfg(feature = "torch")]
fn summary(outcome: &Outcome) -> String {
    let first = outcome.rows.first().map(|row| row.part.clone()).unwrap_or_default();
    let rows = outcome.rows.iter().filter(|row| row.part == first).cloned().collect();
    Outcome { rows, ..outcome.clone() }.text()
}

/// The folder of a benchmark's questions: a path that was given, or that of its name where data sets lie.
fn folder(name: &str, dataset: &str, options: &DataOptions) -> anyhow::Result<PathBuf> {
    let given = PathBuf::from(dataset);
    if dataset != name && given.is_dir() {
        return Ok(given);
    }
    let search = Places::new(options).search;
    let found = search.iter().map(|folder| folder.join(name)).find(|folder| folder.is_dir());
    found.ok_or_else(|| {
        let searched: Vec<String> = search.iter().map(|folder| format!("`{}`", folder.display())).collect();
        usage(format!(
            "the questions of `{name}` are not on this machine; searched {}\nhint: `--dataset DIR` names their folder",
            searched.join(", ")
        ))
    })
}

/// `shots=5`, `writing.encoder=triples` as JSON; values that are no JSON are strings.
fn changes(assignments: &[String]) -> anyhow::Result<Value> {
    let mut changes = Value::Object(serde_json::Map::new());
    for assignment in assignments {
        let Some((path, value)) = assignment.split_once('=') else {
            return Err(usage(format!("--bench-set: expected `KEY=VALUE`, got `{assignment}`")));
        };
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        let mut place = &mut changes;
        for key in path.split('.') {
            if !place.is_object() {
                *place = Value::Object(serde_json::Map::new());
            }
            place = &mut place[key];
        }
        *place = value;
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_paths_and_values() {
        let given = ["shots=5", "writing.encoder=triples", "negatives=[\"random\"]", "shots=6"].map(String::from);
        let expected = serde_json::json!({
            "shots": 6, "writing": { "encoder": "triples" }, "negatives": ["random"]
        });
        assert_eq!(changes(&given).unwrap(), expected);
        assert!(changes(&["shots".into()]).is_err());
    }
}
