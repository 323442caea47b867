//! The family in training: every preset runs and differs, and numbers that go wrong stop a run without harm.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ssl4rl::config::{Config, Overrides, RewardConfig, preset};
use ssl4rl::graph::{Graph, generate};
use ssl4rl::model::{Policy, tiny};
use ssl4rl::report::progress::Progress;
use ssl4rl::report::{MetricsRow, RunFolder};
use ssl4rl::rollout::{Completion, Sampling, generate as answer_all};
use ssl4rl::tasks::{
    Mixture, Part, PretextTask, Registry, Sample, Split, TaskError, TaskRng, Verdict, Verifier, prompt_text,
};
use ssl4rl::train::learner::{Learner, UpdateStatistics};
use ssl4rl::train::lesson::Group;
use ssl4rl::train::{self, Run, TrainError, answers, questions};
use tch::{Device, Kind, Tensor};

/// A task that random text earns something in, except for one question in four, whose answers all earn the same.
struct LengthOfText;

impl PretextTask for LengthOfText {
    const NAME: &'static str = "graph/length-of-text";
    const SUMMARY: &'static str = "write anything; its length decides";
    type Config = BTreeMap<String, String>;
    type Input = Graph;
    type Truth = bool;
    type Verifier = Self;

    fn new(_: Self::Config) -> Result<Self, TaskError> {
        Ok(Self)
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<bool>> {
        let node = rng.below(graph.node_count());
        Some(Sample { prompt: vec![Part::Text(format!("Write about node {node}."))], truth: !node.is_multiple_of(4) })
    }

    fn verifier(&self) -> &Self {
        self
    }

    fn oracle(&self, _: &bool) -> String {
        String::new()
    }

    fn chance(&self, _: &bool) -> f32 {
        0.5
    }
}

impl Verifier for LengthOfText {
    const SCORING: &'static str = "the length of the text";
    type Truth = bool;

    fn verify(&self, completion: &str, pays: &bool) -> Verdict {
        let score = if *pays { (completion.len() % 7) as f32 / 7.0 } else { 0.5 };
        Verdict::partial(score, completion, "by its length")
    }
}

/// A policy that has learned nothing.
const SMALL: [&str; 14] = [
    "policy.hidden_size=32",
    "policy.layers=1",
    "policy.intermediate_size=48",
    "policy.vocabulary=300",
    "rollout.prompts=4",
    "rollout.group_size=4",
    "rollout.max_new_tokens=8",
    "reward.truncated_counts=true",
    "grpo.steps=2",
    "grpo.mini_batches=2",
    "optimizer.learning_rate=0.01",
    "optimizer.warmup_steps=0",
    "eval.samples=1",
    "eval.every=0",
];

fn config(preset: Option<&str>, assignments: &[&str]) -> Config {
    let set = SMALL.iter().chain(assignments).map(ToString::to_string).collect();
    let preset = preset.map(ToOwned::to_owned);
    Config::resolve(None, &Overrides { set, preset, seed: Some(5), ..Overrides::default() }).unwrap()
}

fn mixture(config: &Config) -> Mixture {
    let mut registry = Registry::default();
    registry.register::<LengthOfText>().unwrap();
    let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
    Mixture::choose(&registry, "graph", &config.tasks, &config.task, Arc::new(graph), config.seed).unwrap()
}

fn policy(config: &Config, mixture: &Mixture) -> Policy {
    tch::set_num_threads(1);
    let sample = |index| prompt_text(&mixture.draw(Split::WarmStart, index).unwrap().sample.prompt);
    let corpus: Vec<String> = (0..16).map(sample).collect();
    tiny::make(&config.policy, &corpus, config.seed, Kind::Float, Device::Cpu).unwrap()
}

/// Trains a new policy in `folder`.
fn train(config: &Config, folder: &Path) -> (Result<(), TrainError>, Vec<MetricsRow>) {
    let mixture = mixture(config);
    let policy = policy(config, &mixture);
    let run_folder = RunFolder::create(Some(folder), config).unwrap();
    let progress = Progress::hidden(Box::new(std::io::sink()));
    let run = Run {
        config,
        mixture: &mixture,
        policy: &policy,
        folder: &run_folder,
        resumed: None,
        progress: &progress,
        interrupted: &|| false,
    };
    let outcome = train::train(&run).map(|_| ());
    (outcome, run_folder.metrics().unwrap().records)
}

#[test]
fn every_preset_trains_with_finite_numbers_and_no_two_alike() {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for name in preset::names() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(Some(name), &[]);
        let (outcome, rows) = train(&config, &folder.path().join("run"));
        outcome.unwrap();
        assert_eq!(rows.len(), 2, "{name}");
        for row in &rows {
            for statistic in ["loss", "grad_norm", "entropy", "clip_fraction", "reward/mean", "completion_len/mean"] {
                assert!(row.get(statistic).is_some_and(f64::is_finite), "{name}: {statistic} in {row:?}");
            }
            assert_eq!(row.get("skipped_updates"), Some(0.0), "{name}");
            assert!(row.get("grad_norm") > Some(0.0), "{name} learned from nothing");
            assert_eq!(row.get("kl").is_some(), config.grpo.kl_coefficient > 0.0, "{name}");
            assert_eq!(row.get("rollout_correction/mean").is_some(), name == "trl", "{name}");
            assert_eq!(row.get("dynamic_sampling/batches").is_some(), name == "dapo", "{name}");
            assert_eq!(row.get("reward/overlong").is_some(), name == "dapo", "{name}");
        }
        let shown = |row: &MetricsRow| format!("{:?} {:?}", row.get("loss"), row.get("grad_norm"));
        let numbers = rows.iter().map(shown).collect::<Vec<_>>().join(" ");
        if let Some(other) = seen.insert(numbers, name) {
            panic!("`{name}` and `{other}` gave the same losses and gradients");
        }
    }
}

