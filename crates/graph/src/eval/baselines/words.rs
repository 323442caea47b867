//! Naive Bayes on the set of words of each node.
//!
//! Words of a text are lower-case runs of at least three letters a to z; features are words as they are. The vocabulary is
//! that of the training nodes, words are weighted by `(count + 0.1) / (words of the class + 0.1 vocabulary)`, and the prior
//! is the share of the training nodes. [`propagated`] spreads the posteriors over the graph.
//!
//! ```
//! use ssl4rl_graph::eval::baselines::words::{posteriors, words_of_text};
//! assert_eq!(words_of_text("Title: On GAs, a GAS of gas").into_iter().collect::<Vec<_>>(), ["gas", "title"]);
//! let documents = [vec![0, 1], vec![2], vec![1, 9]]; // word 9 is in no training node
//! let found = posteriors(&documents, 2, &[(0, 0), (1, 1)]);
//! // Class 0 has words 0 and 1 of a vocabulary of 3: 1.1 / 2.3 for word 1; class 1: 0.1 / 1.3.
//! let (zero, one) = (0.5 * 1.1 / 2.3, 0.5 * 0.1 / 1.3);
//! assert!((found[2][0] - zero / (zero + one)).abs() < 1e-12);
//! ```

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::labels;
use crate::{Graph, Node};

/// Added to every count.
const SMOOTHING: f64 = 0.1;
/// Letters that a word has at least.
const SHORTEST: usize = 3;
/// Rounds of propagation of the posteriors.
const ROUNDS: usize = 50;

/// The set of words of a text.
pub fn words_of_text(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let runs = lower.split(|symbol: char| !symbol.is_ascii_lowercase());
    runs.filter(|word| word.len() >= SHORTEST).map(str::to_owned).collect()
}

/// The words of every node as numbers: of its text, or where the graph has no texts its features; `None` without either.
pub fn documents(graph: &Graph) -> Option<Vec<Vec<u32>>> {
    let Some(texts) = graph.node_texts() else {
        let features = graph.features()?;
        return Some((0..graph.node_count() as Node).map(|node| features.of(node).to_vec()).collect());
    };
    let mut numbers = BTreeMap::new();
    let mut number = |word: String| {
        let next = numbers.len() as u32;
        *numbers.entry(word).or_insert(next)
    };
    Some(texts.iter().map(|text| words_of_text(text).into_iter().map(&mut number).collect()).collect())
}

/// Posterior of every class for every node, `[nodes][classes]`. A class without training nodes has posterior 0.
pub fn posteriors(documents: &[Vec<u32>], classes: usize, labelled: &[(Node, u32)]) -> Vec<Vec<f64>> {
    let mut counts: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    let (mut nodes, mut words) = (vec![0.0_f64; classes], vec![0.0; classes]);
    for &(node, class) in labelled {
        nodes[class as usize] += 1.0;
        for &word in &documents[node as usize] {
            counts.entry(word).or_insert_with(|| vec![0.0; classes])[class as usize] += 1.0;
            words[class as usize] += 1.0;
        }
    }
    let vocabulary = counts.len() as f64;
    let prior: Vec<f64> = nodes.iter().map(|count| (count / labelled.len().max(1) as f64).ln()).collect();
    let posterior = |document: &Vec<u32>| {
        let mut logs = prior.clone();
        for of_word in document.iter().filter_map(|word| counts.get(word)) {
            for (class, log) in logs.iter_mut().enumerate() {
                *log += ((of_word[class] + SMOOTHING) / (words[class] + SMOOTHING * vocabulary)).ln();
            }
        }
        normalised(&logs)
    };
    documents.par_iter().map(posterior).collect()
}

/// The posteriors spread over the graph, those of the training nodes replaced by their labels: `F <- 0.9 S F + 0.1 P`, 50 times.
pub fn propagated(graph: &Graph, posteriors: &[Vec<f64>], labelled: &[(Node, u32)]) -> Vec<Vec<f64>> {
    let mut start = posteriors.to_vec();
    for &(node, class) in labelled {
        start[node as usize].fill(0.0);
        start[node as usize][class as usize] = 1.0;
    }
    labels::propagated(graph, &start, ROUNDS)
}

/// Probabilities from their logs up to a constant.
fn normalised(logs: &[f64]) -> Vec<f64> {
    let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<f64> = logs.iter().map(|log| (log - highest).exp()).collect();
    let sum: f64 = shares.iter().sum();
    shares.iter().map(|share| share / sum).collect()
}
