//! What an invocation says and nothing reads: refused where the verb has no use for it, told in a line where other settings have none.

use std::env;
use std::path::{Path, PathBuf};

use super::{Printer, usage};
use crate::data::DATA_VARIABLE;

/// Refuses the first of the options that was given and that nothing reads.
pub(super) fn refuse(options: &[(&str, bool)], reason: &str) -> anyhow::Result<()> {
    match options.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(usage(format!("`{option}` has no effect here: {reason}\nhint: leave it out"))),
        None => Ok(()),
    }
}

/// Tells that nothing is found in a folder that is not there, where nothing is about to be written into it either.
pub(super) fn tell_of_absent(data_dir: Option<&Path>, printer: &mut Printer) {
    if let Some(folder) = data_dir.filter(|folder| !folder.exists()) {
        printer.note(&format!("`--data-dir {}` has no effect: there is no such folder", folder.display()));
    }
    let variable = env::var_os(DATA_VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable.filter(|folder| !folder.exists()) {
        printer.note(&format!("`{DATA_VARIABLE}={}` has no effect: there is no such folder", folder.display()));
    }
}

#[cfg(feature = "torch")]
mod of_bench;

#[cfg(feature = "torch")]
pub(super) use of_bench::{Measured, tell_of_bench};
#[cfg(feature = "torch")]
pub(super) use of_settings::{tell_of_evaluation, tell_of_training};

#[cfg(feature = "torch")]
mod of_settings {
    use crate::cli::Printer;
    use crate::config::{Config, PolicyKind, RolloutCorrection};
    use crate::tasks::Mixture;
    use crate::train::named::{is_made_here, is_tiny};

    /// Sections that only training reads.
    const OF_TRAINING: [&str; 7] = ["grpo", "optimizer", "warm_start", "lora", "trainer", "checkpoint", "curriculum"];

    /// Tells which knobs of `--set` a run with these settings never reads.
    ///
    /// A settings file is left alone: it describes more than one run, the command line this one.
    pub(in crate::cli) fn tell_of_training(set: &[String], config: &Config, mixture: &Mixture, printer: &mut Printer) {
        for assignment in set {
            if let Some(reason) = knob(assignment).and_then(|knob| idle(knob, config, mixture)) {
                printer.note(&format!("`--set {assignment}` has no effect: {reason}"));
            }
        }
    }

    /// Tells which knobs of `--set` an evaluation never reads.
    pub(in crate::cli) fn tell_of_evaluation(set: &[String], printer: &mut Printer) {
        for assignment in set {
            let section = knob(assignment).and_then(|knob| knob.split('.').next());
            if section.is_some_and(|section| OF_TRAINING.contains(&section)) {
                printer.note(&format!("`--set {assignment}` has no effect: nothing is trained"));
            }
        }
    }

    pub(super) fn knob(assignment: &str) -> Option<&str> {
        assignment.split_once('=').map(|(knob, _)| knob.trim())
    }

    /// Why nothing reads a knob, where nothing does.
    fn idle(knob: &str, config: &Config, mixture: &Mixture) -> Option<String> {
        let (section, name) = knob.split_once('.')?;
        if section == "task" {
            let task = name.split('.').next().unwrap_or(name);
            let asked = mixture.tasks().iter().any(|other| other.name() == task);
            return (!asked).then(|| format!("the run does not ask `{task}`; `--task {task}` asks it"));
        }
        switched_off(section, name, config)
    }

    /// Which other setting makes a knob idle, where one does.
    pub(super) fn switched_off(section: &str, name: &str, config: &Config) -> Option<String> {
        let (policy, grpo, eval) = (&config.policy, &config.grpo, &config.eval);
        let reason = |idle: bool, reason: &str| idle.then(|| reason.to_owned());
        match (section, name) {
            ("data", "setting") => reason(config.data.modality != "graph", "the data is no graph"),
            ("curriculum", name) => {
                reason(name != "enabled" && !config.curriculum.enabled, "`curriculum.enabled` is false")
            }
            ("reward", "overlong_share") => {
                reason(config.reward.weights.overlong == 0.0, "`reward.weights.overlong` is 0")
            }
            ("policy", "hidden_size" | "layers" | "heads" | "key_value_heads" | "intermediate_size") => {
                reason(!is_tiny(&policy.model), "it is of `tiny`, and the run has another model")
            }
            ("policy", "vocabulary" | "tokenizer_samples") => {
                reason(!is_made_here(&policy.model), "the model brings a tokenizer of its own")
            }
            ("policy", "revision") => {
                let on_the_hub = !is_made_here(&policy.model) && !std::path::Path::new(&policy.model).exists();
                reason(!on_the_hub, "the model is not one of the hub")
            }
            ("lora", name) => reason(!["rank", "encoder"].contains(&name) && !config.lora.is_on(), "`lora.rank` is 0"),
            ("warm_start", name) => {
                reason(name != "max_batches" && !config.warm_start.is_on(), "`warm_start.max_batches` is 0")
            }
            ("grpo", "kl" | "kl_in" | "kl_ratio_weighted") => {
                reason(grpo.kl_coefficient == 0.0, "`grpo.kl_coefficient` is 0")
            }
            ("grpo", "rollout_correction_min" | "rollout_correction_max") => {
                reason(grpo.rollout_correction == RolloutCorrection::None, "`grpo.rollout_correction` is none")
            }
            ("grpo", "sapo_positive" | "sapo_negative") => {
                reason(grpo.policy != PolicyKind::Sapo, "`grpo.policy` is not sapo")
            }
            ("eval", "min_delta") => reason(eval.patience == 0, "`eval.patience` is 0"),
            ("eval", "bench_max_new_tokens") => reason(eval.bench.is_empty(), "the run sits no benchmark"),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use std::sync::Arc;

        use super::*;
        use crate::cli::Verbosity;

        fn told(assignments: &[&str]) -> String {
            let mut config = Config::default();
            for assignment in assignments {
                config.set(assignment).unwrap();
            }
            config.tasks = [("graph/subgraph-counting".to_owned(), 1.0)].into();
            let registry = crate::builtin_registry().unwrap();
            let graph = crate::graph::generate::from_spec("synthetic", 1).unwrap().unwrap();
            let mixture = Mixture::choose(&registry, "graph", &config.tasks, &config.task, Arc::new(graph), 0).unwrap();
            let (mut printer, captured) = Printer::captured(Verbosity::default());
            let set: Vec<String> = assignments.iter().map(ToString::to_string).collect();
            tell_of_training(&set, &config, &mixture, &mut printer);
            captured.stderr()
        }

        #[test]
        fn a_knob_that_another_setting_switches_off_is_told() {
            for (idle, reason) in [
                ("lora.alpha=64", "`lora.rank` is 0"),
                ("eval.min_delta=0.1", "`eval.patience` is 0"),
                ("policy.revision=abc", "the model is not one of the hub"),
                (
                    "task.graph/edge-prediction.options=3",
                    "the run does not ask `graph/edge-prediction`; `--task graph/edge-prediction` asks it",
                ),
            ] {
                let text = told(&[idle]);
                assert!(text.contains(&format!("`--set {idle}` has no effect: {reason}")), "{text}");
            }
        }

        #[test]
        fn a_knob_that_is_read_is_not() {
            let read = ["lora.rank=4", "lora.alpha=64", "eval.every=5", "eval.patience=2", "rollout.prompts=4"];
            assert_eq!(told(&read), "");
        }
    }
}
