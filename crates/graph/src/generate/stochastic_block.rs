//! Stochastic block models whose nodes carry words: pairs within a block are edges with probability `p_in`, pairs across
//! blocks with probability `p_out`.
//!
//! Block b writes about topic b modulo 10 with ten favourite words of that topic, which the seed draws. Of a node's
//! words about seven in ten are favourites of its block, the others come from the whole topic or from words that every topic
//! shares. Features are the words as 0 or 1, node texts are titles of three of them, labels are the topics.

use super::bernoulli::Bernoulli;
use super::words::{SHARED, TOPICS};
use super::{GenerateError, Generator, Knob, Values};
use crate::{Csr, Direction, Features, Graph, GraphBuilder, Labels, Node};
use ssl4rl_tasks::TaskRng;

/// Words of a topic that a block prefers.
const FAVOURITES: usize = 10;
/// Probability that a word is one of the block's favourites.
const FAVOURITE_SHARE: f64 = 0.7;
/// Probability that a word is any of the topic's.
const TOPIC_SHARE: f64 = 0.15;

/// The generator `sbm`.
pub(super) struct StochasticBlock;

impl Generator for StochasticBlock {
    fn name(&self) -> &'static str {
        "sbm"
    }

    fn summary(&self) -> &'static str {
        "stochastic block model with words and titles on the nodes"
    }

    fn knobs(&self) -> &'static [Knob] {
        const {
            &[
                Knob::count("n", "number of nodes", None, 1.0),
                Knob::count("k", "number of blocks, as equal in size as can be", None, 1.0),
                Knob::probability("p_in", "probability of an edge within a block", Some(0.06)),
                Knob::probability("p_out", "probability of an edge across blocks", Some(0.002)),
                Knob { name: "words", summary: "words a node", default: Some(6.0), range: (1.0, 8.0), whole: true },
            ]
        }
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let (node_count, block_count) = (values.count("n"), values.count("k"));
        if block_count > node_count {
            return Err(values.conflict(format!("`k` must be at most `n`, got k={block_count} and n={node_count}")));
        }
        let node_pairs = node_count as f64 * node_count as f64 / 2.0;
        let inner_pairs = node_pairs / block_count as f64;
        let (inner, outer) = (values.real("p_in"), values.real("p_out"));
        values.check_edge_count(inner * inner_pairs + outer * (node_pairs - inner_pairs))?;

        // Members of block b are at b, b + k, b + 2k … of this order, so that ids do not tell the block.
        let order = rng.permutation(node_count);
        let blocks: Vec<Vec<Node>> = (0..block_count)
            .map(|block| order.iter().skip(block).step_by(block_count).map(|&node| node as Node).collect())
            .collect();
        let mut builder = GraphBuilder::new(name, node_count, Direction::Undirected);
        for (left, right) in draw_edges(&blocks, inner, outer, rng) {
            builder.edge(left, right)?;
        }
        let words = draw_words(&blocks, node_count, values.count("words"), rng);
        builder.node_texts(words.iter().map(|words| title(words, rng)).collect())?;
        builder.features(features(&words))?;
        builder.labels(labels(&blocks, node_count))?;
        Ok(builder.build()?)
    }
}

/// Inner pairs block after block, then outer pairs; each walk skips from edge to edge.
fn draw_edges(blocks: &[Vec<Node>], inner: f64, outer: f64, rng: &mut TaskRng) -> Vec<(Node, Node)> {
    let mut edges = Vec::new();
    let within = Bernoulli::new(inner);
    for block in blocks {
        within.for_each_success(block.len(), |row| row, rng, |row, column| edges.push((block[row], block[column])));
    }
    // Row r is a node, its columns are the nodes of all earlier blocks.
    let nodes: Vec<Node> = blocks.iter().flatten().copied().collect();
    let mut earlier = Vec::with_capacity(nodes.len());
    let mut before = 0;
    for block in blocks {
        earlier.extend(std::iter::repeat_n(before, block.len()));
        before += block.len();
    }
    let across = Bernoulli::new(outer);
    across.for_each_success(
        nodes.len(),
        |row| earlier[row],
        rng,
        |row, column| edges.push((nodes[row], nodes[column])),
    );
    edges
}

/// Columns of each node's words: topics one after the other, then the shared words. Distinct, most telling first.
fn draw_words(blocks: &[Vec<Node>], node_count: usize, per_node: usize, rng: &mut TaskRng) -> Vec<Vec<u32>> {
    let mut words = vec![Vec::new(); node_count];
    for (block, members) in blocks.iter().enumerate() {
        let first = (block % TOPICS.len()) * TOPICS[0].words.len();
        let mut topic: Vec<u32> = (first..first + TOPICS[0].words.len()).map(|column| column as u32).collect();
        rng.shuffle(&mut topic);
        for &node in members {
            words[node as usize] = draw_words_of_node(&topic, per_node, rng);
        }
    }
    words
}

/// `topic` holds the block's favourites first.
fn draw_words_of_node(topic: &[u32], per_node: usize, rng: &mut TaskRng) -> Vec<u32> {
    let shared_start = TOPICS.len() * TOPICS[0].words.len();
    let mut words = Vec::with_capacity(per_node);
    while words.len() < per_node {
        let share = rng.unit();
        let word = if share < FAVOURITE_SHARE {
            topic[rng.below(FAVOURITES)]
        } else if share < FAVOURITE_SHARE + TOPIC_SHARE {
            topic[rng.below(topic.len())]
        } else {
            (shared_start + rng.below(SHARED.len())) as u32
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

fn word(column: u32) -> &'static str {
    let column = column as usize;
    let per_topic = TOPICS[0].words.len();
    match TOPICS.get(column / per_topic) {
        Some(topic) => topic.words[column % per_topic],
        None => SHARED[column - TOPICS.len() * per_topic],
    }
}

/// Up to three of the node's words: `Tide, reef and harbour`.
fn title(words: &[u32], rng: &mut TaskRng) -> String {
    let mut words: Vec<&str> = words.iter().map(|&column| word(column)).collect();
    let chosen = rng.sample_front(&mut words, 3);
    let mut title = match chosen {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => chosen.concat(),
    };
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// One column per word of any topic, 1 where the node has the word.
fn features(words: &[Vec<u32>]) -> Features {
    let names: Vec<String> = TOPICS.iter().flat_map(|topic| topic.words).chain(SHARED).map(str::to_owned).collect();
    let mut starts = vec![0];
    let mut columns = Vec::new();
    for words in words {
        let mut sorted = words.clone();
        sorted.sort_unstable();
        columns.extend(sorted);
        starts.push(columns.len());
    }
    let values = vec![1.0; columns.len()];
    let matrix = Csr::new((words.len(), names.len()), starts, columns, values);
    Features { matrix, names: Some(names), known: vec![true; words.len()] }
}

fn labels(blocks: &[Vec<Node>], node_count: usize) -> Labels {
    let mut of_node = vec![None; node_count];
    for (block, members) in blocks.iter().enumerate() {
        for &node in members {
            of_node[node as usize] = Some((block % TOPICS.len()) as u32);
        }
    }
    Labels { classes: TOPICS.iter().take(blocks.len()).map(|topic| topic.name.to_owned()).collect(), of_node }
}
