//! The range of every knob.

use std::fmt::Display;

use crate::tasks::CurriculumConfig;

use super::{
    Config, ConfigError, EvalConfig, GrpoConfig, KlPlace, OptimizerConfig, PolicyConfig, RolloutConfig, WarmStartConfig,
};

/// Bytes and the special tokens must fit into the vocabulary of `tiny`.
const SMALLEST_VOCABULARY: usize = 300;

impl Config {
    /// Checks every knob against its range; the first that lies outside is named.
    pub fn validate(&self) -> Result<(), ConfigError> {
        // TOML's integers are signed, and every run must be able to save its seed.
        check("seed", i64::try_from(self.seed).is_ok(), "at most 9223372036854775807", self.seed)?;
        check("data.dataset", !self.data.dataset.is_empty(), "a name, a path or a generator", "nothing")?;
        for (name, weight) in &self.tasks {
            check(&format!("tasks.{name}"), positive(*weight), "a positive number", weight)?;
        }
        self.curriculum_bounds()?;
        self.reward_bounds()?;
        self.policy.bounds()?;
        self.lora.bounds()?;
        self.encoder_bounds()?;
        self.warm_start.bounds()?;
        self.rollout.bounds()?;
        self.grpo.bounds()?;
        self.group_bounds()?;
        self.optimizer.bounds()?;
        self.trainer.bounds()?;
        self.eval.bounds()?;
        at_least_1("checkpoint.keep_last", self.checkpoint.keep_last)
    }

    /// What is to become of an encoder of media.
    fn encoder_bounds(&self) -> Result<(), ConfigError> {
        let (encoder, frozen) = (self.lora.encoder, self.policy.freeze_encoder);
        let expected = "false with `policy.freeze_encoder`, and where `lora.rank` is 0";
        check("lora.encoder", !encoder || (self.lora.is_on() && !frozen), expected, encoder)
    }

    fn curriculum_bounds(&self) -> Result<(), ConfigError> {
        let CurriculumConfig { low, high, window, .. } = self.curriculum;
        check("curriculum.high", high > 0.0 && high <= 1.0, "above 0 and at most 1", high)?;
        check("curriculum.low", low >= 0.0 && low < high, "from 0 to below `curriculum.high`", low)?;
        at_least_1("curriculum.window", window)
    }

    fn reward_bounds(&self) -> Result<(), ConfigError> {
        let weights = &self.reward.weights;
        let terms = [
            ("accuracy", weights.accuracy),
            ("format", weights.format),
            ("length", weights.length),
            ("repetition", weights.repetition),
            ("repeated_lines", weights.repeated_lines),
            ("overlong", weights.overlong),
        ];
        for (name, weight) in terms {
            check(&format!("reward.weights.{name}"), weight.is_finite(), "a finite number", weight)?;
        }
        let share = self.reward.overlong_share;
        check("reward.overlong_share", share > 0.0 && share <= 1.0, "above 0 and at most 1", share)
    }

    /// What `[grpo]` asks of the batch.
    fn group_bounds(&self) -> Result<(), ConfigError> {
        let (size, prompts, grpo) = (self.rollout.group_size, self.rollout.prompts, &self.grpo);
        let compared = grpo.advantage.needs_group() || grpo.dynamic_sampling > 0;
        let expected = "at least 2; 1 will do with `grpo.advantage=reinforce_pp` and without `grpo.dynamic_sampling`";
        check("rollout.group_size", size >= 2 || !compared, expected, size)?;
        let updates = grpo.mini_batches;
        check("grpo.mini_batches", (1..=prompts).contains(&updates), "from 1 to `rollout.prompts`", updates)
    }
}

