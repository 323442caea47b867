//! Hidden words, lists and clusters: what is hidden is not shown, and a reader of the prompt can tell it.

use std::collections::{BTreeMap, BTreeSet};

use ssl4rl_graph::question::partition::adjusted_rand;
use ssl4rl_graph::tasks::attributes::attribute_clustering::{AttributeClustering, AttributeClusteringConfig};
use ssl4rl_graph::tasks::attributes::attribute_similarity::{AttributeSimilarity, AttributeSimilarityConfig};
use ssl4rl_graph::tasks::attributes::masked_feature_sets::{MaskedFeatureSets, MaskedFeatureSetsConfig};
use ssl4rl_graph::tasks::attributes::masked_word::{MaskedWord, MaskedWordConfig};
use ssl4rl_graph::{Csr, Direction, Features, Graph, GraphBuilder, Node};
use ssl4rl_tasks::{PretextTask, Split};

use crate::prompts::{Prompt, accuracy, communities, cora, samples};

/// Lists `name: word word` of the lines after `heading`.
fn lists(prompt: &Prompt, heading: &str) -> BTreeMap<String, BTreeSet<String>> {
    let (_, section) = prompt.text.split_once(heading).unwrap();
    section
        .lines()
        .map_while(|line| line.split_once(": "))
        .map(|(name, words)| (name.to_owned(), words.split(' ').map(str::to_owned).collect()))
        .collect()
}

fn shared(left: &BTreeSet<String>, right: &BTreeSet<String>) -> usize {
    left.intersection(right).count()
}

#[test]
fn hidden_lists_can_be_told_from_the_neighbours_only() {
    let communities = communities();
    for graph in [Some(&communities), cora()].into_iter().flatten() {
        for split in [Split::Train, Split::HeldOut] {
            let task = MaskedFeatureSets::new(MaskedFeatureSetsConfig::default()).unwrap();
            let mut right = Vec::new();
            for (sample, prompt) in samples(&task, graph, split, 400) {
                let shown = lists(&prompt, "\nFeatures:\n");
                let hidden = lists(&prompt, "\nHidden lists:\n");
                for (node, letter) in sample.truth.nodes.iter().zip(&sample.truth.values) {
                    assert!(!shown.contains_key(node), "{}", prompt.text);
                    let around = |list: &BTreeSet<String>| -> usize {
                        let others = prompt.neighbours[node].iter().filter_map(|other| shown.get(other));
                        others.map(|other| shared(list, other)).sum()
                    };
                    assert!(around(&hidden[letter]) >= 1, "{}", prompt.text);
                    let best = hidden.iter().max_by_key(|(_, list)| around(list)).unwrap().0;
                    right.push(best == letter);
                }
            }
            let share = accuracy(right.into_iter());
            // One of three lists by chance.
            assert!(share > 0.5, "{}: {share}", graph.name());
        }
    }
}

/// A ring in which a node has the words of the next one, by twos.
fn twins() -> Graph {
    const NODES: u32 = 240;
    let mut builder = GraphBuilder::new("twins", NODES as usize, Direction::Undirected);
    let (mut starts, mut words) = (vec![0], Vec::new());
    for node in 0..NODES {
        builder.edge(node, (node + 1) % NODES).unwrap();
        builder.edge(node, (node + 2) % NODES).unwrap();
        words.extend((0..4).map(|step| node / 2 + step));
        starts.push(words.len());
    }
    let values = vec![1.0; words.len()];
    let matrix = Csr::new((NODES as usize, NODES as usize / 2 + 3), starts, words, values);
    builder.features(Features { matrix, names: None, known: vec![true; NODES as usize] }).unwrap();
    builder.build().unwrap()
}

