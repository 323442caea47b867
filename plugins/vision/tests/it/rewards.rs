//! The rewards of published work, against sums by hand.

use serde_json::{Value, json};
use ssl4rl::config::Config;
use ssl4rl_tasks::{DynTask, RewardTerms};
use ssl4rl_vision::question::{BoxTruth, EitherTruth, TileCredit, TileTruth};
use ssl4rl_vision::{rewards, tasks};

/// A task under the settings of a reward, and what a completion earns there.
struct Paid {
    config: Config,
    task: Box<dyn DynTask>,
    truth: Value,
}

impl Paid {
    fn new(reward: &str, task: &str, truth: Value) -> Self {
        let config = Config::parse(rewards::text(reward).unwrap(), reward.as_ref()).unwrap();
        config.validate().unwrap();
        let settings = config.task.get(task).cloned();
        Self { config, task: tasks::registry().unwrap().build(task, settings).unwrap(), truth }
    }

    /// The right order of the tiles of a square grid is 1, 2, 3 and so on.
    fn jigsaw(reward: &str, side: usize) -> Self {
        let credit = match reward {
            "visual-jigsaw" => TileCredit::Scaled,
            "jigsaw-r1" => TileCredit::Positions,
            "jigsaw-r1-connections" => TileCredit::Connections,
            _ => TileCredit::Exact,
        };
        let truth = TileTruth::new((side, side), (1..=side * side).collect(), credit);
        let paid = Self::new(reward, "vision/jigsaw", json!(EitherTruth::Mended(truth)));
        assert_eq!(paid.task.config()["credit"], json!(credit), "{reward}");
        paid
    }

    fn earns(&self, completion: &str) -> f32 {
        let verdict = self.task.verify(completion, &self.truth).unwrap();
        RewardTerms::of(completion, 9, 99, &verdict).total(&self.config.reward.weights)
    }
}

fn answer(list: &str) -> String {
    format!("<think>hm</think> <answer>{list}</answer>")
}

fn close(got: f32, expected: f64) -> bool {
    (f64::from(got) - expected).abs() < 1e-6
}

const RIGHT: &str = "1, 2, 3, 4, 5, 6, 7, 8, 9";
/// Six of nine in their places; eight of twelve neighbours.
const TURNED: &str = "2, 3, 1, 4, 5, 6, 7, 8, 9";

#[test]
fn visual_jigsaw() {
    let nine = Paid::jigsaw("visual-jigsaw", 3);
    let four = Paid::jigsaw("visual-jigsaw", 2);
    assert!(close(nine.earns(&answer(RIGHT)), 1.2));
    assert!(close(nine.earns(&answer(TURNED)), 0.2 + 0.2 * 6.0 / 9.0));
    // No permutation, and no part of four tiles.
    assert!(close(nine.earns(&answer("1, 1, 1, 1, 1, 1, 1, 1, 1")), 0.2));
    assert!(close(four.earns(&answer("1, 2, 4, 3")), 0.2));
    // The form comes first.
    assert!(close(nine.earns(&format!("So: {}", answer(RIGHT))), 0.0));
    let line = "First I look at the corner of the sky.\n";
    let (thrice, four_times) = (line.repeat(3), line.repeat(4));
    assert!(close(nine.earns(&format!("<think>\n{thrice}</think> <answer>{RIGHT}</answer>")), 1.2));
    assert!(close(nine.earns(&format!("<think>\n{four_times}</think> <answer>{RIGHT}</answer>")), 0.7));
    assert!(close(nine.earns(&format!("{four_times}<answer>{RIGHT}</answer>")), 0.0));
}

#[test]
fn jigsaw_r1() {
    let nine = Paid::jigsaw("jigsaw-r1", 3);
    assert!(close(nine.earns(&answer(RIGHT)), 2.0));
    assert!(close(nine.earns(&answer(TURNED)), 1.0 + 6.0 / 9.0));
    assert!(close(nine.earns(&answer("1, 2, 3")), 1.0));
    assert!(close(nine.earns(RIGHT), 0.0));
    assert!(close(nine.earns(&format!("So: {}", answer(TURNED))), 6.0 / 9.0));
    // Across: 2-3 in the first row, and all four of the others; down: the three between the second row and the third.
    let connected = Paid::jigsaw("jigsaw-r1-connections", 3);
    assert!(close(connected.earns(&answer(TURNED)), 1.0 + 8.0 / 12.0));
    assert!(close(connected.earns(&answer("3, 2, 1, 6, 5, 4, 9, 8, 7")), 1.0 + 6.0 / 12.0));
}

#[test]
fn overlaps_of_jigsaw_r1() {
    for reward in ["jigsaw-r1", "jigsaw-r1-connections"] {
        let task = Paid::new(reward, "vision/crop-box", Value::Null);
        assert_eq!((&task.task.config()["full"], &task.task.config()["floor"]), (&json!(1.0), &json!(0.0)));
        let truth = json!(BoxTruth { corners: [0, 0, 20, 20], full: 1.0, floor: 0.0, chance: 0.1 });
        let paid = Paid { truth, ..task };
        assert!(close(paid.earns(&answer("0, 0, 20, 19")), 1.0 + 0.95));
        assert!(close(paid.earns(&answer("10, 0, 30, 20")), 1.0 + 200.0 / 600.0));
        assert!(close(paid.earns(&answer("20, 20, 40, 40")), 1.0));
    }
}

#[test]
fn spatial_ssrl() {
    let nine = Paid::jigsaw("spatial-ssrl", 3);
    assert!(close(nine.earns(&answer(RIGHT)), 1.0));
    assert!(close(nine.earns(&answer(TURNED)), 0.1));
    assert!(close(nine.earns(&format!("So: {}", answer(RIGHT))), 0.9));
    assert!(close(nine.earns("no idea"), 0.0));
}

#[test]
fn every_reward_names_tasks_and_knobs_that_exist() {
    let registry = tasks::registry().unwrap();
    for name in rewards::names() {
        let config = Config::parse(rewards::text(name).unwrap(), name.as_ref()).unwrap();
        for (task, settings) in &config.task {
            registry.build(task, Some(settings.clone())).unwrap();
        }
        assert!(!config.task.is_empty(), "{name}");
    }
    assert!(rewards::text("no-such-reward").is_none());
}
