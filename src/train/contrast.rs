//! Says when steps have stopped teaching: from a group whose completions all have one reward nothing is learned.
//!
//! Such groups are right or wrong as a whole. That a few are is the rule; where nearly all of them are for some steps, the time is better
//! spent on other questions, and whoever waits should know.

/// Steps in a row after which it is said.
const STEPS: u64 = 10;
/// Share of groups without contrast, in tenths, that make a step count.
const TENTHS: u64 = 8;

/// Steps in a row of which little was learned.
#[derive(Debug, Default)]
pub(super) struct Contrast {
    in_a_row: u64,
    told: bool,
}

impl Contrast {
    /// Takes note of a step, `without` of whose groups had no contrast; what is to be said, once a process.
    pub(super) fn observe(&mut self, step: u64, groups: u64, without: u64, reward_mean: f64) -> Option<String> {
        let little = groups > 0 && 10 * without >= TENTHS * groups;
        self.in_a_row = if little { self.in_a_row + 1 } else { 0 };
        if self.in_a_row < STEPS || std::mem::replace(&mut self.told, true) {
            return None;
        }
        let remedy = match reward_mean {
            mean if mean > 0.8 => "nearly all answers are right: harder questions would teach more",
            mean if mean < 0.2 => {
                "nearly all answers are wrong: easier questions or a longer warm start would teach more"
            }
            _ => {
                "a question gets nearly the same answer every time: a higher `rollout.temperature`, larger groups (`rollout.group_size`) or other \
                 questions would teach more"
            }
        };
        Some(format!(
            "step {step}: for {STEPS} steps most groups have taught nothing, since all completions of a group had the same reward; {remedy} \
             (`ssl4rl tasks show TASK --config` lists what can be set, `--set curriculum.enabled=true` moves tasks between levels); \
             `zero_std_groups` in metrics.jsonl counts them"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_steps_in_a_row_are_told_once() {
        let mut contrast = Contrast::default();
        let mut observe = |step, without| contrast.observe(step, 20, without, 0.9);
        assert!((1..10).all(|step| observe(step, 16).is_none()));
        assert_eq!(observe(10, 15), None);
        assert!((11..20).all(|step| observe(step, 20).is_none()));
        let told = observe(20, 16).unwrap();
        assert!(
            told.starts_with("step 20: for 10 steps most groups have taught nothing")
                && told.contains("harder questions"),
            "{told}"
        );
        assert!((21..60).all(|step| observe(step, 20).is_none()));
    }

    #[test]
    fn the_remedy_is_that_of_the_answers() {
        let told_at = |reward_mean| {
            let mut contrast = Contrast::default();
            (1..=10).find_map(|step| contrast.observe(step, 4, 4, reward_mean)).unwrap()
        };
        let told = [told_at(0.1), told_at(0.6), told_at(0.9)];
        for (told, remedy) in told.iter().zip(["easier questions", "`rollout.temperature`", "harder questions"]) {
            assert!(told.contains(remedy), "{told}");
        }
    }
}
