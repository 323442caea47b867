//! `ssl4rl tasks`: lists tasks, prints real samples, runs the conformance kit, fuzzes verifiers, writes the gallery.

mod check;
mod fuzz;
mod gallery;
mod show;

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{AsUsage, ExitStatus, Printer, exit, unread, usage};
use crate::tasks::{Modality, Place, Registry, Split};

pub use show::Shown;

/// List the tasks, print real samples of one, or hold them to the laws of the conformance kit.
#[derive(Debug, Args)]
pub struct TasksArgs {
    /// What to do; the list of tasks when absent.
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print samples of a task: prompt, right answer, chance
    Show(show::ShowArgs),
    /// Hold tasks to the laws of the conformance kit; exit code 1 if one breaks a law
    Check(check::CheckArgs),
    /// Score random and mutated completions; exit code 1 if a verdict panics, is out of range, or is slow
    Fuzz(fuzz::FuzzArgs),
    /// Write a page with a sample and the knobs of every task
    Gallery(gallery::GalleryArgs),
}

/// Runs the verb.
pub fn run(arguments: TasksArgs, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    match arguments.action {
        None => list(registry, printer),
        Some(Action::Show(arguments)) => show::run(&arguments, registry, printer),
        Some(Action::Check(arguments)) => check::run(&arguments, registry, printer),
        Some(Action::Fuzz(arguments)) => fuzz::run(&arguments, registry, printer),
        Some(Action::Gallery(arguments)) => gallery::run(&arguments, registry, printer),
    }
}

/// A task as `--json` lists it.
#[derive(Serialize)]
pub(super) struct Listed {
    name: &'static str,
    summary: &'static str,
}

/// The tasks of a registry, by name.
pub(super) fn listed(registry: &Registry) -> Vec<Listed> {
    registry.tasks().map(|(name, summary)| Listed { name, summary }).collect()
}

/// Prints the tasks of a registry, a line each.
pub fn list(registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let tasks = listed(registry);
    if printer.is_json() {
        printer.json(&tasks)?;
        return Ok(ExitStatus::Success);
    }
    let width = tasks.iter().map(|task| task.name.len()).max().unwrap_or_default();
    for Listed { name, summary } in tasks {
        printer.line(&format!("{name:<width$}  {summary}"))?;
    }
    printer.note("`ssl4rl tasks show NAME` prints samples of one");
    Ok(ExitStatus::Success)
}

/// What tasks are made from.
type Input = Arc<dyn Any + Send + Sync>;

/// Where data is looked for.
#[derive(Debug, Args)]
struct DataPlace {
    /// Folder searched first for datasets
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Never download
    #[arg(long)]
    offline: bool,
    /// Seed of the questions, and of the data where they are generated
    #[arg(long, default_value_t = 0, value_parser = super::at_least::<0, u64>)]
    seed: u64,
}

impl DataPlace {
    fn place(&self) -> Place {
        Place { data_dir: self.data_dir.clone(), offline: self.offline, seed: self.seed }
    }

    /// What the tasks of `modality` are made from.
    fn input(&self, modality: &dyn Modality, dataset: &str, printer: &mut Printer) -> anyhow::Result<Input> {
        let opened = exit::opened(modality.open(dataset, &self.place()))?;
        for note in &opened.notes {
            printer.note(note);
        }
        // A download would have made it.
        unread::tell_of_absent(self.data_dir.as_deref(), printer);
        Ok(opened.input)
    }
}

/// A task's settings: the defaults, and over them `KNOB=VALUE` or `SECTION.KNOB=VALUE`.
pub fn configured(registry: &Registry, task: &str, settings: &[String]) -> anyhow::Result<Value> {
    let mut config = registry.default_config(task).usage()?;
    for setting in settings {
        let parts = setting.split_once('=').filter(|(knob, _)| !knob.trim().is_empty());
        let (knob, value) = parts.ok_or_else(|| usage(format!("`--set {setting}`: expected KNOB=VALUE")))?;
        let mut place = &mut config;
        // Unknown knobs are refused with the others when the task is built.
        for part in knob.trim().split('.') {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = place.as_object_mut().context("an object was just made")?.entry(part).or_insert(Value::Null);
        }
        *place = plain_value(value.trim());
    }
    Ok(config)
}

/// A number, a boolean or a list where the text is one, else the text itself.
fn plain_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Which questions are shown.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum SplitName {
    WarmStart,
    #[default]
    Train,
    HeldOut,
}

impl From<SplitName> for Split {
    fn from(name: SplitName) -> Self {
        match name {
            SplitName::WarmStart => Self::WarmStart,
            SplitName::Train => Self::Train,
            SplitName::HeldOut => Self::HeldOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Captured, Verbosity, status_of};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: TasksArgs,
    }

    fn ssl4rl(arguments: &str, json: bool) -> (anyhow::Result<ExitStatus>, Captured) {
        let words = std::iter::once("tasks").chain(arguments.split_whitespace());
        let (mut printer, captured) = Printer::captured(Verbosity { json, ..Verbosity::default() });
        let registry = crate::builtin_registry().unwrap();
        (run(Line::parse_from(words).arguments, &registry, &mut printer), captured)
    }

