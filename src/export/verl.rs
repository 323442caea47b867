//! verl: one message, `reward_model.ground_truth`, and `compute_score`.
//!
//! Columns as in verl 0.9.1, `verl/utils/dataset/rl_dataset.py`, which reads JSON lines as it reads parquet.

use serde_json::{Value, json};

use super::{ExportError, Question, Target};

/// Rows and a reward for `verl.trainer.main_ppo`.
pub(super) struct Verl;

impl Target for Verl {
    fn name(&self) -> &'static str {
        "verl"
    }

    fn title(&self) -> &'static str {
        "verl (0.9)"
    }

    fn row(&self, question: &Question) -> Result<Value, ExportError> {
        Ok(question.with_images(json!({
            "data_source": question.task,
            "prompt": [{ "role": "user", "content": question.marked_text()? }],
            "ability": "ssl4rl",
            "reward_model": { "style": "rule", "ground_truth": question.label() },
            "extra_info": { "split": question.split, "index": question.index, "chance": question.chance },
        })))
    }

    fn reward(&self) -> Option<&'static str> {
        Some(include_str!("python/verl.py"))
    }

    fn start(&self) -> &'static str {
        "```sh
python3 -m verl.trainer.main_ppo \\
    data.train_files=FOLDER/train.jsonl data.val_files=FOLDER/held_out.jsonl \\
    reward.custom_reward_function.path=FOLDER/ssl4rl_reward.py \\
    algorithm.adv_estimator=grpo actor_rollout_ref.model.path=Qwen/Qwen2.5-0.5B-Instruct
```

Older versions name the reward by `custom_reward_function.path`.
"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::question::tests::about_a_picture;

    #[test]
    fn a_row_has_the_columns_of_the_loader() {
        let question = about_a_picture();
        let expected = json!({
            "data_source": "demo/colour",
            "prompt": [{ "role": "user", "content": "Look: <image> Which colour?" }],
            "ability": "ssl4rl",
            "reward_model": { "style": "rule", "ground_truth": question.label() },
            "extra_info": { "split": "train", "index": 7, "chance": 0.25 },
            "images": ["/media/a.png"],
        });
        assert_eq!(Verl.row(&question).unwrap(), expected);
    }
}
