//! [`Outcome`]: the scores of a benchmark, a model's beside the baselines', for people and for programs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metrics::Estimate;

/// Order of the columns; other metrics follow by name.
const COLUMNS: [&str; 15] = [
    "accuracy",
    "macro-F1",
    "unread",
    "score",
    "AUC",
    "MRR",
    "MRR optimistic",
    "MRR pessimistic",
    "Hits@1",
    "Hits@3",
    "Hits@10",
    "Hits@20",
    "Hits@50",
    "Hits@100",
    "recall@m",
];

/// The scores of one respondent or baseline in one part of a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Part of the benchmark; scores of different parts are not comparable.
    pub part: String,
    /// `model`, or the name of a baseline.
    pub who: String,
    /// Questions behind the scores.
    pub questions: u64,
    /// Questions not asked because they do not fit the model's context.
    #[serde(default)]
    pub skipped: u64,
    /// Scores by name.
    pub metrics: BTreeMap<String, Estimate>,
}

impl Row {
    /// What the model's row is called.
    pub const MODEL: &'static str = "model";

    /// A row without scores.
    pub fn new(part: impl Into<String>, who: impl Into<String>, questions: usize) -> Self {
        let (part, who) = (part.into(), who.into());
        Self { part, who, questions: questions as u64, skipped: 0, metrics: BTreeMap::new() }
    }

    /// With a score.
    #[must_use]
    pub fn with(mut self, metric: impl Into<String>, estimate: Estimate) -> Self {
        self.metrics.insert(metric.into(), estimate);
        self
    }

    /// With the number of questions that were not asked.
    #[must_use]
    pub fn skipping(mut self, skipped: usize) -> Self {
        self.skipped = skipped as u64;
        self
    }

    /// The names of the rows' scores, in the order of a table's columns.
    pub fn columns<'rows>(rows: impl IntoIterator<Item = &'rows Self>) -> Vec<&'rows str> {
        let mut names: Vec<&str> = rows.into_iter().flat_map(|row| row.metrics.keys().map(String::as_str)).collect();
        let place = |name: &str| COLUMNS.iter().position(|column| *column == name).unwrap_or(COLUMNS.len());
        names.sort_by_key(|&name| (place(name), name));
        names.dedup();
        names
    }
}

/// The result of a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Name of the benchmark.
    pub benchmark: String,
    /// Name of the data.
    pub dataset: String,
    /// What the model was trained with; unknown for a model that comes from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub setting: Option<String>,
    /// The resolved settings.
    pub settings: Value,
    /// Scores, the model's first in each part.
    pub rows: Vec<Row>,
}

impl Outcome {
    /// Aligned columns, a table for each part, and what the model was trained with, where that is known.
    pub fn text(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !parts.contains(&&*row.part) {
                parts.push(&row.part);
            }
        }
        let tables = parts.into_iter().map(|part| {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.part == part).collect();
            table(part, &rows)
        });
        let trained = self.setting.iter().map(|setting| format!("training was {setting}"));
        tables.chain(trained).collect::<Vec<_>>().join("\n\n")
    }
}

fn table(part: &str, rows: &[&Row]) -> String {
    let columns = Row::columns(rows.iter().copied());
    let mut lines = vec![vec![part.to_owned(), "questions".to_owned()]];
    lines[0].extend(columns.iter().map(|column| (*column).to_owned()));
    for row in rows {
        let cell = |column: &&str| row.metrics.get(*column).map_or_else(|| "-".to_owned(), |found| found.text());
        let skipped = if row.skipped > 0 { format!(" ({} too long)", row.skipped) } else { String::new() };
        let mut line = vec![row.who.clone(), format!("{}{skipped}", row.questions)];
        line.extend(columns.iter().map(cell));
        lines.push(line);
    }
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default())
        .collect();
    let aligned = lines.iter().map(|line| {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    });
    aligned.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_tables_of_their_own() {
        let estimate = Estimate { value: 0.5, standard_error: 0.25 };
        let rows = vec![
            Row::new("random negatives", Row::MODEL, 8).with("Hits@10", estimate).with("AUC", estimate).skipping(2),
            Row::new("random negatives", "constant", 10).with("AUC", estimate),
            Row::new("2-hop negatives", Row::MODEL, 8).with("AUC", estimate),
        ];
        let (benchmark, dataset) = ("graph/link-prediction".to_owned(), "cora".to_owned());
        let outcome = Outcome { benchmark, dataset, setting: None, settings: Value::Null, rows };
        let expected = "\
random negatives  questions       AUC            Hits@10
model             8 (2 too long)  0.500 ± 0.250  0.500 ± 0.250
constant          10              0.500 ± 0.250  -

2-hop negatives  questions  AUC
model            8          0.500 ± 0.250";
        assert_eq!(outcome.text(), expected);
        let of_run = Outcome { setting: Some("inductive".into()), ..outcome };
        assert_eq!(of_run.text(), format!("{expected}\n\ntraining was inductive"));
    }
}
