//! [`VisionExam`]: the questions of a benchmark put to whoever responds.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use ssl4rl_tasks::Part;
use ssl4rl_tasks::exam::metrics::Estimate;
use ssl4rl_tasks::exam::{EvalError, Exam, Reply, Respondent, Row};

use super::item::Item;
use super::rules::{Aggregation, Bench, Toolkit};
use super::score::{self, Answered};

/// What the row of all questions is called.
const ALL: &str = "all";
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

/// Questions whose answers are known, and the rules of a toolkit.
#[derive(Debug)]
pub struct VisionExam {
    bench: &'static Bench,
    items: Vec<Item>,
    hidden: usize,
    toolkit: Toolkit,
}

impl VisionExam {
    pub(super) fn new(bench: &'static Bench, items: Vec<Item>, toolkit: Toolkit) -> Self {
        let all = items.len();
        let items: Vec<Item> = items.into_iter().filter(|item| item.answer.is_some()).collect();
        Self { bench, hidden: all - items.len(), items, toolkit }
    }

    /// The prompt of a question: its images, then the text.
    pub fn prompt(&self, item: &Item) -> Vec<Part> {
        let blobs = item.images.iter().map(|bytes| Part::Blob { mime: ANY_IMAGE.to_owned(), bytes: bytes.clone() });
        blobs.chain([Part::Text(self.bench.prompt(item, self.toolkit))]).collect()
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
        json!({ "toolkit": self.toolkit, "questions": self.items.len(), "hidden": self.hidden })
    }

    /// Blind guessing, where all answers are among options.
    fn baselines(&self) -> Result<Vec<Row>, EvalError> {
        let chances: Option<Vec<f64>> = self.items.iter().map(|item| self.bench.chance(item)).collect();
        let row = |chances: Vec<f64>| {
            let value = Estimate::mean(&chances).value;
            Row::new(ALL, "chance", chances.len()).with("accuracy", Estimate { value, standard_error: 0.0 })
        };
        Ok(chances.map(row).into_iter().collect())
    }

    fn sit(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        let prompts: Vec<Vec<Part>> = self.items.iter().map(|item| self.prompt(item)).collect();
        let replies = respondent.reply_to_parts(&prompts)?;
        let mark = |(item, reply): (&Item, Option<Reply>)| match reply {
            None => Mark::NotAsked,
            Some(reply) => match self.bench.verdict(item, &reply.text, self.toolkit) {
                None => Mark::Unread,
                Some(true) => Mark::Right,
                Some(false) => Mark::Wrong,
            },
        };
        let marks: Vec<Mark> = self.items.iter().zip(replies).map(mark).collect();
        if marks.iter().all(|&mark| mark == Mark::NotAsked) {
            return Err(EvalError::NothingFits { benchmark: self.bench.name, questions: marks.len() });
        }
        Ok(self.rows(Row::MODEL, &marks))
    }
}
