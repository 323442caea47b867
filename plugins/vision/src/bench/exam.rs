//! [`VisionExam`]: the questions of a benchmark put to whoever responds.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use ssl4rl_tasks::Part;
use ssl4rl_tasks::exam::metrics::Estimate;
use ssl4rl_tasks::exam::{EvalError, Exam, Reply, Respondent, Row, Sitting};

use super::corruption::Corruption;
use super::item::Item;
use super::rules::{Aggregation, Bench, Toolkit};
use super::score::{self, Answered};
use super::submission;

/// What the row of all questions is called.
const ALL: &str = "all";
/// What the row of questions is called whose answers are hidden.
const HIDDEN: &str = "hidden";
/// Questions whose images are in memory a second time.
const CHUNK: usize = 256;
/// Media type of an image whose bytes say what it is.
const ANY_IMAGE: &str = "image/*";

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It does not fit the respondent's context.
    NotAsked,
    /// No answer could be read, which counts as wrong.
    Unread,
    Wrong,
    Right,
}

/// Questions of a benchmark, and the rules of a toolkit. Those whose answers are known are scored; replies to the others are
/// collected for whoever keeps the answers.
#[derive(Debug)]
pub struct VisionExam {
    bench: &'static Bench,
    items: Vec<Item>,
    hidden: Vec<Item>,
    toolkit: Toolkit,
    corrupted: bool,
}

impl VisionExam {
    pub(super) fn new(bench: &'static Bench, items: Vec<Item>, toolkit: Toolkit) -> Self {
        let (items, hidden) = items.into_iter().partition(|item| item.answer.is_some());
        Self { bench, items, hidden, toolkit, corrupted: false }
    }

    /// The same exam, whose questions are put again with every corruption of their images at every strength: accuracy falls with
    /// strength, and by how much is robustness.
    #[must_use]
    pub fn with_corruptions(self) -> Self {
        Self { corrupted: true, ..self }
    }

    /// The prompt of a question: its images, then the text.
    pub fn prompt(&self, item: &Item) -> Vec<Part> {
        let blob = |bytes: &Vec<u8>| Part::Blob { mime: ANY_IMAGE.to_owned(), bytes: bytes.clone(), source: None };
        let blobs = item.images.iter().map(blob);
        blobs.chain([Part::Text(self.bench.prompt(item, self.toolkit))]).collect()
    }

    /// What becomes of the questions whose answers are known, their images corrupted where that is wanted.
    fn marks(&self, respondent: &mut dyn Respondent, corruption: Option<Corruption>) -> Result<Vec<Mark>, EvalError> {
        let prompt = |(index, item): (usize, &Item)| match corruption {
            Some(corruption) => {
                self.prompt(&Item { images: corruption.applied(self.bench.name, index, &item.images), ..item.clone() })
            }
            None => self.prompt(item),
        };
        let mut marks = Vec::with_capacity(self.items.len());
        for (chunk, items) in self.items.chunks(CHUNK).enumerate() {
            let numbered = items.iter().enumerate().map(|(place, item)| (chunk * CHUNK + place, item));
            let prompts: Vec<Vec<Part>> = numbered.map(prompt).collect();
            let replies = respondent.reply_to_parts(&prompts)?;
            marks.extend(items.iter().zip(replies).map(|(item, reply)| self.mark(item, reply)));
        }
        if !marks.is_empty() && marks.iter().all(|&mark| mark == Mark::NotAsked) {
            return Err(EvalError::NothingFits { benchmark: self.bench.name, questions: marks.len() });
        }
        Ok(marks)
    }

    fn mark(&self, item: &Item, reply: Option<Reply>) -> Mark {
        match reply {
            None => Mark::NotAsked,
            Some(reply) => match self.bench.verdict(item, &reply.text, self.toolkit) {
                None => Mark::Unread,
                Some(true) => Mark::Right,
                Some(false) => Mark::Wrong,
            },
        }
    }

