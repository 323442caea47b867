//! Tasks about distances: answers against all-pairs distances computed from the prompt's text, verdicts by hand.

#![expect(clippy::float_cmp, reason = "scores and chances are exact by hand calculation")]

use std::collections::{BTreeMap, BTreeSet};

use ssl4rl_graph::question::{Shown, WritingConfig};
use ssl4rl_graph::tasks::distances::context_prediction::{ContextPrediction, ContextPredictionConfig};
use ssl4rl_graph::tasks::distances::distance::{Distance, DistanceConfig, DistanceTruth, DistanceVerifier};
use ssl4rl_graph::tasks::distances::distance_order::{DistanceOrder, DistanceOrderConfig};
use ssl4rl_graph::tasks::distances::ego_centre::{EgoCentre, EgoCentreConfig};
use ssl4rl_graph::tasks::distances::landmark_distances::{
    LandmarkDistances, LandmarkDistancesConfig, LandmarkTruth, LandmarkVerifier,
};
use ssl4rl_graph::tasks::distances::shortest_path::{PathTruth, PathVerifier, ShortestPath, ShortestPathConfig};
use ssl4rl_graph::{Direction, Graph, GraphBuilder, generate};
use ssl4rl_tasks::verifiers::NumberCredit;
use ssl4rl_tasks::{PretextTask, Split, TaskRng, Verifier, protocol};

use crate::prompts::{self, Prompt, samples};

const COUNT: u64 = 400;
const SPLITS: [Split; 2] = [Split::Train, Split::HeldOut];

fn graphs() -> Vec<Graph> {
    let generated = |spec: &str| generate::from_spec(spec, 1).unwrap().unwrap();
    vec![prompts::communities(), generated("grid:rows=12,columns=12"), generated("tree:n=150")]
}

/// Steps between all nodes of a prompt that a path joins, by Floyd and Warshall.
fn all_distances(prompt: &Prompt) -> BTreeMap<(String, String), u32> {
    let names: Vec<&String> = prompt.neighbours.keys().collect();
    let mut steps: BTreeMap<(String, String), u32> = BTreeMap::new();
    for name in &names {
        steps.insert(((*name).clone(), (*name).clone()), 0);
    }
    for (left, right) in prompt.pairs() {
        steps.insert((left.clone(), right.clone()), 1);
        steps.insert((right, left), 1);
    }
    for middle in &names {
        for from in &names {
            for to in &names {
                let through = |one: &String, other: &String| steps.get(&(one.clone(), other.clone())).copied();
                if let (Some(there), Some(on)) = (through(from, middle), through(middle, to)) {
                    let known = steps.entry(((*from).clone(), (*to).clone())).or_insert(u32::MAX);
                    *known = (*known).min(there + on);
                }
            }
        }
    }
    steps
}

fn shown(names: usize, edges: &[(u32, u32)]) -> Shown {
    Shown { names: (0..names).map(|name| name.to_string()).collect(), edges: edges.to_vec(), directed: false }
}

