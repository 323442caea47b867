//! [`Item`]: one question of a benchmark, read from a row of any of the forms in which it is published.

use std::io;
use std::sync::Arc;

use crate::source::ImageFile;
use crate::source::spill::Spill;
use crate::table::Row;

/// A question with its images.
#[derive(Debug, Clone)]
pub struct Item {
    /// What the file calls it.
    pub id: String,
    /// Its images, in order.
    pub images: Vec<ImageFile>,
    /// The question, without its options where they are told apart.
    pub question: String,
    /// What is said before the question.
    pub hint: Option<String>,
    /// Options in the order of their letters; empty where they stand in the question or there are none.
    pub options: Vec<String>,
    /// The text that the benchmark's authors ask with, where the file has it.
    pub published_prompt: Option<String>,
    /// The right answer: a letter, a number or a word. None where the authors keep it to themselves.
    pub answer: Option<String>,
    /// Its category, and the wider one that belongs to.
    pub category: Option<String>,
    /// The wider category.
    pub wider_category: Option<String>,
    /// What the other questions about the same image share with it.
    pub pair: Option<String>,
}

/// Letters of options.
pub(super) const LETTERS: &[u8; 26] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// What an answer that is kept secret is written as.
const HIDDEN: [&str; 2] = ["hidden", "None"];

impl Item {
    /// Reads a row. The columns are those of `VLMEvalKit` and of the parquet files of the authors and of lmms-eval:
    ///
    /// | | |
    /// |---|---|
    /// | id | `index`, `idx`, `question_id`, `data_id` |
    /// | images | `image`, `image_1` to `image_4`, or base64 in `image` or `bytes` |
    /// | options | `A`, `B`, …, or `choice_a`, …, or the list `choices` or `multi-choice options` |
    /// | answer | `answer`, or `label` |
    ///
    /// Rows about videos, which SEED-Bench has, are none of a question about images.
    pub fn read(row: &Row) -> Result<Self, String> {
        let first = |columns: &[&str]| columns.iter().find_map(|column| row.text(column)).map(str::to_owned);
        if row.text("data_type") == Some("video") {
            return Err("it is about a video".to_owned());
        }
        let images = images(row)?;
        let question = first(&["question", "text"]).ok_or("it has no question")?;
        let answer = first(&["answer", "label"]).filter(|answer| !HIDDEN.contains(&answer.as_str()));
        Ok(Self {
            id: first(&["index", "idx", "question_id", "data_id"]).unwrap_or_else(|| row.place.clone()),
            images,
            question,
            hint: first(&["hint"]),
            options: options(row),
            published_prompt: first(&["prompt"]),
            answer: answer.map(|answer| plain_answer(&answer)),
            category: first(&["category", "sub_task", "question_type_id"]),
            wider_category: first(&["l2-category", "L2-category", "l2_category"]),
            pair: first(&["image_path", "question_id"]),
        })
    }

    /// The same with its images put aside.
    pub(super) fn put_aside(mut self, spill: &Arc<Spill>) -> io::Result<Self> {
        for image in &mut self.images {
            if let ImageFile::Memory(bytes) = image {
                *image = spill.put(bytes)?;
            }
        }
        Ok(self)
    }

    /// The letters of its options. Where these stand in the question, those that it lists, and `A` to `D` where it lists none.
    pub(super) fn letters(&self) -> &'static [u8] {
        let count = match self.options.len() {
            0 => listed_in(&self.question).max(listed_in(self.published_prompt.as_deref().unwrap_or_default())),
            count => count,
        };
        &LETTERS[..if count < 2 { 4 } else { count.min(LETTERS.len()) }]
    }
}

/// How many options a text lists, one after the other, as `(A)` or at the beginning of a line as `A.`, `A)` or `A:`.
fn listed_in(text: &str) -> usize {
    let stands = |letter: char| {
        let begins = |line: &str| {
            let mut characters = line.trim_start().chars();
            characters.next() == Some(letter) && characters.next().is_some_and(|next| ['.', ')', ':'].contains(&next))
        };
        text.contains(&format!("({letter})")) || text.lines().any(begins)
    };
    LETTERS.iter().take_while(|&&letter| stands(char::from(letter))).count()
}

/// `(A)` as `A`.
fn plain_answer(answer: &str) -> String {
    answer.trim().trim_start_matches('(').trim_end_matches(')').to_owned()
}

fn images(row: &Row) -> Result<Vec<ImageFile>, String> {
    let columns = ["image", "image_1", "image_2", "image_3", "image_4", "bytes"];
    let mut files: Vec<ImageFile> =
        columns.iter().flat_map(|column| row.files(column)).map(|file| ImageFile::Memory(file.into())).collect();
    // Some copies keep images as base64 in text.
    if files.is_empty()
        && let Some(text) = row.text("image").or_else(|| row.text("bytes"))
    {
        files.push(ImageFile::Memory(crate::table::base64(text)?.into()));
    }
    if files.is_empty() { Err("it has no image".to_owned()) } else { Ok(files) }
}

/// Options up to the first that is missing.
fn options(row: &Row) -> Vec<String> {
    for column in ["choices", "multi-choice options"] {
        let listed = row.texts(column);
        if !listed.is_empty() {
            return LETTERS.iter().zip(listed).map(|(&letter, option)| without_letter(letter, option)).collect();
        }
    }
    let lettered = |name: fn(char) -> String| {
        LETTERS.iter().map_while(move |&letter| row.text(&name(char::from(letter))).map(str::to_owned)).collect()
    };
    let upper: Vec<String> = lettered(|letter| letter.to_string());
    if upper.is_empty() { lettered(|letter| format!("choice_{}", letter.to_ascii_lowercase())) } else { upper }
}

/// `(A) a cat` as `a cat`, where the letter is the option's own.
fn without_letter(letter: u8, option: &str) -> String {
    let written = format!("({})", char::from(letter));
    option.strip_prefix(&written).map_or(option, str::trim_start).to_owned()
}
