//! [`Item`]: one question of a benchmark, read from a row of any of the forms in which it is published.

use crate::table::Row;

/// A question with its images.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What the file calls it.
    pub id: String,
    /// Encoded images, in order.
    pub images: Vec<Vec<u8>>,
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
    /// | images | `image`, or `image_1` to `image_4` |
    /// | options | `A`, `B`, …, or `choice_a`, …, or the list `choices` |
    /// | answer | `answer`, or `label` |
    pub fn read(row: &Row) -> Result<Self, String> {
        let first = |columns: &[&str]| columns.iter().find_map(|column| row.text(column)).map(str::to_owned);
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

    /// The letters of its options; `A` to `D` where they stand in the question.
    pub(super) fn letters(&self) -> &'static [u8] {
        let count = if self.options.is_empty() { 4 } else { self.options.len() };
        &LETTERS[..count.min(LETTERS.len())]
    }
}

/// `(A)` as `A`.
fn plain_answer(answer: &str) -> String {
    answer.trim().trim_start_matches('(').trim_end_matches(')').to_owned()
}

fn images(row: &Row) -> Result<Vec<Vec<u8>>, String> {
    let columns = ["image", "image_1", "image_2", "image_3", "image_4"];
    let mut files: Vec<Vec<u8>> = columns.iter().flat_map(|column| row.files(column)).map(<[u8]>::to_vec).collect();
    // Some copies keep images as base64 in text.
    if files.is_empty()
        && let Some(text) = row.text("image")
    {
        files.push(crate::table::base64(text)?);
    }
    if files.is_empty() { Err("it has no image".to_owned()) } else { Ok(files) }
}

/// Options up to the first that is missing.
fn options(row: &Row) -> Vec<String> {
    let listed = row.texts("choices");
    if !listed.is_empty() {
        return listed.into_iter().map(str::to_owned).collect();
    }
    let lettered = |name: fn(char) -> String| {
        LETTERS.iter().map_while(move |&letter| row.text(&name(char::from(letter))).map(str::to_owned)).collect()
    };
    let upper: Vec<String> = lettered(|letter| letter.to_string());
    if upper.is_empty() { lettered(|letter| format!("choice_{}", letter.to_ascii_lowercase())) } else { upper }
}
