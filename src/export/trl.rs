//! TRL: conversational prompts, other columns handed to the reward function.
//!
//! Columns and signature as in TRL 1.16.0, `trl/trainer/grpo_trainer.py` and `trl/data_utils.py`.

use serde_json::{Value, json};

use super::{ExportError, Piece, Question, Target};

/// Rows and a reward for `GRPOTrainer` and its kin.
pub(super) struct Trl;

impl Target for Trl {
    fn name(&self) -> &'static str {
        "trl"
    }

    fn title(&self) -> &'static str {
        "TRL (1.16)"
    }

    fn row(&self, question: &Question) -> Result<Value, ExportError> {
        // Every block has the same fields, since a column of a table has one type; no template reads the text of a picture.
        let block = |piece: &Piece| match piece {
            Piece::Text(text) => json!({ "type": "text", "text": text }),
            Piece::Image(_) => json!({ "type": "image", "text": "" }),
        };
        let content = match &question.prompt[..] {
            prompt if prompt.iter().all(|piece| matches!(piece, Piece::Text(_))) => json!(question.text_with("")),
            prompt => prompt.iter().map(block).collect(),
        };
        Ok(question.with_images(json!({
            "prompt": [{ "role": "user", "content": content }],
            "task": question.task,
            "label": question.label(),
            "chance": question.chance,
        })))
    }

    fn reward(&self) -> Option<&'static str> {
        Some(include_str!("python/trl.py"))
    }

    fn start(&self) -> &'static str {
        r#"In a Python file beside `ssl4rl_reward.py`, or with `FOLDER` on `PYTHONPATH`:

```python
from ssl4rl_reward import dataset, verified
from trl import GRPOConfig, GRPOTrainer

trainer = GRPOTrainer(
    model="Qwen/Qwen2.5-0.5B-Instruct",
    reward_funcs=verified,
    train_dataset=dataset("train"),
    eval_dataset=dataset("held_out"),
    args=GRPOConfig(output_dir="out", max_completion_length=256),
)
trainer.train()
```
"#
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::question::tests::about_a_picture;

    #[test]
    fn pictures_stand_among_the_blocks_of_a_message() {
        let row = Trl.row(&about_a_picture()).unwrap();
        let blocks = json!([
            { "type": "text", "text": "Look: " }, { "type": "image", "text": "" }, { "type": "text", "text": " Which colour?" },
        ]);
        assert_eq!(row["prompt"], json!([{ "role": "user", "content": blocks }]));
        assert_eq!((&row["images"], &row["task"]), (&json!(["/media/a.png"]), &json!("demo/colour")));
    }

    #[test]
    fn a_prompt_of_words_is_one_text() {
        let prompt = vec![Piece::Text("How many ".into()), Piece::Text("nodes?".into())];
        let row = Trl.row(&Question { prompt, ..about_a_picture() }).unwrap();
        assert_eq!(row["prompt"], json!([{ "role": "user", "content": "How many nodes?" }]));
        assert!(row.get("images").is_none());
    }
}
