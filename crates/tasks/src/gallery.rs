//! The gallery: every task of a modality with a real sample, as one Markdown page.
//!
//! ```
//! use std::sync::Arc;
//! use ssl4rl_graph::generate;
//! use ssl4rl_tasks::gallery::{Exhibit, page};
//! let registry = ssl4rl_graph::tasks::registry().unwrap();
//! let graph = generate::from_spec("synthetic", 0).unwrap().unwrap();
//! let exhibits = [Exhibit { name: "synthetic", input: Arc::new(graph) }];
//! let text = page(&registry, "graph", &exhibits).unwrap();
//! assert!(text.contains("## `graph/subgraph-counting`"));
//! ```

use std::any::Any;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::{DynTask, Knob, Registry, RegistryError, Split, TaskRng, prompt_text, protocol};

/// Something to draw samples from.
pub struct Exhibit {
    /// What `--dataset` calls it.
    pub name: &'static str,
    /// The data.
    pub input: Arc<dyn Any + Send + Sync>,
}

/// The page: for each task its summary, how answers are scored, one sample from the first of `exhibits` that can carry it,
/// and its knobs.
pub fn page(registry: &Registry, modality: &str, exhibits: &[Exhibit]) -> Result<String, RegistryError> {
    let prefix = format!("{modality}/");
    let names: Vec<(&str, &str)> = registry.tasks().filter(|(name, _)| name.starts_with(&prefix)).collect();
    let mut text = format!("# The {modality} tasks\n\n{} tasks. Each is shown with sample 0 of seed 0 ", names.len());
    text.push_str(
        "of its training questions, the right answer, what blind guessing earns on it, and every knob with its ",
    );
    text.push_str("default.\n`ssl4rl tasks show NAME --dataset …` prints more. This page is written by `ssl4rl tasks gallery`.\n\n");
    text.push_str("| task | question |\n|---|---|\n");
    for (name, summary) in &names {
        let _ = writeln!(text, "| [`{name}`](#{}) | {summary} |", anchor(name));
    }
    for (name, summary) in names {
        let task = registry.build(name, None)?;
        let _ = write!(text, "\n## `{name}`\n\n{}. Scoring: {}.\n", capitalised(summary), task.scoring());
        append_sample(&*task, exhibits, &mut text)?;
        append_knobs(&registry.knobs(name)?, &mut text);
    }
    Ok(text)
}

fn append_sample(task: &dyn DynTask, exhibits: &[Exhibit], text: &mut String) -> Result<(), RegistryError> {
    for exhibit in exhibits {
        if task.check_input(&*exhibit.input).is_err() {
            continue;
        }
        let sample = task.sample(&*exhibit.input, &mut TaskRng::new(0, task.name(), Split::Train, 0), 0)?;
        let prompt = prompt_text(&sample.prompt);
        let oracle = task.oracle(&sample.truth)?;
        let answer = protocol::answer(&oracle).unwrap_or(&oracle);
        let _ = write!(
            text,
            "\nFrom `{}`, chance {:.3}:\n\n```text\n{}\n```\n\nAnswer:\n\n```text\n{answer}\n```\n",
            exhibit.name,
            sample.chance,
            prompt.trim_end()
        );
        return Ok(());
    }
    text.push_str("\nNone of the built-in graphs can carry it.\n");
    Ok(())
}

fn append_knobs(knobs: &[Knob], text: &mut String) {
    if knobs.is_empty() {
        return;
    }
    text.push_str("\n| knob | default | meaning |\n|---|---|---|\n");
    for Knob { path, default, about } in knobs {
        let _ = writeln!(text, "| `{path}` | {} | {} |", shown(default), about.replace('|', "\\|"));
    }
}

/// A value as a settings file has it, in code; nothing for no value.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => format!("`\"{text}\"`"),
        other => format!("`{other}`"),
    }
}

/// The anchor that Markdown viewers give to the heading of a task.
fn anchor(name: &str) -> String {
    name.replace('/', "")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
