//! Flags that override settings, for every verb that trains or evaluates.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::knobs::{self, Knob};
use super::{Config, ConfigError, at_least};
use crate::tasks::in_words;

/// Settings given on the command line; what is absent leaves the file's value.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct Overrides {
    /// Dataset name, path or generator, for instance `cora` or `sbm:n=500,k=5`
    #[arg(long, value_name = "NAME|PATH")]
    pub dataset: Option<String>,
    /// Task to train on, with its weight; repeat for a mixture. These replace the tasks of the settings file
    #[arg(long = "task", value_name = "NAME[=WEIGHT]")]
    pub tasks: Vec<String>,
    /// `tiny`, a folder in Hugging Face layout, or a model of the hub: `owner/name[@revision]`
    #[arg(long, value_name = "DIR|HUB-ID|tiny")]
    pub model: Option<String>,
    /// Trains low-rank adapters of this rank instead of the model's weights; 0 trains the weights
    #[arg(long, value_name = "N", value_parser = at_least::<0, u32>)]
    pub lora_rank: Option<u32>,
    /// Optimizer steps of reinforcement learning
    #[arg(long, value_name = "N", value_parser = at_least::<0, u64>)]
    pub steps: Option<u64>,
    /// Seed of every random stream
    #[arg(long, value_name = "N", value_parser = at_least::<0, u64>)]
    pub seed: Option<u64>,
    /// A published algorithm or another trainer's defaults: grpo, dr-grpo, dapo, gspo, cispo, rloo, reinforce-pp, trl, verl,
    /// paper. The settings file and `--set` override it
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Any knob by its path, for instance `grpo.kl_coefficient=0.05`; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl Overrides {
    /// Refuses `--set` of what an option with a name of its own decides.
    fn check_said_once(&self) -> Result<(), ConfigError> {
        let options = [
            ("--dataset", "data.dataset", self.dataset.is_some()),
            ("--model", "policy.model", self.model.is_some()),
            ("--lora-rank", "lora.rank", self.lora_rank.is_some()),
            ("--steps", "grpo.steps", self.steps.is_some()),
            ("--seed", "seed", self.seed.is_some()),
            ("--preset", "preset", self.preset.is_some()),
        ];
        for assignment in &self.set {
            let knob = assignment.split_once('=').map_or("", |(knob, _)| knob.trim());
            let bad = |message: String| {
                let argument = assignment.clone();
                Err(ConfigError::BadFlag { flag: "--set", argument, message })
            };
            if let Some((option, ..)) = options.iter().find(|(_, other, given)| *given && *other == knob) {
                return bad(format!("`{option}` says it as well; leave one of them out"));
            }
            if let Some(task) = knob.strip_prefix("tasks.").filter(|_| !self.tasks.is_empty()) {
                return bad(format!("`--task` names all tasks of the run; `--task {task}=WEIGHT` adds this one"));
            }
        }
        Ok(())
    }

    /// The preset named by `--preset`, or else by the last `--set preset=NAME`.
    fn preset(&self) -> Option<&str> {
        self.preset.as_deref().or_else(|| self.set.iter().rev().find_map(|assignment| preset_named(assignment)))
    }
}

/// The name in `preset=NAME`.
fn preset_named(assignment: &str) -> Option<&str> {
    let (key, name) = assignment.split_once('=')?;
    (key.trim() == "preset").then(|| name.trim().trim_matches(['"', '\'']))
}

impl Config {
    /// The settings of a run: defaults, those of the model, then the preset, then the file, then the flags; bounds checked.
    pub fn resolve(file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        Self::default().resolve_over(file, overrides)
    }

    /// The same with these settings as the defaults.
    pub fn resolve_over(&self, file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let mut config = self.laid_below(file, overrides)?;
        if config.policy.model != self.policy.model {
            config = self.for_given_model(config.lora.is_on())?.laid_below(file, overrides)?;
        }
        config.validate()?;
        Ok(config)
    }

    fn laid_below(&self, file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let preset = overrides.preset();
        let mut config = match (file, preset) {
            (Some(file), preset) => self.with_file(file, preset)?,
            (None, Some(preset)) => self.with_preset(preset)?,
            (None, None) => self.clone(),
        };
        config.provenance = None;
        config.override_knobs(overrides)?;
        Ok(config)
    }

    /// Applies flags: the preset, then `--set`, then the flags with names of their own.
    pub fn override_with(&mut self, overrides: &Overrides) -> Result<(), ConfigError> {
        if let Some(preset) = overrides.preset() {
            *self = self.with_preset(preset)?;
        }
        self.override_knobs(overrides)
    }