#[test]
fn no_two_hidden_lists_are_equal_also_where_nodes_have_equal_words() {
    let task = MaskedFeatureSets::new(MaskedFeatureSetsConfig { distractors: 4, ..Default::default() }).unwrap();
    for (_, prompt) in samples(&task, &twins(), Split::Train, 300) {
        let hidden = lists(&prompt, "\nHidden lists:\n");
        assert_eq!(hidden.values().collect::<BTreeSet<_>>().len(), hidden.len(), "two are right: {}", prompt.text);
    }
}

#[test]
fn no_two_nodes_with_hidden_lists_have_the_same_neighbours_shown() {
    for graph in [Some(&communities()), cora()].into_iter().flatten() {
        let task = MaskedFeatureSets::new(MaskedFeatureSetsConfig::default()).unwrap();
        for (sample, prompt) in samples(&task, graph, Split::Train, 200) {
            let hidden = &sample.truth.nodes;
            let shown = |node: &String| -> BTreeSet<&String> {
                prompt.neighbours[node].iter().filter(|other| !hidden.contains(other)).collect()
            };
            let distinct: BTreeSet<BTreeSet<&String>> = hidden.iter().map(shown).collect();
            assert_eq!(distinct.len(), hidden.len(), "their lists could be swapped: {}", prompt.text);
        }
    }
}

