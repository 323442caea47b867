//! The warm start of a model that was given: its loss and its update against the plain formula, and what it trains.

use std::path::Path;
use std::sync::Arc;

use ssl4rl::config::{Config, Overrides};
use ssl4rl::graph::generate;
use ssl4rl::model::{BranchedRows, PROMPT, Policy, Transformer, random};
use ssl4rl::report::progress::Progress;
use ssl4rl::tasks::{Mixture, Split};
use ssl4rl::train::origin::Origin;
use ssl4rl::train::policy::{Preparation, Prepared};
use ssl4rl::train::{TrainError, questions};
use tch::{Device, Kind, Tensor};

const MODEL: &str = "random:qwen2:hidden=32,layers=2,heads=4,kv=2,inter=48,vocab=400,positions=512";
const BATCH: u64 = 6;

/// One batch of answers at a tenth of the learning rate, the first of ten that warm up. With so large an epsilon the optimizer's first
/// step is nearly the gradient times a constant, so that no rounding of a tiny gradient shows.
const SETTINGS: [&str; 8] = [
    "policy.tokenizer_samples=64",
    "warm_start.max_batches=1",
    "warm_start.batch_size=6",
    "warm_start.learning_rate=0.1",
    "rollout.max_new_tokens=16",
    "optimizer.epsilon=1",
    "optimizer.weight_decay=0",
    "optimizer.max_grad_norm=0",
];

fn config(assignments: &[&str]) -> Config {
    let set = SETTINGS.iter().chain(assignments).map(ToString::to_string).collect();
    let tasks = vec!["graph/subgraph-counting".into()];
    Config::resolve(None, &Overrides { set, tasks, model: Some(MODEL.into()), seed: Some(3), ..Overrides::default() })
        .unwrap()
}

fn mixture(config: &Config) -> Mixture {
    let registry = ssl4rl::builtin_registry().unwrap();
    let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
    Mixture::choose(&registry, "graph", &config.tasks, &config.task, Arc::new(graph), config.seed).unwrap()
}

fn try_prepare(assignments: &[&str]) -> Result<Prepared, TrainError> {
    tch::set_num_threads(1);
    let config = &config(assignments);
    let (mixture, progress) = (&mixture(config), &Progress::hidden(Box::new(std::io::sink())));
    let (cache, device, goes_on) = (Path::new("nowhere"), Device::Cpu, false);
    let preparation = Preparation { mixture, config, cache, device, progress, goes_on, interrupted: &|| false };
    preparation.prepare(&Origin::Random(Box::new(random::config(MODEL).unwrap())))
}

fn prepare(assignments: &[&str]) -> Prepared {
    try_prepare(assignments).unwrap()
}

/// Negative log-probs of the tokens of each answer, every question in a row of its own.
fn losses(policy: &Policy) -> Tensor {
    let (config, transformer) = (config(&[]), &policy.transformer);
    let mixture = mixture(&config);
    let drawn = questions::draw(&mixture, &policy.tokenizer, Split::WarmStart, 0..BATCH).unwrap();
    let losses: Vec<Tensor> = drawn
        .iter()
        .map(|question| {
            let oracle = mixture.tasks()[question.task].oracle(&question.truth).unwrap();
            let answer = policy.tokenizer.encode_completion(&oracle).unwrap();
            let text = [&question.encoded.ids[..], &answer].concat();
            let ids = Tensor::from_slice(&text);
            let positions = Tensor::arange(text.len() as i64, (Kind::Int64, Device::Cpu));
            let mut row = BranchedRows::new(&(ids.zeros_like() + PROMPT).unsqueeze(0));
            let logits = transformer.logits(&transformer.forward(&ids, &positions, &mut row, None));
            let predicting = logits.narrow(0, question.prompt_tokens() as i64 - 1, answer.len() as i64);
            let log_probs = predicting.log_softmax(-1, Kind::Double);
            -log_probs.gather(1, &Tensor::from_slice(&answer).unsqueeze(1), false).squeeze_dim(1)
        })
        .collect();
    Tensor::cat(&losses, 0)
}

fn largest_difference(one: &Transformer, other: &Transformer) -> f64 {
    let differences = one.parameters().into_iter().zip(other.parameters());
    differences.map(|((_, one), (_, other))| (one - other).abs().max().double_value(&[])).fold(0.0, f64::max)
}