    fn override_knobs(&mut self, overrides: &Overrides) -> Result<(), ConfigError> {
        overrides.check_said_once()?;
        for assignment in overrides.set.iter().filter(|assignment| preset_named(assignment).is_none()) {
            self.set(assignment)?;
        }
        if let Some(dataset) = &overrides.dataset {
            self.data.dataset.clone_from(dataset);
        }
        if let Some(model) = &overrides.model {
            self.policy.model.clone_from(model);
        }
        self.lora.rank = overrides.lora_rank.map_or(self.lora.rank, i64::from);
        self.grpo.steps = overrides.steps.unwrap_or(self.grpo.steps);
        self.seed = overrides.seed.unwrap_or(self.seed);
        if !overrides.tasks.is_empty() {
            self.tasks.clear();
        }
        for task in &overrides.tasks {
            self.add_task(task)?;
        }
        Ok(())
    }

    fn add_task(&mut self, argument: &str) -> Result<(), ConfigError> {
        let bad = |message: String| ConfigError::BadFlag { flag: "--task", argument: argument.to_owned(), message };
        let (name, weight) = match argument.split_once('=') {
            None => (argument, 1.0),
            Some((name, weight)) => {
                (name, weight.parse().map_err(|_| bad(format!("the weight must be a number, got `{weight}`")))?)
            }
        };
        if name.is_empty() {
            return Err(bad("expected `NAME` or `NAME=WEIGHT`".into()));
        }
        if self.tasks.insert(name.to_owned(), weight).is_some() {
            return Err(bad("the task is named twice".into()));
        }
        Ok(())
    }

    /// Sets one knob from `section.name=value`, the value as in TOML; bare words are strings. `preset=NAME` sets all the
    /// knobs of that preset.
    ///
    /// ```
    /// let mut config = ssl4rl::config::Config::default();
    /// config.set("grpo.steps=50")?;
    /// assert_eq!(config.grpo.steps, 50);
    /// let error = config.set("grpo.step=50").unwrap_err();
    /// assert_eq!(error.to_string(), "unknown knob `grpo.step`; did you mean `grpo.steps`?");
    /// # Ok::<(), ssl4rl::config::ConfigError>(())
    /// ```
    pub fn set(&mut self, assignment: &str) -> Result<(), ConfigError> {
        let bad = |message: String| ConfigError::BadFlag { flag: "--set", argument: assignment.to_owned(), message };
        let (key, value) = assignment.split_once('=').ok_or_else(|| bad("expected `KEY=VALUE`".into()))?;
        if let Some(preset) = preset_named(assignment) {
            *self = self.with_preset(preset)?;
            return Ok(());
        }
        let path: Vec<&str> = key.trim().split('.').collect();
        if let Knob::Unknown { hint } = knobs::find(&path) {
            return Err(ConfigError::Unknown { knob: path.join("."), hint });
        }
        let mut settings = serde_json::to_value(&*self).map_err(|error| bad(error.to_string()))?;
        let place = path.iter().try_fold(&mut settings, |place, name| match place {
            Value::Null => {
                *place = Value::Object(serde_json::Map::new());
                place.as_object_mut().map(|table| table.entry(*name).or_insert(Value::Null))
            }
            Value::Object(table) => Some(table.entry(*name).or_insert(Value::Null)),
            _ => None,
        });
        let place = place.ok_or_else(|| bad("a value has no knobs below it".into()))?;
        *place = toml_value(value);
        *self = Self::deserialize(settings).map_err(|error| bad(in_words(&error.to_string())))?;
        Ok(())
    }
}

