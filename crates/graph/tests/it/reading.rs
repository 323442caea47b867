//! Tasks that are answered by reading: answers against the prompt's text, verdicts by hand.

#![expect(clippy::float_cmp, reason = "scores and chances are exact by hand calculation")]

use std::collections::{BTreeMap, BTreeSet};

use ssl4rl_graph::question::{CutConfig, EdgeSet, EdgeSetVerifier, NodeSet, NodeSetVerifier, Shown};
use ssl4rl_graph::tasks::reading::edge_existence::{
    EdgeExistence, EdgeExistenceConfig, EdgeExistenceTruth, EdgeExistenceVerifier,
};
use ssl4rl_graph::tasks::reading::graph_attributes::{GraphAttribute, GraphAttributes, GraphAttributesConfig};
use ssl4rl_graph::tasks::reading::neighbourhood::{
    Neighbourhood, NeighbourhoodAsk, NeighbourhoodConfig, NeighbourhoodTruth,
};
use ssl4rl_graph::tasks::reading::neighbours::{Neighbours, NeighboursConfig};
use ssl4rl_graph::tasks::reading::node_degree::{NodeDegree, NodeDegreeConfig};
use ssl4rl_graph::{Graph, generate};
use ssl4rl_tasks::conformance::{Settings, check_task};
use ssl4rl_tasks::{PretextTask, Split, Verifier, protocol};

use crate::prompts::{self, Prompt, samples};

const COUNT: u64 = 400;

fn graphs() -> Vec<Graph> {
    let generated = |spec: &str| generate::from_spec(spec, 1).unwrap().unwrap();
    vec![prompts::communities(), generated("grid:rows=12,columns=12"), generated("tree:n=150")]
}

fn shown(names: usize, edges: &[(u32, u32)]) -> Shown {
    Shown { names: (0..names).map(|name| name.to_string()).collect(), edges: edges.to_vec(), directed: false }
}

fn named(nodes: &NodeSet) -> BTreeSet<String> {
    nodes.right.iter().map(|&node| nodes.shown.name(node).to_owned()).collect()
}

fn listed(prompt: &Prompt, node: &str) -> BTreeSet<String> {
    prompt.neighbours[node].iter().cloned().collect()
}

#[test]
fn edges_exist_as_shown_and_degrees_tell_nothing() {
    let task = EdgeExistence::new(EdgeExistenceConfig::default()).unwrap();
    let mut by_bin: BTreeMap<(u32, u32), (f64, f64)> = BTreeMap::new();
    for graph in graphs() {
        for (sample, prompt) in samples(&task, &graph, Split::Train, 1_500) {
            let words: Vec<&str> = prompt.text.lines().next().unwrap().split(' ').collect();
            let (first, second) = (words[2], words[4]);
            let linked = listed(&prompt, first).contains(second);
            let oracle = task.oracle(&sample.truth);
            assert_eq!(oracle.starts_with("<answer>yes"), linked, "{}", prompt.text);
            let witness: BTreeSet<String> = oracle
                .trim_start_matches(|symbol: char| !symbol.is_ascii_digit())
                .trim_end_matches("</answer>")
                .split(", ")
                .map(str::to_owned)
                .collect();
            assert_eq!(witness, listed(&prompt, first));
            let bin = |name: &str| prompt.neighbours[name].len().max(1).ilog2();
            let (yes, all) = by_bin.entry((bin(first), bin(second))).or_default();
            *yes += f64::from(u8::from(linked));
            *all += 1.0;
        }
    }
    for (bin, (yes, all)) in by_bin {
        assert!((yes / all - 0.5).abs() < 4.0 * 0.5 / all.sqrt(), "degrees {bin:?}: {yes} of {all}");
    }
}

