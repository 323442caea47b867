//! [`Question`]: one question as rows are made from it, its media in files.

use serde_json::{Value, json};

use super::ExportError;
use crate::tasks::Split;

/// What trainers that read marks in a text take for a medium.
const MARKS: [&str; 3] = ["<image>", "<video>", "<audio>"];

/// One question, with what scores its answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Task name.
    pub task: &'static str,
    /// Which part of the data it is for.
    pub split: Split,
    /// Seed of its stream.
    pub seed: u64,
    /// Index in its stream.
    pub index: u64,
    /// What the model is shown, in order.
    pub prompt: Vec<Piece>,
    /// What the verifier compares with.
    pub truth: Value,
    /// A right answer, without tags.
    pub answer: String,
    /// Expected score of blind guessing, as its shortest decimal says.
    pub chance: f64,
}

/// A piece of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text, shown as it is.
    Text(String),
    /// A picture, by the absolute path of its file.
    Image(String),
}

impl Question {
    /// Task and truth as one text of JSON: a line for `ssl4rl verify` but for the completion.
    pub fn label(&self) -> String {
        json!({ "task": self.task, "truth": self.truth }).to_string()
    }

    /// The paths of the pictures, in order.
    pub fn images(&self) -> Vec<&str> {
        let paths = self.prompt.iter().filter_map(|piece| match piece {
            Piece::Image(path) => Some(path.as_str()),
            Piece::Text(_) => None,
        });
        paths.collect()
    }

    /// The prompt as one text, with `mark` in the place of every picture.
    pub fn text_with(&self, mark: &str) -> String {
        self.prompt
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Image(_) => mark,
            })
            .collect()
    }

    /// The prompt as one text with `<image>` in the place of every picture, for trainers that look for such marks.
    pub fn marked_text(&self) -> Result<String, ExportError> {
        for piece in &self.prompt {
            let Piece::Text(text) = piece else { continue };
            if let Some(mark) = MARKS.into_iter().find(|mark| text.contains(mark)) {
                return Err(ExportError::Mark { task: self.task, index: self.index, mark });
            }
        }
        Ok(self.text_with(MARKS[0]))
    }

    /// A row with the paths of the pictures in a column `images`, where there are any.
    pub(super) fn with_images(&self, mut row: Value) -> Value {
        let images = self.images();
        if !images.is_empty() {
            row["images"] = json!(images);
        }
        row
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A question about a picture, made by hand.
    pub(in crate::export) fn about_a_picture() -> Question {
        Question {
            task: "demo/colour",
            split: Split::Train,
            seed: 1,
            index: 7,
            prompt: vec![
                Piece::Text("Look: ".into()),
                Piece::Image("/media/a.png".into()),
                Piece::Text(" Which colour?".into()),
            ],
            truth: json!({ "right": "red" }),
            answer: "red".into(),
            chance: 0.25,
        }
    }

    #[test]
    fn a_label_is_a_line_for_verify_without_its_completion() {
        let label: Value = serde_json::from_str(&about_a_picture().label()).unwrap();
        assert_eq!(label, json!({ "task": "demo/colour", "truth": { "right": "red" } }));
    }

    #[test]
    fn pictures_are_marked_where_they_stand_and_a_text_that_holds_a_mark_is_refused() {
        let question = about_a_picture();
        assert_eq!(question.marked_text().unwrap(), "Look: <image> Which colour?");
        assert_eq!(question.images(), ["/media/a.png"]);
        let named = Question { prompt: vec![Piece::Text("a node called <audio>".into())], ..question };
        let refused = named.marked_text().unwrap_err().to_string();
        assert!(refused.starts_with("the prompt of `demo/colour`, sample 7, holds the text `<audio>`"), "{refused}");
    }
}