fn toml_value(text: &str) -> Value {
    let text = text.trim();
    let parsed = text.parse::<toml::Value>().ok().and_then(|value| serde_json::to_value(value).ok());
    // TOML has no null: it stands for a number that is not finite, which JSON cannot hold.
    parsed.filter(|value| !value.is_null()).unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::LoraTarget;
    use crate::tasks::RewardWeights;

    fn refusal(set: &str) -> String {
        Config::default().set(set).expect_err("refused").to_string()
    }

    #[test]
    fn set_reaches_every_kind_of_knob() {
        let mut config = Config::default();
        let assignments = [
            "seed=9",
            "data.dataset=sbm:n=500,k=5",
            "optimizer.learning_rate=1",
            "optimizer.schedule=cosine",
            "reward.weights.format=0.5",
            "tasks.graph/edge-prediction=2",
            "task.graph/edge-prediction.hops=[1, 2]",
            "lora.targets=['v_proj', 'q_proj']",
        ];
        for assignment in assignments {
            config.set(assignment).unwrap();
        }
        assert_eq!((config.seed, config.data.dataset.as_str()), (9, "sbm:n=500,k=5"));
        assert_eq!((config.optimizer.learning_rate, config.optimizer.schedule), (1.0, crate::config::Schedule::Cosine));
        assert_eq!(config.reward.weights, RewardWeights { format: 0.5, ..RewardWeights::default() });
        assert_eq!(config.tasks, BTreeMap::from([("graph/edge-prediction".to_owned(), 2.0)]));
        assert_eq!(config.task["graph/edge-prediction"], serde_json::json!({"hops": [1, 2]}));
        assert_eq!(config.lora.targets, [LoraTarget::QProj, LoraTarget::VProj].into());
    }

    #[test]
    fn the_help_names_every_preset() {
        let mut command = <Overrides as clap::Args>::augment_args(clap::Command::new("train"));
        let help = command.render_long_help().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let names: Vec<&str> = crate::config::preset::names().collect();
        assert!(help.contains(&format!("defaults: {}.", names.join(", "))), "{help}");
    }

    #[test]
    fn set_refuses_what_is_no_knob_or_no_value_of_it() {
        assert_eq!(refusal("grpo.steps"), "`--set grpo.steps`: expected `KEY=VALUE`");
        let text = "`--set grpo.steps=many`: invalid type: string \"many\", expected a whole number, 0 or more";
        assert_eq!(refusal("grpo.steps=many"), text);
        let text = "`--set grpo.clip_low=inf`: invalid type: string \"inf\", expected a number";
        assert_eq!(refusal("grpo.clip_low=inf"), text);
        assert_eq!(refusal("grpo=1"), "`--set grpo=1`: invalid type: integer `1`, expected a section");
        assert!(
            refusal("lora.targets=q_proj").ends_with("expected a list in brackets"),
            "{}",
            refusal("lora.targets=q_proj")
        );
        assert_eq!(refusal("grpo.steps.x=1"), "unknown knob `grpo.steps.x`; did you mean `grpo.steps`?");
        assert_eq!(refusal("grpo.epsilon=1"), "unknown knob `grpo.epsilon`; did you mean `optimizer.epsilon`?");
        assert!(refusal("lora.targets=['lm_head']").contains("unknown variant `lm_head`, expected one of `q_proj`, "));
        assert!(refusal("optimizer.schedule=cosin").contains("expected `constant` or `cosine`"));
        assert_eq!(refusal("grp.steps=1"), "unknown knob `grp.steps`; did you mean `grpo.steps`?");
    }

    #[test]
    fn numbers_of_options_are_refused_in_words() {
        for option in ["--steps", "--seed", "--lora-rank"] {
            let command = <Overrides as clap::Args>::augment_args(clap::Command::new("train"));
            let refused = command.try_get_matches_from(["train", option, "1.5"]).unwrap_err().to_string();
            assert!(refused.contains("expected a whole number, 0 or more"), "{refused}");
        }
    }

    #[test]
    fn flags_override_the_file_and_tasks_replace_it() {
        let mut config = Config::default();
        config.tasks.insert("graph/old".into(), 3.0);
        let tasks = vec!["graph/a".into(), "graph/b=0.5".into()];
        config.lora.rank = 4;
        let flags =
            Overrides { tasks, seed: Some(4), model: Some("m".into()), lora_rank: Some(16), ..Overrides::default() };
        config.override_with(&flags).unwrap();
        let tasks: Vec<_> = config.tasks.iter().map(|(name, weight)| (name.as_str(), *weight)).collect();
        assert_eq!(tasks, [("graph/a", 1.0), ("graph/b", 0.5)]);
        assert_eq!((config.seed, config.policy.model.as_str(), config.lora.rank), (4, "m", 16));
    }

    #[test]
    fn what_an_option_says_is_not_said_again() {
        let refused = |flags: Overrides| Config::default().override_with(&flags).expect_err("refused").to_string();
        let set = |assignment: &str| vec![assignment.to_owned()];
        assert_eq!(
            refused(Overrides { seed: Some(3), set: set("seed=4"), ..Overrides::default() }),
            "`--set seed=4`: `--seed` says it as well; leave one of them out"
        );
        assert_eq!(
            refused(Overrides { tasks: set("graph/a"), set: set("tasks.graph/b=1"), ..Overrides::default() }),
            "`--set tasks.graph/b=1`: `--task` names all tasks of the run; `--task graph/b=WEIGHT` adds this one"
        );
        let preset = Overrides { preset: Some("trl".into()), set: set("preset=verl"), ..Overrides::default() };
        assert!(refused(preset).starts_with("`--set preset=verl`: `--preset` says it as well"));
    }

    #[test]
    fn malformed_tasks_are_refused() {
        let refused = |tasks: &[&str]| {
            let tasks = tasks.iter().map(ToString::to_string).collect();
            let flags = Overrides { tasks, ..Overrides::default() };
            Config::default().override_with(&flags).expect_err("refused").to_string()
        };
        assert_eq!(refused(&["graph/a=x"]), "`--task graph/a=x`: the weight must be a number, got `x`");
        assert_eq!(refused(&["=2"]), "`--task =2`: expected `NAME` or `NAME=WEIGHT`");
        assert_eq!(refused(&["graph/a", "graph/a=2"]), "`--task graph/a=2`: the task is named twice");
    }
}
