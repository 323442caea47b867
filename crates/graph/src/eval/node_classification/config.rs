//! Settings of node classification: what a prompt shows, and so which ablation it is.
//!
//! | ablation | settings |
//! |---|---|
//! | zero-shot, text alone | the defaults |
//! | k-shot | `shots = k` |
//! | structure alone | `content = "none"`, `neighbours = 8`, `shots = 8` |
//! | anonymised | `class_names = "symbols"`, `content = "words"` where words are numbers |

use serde::{Deserialize, Serialize};

use crate::question::WritingConfig;
use ssl4rl_tasks::verifiers::AnswerStyle;

/// What is shown of a node itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Title and abstract where the data has texts, else words.
    Auto,
    /// The text.
    Text,
    /// The title alone.
    Title,
    /// Some of the non-zero features.
    Words,
    /// Nothing.
    None,
}

/// Which training nodes are shown with their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shots {
    /// Those nearest in the graph, among equally near ones those with the most similar words.
    Nearest,
    /// Those with the most similar words.
    Similar,
    /// Any, as many of each class as of another.
    Balanced,
}

/// What classes are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassNames {
    /// Their names.
    Names,
    /// Names drawn anew for every question: features of the data, or letters where it has none.
    Symbols,
}

/// How the question is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wording {
    /// The class has a section of its own.
    Class,
    /// The class is one more feature, asked for in the words of `graph/masked-node-features`.
    Feature,
}

/// Settings of the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NodeConfig {
    /// Test nodes, drawn by the seed; 0: all.
    pub samples: usize,
    /// Seed of every draw.
    pub seed: u64,
    /// What is shown of a node: `auto`, `text`, `title`, `words`, `none`.
    pub content: Content,
    /// Longest text shown, in characters, 20 to 100,000.
    pub text_chars: usize,
    /// Words shown of each node, 1 to 1,000.
    pub words: usize,
    /// Words shown of the node asked about, 0 to 1,000; as many as of others when absent.
    pub own_words: Option<usize>,
    /// Training nodes shown with their class, 0 to 100.
    pub shots: usize,
    /// Which: `nearest`, `similar`, `balanced`.
    pub shot_choice: Shots,
    /// Neighbours shown of the node asked about, 0 to 100.
    pub neighbours: usize,
    /// Steps to the farthest neighbour shown, 1 to 3.
    pub hops: usize,
    /// Whether shown neighbours that are training nodes show their class.
    pub neighbour_labels: bool,
    /// Classes to choose from, 2 or more: the right one and others drawn by the seed; 0: all.
    pub ways: usize,
    /// `names` or `symbols`.
    pub class_names: ClassNames,
    /// `class` or `feature`.
    pub wording: Wording,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// How the subgraph is written and nodes are named.
    pub writing: WritingConfig,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            samples: 0,
            seed: 0,
            content: Content::Auto,
            text_chars: 1000,
            words: 20,
            own_words: None,
            shots: 0,
            shot_choice: Shots::Nearest,
            neighbours: 0,
            hops: 1,
            neighbour_labels: true,
            ways: 0,
            class_names: ClassNames::Names,
            wording: Wording::Class,
            answer_style: AnswerStyle::Text,
            writing: WritingConfig::default(),
        }
    }
}

impl NodeConfig {
    /// What is wrong, in words for the user.
    pub(super) fn check(&self) -> Result<(), String> {
        let bounds = [
            ("text_chars", self.text_chars, 20..=100_000),
            ("words", self.words, 1..=1000),
            ("own_words", self.own_words.unwrap_or(0), 0..=1000),
            ("shots", self.shots, 0..=100),
            ("neighbours", self.neighbours, 0..=100),
            ("hops", self.hops, 1..=3),
        ];
        for (name, value, range) in bounds {
            if !range.contains(&value) {
                return Err(format!("`{name}` must be from {} to {}, got {value}", range.start(), range.end()));
            }
        }
        if self.ways == 1 {
            return Err("`ways` must be 0 or at least 2, got 1".into());
        }
        if self.writing.naming == "real" {
            return Err("`writing.naming` must not be `real`: names of nodes may tell their class".into());
        }
        Ok(())
    }
}