impl PolicyConfig {
    fn bounds(&self) -> Result<(), ConfigError> {
        check("policy.model", !self.model.is_empty(), "`tiny`, a folder or a model of the hub", "nothing")?;
        check("policy.revision", !self.revision.is_empty(), "a branch, tag or commit", "nothing")?;
        at_least_1("policy.layers", self.layers)?;
        at_least_1("policy.heads", self.heads)?;
        at_least_1("policy.key_value_heads", self.key_value_heads)?;
        let divides = self.heads % self.key_value_heads == 0;
        check("policy.key_value_heads", divides, "a divisor of `policy.heads`", self.key_value_heads)?;
        // Rotary position embeddings turn pairs of dimensions within a head.
        let even_heads = self.hidden_size >= 1 && self.hidden_size % (2 * self.heads) == 0;
        check("policy.hidden_size", even_heads, "a positive multiple of twice `policy.heads`", self.hidden_size)?;
        at_least_1("policy.intermediate_size", self.intermediate_size)?;
        check("policy.vocabulary", self.vocabulary >= SMALLEST_VOCABULARY, "at least 300", self.vocabulary)?;
        at_least_1("policy.tokenizer_samples", self.tokenizer_samples as u64)
    }
}

impl WarmStartConfig {
    fn bounds(&self) -> Result<(), ConfigError> {
        at_least_1("warm_start.batch_size", self.batch_size)?;
        check("warm_start.learning_rate", positive(self.learning_rate), "a positive number", self.learning_rate)?;
        not_negative("warm_start.prompt_weight", self.prompt_weight)?;
        let share = self.target_skill > 0.0 && self.target_skill <= 1.0;
        check("warm_start.target_skill", share, "above 0 and at most 1", self.target_skill)?;
        check("warm_start.lag", self.lag.is_finite() && self.lag >= 1.0, "a finite number, at least 1", self.lag)?;
        at_least_1("warm_start.probe_every", self.probe_every)?;
        at_least_1("warm_start.probe_samples", self.probe_samples)
    }
}

impl RolloutConfig {
    fn bounds(&self) -> Result<(), ConfigError> {
        at_least_1("rollout.prompts", self.prompts)?;
        at_least_1("rollout.group_size", self.group_size)?;
        at_least_1("rollout.max_new_tokens", self.max_new_tokens)?;
        let most = self.max_prompt_tokens;
        check("rollout.max_prompt_tokens", most >= 0, "at least 0", most)?;
        check("rollout.temperature", positive(self.temperature), "a positive number", self.temperature)?;
        let share = self.top_p > 0.0 && self.top_p <= 1.0;
        check("rollout.top_p", share, "above 0 and at most 1", self.top_p)?;
        check("rollout.top_k", self.top_k >= 0, "at least 0", self.top_k)?;
        let possible = (0..=self.max_new_tokens).contains(&self.min_new_tokens);
        check("rollout.min_new_tokens", possible, "from 0 to `rollout.max_new_tokens`", self.min_new_tokens)?;
        check("rollout.stop", !self.stop.iter().any(String::is_empty), "texts of at least one letter", "an empty one")?;
        check("rollout.cache_gib", positive(self.cache_gib), "a positive number", self.cache_gib)
    }
}

impl GrpoConfig {
    fn bounds(&self) -> Result<(), ConfigError> {
        at_least_1("grpo.max_skipped", self.max_skipped)?;
        not_negative("grpo.advantage_epsilon", self.advantage_epsilon)?;
        check("grpo.gamma", self.gamma > 0.0 && self.gamma <= 1.0, "above 0 and at most 1", self.gamma)?;
        share_below_1("grpo.clip_low", self.clip_low)?;
        not_negative("grpo.clip_high", self.clip_high)?;
        let bounds = self.dual_clip == 0.0 || (self.dual_clip > 1.0 && self.dual_clip.is_finite());
        check("grpo.dual_clip", bounds, "above 1, or 0 for none", self.dual_clip)?;
        not_negative("grpo.delta", self.delta)?;
        not_negative("grpo.ratio_cap", self.ratio_cap)?;
        check("grpo.sapo_positive", positive(self.sapo_positive), "a positive number", self.sapo_positive)?;
        check("grpo.sapo_negative", positive(self.sapo_negative), "a positive number", self.sapo_negative)?;
        not_negative("grpo.kl_coefficient", self.kl_coefficient)?;
        let has_gradient = self.kl_in == KlPlace::Loss || !self.kl_ratio_weighted;
        check("grpo.kl_ratio_weighted", has_gradient, "false with `grpo.kl_in=reward`", self.kl_ratio_weighted)?;
        let most = self.rollout_correction_max;
        check("grpo.rollout_correction_max", positive(most), "a positive number", most)?;
        let least = self.rollout_correction_min;
        let expected = "from 0 to `grpo.rollout_correction_max`";
        check("grpo.rollout_correction_min", (0.0..=most).contains(&least), expected, least)
    }
}