#[test]
fn a_decision_counts_with_its_witness_only() {
    let graph = shown(5, &[(0, 1), (2, 0), (2, 3)]);
    let truth = |second, certificate| EdgeExistenceTruth { shown: graph.clone(), first: 0, second, certificate };
    let score =
        |answer: &str, truth: &EdgeExistenceTruth| EdgeExistenceVerifier.verify(&protocol::wrap(answer), truth).score;
    let linked = truth(2, true);
    assert_eq!([score("yes: 1, 2", &linked), score("Yes: 2 1", &linked), score("yes: [2, 1]", &linked)], [1.0; 3]);
    for answer in ["yes", "yes: 1", "yes: 1, 2, 3", "yes: 1, 2, 2", "yes: 0, 1, 2, 3, 4", "no: 1, 2", "1, 2", ""] {
        assert_eq!(score(answer, &linked), 0.0, "{answer}");
    }
    let unlinked = truth(3, true);
    assert_eq!([score("no: 1, 2", &unlinked), score("yes: 1, 2", &unlinked), score("no", &unlinked)], [1.0, 0.0, 0.0]);
    let bare = truth(3, false);
    assert_eq!(
        [score("no", &bare), score("No.", &bare), score("yes", &bare), score("no: yes", &bare)],
        [1.0, 1.0, 0.0, 0.0]
    );
    let task = EdgeExistence::new(EdgeExistenceConfig::default()).unwrap();
    // Two neighbours among four other nodes: one list in C(4, 2) = 6, and a coin.
    assert_eq!(task.chance(&linked), 1.0 / 12.0);
    assert_eq!(task.chance(&bare), 0.5);
    let nonsense = EdgeExistenceTruth { shown: shown(0, &[(4, 9)]), first: 70, second: 80, certificate: true };
    assert!((0.0..1.0).contains(&task.chance(&nonsense)));
    assert!(score("no: none", &nonsense) <= 1.0);
}

#[test]
fn without_certificate_the_task_conforms_too() {
    let config = EdgeExistenceConfig { certificate: false, ..Default::default() };
    let report = check_task::<EdgeExistence>(&config, &prompts::communities(), &Settings::default()).unwrap();
    assert!(report.holds(), "{report}");
}

#[test]
fn neighbours_are_those_listed() {
    let task = Neighbours::new(NeighboursConfig::default()).unwrap();
    let mut kinds = BTreeSet::new();
    for graph in graphs() {
        for (sample, prompt) in samples(&task, &graph, Split::HeldOut, COUNT) {
            let right =
                prompt.asked.iter().map(|node| listed(&prompt, node)).reduce(|left, right| &left & &right).unwrap();
            assert_eq!(named(&sample.truth), right, "{}", prompt.text);
            assert!(!right.is_empty() && 2 * right.len() <= prompt.neighbours.len());
            kinds.insert(prompt.asked.len());
        }
    }
    assert_eq!(kinds, BTreeSet::from([1, 2]));
}

#[test]
fn sets_are_scored_by_f1_and_repetitions_count_for_nothing() {
    let graph = shown(6, &[(0, 1), (0, 2), (3, 4)]);
    let nodes = NodeSet { shown: graph.clone(), right: vec![1, 2], candidates: 5 };
    let score = |answer: &str| NodeSetVerifier.verify(&protocol::wrap(answer), &nodes).score;
    assert_eq!([score("1, 2"), score("2 1"), score("{2, 1, 1, 2}")], [1.0; 3]);
    assert_eq!([score("1"), score("1, 3"), score("0, 1, 2, 3, 4, 5")], [2.0 / 3.0, 0.5, 0.5]);
    assert_eq!([score("3, 4"), score("none"), score("1, 2, 9"), score("1 and 2"), score("")], [0.0; 5]);
    assert_eq!(nodes.blind_score(), 4.0 / 7.0);
    let edges = EdgeSet { shown: graph, right: vec![(2, 0)], candidates: 3 };
    let score = |answer: &str| EdgeSetVerifier.verify(&protocol::wrap(answer), &edges).score;
    assert_eq!([score("(0, 2)"), score("0-2"), score("(2, 0) (0, 2)")], [1.0; 3]);
    assert_eq!([score("(0, 1) (0, 2) (3, 4)"), score("(0, 1)"), score("none")], [0.5, 0.0, 0.0]);
    let nowhere = NodeSet { shown: shown(1, &[]), right: vec![77], candidates: 0 };
    assert!(!NodeSetVerifier.verify(&protocol::wrap(&nowhere.right_answer()), &nowhere).exact);
}

#[test]
fn degrees_are_right_and_equally_frequent() {
    let task = NodeDegree::new(NodeDegreeConfig::default()).unwrap();
    for graph in graphs() {
        let mut frequency = [0.0; 6];
        for (sample, prompt) in samples(&task, &graph, Split::Train, 1_000) {
            let degree = prompt.neighbours[&prompt.asked[0]].len();
            assert_eq!(degree as f64, sample.truth.number.value, "{}", prompt.text);
            frequency[degree] += 1.0;
        }
        assert!(frequency[1..].iter().all(|count: &f64| (count / 1_000.0 - 0.2).abs() < 4.0 * 0.0127), "{frequency:?}");
    }
}

