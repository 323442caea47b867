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
use crate::source::{ImageFile, listed};

/// What the row of all questions is called.
const ALL: &str = "all";
/// What the row of questions is called whose answers are hidden.
const HIDDEN: &str = "hidden";
/// Questions that are put at once, at most.
const CHUNK: usize = 256;
/// Bytes of their images, but for a single question whose images have more.
const CHUNK_BYTES: u64 = 32 << 20;
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
    /// Rows that are no question, each with its place and the reason.
    skipped: Vec<String>,
    toolkit: Toolkit,
    corrupted: bool,
}

impl VisionExam {
    pub(super) fn new(bench: &'static Bench, items: Vec<Item>, skipped: Vec<String>, toolkit: Toolkit) -> Self {
        let (items, hidden) = items.into_iter().partition(|item| item.answer.is_some());
        Self { bench, items, hidden, skipped, toolkit, corrupted: false }
    }

    /// The same exam, whose questions are put again with every corruption of their images at every strength: accuracy falls with
    /// strength, and by how much is robustness.
    #[must_use]
    pub fn with_corruptions(self) -> Self {
        Self { corrupted: true, ..self }
    }

    /// The prompt of a question: its images, corrupted where that is wanted, then the text. `index` is that of the question.
    fn prompt(&self, index: usize, item: &Item, corruption: Option<Corruption>) -> Result<Vec<Part>, EvalError> {
        let unreadable = |source| EvalError::Io { path: item.id.clone().into(), source };
        let images = item.images.iter().map(ImageFile::bytes).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let images = match corruption {
            Some(corruption) => corruption.applied(self.bench.name, index, images),
            None => images,
        };
        let blob = |bytes| Part::Blob { mime: ANY_IMAGE.to_owned(), bytes, source: None };
        let text = Part::Text(self.bench.prompt(item, self.toolkit));
        Ok(images.into_iter().map(blob).chain([text]).collect())
    }

    /// Replies to questions, the images of few in memory at a time.
    fn replies(
        &self,
        items: &[Item],
        corruption: Option<Corruption>,
        respondent: &mut dyn Respondent,
    ) -> Result<Vec<Option<Reply>>, EvalError> {
        let mut replies = Vec::with_capacity(items.len());
        while replies.len() < items.len() {
            let first = replies.len();
            let questions = &items[first..];
            let numbered = (first..).zip(&questions[..portion(questions)]);
            let prompts = numbered.map(|(index, item)| self.prompt(index, item, corruption));
            replies.extend(respondent.reply_to_parts(&prompts.collect::<Result<Vec<_>, _>>()?)?);
        }
        Ok(replies)
    }

    /// What becomes of the questions whose answers are known, their images corrupted where that is wanted.
    fn marks(&self, respondent: &mut dyn Respondent, corruption: Option<Corruption>) -> Result<Vec<Mark>, EvalError> {
        let replies = self.replies(&self.items, corruption, respondent)?;
        let marks: Vec<Mark> = self.items.iter().zip(replies).map(|(item, reply)| self.mark(item, reply)).collect();
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

/// How many of the questions are put at once: one at least.
fn portion(items: &[Item]) -> usize {
    let mut bytes = 0;
    let fits = |item: &&Item| {
        bytes += item.images.iter().map(ImageFile::length).sum::<u64>();
        bytes <= CHUNK_BYTES
    };
    items.iter().take(CHUNK).take_while(fits).count().max(1)
}

impl Exam for VisionExam {
    fn settings(&self) -> Value {
        let (questions, hidden) = (self.items.len(), self.hidden.len());
        let skipped = self.skipped.len();
        json!({
            "toolkit": self.toolkit, "questions": questions, "hidden": hidden, "skipped": skipped, "corrupted": self.corrupted
        })
    }

    fn notes(&self) -> Vec<String> {
        let (name, questions, hidden) = (self.bench.name, self.items.len(), self.hidden.len());
        let hidden = if hidden == 0 { String::new() } else { format!(", {hidden} more without their answers") };
        let mut notes = vec![format!("{name}: {questions} questions{hidden}")];
        notes.extend(listed(self.skipped.iter().cloned()));
        notes
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
        let replies = self.replies(&self.hidden, None, respondent)?;
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
