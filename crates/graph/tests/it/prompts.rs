//! Reads the prompts of the graph tasks as a stranger would, and holds the real and generated graphs the tests use.
#![expect(clippy::print_stderr, reason = "a test says when it checks nothing")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use ssl4rl_data::{DataOptions, load};
use ssl4rl_graph::{Csr, Direction, Features, Graph, GraphBuilder};
use ssl4rl_tasks::{PretextTask, Sample, Split, TaskRng, prompt_text};

/// A prompt, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Prompt {
    pub(crate) text: String,
    /// Node names in the question, in order.
    pub(crate) asked: Vec<String>,
    /// Neighbour lists by node name.
    pub(crate) neighbours: BTreeMap<String, Vec<String>>,
    /// Feature lists by node name.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// Relation lines: source, relation, targets.
    pub(crate) relations: Vec<(String, String, Vec<String>)>,
}

impl Prompt {
    pub(crate) fn read(text: &str) -> Self {
        let mut prompt = Self { text: text.to_owned(), ..Self::default() };
        let mut section = "";
        for (number, line) in text.lines().enumerate() {
            if number == 0 {
                let words: Vec<&str> = line.split([' ', '.', '?']).collect();
                prompt.asked =
                    words.windows(2).filter(|pair| pair[0] == "node").map(|pair| pair[1].to_owned()).collect();
            } else if line.ends_with(':') {
                section = line;
            } else if line.starts_with("Options") || line.starts_with("Reply") {
                section = "";
            } else if let Some((source, rest)) = line.split_once(" -")
                && let Some((relation, targets)) = rest.split_once("-> ")
            {
                let targets = targets.split(' ').map(str::to_owned).collect();
                prompt.relations.push((source.to_owned(), relation.to_owned(), targets));
            } else if let Some((name, list)) = line.split_once(": ") {
                let list: Vec<String> = list.split(' ').filter(|word| *word != "none").map(str::to_owned).collect();
                match section {
                    "Neighbours:" => prompt.neighbours.insert(name.to_owned(), list),
                    "Features:" => prompt.features.insert(name.to_owned(), list),
                    _ => None,
                };
            }
        }
        prompt
    }

    /// Edges shown, as unordered pairs of names.
    pub(crate) fn pairs(&self) -> BTreeSet<(String, String)> {
        let mut pairs = BTreeSet::new();
        for (node, neighbours) in &self.neighbours {
            for other in neighbours {
                pairs.insert((node.clone().min(other.clone()), node.clone().max(other.clone())));
            }
        }
        pairs
    }
}

/// Words of a text: runs of letters and digits.
pub(crate) fn word_count(text: &str) -> usize {
    text.split(|symbol: char| !symbol.is_alphanumeric()).filter(|word| !word.is_empty()).count()
}

/// `count` samples of a split, from consecutive indices.
pub(crate) fn samples<Task: PretextTask<Input = Graph>>(
    task: &Task,
    graph: &Graph,
    split: Split,
    count: u64,
) -> Vec<(Sample<Task::Truth>, Prompt)> {
    (0..count).map(|index| sample(task, graph, split, index)).collect()
}

pub(crate) fn sample<Task: PretextTask<Input = Graph>>(
    task: &Task,
    graph: &Graph,
    split: Split,
    index: u64,
) -> (Sample<Task::Truth>, Prompt) {
    let mut rng = TaskRng::new(7, Task::NAME, split, index);
    let sample = (0..256).find_map(|_| task.make(graph, &mut rng)).expect("the graph carries the task");
    let prompt = Prompt::read(&prompt_text(&sample.prompt));
    (sample, prompt)
}

/// Share of questions a way of choosing answers right.
pub(crate) fn accuracy(right: impl Iterator<Item = bool>) -> f64 {
    let (mut hits, mut all) = (0_u32, 0_u32);
    for hit in right {
        hits += u32::from(hit);
        all += 1;
    }
    f64::from(hits) / f64::from(all)
}

/// A graph of communities: features and edges are both more frequent inside one. The first nodes are hubs.
pub(crate) fn communities() -> Graph {
    let (nodes, groups, words) = (400_u32, 8_u32, 120_u32);
    let mut rng = TaskRng::new(3, "communities", Split::Train, 0);
    let mut builder = GraphBuilder::new("communities", nodes as usize, Direction::Undirected);
    for left in 0..nodes {
        for right in left + 1..nodes {
            let probability = if left / (nodes / groups) == right / (nodes / groups) { 0.12 } else { 0.002 };
            let hub = if left < 5 { 0.05 } else { 0.0 };
            if rng.unit() < probability + hub {
                builder.edge(left, right).unwrap();
            }
        }
    }
    let rows: Vec<BTreeSet<u32>> = (0..nodes)
        .map(|node| {
            let group = node / (nodes / groups);
            (0..12)
                .map(|_| {
                    if rng.unit() < 0.7 { group * 15 + rng.below(15) as u32 } else { rng.below(words as usize) as u32 }
                })
                .collect()
        })
        .collect();
    builder.features(features(&rows, words as usize)).unwrap();
    builder.build().unwrap()
}

fn features(rows: &[BTreeSet<u32>], columns: usize) -> Features {
    let mut starts = vec![0];
    let mut indices = Vec::new();
    for row in rows {
        indices.extend(row.iter().copied());
        starts.push(indices.len());
    }
    let values = vec![1.0; indices.len()];
    Features {
        matrix: Csr::new((rows.len(), columns), starts, indices, values),
        names: None,
        known: rows.iter().map(|row| !row.is_empty()).collect(),
    }
}

/// Cora with its features; `None` without data.
pub(crate) fn cora() -> Option<&'static Graph> {
    static CORA: OnceLock<Option<Graph>> = OnceLock::new();
    CORA.get_or_init(|| real("cora")).as_ref()
}

/// `PubMed`, most of whose features are missing; `None` without data.
pub(crate) fn pubmed() -> Option<&'static Graph> {
    static PUBMED: OnceLock<Option<Graph>> = OnceLock::new();
    PUBMED.get_or_init(|| real("pubmed")).as_ref()
}

/// FB15k-237; `None` without data.
pub(crate) fn fb15k_237() -> Option<&'static Graph> {
    static FB: OnceLock<Option<Graph>> = OnceLock::new();
    FB.get_or_init(|| real("fb15k-237")).as_ref()
}

fn real(name: &str) -> Option<Graph> {
    let Some(folder) = std::env::var_os("SSL4RL_DATA") else {
        eprintln!("SSL4RL_DATA is not set: nothing is checked on {name}");
        return None;
    };
    let data_dir = Some(PathBuf::from(folder));
    Some(load(name, &DataOptions { data_dir, offline: true, seed: 0 }).unwrap().graph)
}