impl OptimizerConfig {
    fn bounds(&self) -> Result<(), ConfigError> {
        not_negative("optimizer.learning_rate", self.learning_rate)?;
        share_below_1("optimizer.beta1", self.beta1)?;
        share_below_1("optimizer.beta2", self.beta2)?;
        check("optimizer.epsilon", positive(self.epsilon), "a positive number", self.epsilon)?;
        not_negative("optimizer.weight_decay", self.weight_decay)?;
        not_negative("optimizer.max_grad_norm", self.max_grad_norm)
    }
}

impl EvalConfig {
    fn bounds(&self) -> Result<(), ConfigError> {
        at_least_1("eval.samples", self.samples)?;
        let can_end_early = self.patience == 0 || self.every > 0;
        check("eval.patience", can_end_early, "0 unless `eval.every` is set", self.patience)?;
        check("eval.bench_max_new_tokens", self.bench_max_new_tokens > 0, "at least 1", self.bench_max_new_tokens)?;
        not_negative("eval.min_delta", self.min_delta)
    }
}

pub(super) fn check(knob: &str, holds: bool, expected: &'static str, got: impl Display) -> Result<(), ConfigError> {
    if holds {
        return Ok(());
    }
    Err(ConfigError::OutOfRange { knob: knob.to_owned(), expected, got: got.to_string() })
}

pub(super) fn at_least_1<Number: Display + PartialOrd + From<u8>>(
    knob: &str,
    value: Number,
) -> Result<(), ConfigError> {
    check(knob, value >= Number::from(1), "at least 1", value)
}

fn not_negative(knob: &str, value: f64) -> Result<(), ConfigError> {
    check(knob, value.is_finite() && value >= 0.0, "a finite number, at least 0", value)
}

fn share_below_1(knob: &str, value: f64) -> Result<(), ConfigError> {
    check(knob, (0.0..1.0).contains(&value), "at least 0 and below 1", value)
}

