//! What a run is: data, policy, algorithm, what it was made with, and every setting.
//!
//! ```text
//! rollout.prompts = 64, rollout.group_size = 8   ->   Rollout: 64 questions × 8 completions
//! ```

use serde_json::Value;

use super::axis::short;
use super::element::{Element, element};
use super::read::RunData;
use crate::config::{Config, Provenance};
use crate::tasks::counted;

/// Most tasks named one by one.
const MOST_TASKS: usize = 12;

/// The settings that tell runs apart, in words.
pub(super) fn list(run: &RunData) -> Element {
    let mut list = element("dl").class("facts");
    let config = &run.config;
    let facts = of_run(run).into_iter().chain(of_algorithm(config)).chain(of_provenance(config.provenance.as_ref()));
    for (name, value) in facts {
        if !value.is_empty() {
            list = list.child(element("div").child(element("dt").text(name)).child(element("dd").text(value)));
        }
    }
    list
}

/// `config.toml` as it is, folded up.
pub(super) fn settings(run: &RunData) -> Element {
    let summary = element("summary").text("config.toml");
    element("details").child(summary).child(element("pre").text(&run.settings))
}

/// What is trained on what, and how far it came.
fn of_run(run: &RunData) -> Vec<(&'static str, String)> {
    let config = &run.config;
    let Config { data, lora, eval, .. } = config;
    let adapters = if lora.rank > 0 { format!(", adapters of rank {}", lora.rank) } else { String::new() };
    let evaluated = match eval.every {
        0 => "before and after".to_owned(),
        every => format!("every {}", counted(every, "step", "steps")),
    };
    vec![
        ("Run", run.state.clone().unwrap_or_default()),
        ("Steps", format!("{} of {}", run.steps(), config.grpo.steps)),
        ("Tasks", tasks(config)),
        ("Data", format!("{} ({}, {})", data.dataset, data.modality, name_of(&data.setting))),
        ("Model", format!("{}{adapters}", config.policy.model)),
        ("Number format", name_of(&config.policy.dtype)),
        ("Preset", if config.preset.is_empty() { "none".to_owned() } else { config.preset.clone() }),
        ("Seed", config.seed.to_string()),
        ("Evaluation", format!("{} a task, {evaluated}", counted(eval.samples, "question", "questions"))),
        ("Exam", eval.bench.clone()),
        ("Time of the steps", seconds(run)),
    ]
}

fn of_algorithm(config: &Config) -> Vec<(&'static str, String)> {
    let Config { rollout, grpo, optimizer, warm_start, .. } = config;
    let batches = format!("up to {}", counted(warm_start.max_batches, "batch", "batches"));
    let (policy, ratio) = (name_of(&grpo.policy), name_of(&grpo.ratio));
    let kl = format!("{} × {}", grpo.kl_coefficient, name_of(&grpo.kl));
    let (questions, completions) =
        (counted(rollout.prompts, "question", "questions"), counted(rollout.group_size, "completion", "completions"));
    vec![
        ("Warm start", if warm_start.is_on() { batches } else { "none".to_owned() }),
        ("Advantage", name_of(&grpo.advantage)),
        ("Policy term", format!("{policy}, {ratio} ratio, clip {} / {}", grpo.clip_low, grpo.clip_high)),
        ("Loss", name_of(&grpo.aggregate)),
        ("KL", if grpo.kl_coefficient == 0.0 { "none".to_owned() } else { kl }),
        ("Rollout", format!("{questions} × {completions}")),
        ("Sampling", format!("temperature {}, at most {} tokens", rollout.temperature, rollout.max_new_tokens)),
        ("Learning rate", format!("{}, {}", short(optimizer.learning_rate), name_of(&optimizer.schedule))),
        ("Curriculum", if config.curriculum.enabled { "on".to_owned() } else { String::new() }),
    ]
}

fn of_provenance(provenance: Option<&Provenance>) -> Vec<(&'static str, String)> {
    let Some(provenance) = provenance else { return Vec::new() };
    let Provenance { version, git_revision, platform, libtorch, device, threads, model_commit, .. } = provenance;
    let revision = git_revision.as_ref().map(|revision| format!(" ({revision})")).unwrap_or_default();
    let device = device.as_ref().map(|device| format!("{device}, ")).unwrap_or_default();
    vec![
        ("Device", format!("{device}{}, {platform}", counted(*threads as u64, "thread", "threads"))),
        ("Made with", format!("ssl4rl {version}{revision}")),
        ("libtorch", libtorch.clone().unwrap_or_default()),
        ("Commit of the model", model_commit.clone().unwrap_or_default()),
    ]
}

fn tasks(config: &Config) -> String {
    let equal = config.tasks.values().all(|weight| Some(weight) == config.tasks.values().next());
    let name = |(task, weight): (&String, &f64)| if equal { task.clone() } else { format!("{task} × {weight}") };
    let named: Vec<String> = config.tasks.iter().take(MOST_TASKS).map(name).collect();
    match config.tasks.len().saturating_sub(MOST_TASKS) {
        _ if named.is_empty() => "every task that the data can carry".to_owned(),
        0 => named.join(", "),
        more => format!("{}, and {more} more", named.join(", ")),
    }
}

fn seconds(run: &RunData) -> String {
    let times: Vec<f64> = run.metrics.iter().filter_map(|row| row.get("time/step_s")).collect();
    if times.is_empty() { String::new() } else { format!("{} s", short(times.iter().sum())) }
}

/// A setting that is one of several, as the settings file writes it.
fn name_of(setting: &impl serde::Serialize) -> String {
    match serde_json::to_value(setting) {
        Ok(Value::String(name)) => name.replace(['_', '-'], " "),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_named_with_weights_that_differ() {
        let mut config = Config::default();
        assert_eq!(tasks(&config), "every task that the data can carry");
        config.tasks = [("a/a".to_owned(), 1.0), ("a/b".to_owned(), 1.0)].into();
        assert_eq!(tasks(&config), "a/a, a/b");
        config.tasks.insert("a/b".to_owned(), 2.5);
        assert_eq!(tasks(&config), "a/a × 1, a/b × 2.5");
        config.tasks = (0..14).map(|index| (format!("a/{index:02}"), 1.0)).collect();
        assert!(tasks(&config).ends_with("a/11, and 2 more"));
    }

    #[test]
    fn settings_are_named_as_the_file_names_them() {
        assert_eq!(name_of(&Config::default().grpo.advantage), "group std");
        assert_eq!(name_of(&Config::default().optimizer.schedule), "constant");
    }
}
