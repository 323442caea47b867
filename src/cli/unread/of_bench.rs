//! Which knobs of `--set` a benchmark of a policy reads: it does a part of a run's work, and a fixed amount of it.

use super::of_settings::{knob, switched_off};
use crate::cli::Printer;
use crate::config::Config;

/// Knobs and sections that generation of a fixed length reads.
const OF_GENERATION: [&str; 3] = ["lora", "rollout.cache_gib", "rollout.record_steps"];
/// Those that an update reads; the memory expected of one counts the cache of generation beside it.
const OF_UPDATES: [&str; 7] =
    ["preset", "lora", "rollout.cache_gib", "rollout.temperature", "grpo", "optimizer", "trainer"];
/// Those of these sections that shape the course of a run, while every measured step is like the others.
const OF_COURSE: [&str; 6] = [
    "grpo.steps",
    "grpo.max_skipped",
    "grpo.dynamic_sampling",
    "optimizer.learning_rate",
    "optimizer.warmup_steps",
    "optimizer.schedule",
];
/// Knobs that options of the benchmark stand for.
const BY_OPTION: [(&str, &str); 5] = [
    ("policy.model", "--model"),
    ("policy.dtype", "--dtype"),
    ("rollout.prompts", "--prompts"),
    ("rollout.group_size", "--group"),
    ("rollout.max_new_tokens", "--new"),
];

/// What of a run is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Measured {
    /// Completions.
    Generation,
    /// An update.
    Update,
    /// Both.
    Step,
}

impl Measured {
    fn reads(self, knob: &str) -> bool {
        let section = knob.split('.').next().unwrap_or(knob);
        let among = |known: &[&str]| known.contains(&knob) || known.contains(&section);
        let generates = self != Self::Update && among(&OF_GENERATION);
        let updates = self != Self::Generation && among(&OF_UPDATES) && !OF_COURSE.contains(&knob);
        generates || updates
    }

    /// The beginning of a sentence.
    fn told(self) -> &'static str {
        match self {
            Self::Generation => "generation alone is measured, and does",
            Self::Update => "updates alone are measured, and do",
            Self::Step => "single steps are measured, and do",
        }
    }
}

/// Tells which knobs of `--set` a benchmark with these settings never reads.
pub(in crate::cli) fn tell_of_bench(set: &[String], measured: Measured, config: &Config, printer: &mut Printer) {
    for assignment in set {
        if let Some(reason) = knob(assignment).and_then(|knob| idle(knob, measured, config)) {
            printer.note(&format!("`--set {assignment}` has no effect: {reason}"));
        }
    }
}

/// Why nothing reads a knob, where nothing does.
fn idle(knob: &str, measured: Measured, config: &Config) -> Option<String> {
    if let Some((_, option)) = BY_OPTION.iter().find(|(other, _)| *other == knob) {
        return Some(format!("`{option}` says it here"));
    }
    if !measured.reads(knob) {
        return Some(format!("{} not read it", measured.told()));
    }
    let (section, name) = knob.split_once('.')?;
    switched_off(section, name, config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Verbosity;

    fn told(measured: Measured, assignments: &[&str]) -> Vec<String> {
        let mut config = Config::default();
        for assignment in assignments {
            config.set(assignment).unwrap();
        }
        let (mut printer, captured) = Printer::captured(Verbosity::default());
        let set: Vec<String> = assignments.iter().map(ToString::to_string).collect();
        tell_of_bench(&set, measured, &config, &mut printer);
        captured.stderr().lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_part_of_a_step_reads_its_own_knobs() {
        let (cache, clip) = ("rollout.cache_gib=1", "grpo.clip_high=0.3");
        let unread = |knob: &str, why: &str| format!("`--set {knob}` has no effect: {why}");
        assert_eq!(told(Measured::Step, &[cache, clip, "rollout.record_steps=false", "preset=trl"]), [""; 0]);
        assert_eq!(told(Measured::Update, &[cache, clip, "trainer.checkpointed_layers=2"]), [""; 0]);
        assert_eq!(
            told(Measured::Generation, &[cache, clip, "lora.rank=4", "lora.alpha=8"]),
            [unread(clip, "generation alone is measured, and does not read it")]
        );
        let record = "rollout.record_steps=false";
        assert_eq!(
            told(Measured::Update, &[record]),
            [unread(record, "updates alone are measured, and do not read it")]
        );
    }

    #[test]
    fn what_only_a_run_reads_is_told() {
        for knob in ["warm_start.max_batches=3", "eval.every=2", "grpo.steps=9", "optimizer.learning_rate=0.1"] {
            let [line] = <[String; 1]>::try_from(told(Measured::Step, &[knob])).unwrap();
            assert!(line.contains("single steps are measured"), "{line}");
        }
        let told_of = |knob: &str| told(Measured::Step, &[knob]).concat();
        assert_eq!(told_of("rollout.prompts=4"), "`--set rollout.prompts=4` has no effect: `--prompts` says it here");
        assert_eq!(told_of("lora.alpha=8"), "`--set lora.alpha=8` has no effect: `lora.rank` is 0");
    }
}