#[test]
fn a_batch_has_the_loss_and_makes_the_update_of_the_plain_formula_however_it_is_cut() {
    let begun = prepare(&["warm_start.max_batches=0"]);
    assert!(begun.warm_start.is_none());
    let expected = begun.policy.transformer;
    for (_, weight) in expected.parameters() {
        let _ = weight.set_requires_grad(true);
    }
    let policy = Policy { transformer: expected, tokenizer: begun.policy.tokenizer };
    let loss = losses(&policy).mean(Kind::Double);
    loss.backward();
    // AdamW's first step, both moments corrected: the gradient over its own size and epsilon.
    let _guard = tch::no_grad_guard();
    let mut moved: f64 = 0.0;
    for (_, mut weight) in policy.transformer.parameters() {
        let gradient = weight.grad();
        let step = &gradient / (gradient.abs() + 1.0) * 0.01;
        moved = moved.max(step.abs().max().double_value(&[]));
        let _ = weight.g_sub_(&step);
    }
    assert!(moved > 1e-3, "nothing moves: {moved}");

    for cut in [&[][..], &["trainer.micro_batch_tokens=1"], &["trainer.checkpointed_layers=2"]] {
        let warmed = prepare(cut);
        let report = warmed.warm_start.unwrap();
        assert_eq!(report.batches, 1);
        let difference = (report.loss - loss.double_value(&[])).abs();
        assert!(difference < 1e-5, "{cut:?}: the loss is off by {difference}");
        let difference = largest_difference(&warmed.policy.transformer, &policy.transformer);
        assert!(difference < 1e-6, "{cut:?}: a weight is off by {difference}");
    }
}

#[test]
fn the_loss_that_is_told_is_that_of_the_answers_where_a_token_of_the_prompts_weighs_as_much() {
    let policy = prepare(&["warm_start.max_batches=0"]).policy;
    let config = config(&[]);
    let drawn = questions::draw(&mixture(&config), &policy.tokenizer, Split::WarmStart, 0..BATCH).unwrap();
    // Every token of a prompt but the first is predicted.
    let prompt_tokens: usize = drawn.iter().map(|question| question.prompt_tokens() - 1).sum();
    let losses = tch::no_grad(|| losses(&policy));
    let weight = prompt_tokens as f64 / losses.size()[0] as f64;
    let report = prepare(&[&format!("warm_start.prompt_weight={weight}")]).warm_start.unwrap();
    let difference = (report.loss - losses.mean(Kind::Double).double_value(&[])).abs();
    assert!(difference < 1e-5, "the loss is off by {difference}");
}

#[test]
fn beside_adapters_they_alone_are_warm_started() {
    let begun = prepare(&["warm_start.max_batches=0", "lora.rank=4"]).policy;
    let warmed = prepare(&["warm_start.max_batches=12", "lora.rank=4"]);
    let same = |((_, one), (_, other)): (&(String, Tensor), (String, Tensor))| *one == other;
    let base = begun.transformer.parameters();
    assert!(base.iter().zip(warmed.policy.transformer.parameters()).all(same), "the base was trained");
    let adapters = |policy: &Policy| policy.transformer.adapter_parameters();
    let moved = adapters(&begun).into_iter().zip(adapters(&warmed.policy));
    assert!(moved.into_iter().any(|((_, one), (_, other))| !one.allclose(&other, 0.0, 0.0, false)));
    let loss = |policy: &Policy| losses(policy).mean(Kind::Double).double_value(&[]);
    assert!(loss(&warmed.policy) < loss(&begun), "the answers are no likelier than before");
}

#[test]
fn adapters_that_a_checkpoint_brings_are_not_warm_started_again() {
    let config = config(&["lora.rank=4"]);
    let (mixture, progress) = (mixture(&config), Progress::hidden(Box::new(std::io::sink())));
    let preparation = Preparation {
        mixture: &mixture,
        config: &config,
        cache: Path::new("nowhere"),
        device: Device::Cpu,
        progress: &progress,
        goes_on: true,
        interrupted: &|| false,
    };
    let prepared = preparation.prepare(&Origin::Random(Box::new(random::config(MODEL).unwrap()))).unwrap();
    assert_eq!(prepared.warm_start, None);
}

#[test]
fn questions_that_do_not_fit_are_left_out_and_counted_or_refused_where_none_does() {
    let whole = prepare(&[]).warm_start.unwrap();
    assert_eq!(whole.skipped_prompts, 0);
    let mut lengths = {
        let (config, policy) = (config(&[]), prepare(&["warm_start.max_batches=0"]).policy);
        let drawn = questions::draw(&mixture(&config), &policy.tokenizer, Split::WarmStart, 0..BATCH).unwrap();
        drawn.iter().map(questions::Question::prompt_tokens).collect::<Vec<_>>()
    };
    lengths.sort_unstable();
    let longest = *lengths.last().unwrap();
    assert!(lengths[0] < longest, "all prompts are equally long");
    let tight = prepare(&[&format!("rollout.max_prompt_tokens={}", longest - 1)]).warm_start.unwrap();
    assert!(tight.skipped_prompts >= 1);
    assert!((tight.loss - whole.loss).abs() > 1e-6, "the same questions were imitated");
    let refused = try_prepare(&["rollout.max_prompt_tokens=1"]).unwrap_err();
    assert!(matches!(refused, TrainError::PromptsTooLong { skipped, room: 1, .. } if skipped >= BATCH), "{refused}");
}
