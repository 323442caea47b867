//! `EasyR1`: `problem`, `answer`, `images`, and a batched `compute_score`.
//!
//! Columns and signature as in its examples, `examples/config.yaml` and `examples/reward_function`.

use serde_json::{Value, json};

use super::{ExportError, Question, Target};

/// Rows and a reward for `EasyR1`'s `verl.trainer.main`.
pub(super) struct EasyR1;

impl Target for EasyR1 {
    fn name(&self) -> &'static str {
        "easyr1"
    }

    fn title(&self) -> &'static str {
        "EasyR1"
    }

    fn row(&self, question: &Question) -> Result<Value, ExportError> {
        Ok(question.with_images(json!({
            "problem": question.marked_text()?,
            "answer": question.label(),
            "task": question.task,
        })))
    }

    fn reward(&self) -> Option<&'static str> {
        Some(include_str!("python/easyr1.py"))
    }

    fn start(&self) -> &'static str {
        "```sh
python3 -m verl.trainer.main config=examples/config.yaml \\
    data.train_files=FOLDER/train.jsonl data.val_files=FOLDER/held_out.jsonl \\
    data.prompt_key=problem data.answer_key=answer data.format_prompt=null \\
    worker.reward.reward_function=FOLDER/ssl4rl_reward.py:compute_score
```

It resizes pictures to between `data.min_pixels` and `data.max_pixels`: set both so that yours stay as they are.
"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::question::tests::about_a_picture;

    #[test]
    fn a_row_has_the_columns_of_the_examples() {
        let question = about_a_picture();
        let expected = json!({
            "problem": "Look: <image> Which colour?", "answer": question.label(), "task": "demo/colour",
            "images": ["/media/a.png"],
        });
        assert_eq!(EasyR1.row(&question).unwrap(), expected);
    }
}
