//! Pictures and text as a prompt.

use std::borrow::Borrow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth};
use ssl4rl_tasks::{Part, Split, TaskError, protocol};

use super::knobs;
use crate::picture::Picture;
use crate::source::Album;

/// How the four tasks of the paper are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Construction {
    /// The same question with the faults of the paper's code mended: nothing leaks by shape, border or size, the wording
    /// has one meaning, ambiguous pictures are left out.
    #[default]
    Mended,
    /// As the paper's code makes and scores it, faults included.
    Paper,
}

/// Media type of every picture in a prompt.
pub const MEDIA_TYPE: &str = "image/png";

/// How pictures are shown and the answer is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Show {
    /// Side of a whole picture in pixels, 28 to 2048. Pictures are cut to their largest centred square; 84 pixels are nine
    /// tokens of Qwen2.5-VL, 448 are 256.
    pub size: usize,
    /// Whether the prompt asks for reasoning before the answer.
    pub reason: bool,
}

impl Default for Show {
    fn default() -> Self {
        Self { size: 84, reason: false }
    }
}

impl Show {
    /// The same with another size.
    #[must_use]
    pub fn sized(&self, size: usize) -> Self {
        Self { size, ..self.clone() }
    }

    /// Checks the knobs.
    pub fn check(&self, task: &'static str) -> Result<(), TaskError> {
        knobs::check(task, "show.size", &self.size, knobs::SIDES)
    }

    /// The pictures, the question, and how to reply; `None` where a picture cannot be written.
    ///
    /// `meaning` stands for the answer in the reply's form.
    pub fn ask<Shown: Borrow<Picture>>(&self, pictures: &[Shown], question: &str, meaning: &str) -> Option<Vec<Part>> {
        prompt(pictures, format!("{question}\n{}", self.reply(meaning)))
    }

    /// [`Show::ask`] with the options of a choice listed.
    pub fn ask_choice<Shown: Borrow<Picture>>(
        &self,
        pictures: &[Shown],
        question: &str,
        truth: &ChoiceTruth,
        meaning: &str,
    ) -> Option<Vec<Part>> {
        let text = match truth.style {
            AnswerStyle::Text => {
                format!("{question}\nOptions: {}. {}", truth.options.join(", "), self.reply(meaning))
            }
            AnswerStyle::Letter => {
                format!("{question}\nOptions:\n{}\n{}", truth.listing(), self.reply("letter"))
            }
        };
        prompt(pictures, text)
    }

    fn reply(&self, meaning: &str) -> String {
        let answer = protocol::wrap(meaning);
        if self.reason {
            format!("Think step by step, then reply in this form: <think>your reasoning</think> {answer}")
        } else {
            format!("Reply {answer}.")
        }
    }
}

/// The pictures, then the text; `None` where a picture cannot be written.
pub fn prompt<Shown: Borrow<Picture>>(pictures: &[Shown], text: String) -> Option<Vec<Part>> {
    let mut parts = Vec::with_capacity(pictures.len() + 1);
    for picture in pictures {
        let picture: &Picture = picture.borrow();
        let source = picture.source().map(str::to_owned);
        parts.push(Part::Blob { mime: MEDIA_TYPE.into(), bytes: picture.encode_stored_png().ok()?, source });
    }
    parts.push(Part::Text(text));
    Some(parts)
}

/// Why an album cannot carry a task whose questions show `count` different pictures.
pub fn too_few(album: &Album, count: usize) -> Option<String> {
    let (training, held_out) = (album.of_split(Split::Train).len(), album.of_split(Split::HeldOut).len());
    (training.min(held_out) < count).then(|| {
        format!(
            "{} holds {training} different pictures for training and {held_out} for evaluation, {count} of each are needed",
            album.name()
        )
    })
}