/// The numbers of a text, in order.
fn numbers(text: &str) -> Vec<String> {
    text.split(|symbol: char| !symbol.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[test]
fn distances_are_right_and_every_answer_is_equally_frequent() {
    let task = Distance::new(DistanceConfig::default()).unwrap();
    let mut frequency: BTreeMap<Option<u32>, f64> = BTreeMap::new();
    let (mut pieces_with_path, mut paths) = (0, 0);
    for graph in graphs() {
        for split in SPLITS {
            for (sample, prompt) in samples(&task, &graph, split, COUNT) {
                let steps = all_distances(&prompt);
                let found = steps.get(&(prompt.asked[0].clone(), prompt.asked[1].clone())).copied();
                assert_eq!(found, sample.truth.distance, "{}", prompt.text);
                *frequency.entry(found).or_default() += 1.0;
                if found.is_some() {
                    paths += 1;
                    pieces_with_path += usize::from(steps.len() < prompt.neighbours.len().pow(2));
                }
            }
        }
    }
    let total: f64 = frequency.values().sum();
    assert_eq!(frequency.len(), 5);
    for (distance, count) in frequency {
        assert!((count / total - 0.2).abs() < 4.0 * (0.16 / total).sqrt(), "{distance:?}: {count} of {total}");
    }
    assert!(pieces_with_path * 3 > paths, "a graph in pieces does not give away that there is no path");
}

#[test]
fn distance_verdicts_by_hand() {
    let truth = |distance, credit| DistanceTruth { distance, most: 4, unreachable: true, credit };
    let score = |answer: &str, truth: &DistanceTruth| DistanceVerifier.verify(&protocol::wrap(answer), truth).score;
    let three = truth(Some(3), NumberCredit::Exact);
    assert_eq!([score("3", &three), score("3 steps", &three), score("2", &three)], [1.0, 1.0, 0.0]);
    assert_eq!([score("none", &three), score("3 or 4", &three), score("", &three)], [0.0, 0.0, 0.0]);
    let near = truth(Some(3), NumberCredit::Inverse);
    assert_eq!([score("3", &near), score("2", &near), score("5", &near)], [1.0, 0.5, 1.0 / 3.0]);
    let nowhere = truth(None, NumberCredit::Inverse);
    assert_eq!([score("none", &nowhere), score("No path.", &nowhere)], [1.0, 1.0]);
    assert_eq!([score("4", &nowhere), score("perhaps", &nowhere)], [0.0, 0.0]);
    let task = Distance::new(DistanceConfig::default()).unwrap();
    assert_eq!(task.chance(&three), 0.2);
    // Always 2 against 1 to 4: (1/2 + 1 + 1/2 + 1/3) / 4 where there is a path, four times in five.
    assert!((task.chance(&near) - 7.0 / 15.0).abs() < 1e-6);
}

/// All simple paths between two nodes, the slow way.
fn simple_paths(truth: &PathTruth, path: &mut Vec<u32>, found: &mut Vec<Vec<u32>>) {
    let here = *path.last().unwrap();
    if here == truth.to {
        found.push(path.clone());
        return;
    }
    for next in truth.shown.successors(here) {
        if !path.contains(&next) {
            path.push(next);
            simple_paths(truth, path, found);
            path.pop();
        }
    }
}

fn length(truth: &PathTruth, path: &[u32]) -> u64 {
    let edge = |step: &[u32]| {
        let joins =
            |&(left, right): &(u32, u32)| (left, right) == (step[0], step[1]) || (right, left) == (step[0], step[1]);
        let at = truth.shown.edges.iter().position(joins).unwrap();
        u64::from(truth.weights.get(at).copied().unwrap_or(1))
    };
    path.windows(2).map(edge).sum()
}

#[test]
fn every_shortest_path_is_right_and_no_other() {
    for weights in [0, 9] {
        let task = ShortestPath::new(ShortestPathConfig { weights, ..Default::default() }).unwrap();
        for graph in graphs() {
            for (sample, _) in samples(&task, &graph, Split::Train, 150) {
                let truth = &sample.truth;
                let mut paths = Vec::new();
                simple_paths(truth, &mut vec![truth.from], &mut paths);
                let least = paths.iter().map(|path| length(truth, path)).min().unwrap();
                assert_eq!(least, truth.length);
                assert_eq!(paths.iter().map(|path| path.len() as u32 - 1).min(), Some(truth.steps));
                for path in paths.iter().take(60) {
                    let names: Vec<&str> = path.iter().map(|&node| truth.shown.name(node)).collect();
                    let verdict = PathVerifier.verify(&protocol::wrap(&names.join(" -> ")), truth);
                    assert_eq!(verdict.exact, length(truth, path) == least);
                    let share = least as f64 / length(truth, path) as f64;
                    assert!((f64::from(verdict.score) - share).abs() < 1e-6);
                }
            }
        }
    }
}

#[test]
fn components_beside_the_graph_change_no_answer() {
    let writing = WritingConfig { distractors: 6, ..Default::default() };
    let distances = Distance::new(DistanceConfig { writing: writing.clone(), ..Default::default() }).unwrap();
    let paths = ShortestPath::new(ShortestPathConfig { weights: 5, writing, ..Default::default() }).unwrap();
    for graph in graphs() {
        for (sample, prompt) in samples(&distances, &graph, Split::Train, 100) {
            let found = all_distances(&prompt).get(&(prompt.asked[0].clone(), prompt.asked[1].clone())).copied();
            assert_eq!(found, sample.truth.distance, "{}", prompt.text);
            assert!(prompt.neighbours.len() >= 12);
        }
        for (sample, _) in samples(&paths, &graph, Split::Train, 100) {
            let mut found = Vec::new();
            simple_paths(&sample.truth, &mut vec![sample.truth.from], &mut found);
            assert_eq!(found.iter().map(|path| length(&sample.truth, path)).min(), Some(sample.truth.length));
            assert!(paths.verifier().verify(&paths.oracle(&sample.truth), &sample.truth).exact);
        }
    }
}

#[test]
fn path_verdicts_by_hand() {
    // 0 - 1 - 2 - 5, 0 - 3 - 4 - 5 and the way round 0 - 1 - 6 - 2 - 5
    let edges = [(0, 1), (1, 2), (2, 5), (0, 3), (3, 4), (4, 5), (1, 6), (6, 2)];
    let truth = PathTruth { shown: shown(7, &edges), weights: Vec::new(), from: 0, to: 5, steps: 3, length: 3 };
    let score = |answer: &str| PathVerifier.verify(&protocol::wrap(answer), &truth).score;
    assert_eq!([score("0, 1, 2, 5"), score("0 -> 3 -> 4 -> 5"), score("[0, 3, 4, 5]")], [1.0, 1.0, 1.0]);
    assert_eq!(score("0, 1, 6, 2, 5"), 0.75);
    assert_eq!(score("5, 2, 1, 0"), 0.0, "the wrong way round");
    assert_eq!(score("0, 1, 0, 1, 2, 5"), 0.0, "comes to a node twice");
    assert!((score("0, 1, 2, 3, 4, 5, 6") - 0.1).abs() < 1e-6, "all nodes: two steps of six, then astray");
    assert_eq!(score("0, 5"), 0.0);
    assert_eq!(score("0"), 0.0);
    assert!((score("0, 1") - 0.1).abs() < 1e-6, "one step of the three that are needed");
    assert_eq!([score("0, 1, 9"), score("the first one"), score("none")], [0.0, 0.0, 0.0]);
    let weights = vec![5, 5, 5, 1, 1, 1, 1, 1];
    let weighted = PathTruth { weights, length: 3, ..truth };
    let score = |answer: &str| PathVerifier.verify(&protocol::wrap(answer), &weighted).score;
    assert_eq!([score("0, 3, 4, 5"), score("0, 1, 2, 5"), score("0, 1, 6, 2, 5")], [1.0, 0.2, 0.25]);
}

#[test]
fn a_stored_path_truth_that_makes_no_sense_is_survived() {
    let truth =
        PathTruth { shown: shown(2, &[(0, 900), (7, 1)]), weights: vec![0], from: 800, to: 900, steps: 0, length: 0 };
    let task = ShortestPath::new(ShortestPathConfig::default()).unwrap();
    assert!(!PathVerifier.verify(&task.oracle(&truth), &truth).exact);
    assert!(PathVerifier.verify("<answer>0, 1</answer>", &truth).score < 1.0);
    assert!((0.0..1.0).contains(&task.chance(&truth)));
}

#[test]
fn landmark_distances_are_right() {
    let task = LandmarkDistances::new(LandmarkDistancesConfig::default()).unwrap();
    for graph in graphs() {
        for (sample, prompt) in samples(&task, &graph, Split::Train, COUNT) {
            let named = numbers(prompt.text.lines().next().unwrap());
            let steps = all_distances(&prompt);
            let found: Vec<u32> =
                named[1..].iter().map(|landmark| steps[&(named[0].clone(), landmark.clone())]).collect();
            assert_eq!(found, sample.truth.distances, "{}", prompt.text);
        }
    }
    let truth = LandmarkTruth { distances: vec![1, 3, 2], most: 3 };
    let score = |answer: &str| LandmarkVerifier.verify(&protocol::wrap(answer), &truth).score;
    assert_eq!([score("1, 3, 2"), score("1 3 2"), score("[1, 3, 2]")], [1.0, 1.0, 1.0]);
    assert_eq!([score("1, 3, 3"), score("1, 1, 1"), score("3, 2, 1")], [2.0 / 3.0, 1.0 / 3.0, 0.0]);
    assert_eq!([score("1, 3"), score("1, 3, 2, 2"), score("one"), score("")], [0.0; 4]);
}

#[test]
fn the_order_is_that_of_the_distances_and_they_are_apart() {
    let config = DistanceOrderConfig { nodes: 2, gap: 3, most: 5, ..Default::default() };
    for config in [DistanceOrderConfig::default(), config] {
        let gap = config.gap;
        let task = DistanceOrder::new(config).unwrap();
        for graph in graphs() {
            for (sample, prompt) in samples(&task, &graph, Split::HeldOut, 100) {
                let anchor = prompt.asked[0].trim_end_matches(',').to_owned();
                let steps = all_distances(&prompt);
                let distances: Vec<u32> =
                    sample.truth.order.iter().map(|node| steps[&(anchor.clone(), node.clone())]).collect();
                assert!(distances.windows(2).all(|pair| pair[0] + gap <= pair[1]), "{distances:?} {}", prompt.text);
                assert!(!sample.truth.order.contains(&anchor));
            }
        }
    }
}

#[test]
fn only_the_right_links_put_everything_near_the_removed_centre() {
    let task = EgoCentre::new(EgoCentreConfig::default()).unwrap();
    for graph in graphs() {
        for (sample, prompt) in samples(&task, &graph, Split::Train, COUNT) {
            let steps = all_distances(&prompt);
            let sizes: BTreeSet<usize> = sample.truth.options.iter().map(|option| numbers(option).len()).collect();
            assert_eq!(sizes.len(), 1, "{}", prompt.text);
            for (position, option) in sample.truth.options.iter().enumerate() {
                let listed = numbers(option);
                let near = |node: &String| {
                    listed.iter().any(|link| steps.get(&(link.clone(), node.clone())).is_some_and(|&steps| steps <= 1))
                };
                let all_near = prompt.neighbours.keys().all(near);
                assert_eq!(all_near, position == sample.truth.correct, "{}", prompt.text);
            }
        }
    }
}

/// Pairs of a ring such as `(0, 3) (3, x1)`.
fn ring(text: &str) -> BTreeSet<(String, String)> {
    let pairs = text.split(')').filter_map(|part| part.trim().trim_start_matches('(').split_once(", "));
    pairs.map(|(left, right)| (left.min(right).to_owned(), left.max(right).to_owned())).collect()
}

#[test]
fn only_the_right_ring_agrees_with_the_core() {
    let task = ContextPrediction::new(ContextPredictionConfig::default()).unwrap();
    // Hardly two nodes of the last are more than two steps apart.
    let dense = generate::from_spec("er:n=80,p=0.3", 1).unwrap().unwrap();
    for graph in graphs().into_iter().chain([dense]) {
        for (sample, prompt) in samples(&task, &graph, Split::Train, 200) {
            let centre = prompt.asked[0].clone();
            let steps = all_distances(&prompt);
            let distance = |name: &String| steps.get(&(centre.clone(), name.clone())).copied();
            assert!(prompt.neighbours.keys().all(|name| distance(name).is_some_and(|steps| steps <= 2)));
            let shared = |pair: &&(String, String)| {
                [&pair.0, &pair.1].into_iter().all(|name| distance(name).is_some_and(|steps| steps >= 1))
            };
            let pairs = prompt.pairs();
            let core: BTreeSet<&(String, String)> = pairs.iter().filter(shared).collect();
            for (position, option) in sample.truth.options.iter().enumerate() {
                let ring = ring(option);
                let overlap: BTreeSet<&(String, String)> = ring.iter().filter(shared).collect();
                assert_eq!(overlap == core, position == sample.truth.correct, "{}", prompt.text);
            }
        }
    }
}

#[test]
fn knobs_that_contradict_each_other_are_named() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let cases = [
        ("graph/distance", r#"{"most": 6}"#, "less than cut.min_nodes (6)"),
        ("graph/shortest-path", r#"{"longest": 1}"#, "between 2 and 12"),
        ("graph/shortest-path", r#"{"weights": 1}"#, "between 2 and 100"),
        ("graph/landmark-distances", r#"{"most": 4}"#, "cut.min_nodes (6)"),
        ("graph/distance-order", r#"{"gap": 2}"#, "at least 5 for 3 nodes"),
        ("graph/ego-centre", r#"{"hops": 1}"#, "between 2 and 4"),
        ("graph/context-prediction", r#"{"outer": 2}"#, "between core + 1 (3) and 5"),
    ];
    for (task, config, expected) in cases {
        let error = registry.build(task, serde_json::from_str(config).ok()).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn neighbourhoods_that_are_all_alike_are_refused_by_the_knob_that_makes_them_so() {
    let config = |core, inner, neighbours, max_nodes, options| ContextPredictionConfig {
        core,
        inner,
        outer: core + 1,
        neighbours,
        max_nodes,
        options,
        ..Default::default()
    };
    for (config, knob) in [
        // Every neighbourhood is a path.
        (config(2, 1, 1, 12, 2), "neighbours"),
        // A path to the ring takes six of them, and no seventh is left.
        (config(4, 0, 2, 6, 2), "max_nodes"),
        // Two nodes on the rim are linked or not; so are the two for which there is room.
        (config(1, 1, 2, 12, 3), "options"),
        (config(1, 1, 3, 4, 3), "options"),
    ] {
        let error = ContextPrediction::new(config).err().unwrap().to_string();
        assert!(error.contains(&format!("`{knob}` must be between")), "{error}");
    }
    let synthetic = generate::from_spec("synthetic", 5).unwrap().unwrap();
    for (graph, config) in [
        (&synthetic, config(1, 1, 2, 12, 2)),
        (&synthetic, config(1, 1, 3, 12, 3)),
        (&synthetic, config(1, 0, 2, 4, 2)),
        (&kites(), config(2, 2, 2, 5, 2)),
    ] {
        let task = ContextPrediction::new(config.clone()).unwrap();
        let rng = |index| TaskRng::new(7, "bounds", Split::Train, index);
        assert!((0..4_000).any(|index| task.make(graph, &mut rng(index)).is_some()), "never asked: {config:?}");
    }
    let one_rim = ContextPredictionConfig { inner: 2, ..Default::default() };
    for level in ContextPrediction::levels(&one_rim) {
        ContextPrediction::new(level).unwrap();
    }
}

/// Fifty times a row of two nodes, two nodes at its end that are linked or not, and one more beyond them.
fn kites() -> Graph {
    let mut builder = GraphBuilder::new("kites", 250, Direction::Undirected);
    for first in (0..250).step_by(5) {
        for (left, right) in [(0, 1), (1, 2), (1, 3), (2, 4)] {
            builder.edge(first + left, first + right).unwrap();
        }
        if first % 2 == 0 {
            builder.edge(first + 2, first + 3).unwrap();
        }
    }
    builder.build().unwrap()
}
