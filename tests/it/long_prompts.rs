//! Prompts longer than the model's context: skipped and counted, never cut; refused where there are no others.

use std::sync::Arc;

use ssl4rl::config::{Config, Overrides};
use ssl4rl::graph::generate;
use ssl4rl::model::{Policy, checkpoint, tiny};
use ssl4rl::report::progress::Progress;
use ssl4rl::tasks::{Mixture, Split, prompt_text};
use ssl4rl::train::{ask::Asking, evaluate::evaluate, questions};
use tch::{Device, Kind};

const TASK: &str = "graph/subgraph-counting";
const PROMPTS: usize = 12;

fn config() -> Config {
    let set = [
        "policy.hidden_size=16",
        "policy.layers=1",
        "policy.heads=2",
        "policy.key_value_heads=2",
        "policy.intermediate_size=16",
        "policy.vocabulary=300",
        "rollout.prompts=12",
        "rollout.max_new_tokens=4",
        "eval.samples=16",
    ];
    let (set, tasks) = (set.map(str::to_owned).to_vec(), vec![TASK.to_owned()]);
    Config::resolve(None, &Overrides { set, tasks, seed: Some(3), ..Overrides::default() }).unwrap()
}

fn mixture(config: &Config) -> Mixture {
    let registry = ssl4rl::builtin_registry().unwrap();
    let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
    Mixture::choose(&registry, "graph", &config.tasks, &config.task, Arc::new(graph), config.seed).unwrap()
}

fn policy(config: &Config, mixture: &Mixture) -> Policy {
    let corpus: Vec<String> =
        (0..16).map(|index| prompt_text(&mixture.draw(Split::WarmStart, index).unwrap().sample.prompt)).collect();
    tiny::make(&config.policy, &corpus, config.seed, Kind::Float, Device::Cpu).unwrap()
}

/// The same policy with another context.
fn with_context(policy: &Policy, context: i64) -> Policy {
    let folder = tempfile::tempdir().unwrap();
    checkpoint::save(policy, folder.path()).unwrap();
    let file = folder.path().join("config.json");
    let mut settings: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    settings["max_position_embeddings"] = context.into();
    std::fs::write(&file, settings.to_string()).unwrap();
    checkpoint::load(folder.path(), Device::Cpu).unwrap()
}

#[test]
fn questions_that_do_not_fit_are_skipped_counted_and_replaced() {
    let config = config();
    let mixture = mixture(&config);
    let policy = policy(&config, &mixture);
    let drawn = questions::draw(&mixture, &policy.tokenizer, Split::Train, 0..200).unwrap();
    let length = |question: &questions::Question| question.prompt_tokens() as i64;
    let mut lengths: Vec<i64> = drawn.iter().map(length).collect();
    lengths.sort_unstable();
    let longest = lengths[100];
    let short = with_context(&policy, longest + config.rollout.max_new_tokens);

    let asked = Asking::of(&short, &config).ask(&mixture, 0).unwrap();
    // The questions of the stream in order, those too long left out; rounds draw only as many as are missing.
    let fitting: Vec<u64> =
        drawn.iter().filter(|question| length(question) <= longest).map(|question| question.index).collect();
    let indices: Vec<u64> = asked.questions.iter().map(|question| question.index).collect();
    assert_eq!(indices, fitting[..PROMPTS]);
    assert!(asked.skipped > 0 && asked.next_question == PROMPTS as u64 + asked.skipped);
    assert_eq!(Asking::of(&policy, &config).ask(&mixture, 0).unwrap().skipped, 0);

    let progress = Progress::hidden(Box::new(std::io::sink()));
    let held_out = questions::draw_from(&mixture, 0, &policy.tokenizer, Split::HeldOut, 0..16).unwrap();
    let too_long = held_out.iter().filter(|question| length(question) > longest).count() as u64;
    let eval = evaluate(&mixture, &short, &config, &progress).unwrap()[TASK];
    assert_eq!((eval.samples, eval.skipped_prompts), (16 - too_long, too_long));
}

#[test]
fn a_model_that_no_question_fits_is_refused_with_a_remedy() {
    let config = config();
    let mixture = mixture(&config);
    let policy = with_context(&policy(&config, &mixture), 12);
    for refused in [
        Asking::of(&policy, &config).ask(&mixture, 0).unwrap_err().to_string(),
        evaluate(&mixture, &policy, &config, &Progress::hidden(Box::new(std::io::sink()))).unwrap_err().to_string(),
    ] {
        assert!(refused.contains("of a context of 12 an answer of 4 leaves 8"), "{refused}");
        assert!(refused.contains("hint: choose task settings that make shorter prompts"), "{refused}");
    }
}
