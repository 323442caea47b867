//! How single questions become the scores that are published.

use std::collections::BTreeMap;

/// A question that was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered<'item> {
    /// The question's id.
    pub id: &'item str,
    /// Its category.
    pub category: Option<&'item str>,
    /// The wider one.
    pub wider_category: Option<&'item str>,
    /// What the questions about the same image share.
    pub pair: Option<&'item str>,
    /// Whether the answer was right.
    pub right: bool,
}

/// Rows of rolled questions are numbered this far apart.
const ROLL: u64 = 1_000_000;

/// Whether every roll of each question is right: `CircularEval` of `MMBench`.
///
/// A question is asked once for every rotation of its options, and counts where all are right. Rolls share the number of their
/// first row modulo a million.
pub fn circular(answers: &[Answered<'_>]) -> Vec<bool> {
    let mut rolls: BTreeMap<String, bool> = BTreeMap::new();
    for answer in answers {
        let base = answer.id.parse::<u64>().map_or_else(|_| answer.id.to_owned(), |id| (id % ROLL).to_string());
        *rolls.entry(base).or_insert(true) &= answer.right;
    }
    rolls.into_values().collect()
}

/// The share of right answers in each category, and the mean of these shares: lmms-eval's score of `MMStar`, where narrow
/// categories are averaged within the wide ones first.
pub fn macro_average(answers: &[Answered<'_>]) -> f64 {
    let mut wide: BTreeMap<&str, BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
    for answer in answers {
        let (outer, inner) = (answer.category.unwrap_or_default(), answer.wider_category.unwrap_or_default());
        wide.entry(outer).or_default().entry(inner).or_default().push(f64::from(u8::from(answer.right)));
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let of_wide: Vec<f64> =
        wide.values().map(|inner| mean(&inner.values().map(|values| mean(values)).collect::<Vec<_>>())).collect();
    mean(&of_wide)
}

/// The ten categories of MME that make up perception; the other four are reasoning.
const PERCEPTION: [&str; 10] =
    ["OCR", "artwork", "celebrity", "color", "count", "existence", "landmark", "position", "posters", "scene"];

/// The two scores of MME.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mme {
    /// Out of 2000 where all ten categories are there.
    pub perception: f64,
    /// Out of 800 where all four are.
    pub reasoning: f64,
}

/// MME: in every category the share of right answers and the share of images both of whose questions are right, each times 100.
pub fn mme(answers: &[Answered<'_>]) -> Mme {
    let mut categories: BTreeMap<&str, Vec<&Answered<'_>>> = BTreeMap::new();
    for answer in answers {
        categories.entry(answer.category.unwrap_or_default()).or_default().push(answer);
    }
    let mut scores = Mme { perception: 0.0, reasoning: 0.0 };
    for (category, answers) in categories {
        let mut pairs: BTreeMap<&str, bool> = BTreeMap::new();
        for answer in &answers {
            *pairs.entry(answer.pair.unwrap_or(answer.id)).or_insert(true) &= answer.right;
        }
        let share = |right: usize, all: usize| 100.0 * right as f64 / all.max(1) as f64;
        let single = share(answers.iter().filter(|answer| answer.right).count(), answers.len());
        let both = share(pairs.values().filter(|&&right| right).count(), pairs.len());
        let side = if PERCEPTION.contains(&category) { &mut scores.perception } else { &mut scores.reasoning };
        *side += single + both;
    }
    scores
}
