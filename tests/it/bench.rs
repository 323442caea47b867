//! The benchmarks do the work they report.

use ssl4rl::bench::{Repetitions, Subject, Workload, grpo, rollout, train};
use ssl4rl::config::Config;
use tch::{Device, Kind};

const SHAPE: &str = "random:qwen2:hidden=16,layers=2,heads=4,kv=2,inter=24,vocab=300,positions=64";
const WORKLOAD: Workload = Workload { prompts: 2, group: 3, prompt_len: 5, new: 4 };
const TWICE: Repetitions = Repetitions { warmup: 1, steps: 2 };

fn subject(kind: Kind) -> Subject {
    Subject::random(SHAPE, WORKLOAD, Config { seed: 1, ..Config::default() }, kind, Device::Cpu).unwrap()
}

#[test]
fn a_whole_step_is_its_two_parts_and_all_shares_are_of_the_limit() {
    let report = grpo::run(&subject(Kind::Float), TWICE).unwrap();
    let parts = report.parts.unwrap();
    assert!(parts.rollout_s > 0.0 && parts.train_s > 0.0);
    let whole = report.seconds.step_s;
    // Both medians are means of two values.
    assert!((parts.rollout_s + parts.train_s - whole).abs() < 1e-9 * whole.max(1.0));
    assert!((report.completions_per_s * whole - 6.0).abs() < 1e-9);
    assert!((report.new_tokens_per_s * whole - 24.0).abs() < 1e-9);
    assert!((report.share_of_gflop_limit * report.limit.gflop_per_s * whole - report.gflop_per_step).abs() < 1e-9);
    assert_eq!(report.seconds.steps, 2);
}

#[test]
fn parts_alone_are_measured_in_either_precision() {
    for kind in [Kind::Float, Kind::BFloat16] {
        let subject = subject(kind);
        let report = rollout::run(&subject, TWICE).unwrap();
        assert!(report.gigabytes_per_s.unwrap() > 0.0);
        assert!(report.lines().iter().any(|line| line.starts_with("reading")));
        let report = train::run(&subject, TWICE).unwrap();
        assert_eq!((report.gigabytes_per_s, report.parts), (None, None));
        assert_eq!(report.dtype, if kind == Kind::Float { "float32" } else { "bfloat16" });
    }
}