#[test]
fn dynamic_sampling_asks_again_for_groups_that_differ() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(None, &["grpo.dynamic_sampling=8", "grpo.steps=4"]);
    let (outcome, rows) = train(&config, &folder.path().join("run"));
    outcome.unwrap();
    let get = |row: &MetricsRow, name: &str| row.get(name).unwrap() as u64;
    for row in &rows {
        let (batches, equal) = (get(row, "dynamic_sampling/batches"), get(row, "zero_std_groups"));
        // Four groups are learned from, whatever was asked, and none of them has equal rewards.
        assert_eq!(get(row, "dynamic_sampling/left_out"), 4 * (batches - 1), "{row:?}");
        assert!(equal <= 4 * (batches - 1), "{row:?}");
        assert_eq!(batches > 1, equal > 0, "{row:?}");
    }
    assert!(rows.iter().any(|row| get(row, "dynamic_sampling/batches") > 1), "every first batch was full: {rows:?}");
}

#[test]
fn dynamic_sampling_gives_up_where_nothing_differs() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(None, &["grpo.dynamic_sampling=2", "grpo.steps=1", "reward.weights.accuracy=0"]);
    let (outcome, rows) = train(&config, &folder.path().join("run"));
    outcome.unwrap();
    let got = ["dynamic_sampling/batches", "dynamic_sampling/left_out", "zero_std_groups", "loss", "grad_norm"];
    let got: Vec<Option<f64>> = got.iter().map(|name| rows[0].get(name)).collect();
    assert_eq!(got, [Some(3.0), Some(8.0), Some(12.0), Some(0.0), Some(0.0)]);
}

/// Questions with random answers and rewards of the test's own.
struct Batch {
    policy: Policy,
    questions: Vec<questions::Question>,
    answers: Vec<Vec<answers::Answer>>,
}

impl Batch {
    fn new(config: &Config, reward: impl Fn(usize, usize) -> f32) -> Self {
        let mixture = mixture(config);
        let policy = policy(config, &mixture);
        let questions = questions::draw(&mixture, &policy.tokenizer, Split::Train, 0..config.rollout.prompts).unwrap();
        let prompts: Vec<Vec<i64>> = questions.iter().map(|question| question.encoded.ids.clone()).collect();
        let stream =
            |prompt: usize, member: i64| TaskRng::new(1, "test", Split::Train, prompt as u64 * 100 + member as u64);
        let sampling = Sampling { max_new_tokens: 8, ..Sampling::of(&config.rollout) };
        let groups = answer_all(&policy, &prompts, config.rollout.group_size as i64, &sampling, stream).unwrap();
        let mut answers = answers::verify(&mixture, &policy.tokenizer, &config.reward, 8, &questions, groups).unwrap();
        for (group, answers) in answers.iter_mut().enumerate() {
            for (member, answer) in answers.iter_mut().enumerate() {
                answer.reward = reward(group, member);
            }
        }
        Self { policy, questions, answers }
    }

    fn groups(&self) -> Vec<Group<'_>> {
        self.questions.iter().zip(&self.answers).map(|(question, answers)| Group { question, answers }).collect()
    }

    fn update(&self, config: &Config, learner: &mut Learner) -> UpdateStatistics {
        learner.update(&self.policy, config, &self.groups(), 0.01).unwrap()
    }

    fn weights(&self) -> Vec<Tensor> {
        self.policy.transformer.parameters().into_iter().map(|(_, weight)| weight.detach().copy()).collect()
    }
}

fn equal(one: &[Tensor], other: &[Tensor]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.allclose(other, 0.0, 0.0, true))
}

#[test]
fn equal_rewards_teach_nothing_and_break_nothing() {
    let config = config(None, &["optimizer.weight_decay=0"]);
    let batch = Batch::new(&config, |_, _| 0.3);
    let before = batch.weights();
    let update = batch.update(&config, &mut Learner::new(&batch.policy, &config).unwrap());
    assert!(update.skipped.is_empty() && update.loss == 0.0 && update.grad_norm == 0.0, "{update:?}");
    assert!(update.entropy.is_nan() && update.logprob_gap.is_nan(), "a mean over no token: {update:?}");
    assert!(equal(&before, &batch.weights()));
}

