//! Settings of knowledge-graph completion.

use serde::{Deserialize, Serialize};

use crate::question::WritingConfig;
use ssl4rl_tasks::verifiers::AnswerStyle;

/// How a model completes a triple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// One of several options. Not comparable with a full ranking.
    Choice,
    /// A base scorer's best candidates in a new order: a full, filtered ranking.
    Rerank,
    /// How likely every entity's name is, by token: a full, filtered ranking of small graphs.
    Likelihood,
}

/// Whose candidates are put in a new order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// Relation frequency.
    Frequency,
    /// Relation frequency and the rule of reversed pairs.
    ReversedPair,
}

/// Settings of the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompletionConfig {
    /// `choice`, `rerank` or `likelihood`.
    pub method: Method,
    /// Test triples, drawn by the seed, each asked from both sides; 0: all.
    pub samples: usize,
    /// Seed of every draw.
    pub seed: u64,
    /// Options of `choice`, 2 to 26.
    pub options: usize,
    /// Candidates of `rerank`, 2 to 100.
    pub candidates: usize,
    /// Whose candidates: `frequency` or `reversed-pair`.
    pub base: Base,
    /// Training triples shown of the entity that is given, 0 to 50.
    pub context: usize,
    /// Most entities that `likelihood` ranks.
    pub most_entities: usize,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// How context is written and entities are named.
    pub writing: WritingConfig,
}

impl Default for CompletionConfig {
    fn default() -> Self {
        Self {
            method: Method::Choice,
            samples: 0,
            seed: 0,
            options: 10,
            candidates: 20,
            base: Base::Frequency,
            context: 6,
            most_entities: 1000,
            answer_style: AnswerStyle::Text,
            writing: WritingConfig { encoder: "triples".into(), naming: "real".into(), ..WritingConfig::default() },
        }
    }
}

impl CompletionConfig {
    pub(super) fn check(&self) -> Result<(), String> {
        let bounds = [
            ("options", self.options, 2..=26),
            ("candidates", self.candidates, 2..=100),
            ("context", self.context, 0..=50),
        ];
        for (name, value, range) in bounds {
            if !range.contains(&value) {
                return Err(format!("`{name}` must be from {} to {}, got {value}", range.start(), range.end()));
            }
        }
        if self.writing.naming != "real" {
            return Err("`writing.naming` must be `real`: candidates go by the names of entities".into());
        }
        Ok(())
    }
}
