//! The generation engine against the transformer without a cache, and against itself: alone, together, early, late.

use ssl4rl::model::{BranchedRows, PROMPT, Policy, random};
use ssl4rl::rollout::{Completion, Sampling, choose, generate};
use ssl4rl::tasks::{Split, TaskRng};
use tch::{Device, Kind, Tensor};

const SHAPE: &str = "random:qwen2:hidden=32,layers=2,heads=4,kv=2,inter=48,vocab=300,positions=128";

fn policy(kind: Kind) -> Policy {
    tch::set_num_threads(1);
    random::policy(SHAPE, &[], 5, kind, Device::Cpu).unwrap()
}

fn stream(prompt: usize, member: i64) -> TaskRng {
    TaskRng::new(7, "test", Split::Train, prompt as u64 * 100 + member as u64)
}

/// Prompts of unequal lengths.
fn prompts() -> Vec<Vec<i64>> {
    let prompt = |index: u64| {
        let mut rng = TaskRng::new(3, "prompts", Split::Train, index);
        (0..3 + 5 * index % 11).map(|_| rng.below(300) as i64).collect()
    };
    (0..5).map(prompt).collect()
}

/// One token in ten ends a completion, so that they end raggedly.
fn ragged() -> Sampling {
    let stop_tokens = (100..130).collect();
    Sampling { temperature: 0.9, top_p: 0.95, top_k: 200, stop_tokens, max_new_tokens: 12, ..Sampling::default() }
}

fn assert_equal(one: &[Vec<Completion>], other: &[Vec<Completion>]) {
    for (one, other) in one.iter().flatten().zip(other.iter().flatten()) {
        assert_eq!((&one.ids, one.truncated), (&other.ids, other.truncated));
        let difference = one.log_probs.iter().zip(&other.log_probs).map(|(one, other)| (one - other).abs());
        assert!(difference.fold(0.0, f32::max) < 1e-4);
    }
}

/// Log-probs of a completion's tokens by the transformer without a cache, on its whole text at once.
fn uncached(policy: &Policy, prompt: &[i64], completion: &[i64], sampling: &Sampling) -> Vec<f32> {
    let ids = Tensor::from_slice(&[prompt, completion].concat());
    let positions = Tensor::arange(ids.size()[0], (Kind::Int64, Device::Cpu));
    let mut row = BranchedRows::new(&(ids.zeros_like() + PROMPT).unsqueeze(0));
    let hidden = policy.transformer.forward(&ids, &positions, &mut row, None);
    let logits = policy.transformer.logits(&hidden).narrow(0, prompt.len() as i64 - 1, completion.len() as i64);
    // Drawing again with the completion's own numbers: the same tokens, and their log-probs.
    let mut stream = stream(0, 0);
    let uniforms: Vec<f32> = completion.iter().map(|_| stream.unit() as f32).collect();
    let (tokens, log_probs) = choose(&logits, &Tensor::from_slice(&uniforms), sampling);
    assert_eq!(Vec::<i64>::try_from(tokens).unwrap(), completion);
    log_probs.try_into().unwrap()
}

#[test]
fn cached_equals_uncached() {
    let policy = policy(Kind::Float);
    for sampling in [ragged(), Sampling { stop_tokens: vec![], ..ragged() }, Sampling::greedy(12)] {
        for prompt in prompts() {
            let groups = generate(&policy, std::slice::from_ref(&prompt), 1, &sampling, stream).unwrap();
            let Completion { ids, log_probs, .. } = &groups[0][0];
            let expected = uncached(&policy, &prompt, ids, &sampling);
            let differences = log_probs.iter().zip(&expected).map(|(cached, uncached)| (cached - uncached).abs());
            assert!(differences.fold(0.0, f32::max) < 1e-5);
        }
    }
}

#[test]
fn a_completion_does_not_depend_on_its_batch_its_group_or_when_it_entered() {
    let policy = policy(Kind::Float);
    let (prompts, sampling) = (prompts(), ragged());
    let together = generate(&policy, &prompts, 4, &sampling, stream).unwrap();
    let lengths: Vec<usize> = together.iter().flatten().map(|completion| completion.ids.len()).collect();
    assert!(lengths.iter().any(|&length| length < 6) && lengths.contains(&12), "{lengths:?}");

    for (index, prompt) in prompts.iter().enumerate() {
        for member in 0..4 {
            let alone =
                generate(&policy, std::slice::from_ref(prompt), 1, &sampling, |_, _| stream(index, member)).unwrap();
            assert_equal(&alone, &[vec![together[index][member as usize].clone()]]);
        }
    }
    // A token takes 2 x 2 layers x 2 heads x 8 numbers. Room for one completion, for a part of a group, for two groups.
    for tokens in [1, 60, 200] {
        let cramped = Sampling { cache_bytes: tokens * 256, ..sampling.clone() };
        assert_equal(&generate(&policy, &prompts, 4, &cramped, stream).unwrap(), &together);
    }
}