    /// The rows of a respondent, one over all questions and one for each category.
    fn rows(&self, who: &str, marks: &[Mark]) -> Vec<Row> {
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, item) in self.items.iter().enumerate() {
            if let Some(category) = &item.category {
                parts.entry(category).or_default().push(index);
            }
        }
        let everything: Vec<usize> = (0..self.items.len()).collect();
        let parts = [(ALL, everything)].into_iter().chain(parts);
        parts.map(|(part, members)| self.row(part, who, &members, marks)).collect()
    }

    fn row(&self, part: &str, who: &str, members: &[usize], marks: &[Mark]) -> Row {
        let asked = || {
            members.iter().map(|&index| (&self.items[index], marks[index])).filter(|(_, mark)| *mark != Mark::NotAsked)
        };
        let answered: Vec<Answered<'_>> = asked()
            .map(|(item, mark)| Answered {
                id: &item.id,
                category: item.category.as_deref(),
                wider_category: item.wider_category.as_deref(),
                pair: item.pair.as_deref(),
                right: mark == Mark::Right,
            })
            .collect();
        let share = |values: &[bool]| {
            Estimate::mean(&values.iter().map(|&value| f64::from(u8::from(value))).collect::<Vec<_>>())
        };
        let right: Vec<bool> = answered.iter().map(|answer| answer.right).collect();
        let unread: Vec<bool> = asked().map(|(_, mark)| mark == Mark::Unread).collect();
        let row = Row::new(part, who, answered.len()).skipping(members.len() - answered.len());
        let row = row.with("accuracy", share(&right)).with("unread", share(&unread));
        let exact = |value: f64| Estimate { value, standard_error: 0.0 };
        match self.bench.aggregation(self.toolkit) {
            Aggregation::Micro => row,
            Aggregation::Circular => row.with("circular", share(&score::circular(&answered))),
            Aggregation::Macro => row.with("macro", exact(score::macro_average(&answered))),
            Aggregation::Mme => {
                let score::Mme { perception, reasoning } = score::mme(&answered);
                row.with("perception", exact(perception)).with("reasoning", exact(reasoning))
            }
        }
    }
}

impl Exam for VisionExam {
    fn settings(&self) -> Value {
        let (questions, hidden) = (self.items.len(), self.hidden.len());
        json!({ "toolkit": self.toolkit, "questions": questions, "hidden": hidden, "corrupted": self.corrupted })
    }

    /// Blind guessing, where all answers are known and among options.
    fn baselines(&self) -> Result<Vec<Row>, EvalError> {
        let chances: Option<Vec<f64>> = self.items.iter().map(|item| self.bench.chance(item)).collect();
        let row = |chances: Vec<f64>| {
            let value = Estimate::mean(&chances).value;
            Row::new(ALL, "chance", chances.len()).with("accuracy", Estimate { value, standard_error: 0.0 })
        };
        Ok(chances.filter(|chances| !chances.is_empty()).map(row).into_iter().collect())
    }

    fn sit(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        Ok(self.examine(respondent)?.rows)
    }

    fn examine(&self, respondent: &mut dyn Respondent) -> Result<Sitting, EvalError> {
        let mut rows = Vec::new();
        if !self.items.is_empty() {
            rows = self.rows(Row::MODEL, &self.marks(respondent, None)?);
            let everything: Vec<usize> = (0..self.items.len()).collect();
            for corruption in Corruption::all().filter(|_| self.corrupted) {
                let marks = self.marks(respondent, Some(corruption))?;
                rows.push(self.row(&corruption.to_string(), Row::MODEL, &everything, &marks));
            }
        }
        if self.hidden.is_empty() {
            return Ok(Sitting { rows, submission: None });
        }
        let mut replies = Vec::with_capacity(self.hidden.len());
        for items in self.hidden.chunks(CHUNK) {
            let prompts: Vec<Vec<Part>> = items.iter().map(|item| self.prompt(item)).collect();
            replies.extend(respondent.reply_to_parts(&prompts)?);
        }
        let said = |(item, reply): (&Item, Option<Reply>)| {
            let reply = reply.map_or_else(String::new, |reply| reply.text);
            let said = self.bench.said(item, &reply, self.toolkit);
            submission::Line { id: item.id.clone(), said, reply }
        };
        let lines: Vec<submission::Line> = self.hidden.iter().zip(replies).map(said).collect();
        let unread: Vec<f64> = lines.iter().map(|line| f64::from(u8::from(line.said.is_none()))).collect();
        rows.push(Row::new(HIDDEN, Row::MODEL, lines.len()).with("unread", Estimate::mean(&unread)));
        let submission = submission::written(self.bench.name, &lines)?;
        Ok(Sitting { rows, submission: Some(submission) })
    }
}