    fn refusal(arguments: &str) -> String {
        let error = ssl4rl(arguments, false).0.unwrap_err();
        assert_eq!(status_of(&error), ExitStatus::Usage);
        error.to_string()
    }

    #[test]
    fn the_list_names_every_task() {
        let (status, captured) = ssl4rl("", false);
        assert_eq!(status.unwrap(), ExitStatus::Success);
        for (name, summary) in crate::builtin_registry().unwrap().tasks() {
            assert!(captured.stdout().contains(name) && captured.stdout().contains(summary));
        }
        let listed: Vec<Value> = serde_json::from_str(&ssl4rl("", true).1.stdout()).unwrap();
        assert_eq!(listed.len(), captured.stdout().lines().count());
    }

    #[test]
    fn samples_hold_prompt_answer_and_chance_and_are_the_same_each_time() {
        let line = "show graph/edge-prediction --dataset synthetic -n 2 --seed 5 --split held-out";
        let (status, captured) = ssl4rl(line, true);
        assert_eq!(status.unwrap(), ExitStatus::Success);
        let samples: Vec<Value> = captured.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(samples.len(), 2);
        assert_eq!((&samples[1]["index"], &samples[1]["split"]), (&Value::from(1), &Value::from("held-out")));
        assert!(samples[0]["prompt"].as_str().unwrap().contains(samples[0]["answer"].as_str().unwrap()));
        assert_eq!(ssl4rl(line, true).1.stdout(), captured.stdout());
        let (_, plain) = ssl4rl(line, false);
        assert!(plain.stdout().contains("--- graph/edge-prediction held-out 0, seed 5"), "{}", plain.stdout());
    }

    #[test]
    fn settings_are_shown_changed_and_refused() {
        let (_, captured) = ssl4rl("show graph/edge-prediction --config --set options=6", false);
        let table: toml::Table = captured.stdout().parse().unwrap();
        assert_eq!(table["task"]["graph/edge-prediction"]["options"].as_integer(), Some(6));
        assert!(
            refusal("show graph/edge-prediction --config --set option=6")
                .contains("unknown knob `option`; did you mean `options`?")
        );
        assert!(refusal("show graph/edge-prediction --config --set options").contains("expected KNOB=VALUE"));
        assert!(refusal("show graph/edge-predicton").contains("did you mean `graph/edge-prediction`?"));
    }

    #[test]
    fn every_knob_is_shown_with_its_meaning_and_a_section_can_be_set_in_part() {
        let (_, captured) = ssl4rl("show graph/edge-prediction --config --set writing.naming=letters", false);
        assert!(
            captured.stdout().contains("# Answer by the option's `text` or its `letter`.\nanswer_style = \"text\"")
        );
        let table: toml::Table = captured.stdout().parse().unwrap();
        let writing = &table["task"]["graph/edge-prediction"]["writing"];
        assert_eq!((writing["naming"].as_str(), writing["encoder"].as_str()), (Some("letters"), Some("incident")));
    }

    #[test]
    fn a_check_of_all_tasks_prints_a_line_a_task_and_says_which_cannot_be_made() {
        let (status, captured) = ssl4rl("check --dataset path-less -n 20", false);
        assert!(status.is_err() && captured.stdout().is_empty());
        let (status, captured) = ssl4rl("check --dataset er:n=60,p=0.1 -n 20", true);
        assert!(status.is_ok());
        let lines: Vec<Value> = captured.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), crate::builtin_registry().unwrap().tasks().count());
        let features = lines.iter().find(|line| line["task"] == "graph/masked-node-features").unwrap();
        assert_eq!(features["unusable"], "its nodes have no features");
    }

    #[test]
    fn looking_at_nothing_is_refused() {
        for line in ["show graph/motif -n 0", "check -n 0", "fuzz --completions 0"] {
            let words = std::iter::once("tasks").chain(line.split_whitespace());
            let refused = Line::try_parse_from(words).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(refused.contains("invalid value '0'"), "{line}: {refused}");
        }
    }

    #[test]
    fn verifiers_are_fuzzed() {
        let (status, captured) = ssl4rl("fuzz graph/subgraph-counting -n 300", true);
        assert_eq!(status.unwrap(), ExitStatus::Success);
        let report: Value = serde_json::from_str(&captured.stdout()).unwrap();
        assert_eq!((&report["completions"], &report["fault"]), (&Value::from(300), &Value::Null));
    }

    #[test]
    fn a_check_prints_every_law() {
        let (status, captured) = ssl4rl("check graph/edge-prediction --dataset synthetic -n 200", true);
        assert!(status.is_ok());
        let report: Value = serde_json::from_str(&captured.stdout()).unwrap();
        let laws: Vec<&str> =
            report["findings"].as_array().unwrap().iter().filter_map(|finding| finding["law"].as_str()).collect();
        assert_eq!(laws, crate::tasks::conformance::law_names().collect::<Vec<_>>());
    }
}
