//! Plain rows, for programs of one's own.

use serde_json::{Value, json};

use super::{ExportError, Question, Target};

/// One JSON object a line, with everything that is known of a question.
pub(super) struct JsonLines;

impl Target for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn title(&self) -> &'static str {
        "a program of your own"
    }

    fn row(&self, question: &Question) -> Result<Value, ExportError> {
        Ok(question.with_images(json!({
            "task": question.task,
            "split": question.split,
            "seed": question.seed,
            "index": question.index,
            "prompt": question.text_with("[image]"),
            "answer": question.answer,
            "chance": question.chance,
            "truth": question.truth,
        })))
    }

    fn reward(&self) -> Option<&'static str> {
        None
    }

    fn start(&self) -> &'static str {
        "A row with a `completion` beside the other fields is a line for `@PROGRAM@ verify`, which gives a verdict for each:

```sh
@PROGRAM@ verify --config FOLDER/settings.toml < answered.jsonl
```
"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::question::tests::about_a_picture;

    #[test]
    fn a_row_holds_everything() {
        let row = JsonLines.row(&about_a_picture()).unwrap();
        let expected = json!({
            "task": "demo/colour", "split": "train", "seed": 1, "index": 7, "prompt": "Look: [image] Which colour?",
            "answer": "red", "chance": 0.25, "truth": { "right": "red" }, "images": ["/media/a.png"],
        });
        assert_eq!(row, expected);
    }
}