fn positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        Config::default().validate().unwrap();
    }

    /// Every knob just outside its range, and the message it must give.
    const OUTSIDE: &[(&str, &str)] = &[
        ("data.dataset=''", "`data.dataset` must be a name, a path or a generator, got nothing"),
        ("tasks.graph/a=0", "`tasks.graph/a` must be a positive number, got 0"),
        ("tasks.graph/a=-1.5", "`tasks.graph/a` must be a positive number, got -1.5"),
        ("policy.model=''", "`policy.model` must be `tiny`, a folder or a model of the hub, got nothing"),
        ("policy.revision=''", "`policy.revision` must be a branch, tag or commit, got nothing"),
        ("policy.layers=0", "`policy.layers` must be at least 1, got 0"),
        ("policy.heads=0", "`policy.heads` must be at least 1, got 0"),
        ("policy.key_value_heads=0", "`policy.key_value_heads` must be at least 1, got 0"),
        ("policy.key_value_heads=3", "`policy.key_value_heads` must be a divisor of `policy.heads`, got 3"),
        ("policy.hidden_size=0", "`policy.hidden_size` must be a positive multiple of twice `policy.heads`, got 0"),
        ("policy.hidden_size=132", "`policy.hidden_size` must be a positive multiple of twice `policy.heads`, got 132"),
        ("policy.intermediate_size=0", "`policy.intermediate_size` must be at least 1, got 0"),
        ("policy.vocabulary=299", "`policy.vocabulary` must be at least 300, got 299"),
        ("policy.tokenizer_samples=0", "`policy.tokenizer_samples` must be at least 1, got 0"),
        ("lora.rank=-1", "`lora.rank` must be at least 0, got -1"),
        ("lora.alpha=0", "`lora.alpha` must be a positive number, got 0"),
        ("lora.alpha=-16", "`lora.alpha` must be a positive number, got -16"),
        ("lora.targets=[]", "`lora.targets` must be at least one linear layer, got none"),
        ("warm_start.batch_size=0", "`warm_start.batch_size` must be at least 1, got 0"),
        ("warm_start.learning_rate=0", "`warm_start.learning_rate` must be a positive number, got 0"),
        ("warm_start.prompt_weight=-0.5", "`warm_start.prompt_weight` must be a finite number, at least 0, got -0.5"),
        ("warm_start.target_skill=0", "`warm_start.target_skill` must be above 0 and at most 1, got 0"),
        ("warm_start.target_skill=1.1", "`warm_start.target_skill` must be above 0 and at most 1, got 1.1"),
        ("warm_start.lag=0.5", "`warm_start.lag` must be a finite number, at least 1, got 0.5"),
        ("warm_start.probe_every=0", "`warm_start.probe_every` must be at least 1, got 0"),
        ("warm_start.probe_samples=0", "`warm_start.probe_samples` must be at least 1, got 0"),
        ("rollout.prompts=0", "`rollout.prompts` must be at least 1, got 0"),
        ("rollout.group_size=0", "`rollout.group_size` must be at least 1, got 0"),
        (
            "rollout.group_size=1",
            "`rollout.group_size` must be at least 2; 1 will do with `grpo.advantage=reinforce_pp` and without \
             `grpo.dynamic_sampling`, got 1",
        ),
        ("rollout.max_new_tokens=0", "`rollout.max_new_tokens` must be at least 1, got 0"),
        ("rollout.temperature=0", "`rollout.temperature` must be a positive number, got 0"),
        ("rollout.top_p=0", "`rollout.top_p` must be above 0 and at most 1, got 0"),
        ("rollout.top_p=1.01", "`rollout.top_p` must be above 0 and at most 1, got 1.01"),
        ("rollout.top_k=-1", "`rollout.top_k` must be at least 0, got -1"),
        ("rollout.max_prompt_tokens=-1", "`rollout.max_prompt_tokens` must be at least 0, got -1"),
        (
            "lora.encoder=true",
            "`lora.encoder` must be false with `policy.freeze_encoder`, and where `lora.rank` is 0, got true",
        ),
        ("rollout.min_new_tokens=17", "`rollout.min_new_tokens` must be from 0 to `rollout.max_new_tokens`, got 17"),
        ("rollout.cache_gib=0", "`rollout.cache_gib` must be a positive number, got 0"),
        ("grpo.advantage_epsilon=-1", "`grpo.advantage_epsilon` must be a finite number, at least 0, got -1"),
        ("grpo.mini_batches=0", "`grpo.mini_batches` must be from 1 to `rollout.prompts`, got 0"),
        ("grpo.mini_batches=65", "`grpo.mini_batches` must be from 1 to `rollout.prompts`, got 65"),
        ("grpo.max_skipped=0", "`grpo.max_skipped` must be at least 1, got 0"),
        ("grpo.gamma=0", "`grpo.gamma` must be above 0 and at most 1, got 0"),
        ("grpo.dual_clip=1", "`grpo.dual_clip` must be above 1, or 0 for none, got 1"),
        ("grpo.delta=-1", "`grpo.delta` must be a finite number, at least 0, got -1"),
        ("grpo.ratio_cap=-1", "`grpo.ratio_cap` must be a finite number, at least 0, got -1"),
        ("grpo.sapo_positive=0", "`grpo.sapo_positive` must be a positive number, got 0"),
        ("grpo.sapo_negative=0", "`grpo.sapo_negative` must be a positive number, got 0"),
        ("grpo.rollout_correction_max=0", "`grpo.rollout_correction_max` must be a positive number, got 0"),
        (
            "grpo.rollout_correction_min=4",
            "`grpo.rollout_correction_min` must be from 0 to `grpo.rollout_correction_max`, got 4",
        ),
        ("curriculum.high=1.5", "`curriculum.high` must be above 0 and at most 1, got 1.5"),
        ("curriculum.low=0.8", "`curriculum.low` must be from 0 to below `curriculum.high`, got 0.8"),
        ("curriculum.window=0", "`curriculum.window` must be at least 1, got 0"),
        ("reward.overlong_share=0", "`reward.overlong_share` must be above 0 and at most 1, got 0"),
        ("grpo.clip_low=1", "`grpo.clip_low` must be at least 0 and below 1, got 1"),
        ("grpo.clip_low=-0.1", "`grpo.clip_low` must be at least 0 and below 1, got -0.1"),
        ("grpo.clip_high=-0.1", "`grpo.clip_high` must be a finite number, at least 0, got -0.1"),
        ("grpo.kl_coefficient=-0.1", "`grpo.kl_coefficient` must be a finite number, at least 0, got -0.1"),
        ("optimizer.learning_rate=-1", "`optimizer.learning_rate` must be a finite number, at least 0, got -1"),
        ("optimizer.beta1=1", "`optimizer.beta1` must be at least 0 and below 1, got 1"),
        ("optimizer.beta2=1", "`optimizer.beta2` must be at least 0 and below 1, got 1"),
        ("optimizer.epsilon=0", "`optimizer.epsilon` must be a positive number, got 0"),
        ("optimizer.weight_decay=-1", "`optimizer.weight_decay` must be a finite number, at least 0, got -1"),
        ("optimizer.max_grad_norm=-1", "`optimizer.max_grad_norm` must be a finite number, at least 0, got -1"),
        ("trainer.micro_batch_tokens=0", "`trainer.micro_batch_tokens` must be at least 1, got 0"),
        ("eval.samples=0", "`eval.samples` must be at least 1, got 0"),
        ("eval.patience=2", "`eval.patience` must be 0 unless `eval.every` is set, got 2"),
        ("eval.min_delta=-0.1", "`eval.min_delta` must be a finite number, at least 0, got -0.1"),
        ("checkpoint.keep_last=0", "`checkpoint.keep_last` must be at least 1, got 0"),
    ];

    #[test]
    fn every_bound_has_its_message() {
        for (assignment, message) in OUTSIDE {
            let mut config = Config::default();
            config.set(assignment).unwrap();
            assert_eq!(config.validate().expect_err(assignment).to_string(), *message);
        }
    }

    #[test]
    fn numbers_that_only_code_can_give_are_refused_too() {
        let config = Config { seed: u64::MAX, ..Config::default() };
        let message = "`seed` must be at most 9223372036854775807, got 18446744073709551615";
        assert_eq!(config.validate().unwrap_err().to_string(), message);
        let mut config = Config::default();
        config.reward.weights.length = f32::NAN;
        let message = "`reward.weights.length` must be a finite number, got NaN";
        assert_eq!(config.validate().unwrap_err().to_string(), message);
        for value in [f64::NAN, f64::INFINITY] {
            let mut config = Config::default();
            config.rollout.temperature = value;
            assert!(config.validate().is_err(), "{value}");
            let mut config = Config::default();
            config.lora.alpha = value;
            assert!(config.validate().is_err(), "{value}");
        }
    }

    #[test]
    fn knobs_that_contradict_each_other_are_refused() {
        let refusal = |assignments: &[&str]| {
            let mut config = Config::default();
            for assignment in assignments {
                config.set(assignment).unwrap();
            }
            config.validate().map_err(|error| error.to_string())
        };
        let alone = ["rollout.group_size=1", "grpo.advantage=reinforce_pp"];
        refusal(&alone).unwrap();
        assert!(refusal(&[&alone[..], &["grpo.dynamic_sampling=2"]].concat()).unwrap_err().contains("group_size"));
        assert!(refusal(&["rollout.group_size=1", "grpo.advantage=reinforce_pp_baseline"]).is_err());
        assert_eq!(
            refusal(&["grpo.kl_in=reward", "grpo.kl_ratio_weighted=true"]).unwrap_err(),
            "`grpo.kl_ratio_weighted` must be false with `grpo.kl_in=reward`, got true"
        );
    }

    #[test]
    fn the_edges_of_the_ranges_are_inside() {
        let edges = [
            "rollout.group_size=2",
            "rollout.top_p=1",
            "warm_start.prompt_weight=0",
            "warm_start.target_skill=1",
            "warm_start.max_batches=0",
            "optimizer.learning_rate=0",
            "optimizer.beta1=0",
            "grpo.steps=0",
            "grpo.clip_low=0",
            "policy.vocabulary=300",
            "lora.rank=1",
            "lora.targets=['q_proj']",
            "policy.key_value_heads=4",
            "policy.hidden_size=8",
            "reward.weights.length=-0.5",
        ];
        for edge in edges {
            let mut config = Config::default();
            config.set(edge).unwrap();
            config.validate().expect(edge);
        }
    }
}