#[test]
fn a_completion_without_a_group_learns_by_reinforce_pp() {
    let assignments = ["grpo.advantage=reinforce_pp", "rollout.group_size=1", "rollout.prompts=6"];
    let config = config(None, &assignments);
    let batch = Batch::new(&config, |group, _| group as f32);
    let update = batch.update(&config, &mut Learner::new(&batch.policy, &config).unwrap());
    assert!(update.grad_norm > 0.0 && update.loss.is_finite(), "{update:?}");
}

#[test]
fn a_correction_sees_what_the_sampler_and_the_trainer_disagree_on() {
    // Nucleus sampling draws from a distribution that the trainer does not know of.
    let cut = ["rollout.top_k=20", "grpo.rollout_correction=token_truncate", "grpo.rollout_correction_max=0.7"];
    for mini_batches in ["grpo.mini_batches=1", "grpo.mini_batches=2"] {
        let config = config(None, &[&cut[..], &[mini_batches]].concat());
        let batch = Batch::new(&config, |_, member| member as f32);
        let update = batch.update(&config, &mut Learner::new(&batch.policy, &config).unwrap());
        let weight = update.tokens.mean(update.tokens.correction_sum);
        // Of the kept tokens the sampler's probabilities are larger, since they share out what the others had.
        assert!(weight > 0.1 && weight < 0.7, "{mini_batches}: {weight}");
        assert!(update.tokens.correction_max < 1.0 && update.tokens.correction_bounded > 0.0, "{update:?}");
    }
}

#[test]
fn an_update_with_a_log_prob_that_is_no_number_is_skipped() {
    let config = config(None, &[]);
    let batch = Batch::new(&config, |_, member| member as f32);
    let mut learner = Learner::new(&batch.policy, &config).unwrap();
    let (_, norm) = batch.policy.transformer.parameters().pop().unwrap();
    tch::no_grad(|| {
        let _ = norm.shallow_clone().fill_(f64::NAN);
    });
    let before = batch.weights();
    let update = batch.update(&config, &mut learner);
    assert_eq!(update.skipped.iter().map(|skipped| skipped.what).collect::<Vec<_>>(), ["a log-prob"; 2]);
    assert_eq!(update.skipped[1].questions, 2..4);
    assert_eq!(learner.skipped_in_a_row(), 2);
    assert!(update.loss.is_nan() && update.entropy.is_nan(), "what was not computed is not 0: {update:?}");
    assert!(equal(&before, &batch.weights()));
}

#[test]
fn a_run_whose_numbers_overflow_stops_with_the_batch_in_its_folder() {
    // The first update sees no KL at all, since the policy is its own reference; it moves far, and the KL overflows.
    let wild = [
        "grpo.kl_coefficient=3e38",
        "grpo.mini_batches=1",
        "grpo.max_skipped=2",
        "grpo.steps=9",
        "optimizer.learning_rate=0.5",
    ];
    let folder = tempfile::tempdir().unwrap();
    let config = config(None, &wild);
    let (outcome, rows) = train(&config, &folder.path().join("run"));
    let error = outcome.unwrap_err();
    let TrainError::NotFinite { skipped, step, path, .. } = &error else { panic!("{error}") };
    let skips: Vec<Option<f64>> = rows.iter().map(|row| row.get("skipped_updates")).collect();
    assert_eq!(skips, [Some(0.0), Some(1.0), Some(1.0)]);
    assert_eq!((*skipped, *step), (2, 3));
    assert_eq!(rows[2].get("loss"), None, "no update, no loss");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    let saved: Vec<serde_json::Value> =
        std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(saved.len(), 16, "every answer of the batch");
    for answer in saved {
        let tokens = answer["ids"].as_array().unwrap().len();
        for per_token in ["sampled_log_probs", "log_probs"] {
            assert_eq!(answer[per_token].as_array().unwrap().len(), tokens, "{per_token}");
        }
        assert!(answer["prompt"].as_str().is_some_and(|prompt| !prompt.is_empty()));
    }
}

#[test]
fn a_reward_that_is_no_number_is_refused_with_its_task() {
    let config = config(None, &[]);
    let mixture = mixture(&config);
    let policy = policy(&config, &mixture);
    let questions = questions::draw(&mixture, &policy.tokenizer, Split::Train, 0..1).unwrap();
    let completion = Completion { ids: vec![1], log_probs: vec![0.0], truncated: false };
    let mut settings = RewardConfig::default();
    // Infinity times a format term of 0.
    settings.weights.format = f32::INFINITY;
    let refused = answers::verify(&mixture, &policy.tokenizer, &settings, 8, &questions, vec![vec![completion]]);
    let message = refused.unwrap_err().to_string();
    assert!(message.starts_with("graph/length-of-text: the reward of an answer to question 0 is NaN"), "{message}");
}
