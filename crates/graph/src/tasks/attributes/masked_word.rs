//! `graph/masked-word`: a word of a node's text is blanked; its neighbours' texts tell which.
//!
//! The word stands in the passage shown of a neighbour as well. Each wrong option is the blanked word of another target,
//! drawn by the same process, and no target's passages show another's word. So the options are exchangeable to whoever sees
//! nothing else, one alone is shown by a neighbour, and words that stand in most texts are hardly ever asked for. Every place
//! of the word within the target's passage is blank.
//!
//! The place is drawn among the letters of the text, so that a word of ten is tried twice as often as one of five: long words are told
//! from others, and are rare enough to be no other target's as well.
//!
//! Training prompts show no node that is held out.

use std::fmt::Write as _;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::{check, invalid};
use crate::question::{Writing, WritingConfig, options};
use crate::sample::{EgoNet, Subgraph, View, ego_nodes};
use crate::{Graph, Node};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, Split, TaskError, TaskRng, protocol};

/// Draws of a whole question before the sample is given up.
const DRAWS: usize = 64;
/// Draws of a target.
const TARGET_DRAWS: usize = 256;
/// Letters of a text tried for a word that a neighbour's text shows.
const PLACES: usize = 8;
/// Shortest word that is blanked, in bytes.
const SHORTEST: usize = 5;
/// Words of texts in general, never blanked: they only make draws fail.
const EMPTY_WORDS: [&str; 32] = [
    "about",
    "after",
    "also",
    "based",
    "because",
    "been",
    "between",
    "both",
    "could",
    "different",
    "during",
    "first",
    "given",
    "however",
    "many",
    "other",
    "paper",
    "problem",
    "result",
    "results",
    "several",
    "shown",
    "such",
    "their",
    "there",
    "these",
    "those",
    "through",
    "under",
    "using",
    "where",
    "which",
];
/// What stands for the word.
const BLANK: &str = "____";

/// Settings of [`MaskedWord`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MaskedWordConfig {
    /// Number of options, 2 to 8.
    pub options: usize,
    /// Words shown before and after the blank, 1 to 100.
    pub window: usize,
    /// Neighbours whose texts are shown, 1 to 10.
    pub neighbours: usize,
    /// Words shown of each neighbour's text, from its beginning, 5 to 300.
    pub words: usize,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for MaskedWordConfig {
    fn default() -> Self {
        Self {
            options: 4,
            window: 8,
            neighbours: 2,
            words: 25,
            answer_style: AnswerStyle::Text,
            writing: WritingConfig::default(),
        }
    }
}

/// The task.
pub struct MaskedWord {
    config: MaskedWordConfig,
    writing: Writing,
}

impl PretextTask for MaskedWord {
    const NAME: &'static str = "graph/masked-word";
    const SUMMARY: &'static str = "tell a blanked word of a node's text from its neighbours' texts";
    const BY_DEFAULT: bool = false;
    type Config = MaskedWordConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: MaskedWordConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "options", &config.options, 2..=8)?;
        check(Self::NAME, "window", &config.window, 1..=100)?;
        check(Self::NAME, "neighbours", &config.neighbours, 1..=10)?;
        check(Self::NAME, "words", &config.words, 5..=300)?;
        if config.writing.naming == "real" {
            return Err(invalid(Self::NAME, "writing.naming", "a scheme that does not tell the word", "\"real\""));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let texts = graph.node_texts()?;
        let view = View { hide_held_out_nodes: rng.split() != Split::HeldOut, ..View::context(graph) };
        let drafts = (0..DRAWS).find_map(|_| self.exclusive(&view, texts, rng))?;
        let draft = drafts.first()?;
        let wrong = drafts[1..].iter().map(|draft| draft.word.to_lowercase()).collect();
        let truth = options::shuffled(draft.word.to_lowercase(), wrong, self.config.answer_style, rng)?;
        let edges = view.edges_among(&draft.nodes);
        let subgraph = Subgraph::new(draft.nodes.clone(), edges, graph.direction(), rng);
        let written = self.writing.write(graph, subgraph, rng)?;
        let target = written.name(draft.nodes[0])?;
        let mut text =
            format!("A word in the text of node {target} is blank. Which option is it?\n{}Texts:\n", written.text);
        for (name, &node) in written.names.iter().zip(&written.subgraph.nodes) {
            let passage = if node == draft.nodes[0] {
                draft.blanked()
            } else {
                beginning(&texts[node as usize], self.config.words).collect::<Vec<_>>().join(" ")
            };
            let _ = writeln!(text, "{name}: {passage}");
        }
        options::append(&truth, &mut text);
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &Choice {
        &Choice
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &MaskedWordConfig) -> Vec<MaskedWordConfig> {
        [(2, 2, 15), (4, 2, 25), (4, 4, 40), (8, 4, 80)]
            .map(|(options, neighbours, words)| MaskedWordConfig { options, neighbours, words, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        if graph.edges().is_empty() {
            return Some("the graph has no edges, so no node has a neighbourhood".into());
        }
        graph.node_texts().is_none().then(|| "its nodes have no texts".into())
    }
}

/// A target, what is shown around it, and its blanked word.
struct Draft<'texts> {
    /// The target, then its shown neighbours.
    nodes: Vec<Node>,
    /// What is shown of the target's text.
    passage: &'texts str,
    /// The blanked word.
    word: &'texts str,
    /// Words of all passages shown.
    shown: Vec<&'texts str>,
}

impl Draft<'_> {
    /// Whether both have one word, or the passages of one show the other's.
    fn clashes(&self, other: &Self) -> bool {
        let shows = |draft: &Self, word: &str| draft.shown.iter().any(|shown| shown.eq_ignore_ascii_case(word));
        self.nodes[0] == other.nodes[0] || shows(self, other.word) || shows(other, self.word)
    }

    /// The passage with the word blanked.
    fn blanked(&self) -> String {
        self.passage.split_whitespace().map(|token| without(token, self.word)).collect::<Vec<_>>().join(" ")
    }
}