#[test]
fn no_answer_is_right_for_two_densities_of_a_large_graph() {
    let cut = CutConfig::default().sized(30, 30);
    let config = GraphAttributesConfig { attributes: vec![GraphAttribute::Density], cut, ..Default::default() };
    let task = GraphAttributes::new(config).unwrap();
    for (sample, _) in samples(&task, &prompts::communities(), Split::Train, 20) {
        let mut possible = sample.truth.possible.clone();
        possible.sort_by(f64::total_cmp);
        assert!(possible.len() == 5 && possible.windows(2).all(|two| two[1] - two[0] > 0.0102), "{possible:?}");
        assert_eq!(task.chance(&sample.truth), 0.2);
    }
}

#[test]
fn numbers_about_the_graph_are_right() {
    for attribute in [
        GraphAttribute::Nodes,
        GraphAttribute::Edges,
        GraphAttribute::Density,
        GraphAttribute::MaximumDegree,
        GraphAttribute::Leaves,
    ] {
        let config = GraphAttributesConfig { attributes: vec![attribute], ..Default::default() };
        let task = GraphAttributes::new(config).unwrap();
        for graph in graphs() {
            let mut frequency: BTreeMap<String, f64> = BTreeMap::new();
            for (sample, prompt) in samples(&task, &graph, Split::Train, COUNT) {
                let (nodes, edges) = (prompt.neighbours.len() as f64, prompt.pairs().len() as f64);
                let degrees = prompt.neighbours.values().map(Vec::len);
                let expected = match attribute {
                    GraphAttribute::Nodes => nodes,
                    GraphAttribute::Edges => edges,
                    GraphAttribute::Density => 2.0 * edges / (nodes * (nodes - 1.0)),
                    GraphAttribute::MaximumDegree => degrees.max().unwrap() as f64,
                    GraphAttribute::Leaves => degrees.filter(|&degree| degree == 1).count() as f64,
                };
                assert!((sample.truth.number.value - expected).abs() < 1e-4, "{}", prompt.text);
                // Two decimals are enough for a density, and whole numbers have no others.
                let answer = protocol::wrap(&format!("{expected:.2}"));
                assert!(task.verifier().verify(&answer, &sample.truth).exact, "{answer}");
                if attribute != GraphAttribute::Density {
                    *frequency.entry(expected.to_string()).or_default() += 1.0;
                }
            }
            let limit = COUNT as f64 * (0.2 + 4.0 * 0.02);
            assert!(frequency.values().all(|&count| count < limit), "{attribute:?}: {frequency:?}");
        }
    }
}

/// Nodes within some steps, by growing a set of names.
fn within(prompt: &Prompt, from: &str, steps: u32) -> BTreeSet<String> {
    let mut reached = BTreeSet::from([from.to_owned()]);
    for _ in 0..steps {
        let next: Vec<String> = reached.iter().flat_map(|name| prompt.neighbours[name].clone()).collect();
        reached.extend(next);
    }
    reached.remove(from);
    reached
}

#[test]
fn neighbourhoods_are_those_of_an_independent_search() {
    for ask in [NeighbourhoodAsk::List, NeighbourhoodAsk::Size] {
        for steps in 1..=3 {
            let task = Neighbourhood::new(NeighbourhoodConfig { ask, steps, ..Default::default() }).unwrap();
            for graph in graphs() {
                for (sample, prompt) in samples(&task, &graph, Split::Train, 150) {
                    let right = within(&prompt, &prompt.asked[0], steps);
                    match &sample.truth {
                        NeighbourhoodTruth::List(nodes) => assert_eq!(named(nodes), right, "{}", prompt.text),
                        NeighbourhoodTruth::Size(size) => assert_eq!(size.number.value, right.len() as f64),
                    }
                }
            }
        }
    }
}

#[test]
fn the_size_of_a_neighbourhood_conforms_too() {
    let config = NeighbourhoodConfig { ask: NeighbourhoodAsk::Size, ..Default::default() };
    let report = check_task::<Neighbourhood>(&config, &prompts::communities(), &Settings::default()).unwrap();
    assert!(report.holds(), "{report}");
}