/// Papers in a ring; a paper and its neighbours use the words of their stretch.
fn texts() -> Graph {
    let mut builder = GraphBuilder::new("texts", 240, Direction::Undirected);
    for node in 0..240_u32 {
        builder.edge(node, (node + 1) % 240).unwrap();
        builder.edge(node, (node + 3) % 240).unwrap();
    }
    let word = |node: usize, step: usize| format!("topic{}", (node / 6 + step * 97) % 40 + 40 * step);
    let text = |node: usize| format!("On {} and {}. We do it by {}!", word(node, 0), word(node, 1), word(node, 2));
    builder.node_texts((0..240).map(text).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn a_blanked_word_is_shown_by_a_neighbour_and_nowhere_in_its_own_passage() {
    let texts = texts();
    for graph in [Some(&texts), cora().filter(|graph| graph.node_texts().is_some())].into_iter().flatten() {
        let task = MaskedWord::new(MaskedWordConfig::default()).unwrap();
        for (sample, prompt) in samples(&task, graph, Split::Train, 300) {
            let word = &sample.truth.options[sample.truth.correct];
            let (_, passages) = prompt.text.split_once("\nTexts:\n").unwrap();
            let passages = passages.split("\nOptions:").next().unwrap().to_lowercase();
            let target = format!("{}: ", prompt.asked[0]);
            let has = |line: &str| line.split(|symbol: char| !symbol.is_alphanumeric()).any(|other| other == word);
            let (own, others): (Vec<&str>, Vec<&str>) = passages.lines().partition(|line| line.starts_with(&target));
            assert!(own.len() == 1 && own[0].contains("____") && !has(own[0]), "{}", prompt.text);
            assert!(others.iter().any(|line| has(line)), "{}", prompt.text);
            let words: BTreeSet<&str> = passages.split(|symbol: char| !symbol.is_alphanumeric()).collect();
            let shown = sample.truth.options.iter().filter(|option| words.contains(option.as_str())).count();
            assert_eq!(shown, 1, "{}", prompt.text);
        }
    }
}

#[test]
fn held_out_texts_are_in_no_training_prompt() {
    let mut builder = GraphBuilder::new("signed", 200, Direction::Undirected);
    for node in 0..200_u32 {
        builder.edge(node, (node + 1) % 200).unwrap();
        builder.edge(node, (node + 9) % 200).unwrap();
    }
    builder
        .node_texts((0..200).map(|node| format!("by{node} common{} words{}", node / 20, node / 10)).collect())
        .unwrap();
    let graph = builder.build().unwrap();
    let task = MaskedWord::new(MaskedWordConfig::default()).unwrap();
    for (_, prompt) in samples(&task, &graph, Split::Train, 300) {
        let nodes =
            prompt.text.split("by").skip(1).filter_map(|rest| {
                rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<Node>().ok()
            });
        for node in nodes {
            assert!(Split::Train.owns("node", u64::from(node)), "{}", prompt.text);
        }
    }
}

#[test]
fn the_closer_pair_has_the_larger_jaccard_index() {
    let config = AttributeSimilarityConfig { words: 100, ..Default::default() };
    let task = AttributeSimilarity::new(config).unwrap();
    for (sample, prompt) in samples(&task, &communities(), Split::Train, 300) {
        let shown = lists(&prompt, "\nFeatures:\n");
        let closeness = |option: &String| {
            let (left, right) = option.split_once(" and ").unwrap();
            let (left, right) = (&shown[left], &shown[right]);
            shared(left, right) as f64 / left.union(right).count() as f64
        };
        let all: Vec<f64> = sample.truth.options.iter().map(closeness).collect();
        let (right, wrong) = (all[sample.truth.correct], all[1 - sample.truth.correct]);
        assert!(right >= wrong + 0.1 - 1e-9, "{}", prompt.text);
        let linked = |option: &String| {
            let (left, right) = option.split_once(" and ").unwrap();
            prompt.neighbours[left].iter().any(|other| other == right)
        };
        assert_eq!(
            linked(&sample.truth.options[0]),
            linked(&sample.truth.options[1]),
            "an edge tells: {}",
            prompt.text
        );
    }
}

#[test]
fn clusters_share_words_and_no_edge_is_shown() {
    let communities = communities();
    for graph in [Some(&communities), cora()].into_iter().flatten() {
        let task = AttributeClustering::new(AttributeClusteringConfig::default()).unwrap();
        let mut found = Vec::new();
        for (sample, prompt) in samples(&task, graph, Split::Train, 200) {
            assert!(prompt.neighbours.is_empty());
            let shown = lists(&prompt, "\nFeatures:\n");
            let truth = &sample.truth;
            let mean = |node: usize, own: bool| {
                let group = |other: &usize| *other != node && (truth.groups[*other] == truth.groups[node]) == own;
                let others: Vec<usize> = (0..6).filter(group).collect();
                let sum: usize =
                    others.iter().map(|&other| shared(&shown[&truth.nodes[node]], &shown[&truth.nodes[other]])).sum();
                sum as f64 / others.len() as f64
            };
            assert!((0..6).all(|node| mean(node, true) > mean(node, false)), "{}", prompt.text);
            // Of all ways to make two groups of three, the right one has most shared words within its groups, mostly.
            let within = |groups: &[u32]| -> usize {
                let pairs = (0..6).flat_map(|one| (0..one).map(move |other| (one, other)));
                let together = pairs.filter(|&(one, other)| groups[one] == groups[other]);
                together.map(|(one, other)| shared(&shown[&truth.nodes[one]], &shown[&truth.nodes[other]])).sum()
            };
            let best = (0..64_u32)
                .filter(|set| set.count_ones() == 3)
                .map(|set| (0..6).map(|node| set >> node & 1).collect::<Vec<u32>>())
                .max_by_key(|groups| within(groups))
                .unwrap();
            found.push(adjusted_rand(&best, &truth.groups) > 0.99);
        }
        let share = accuracy(found.into_iter());
        assert!(share > 0.8, "{}: {share}", graph.name());
    }
}

#[test]
fn levels_of_attribute_tasks_are_buildable_and_make_questions() {
    fn check<Task: PretextTask<Input = Graph>>(graph: &Graph) {
        for level in Task::levels(&Task::Config::default()) {
            let task = Task::new(level).unwrap();
            assert_eq!(samples(&task, graph, Split::HeldOut, 5).len(), 5);
        }
    }
    let graph = communities();
    check::<MaskedFeatureSets>(&graph);
    check::<AttributeSimilarity>(&graph);
    check::<AttributeClustering>(&graph);
    check::<MaskedWord>(&texts());
}
