//! OpenRLHF: `input`, `label`, and `reward_func` in a file.
//!
//! Columns and signature as in OpenRLHF 0.11.2, `openrlhf/datasets/prompts_dataset.py` and `openrlhf/utils/agent.py`.

use serde_json::{Value, json};

use super::{ExportError, Question, Target};

/// Rows and a reward for `openrlhf.cli.train_ppo_ray`.
pub(super) struct OpenRlhf;

impl Target for OpenRlhf {
    fn name(&self) -> &'static str {
        "openrlhf"
    }

    fn title(&self) -> &'static str {
        "OpenRLHF (0.11)"
    }

    fn row(&self, question: &Question) -> Result<Value, ExportError> {
        Ok(question.with_images(json!({
            "input": [{ "role": "user", "content": question.marked_text()? }],
            "label": question.label(),
            "datasource": question.task,
        })))
    }

    fn reward(&self) -> Option<&'static str> {
        Some(include_str!("python/openrlhf.py"))
    }

    fn start(&self) -> &'static str {
        "```sh
python3 -m openrlhf.cli.train_ppo_ray \\
    --data.prompt_dataset FOLDER/train.jsonl \\
    --data.input_key input --data.label_key label --data.apply_chat_template \\
    --reward.remote_url FOLDER/ssl4rl_reward.py
```

Or one server scores for all workers, wherever they run:

```sh
@PROGRAM@ serve --config FOLDER/settings.toml --address 127.0.0.1:8000
```

Then the last option is `--reward.remote_url http://127.0.0.1:8000/get_reward`, with the server's host where it is another machine, and
the server listens there with `--address 0.0.0.0:8000`. With these settings its rewards are those of the file. Of a refusal the
trainer tells the status alone; the server tells the reason on stderr.
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
            "input": [{ "role": "user", "content": "Look: <image> Which colour?" }],
            "label": question.label(),
            "datasource": "demo/colour",
            "images": ["/media/a.png"],
        });
        assert_eq!(OpenRlhf.row(&question).unwrap(), expected);
    }
}