impl MaskedWord {
    /// As many targets as options, none of whose passages show another's word. One clash discards them all: replacing one
    /// would make rare words right more often than wrong.
    fn exclusive<'texts>(
        &self,
        view: &View<'_>,
        texts: &'texts [String],
        rng: &mut TaskRng,
    ) -> Option<Vec<Draft<'texts>>> {
        let mut drafts: Vec<Draft<'texts>> = Vec::with_capacity(self.config.options);
        while drafts.len() < self.config.options {
            let draft = (0..TARGET_DRAWS).find_map(|_| self.draft(view, texts, rng))?;
            if drafts.iter().any(|other| other.clashes(&draft)) {
                return None;
            }
            drafts.push(draft);
        }
        Some(drafts)
    }

    fn draft<'texts>(&self, view: &View<'_>, texts: &'texts [String], rng: &mut TaskRng) -> Option<Draft<'texts>> {
        let target = rng.below(view.graph.node_count()) as Node;
        if !rng.split().owns("node", u64::from(target)) {
            return None;
        }
        let neighbours = self.config.neighbours;
        let reach = EgoNet { hops: 1, neighbours, max_nodes: neighbours + 1 };
        let nodes = ego_nodes(view, target, reach, rng);
        let beginnings = nodes[1..].iter().flat_map(|&node| beginning(&texts[node as usize], self.config.words));
        let mut shown: Vec<&str> = beginnings.flat_map(parts).collect();
        let text = texts[target as usize].as_str();
        let (place, word) = (0..PLACES).find_map(|_| {
            let place = word_at(text, rng.below(text.len()))?;
            let word = content(&text[place.clone()])?;
            shown.iter().any(|other| other.eq_ignore_ascii_case(word)).then_some((place, word))
        })?;
        let passage = around(text, &place, self.config.window);
        shown.extend(passage.split_whitespace().flat_map(parts));
        Some(Draft { nodes, passage, word, shown })
    }
}

/// The first `count` words of a text.
fn beginning(text: &str, count: usize) -> impl Iterator<Item = &str> {
    text.split_whitespace().take(count)
}

/// What a word consists of: `multi-agent,` of two parts.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    word.split(is_mark).filter(|part| !part.is_empty())
}

/// Where the word lies that holds a byte of the text; `None` at a blank.
fn word_at(text: &str, byte: usize) -> Option<Range<usize>> {
    let letter = (0..=byte).rev().find(|&start| text.is_char_boundary(start))?;
    let (before, after) = text.split_at(letter);
    let end = letter + after.find(char::is_whitespace).unwrap_or(after.len());
    let start = before.trim_end_matches(is_letter).len();
    (letter < end).then_some(start..end)
}

/// A word of the text and up to `window` words on either side of it.
fn around<'text>(text: &'text str, word: &Range<usize>, window: usize) -> &'text str {
    let (mut before, mut after) = (&text[..word.start], &text[word.end..]);
    for _ in 0..window {
        before = before.trim_end().trim_end_matches(is_letter);
        after = after.trim_start().trim_start_matches(is_letter);
    }
    &text[before.len()..text.len() - after.len()]
}

fn is_letter(symbol: char) -> bool {
    !symbol.is_whitespace()
}

/// What was written between blanks, with every part that is `word` blanked.
fn without(token: &str, word: &str) -> String {
    let mut result = String::with_capacity(token.len());
    for piece in token.split_inclusive(is_mark) {
        let part = piece.trim_end_matches(is_mark);
        result.push_str(if part.eq_ignore_ascii_case(word) { BLANK } else { part });
        result.push_str(&piece[part.len()..]);
    }
    result
}

fn is_mark(symbol: char) -> bool {
    !symbol.is_alphanumeric()
}

/// The word without marks, if it is one that may be blanked: a letter, then letters or digits.
fn content(word: &str) -> Option<&str> {
    let word = word.trim_matches(is_mark);
    let plain = word.starts_with(|symbol: char| symbol.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let empty = || EMPTY_WORDS.iter().any(|empty| empty.eq_ignore_ascii_case(word));
    (plain && word.len() >= SHORTEST && !empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_at_every_byte() {
        let text = " école  a\u{a0}bc";
        let words: Vec<Option<&str>> =
            (0..text.len()).map(|byte| word_at(text, byte).map(|place| &text[place])).collect();
        let mut expected = vec![None];
        expected.extend([Some("école"); 6]);
        expected.extend([None, None, Some("a"), None, None, Some("bc"), Some("bc")]);
        assert_eq!(words, expected);
        assert_eq!(word_at("", 0), None);
    }

    #[test]
    fn as_many_words_around_as_there_are() {
        let text = "  one two\nthree  four five ";
        let passage = |word: &str, window| {
            let start = text.find(word).unwrap();
            around(text, &(start..start + word.len()), window)
        };
        assert_eq!(passage("three", 1).split_whitespace().collect::<Vec<_>>(), ["two", "three", "four"]);
        assert_eq!(passage("one", 2).split_whitespace().collect::<Vec<_>>(), ["one", "two", "three"]);
        assert_eq!(passage("five", 9), text);
    }
}