#[test]
fn a_completion_ends_with_a_stop_token_and_not_before_it_may() {
    let policy = policy(Kind::Float);
    let sampling = Sampling { min_new_tokens: 5, ..ragged() };
    let completions = generate(&policy, &prompts(), 8, &sampling, stream).unwrap();
    let mut ended = 0;
    for Completion { ids, truncated, log_probs } in completions.iter().flatten() {
        assert_eq!(ids.len(), log_probs.len());
        assert!((5..=12).contains(&ids.len()), "{ids:?}");
        let stops = |id: &i64| sampling.stop_tokens.contains(id) || policy.tokenizer.stop_tokens().contains(id);
        assert!(!ids[..ids.len() - 1].iter().any(stops), "{ids:?}");
        assert_eq!(stops(&ids[ids.len() - 1]), !truncated, "{ids:?}");
        ended += usize::from(!truncated);
    }
    assert!(ended > 5, "{ended}");
}

#[test]
fn a_completion_ends_where_its_text_has_a_stop_string() {
    let policy = policy(Kind::Float);
    let free = Sampling { max_new_tokens: 12, ..Sampling::default() };
    let whole = generate(&policy, &prompts(), 2, &free, stream).unwrap();
    let decode = |ids: &[i64]| policy.tokenizer.decode(ids).unwrap();
    // Two letters that some completion happens to write one after the other.
    let (at, pair) = whole
        .iter()
        .flatten()
        .find_map(|Completion { ids, .. }| {
            let ascii = |start: &usize| decode(&ids[*start..*start + 2]);
            let start = (2..ids.len() - 2).find(|start| ascii(start).len() == 2 && ascii(start).is_ascii())?;
            Some((start, ascii(&start)))
        })
        .unwrap();
    let stopping = Sampling { stop_strings: vec![pair.clone(), "never written".into()], ..free };
    let stopped = generate(&policy, &prompts(), 2, &stopping, stream).unwrap();
    let mut ended = 0;
    for (stopped, whole) in stopped.iter().flatten().zip(whole.iter().flatten()) {
        assert_eq!(stopped.ids, whole.ids[..stopped.ids.len()]);
        assert_eq!(decode(&stopped.ids).contains(&pair), !stopped.truncated);
        if !stopped.truncated {
            assert!(!decode(&stopped.ids[..stopped.ids.len() - 1]).contains(&pair));
            ended += 1;
        }
    }
    assert!(ended > 0 && at > 0);
}

#[test]
fn in_bfloat16_log_probs_stay_near_float32() {
    let (half, single) = (policy(Kind::BFloat16), policy(Kind::Float));
    for ((_, rounded), (_, exact)) in half.transformer.parameters().iter().zip(single.transformer.parameters()) {
        exact.shallow_clone().copy_(rounded);
    }
    let sampling = Sampling { max_new_tokens: 12, ..Sampling::default() };
    let mut differences = Vec::new();
    for prompt in prompts() {
        let Completion { ids, log_probs, .. } =
            generate(&half, std::slice::from_ref(&prompt), 1, &sampling, stream).unwrap().remove(0).remove(0);
        let ids_tensor = Tensor::from_slice(&[prompt.as_slice(), &ids].concat());
        let positions = Tensor::arange(ids_tensor.size()[0], (Kind::Int64, Device::Cpu));
        let mut row = BranchedRows::new(&(ids_tensor.zeros_like() + PROMPT).unsqueeze(0));
        let hidden = single.transformer.forward(&ids_tensor, &positions, &mut row, None);
        let logits = single.transformer.logits(&hidden).narrow(0, prompt.len() as i64 - 1, ids.len() as i64);
        let exact = logits.log_softmax(-1, Kind::Float).gather(1, &Tensor::from_slice(&ids).unsqueeze(1), false);
        let exact: Vec<f32> = exact.squeeze_dim(1).try_into().unwrap();
        differences.extend(log_probs.iter().zip(exact).map(|(rounded, exact)| (rounded - exact).abs()));
    }
    // A number in bfloat16 has 8 bits: 0.4 % of log-probs' spread, which is about 0.1 here, and sums of such errors.
    let mean = differences.iter().sum::<f32>() / differences.len() as f32;
    let largest = differences.iter().copied().fold(0.0, f32::max);
    assert!(mean < 2e-3 && largest < 1e-2, "{mean} {largest}");
}

#[test]
fn an_empty_prompt_is_refused() {
    let refusal = generate(&policy(Kind::Float), &[vec![1], vec![]], 1, &ragged(), stream).unwrap_err();
    assert_eq!(refusal.to_string(), "prompt 1 has no token to begin from");
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_gpu_computes_what_the_processor_does() {
    let device = ssl4rl::model::libtorch::best_device();
    if !device.is_cuda() {
        eprintln!("skipped: no GPU");
        return;
    }
    let here = policy(Kind::Float);
    let there = random::policy(SHAPE, &[], 5, Kind::Float, device).unwrap();
    for ((_, weight), (_, copy)) in here.transformer.parameters().iter().zip(there.transformer.parameters()) {
        copy.shallow_clone().copy_(weight);
    }
    let generated = |policy: &Policy| generate(policy, &prompts(), 4, &ragged(), stream).unwrap();
    assert_equal(&generated(&there), &generated(&here));
}
