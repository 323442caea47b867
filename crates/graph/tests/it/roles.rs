//! Roles of nodes: verdicts by hand, and right answers against petgraph and the text of the question.

use ssl4rl_graph::exact::centrality::Measure;
use ssl4rl_graph::question::Shown;
use ssl4rl_graph::tasks::roles::centrality_comparison::CentralityComparison;
use ssl4rl_graph::tasks::roles::centrality_ranking::{CentralityRanking, CentralityRankingConfig, RankingTruth};
use ssl4rl_graph::tasks::roles::clustering_coefficient::{ClusteringCoefficient, FractionTruth};
use ssl4rl_graph::tasks::roles::core_number::CoreNumber;
use ssl4rl_graph::tasks::roles::cut_points::{CutPart, CutPoints, CutPointsTruth};
use ssl4rl_tasks::{PretextTask, Split};

use crate::hand::{near, score, shown, task, truths};
use crate::prompts::{self, samples};

#[test]
fn rankings_accept_ties_in_any_order() {
    let task = task::<CentralityRanking>();
    // By degree: 0 has three neighbours, 1 and 2 have two, 3 has one.
    let truth = RankingTruth {
        shown: shown(4, &[(0, 1), (0, 2), (0, 3), (1, 2)]),
        measure: Measure::Degree,
        nodes: vec![0, 1, 2, 3],
        ranks: vec![0, 1, 1, 2],
    };
    // Five pairs differ.
    for (answer, expected) in [
        ("0 1 2 3", 1.0),
        ("0, 2, 1, 3", 1.0),
        ("0 1 3 2", 3.0 / 5.0),
        ("1 0 2 3", 3.0 / 5.0),
        ("3 2 1 0", 0.0),
        ("0 1 2", 0.0),
        ("0 1 1 2 3", 0.0),
        ("0 0 1 2", 0.0),
        ("0 1 2 7", 0.0),
    ] {
        assert!(near(score(&task, answer, &truth), expected), "{answer}");
    }
    let corrupt = RankingTruth { nodes: vec![0, 1, 99], ranks: vec![0], ..truth };
    assert!(score(&task, "0 1 3", &corrupt) < 1.0 && (0.0..1.0).contains(&task.chance(&corrupt)));
}

#[test]
fn ranks_follow_the_degrees_that_are_shown() {
    let config = CentralityRankingConfig { measures: vec![Measure::Degree], ..Default::default() };
    for truth in truths(&CentralityRanking::new(config).unwrap(), 60) {
        let degree = |node: u32| truth.shown.successors(node).len();
        for (at, pair) in truth.nodes.windows(2).enumerate() {
            let tied = truth.ranks[at] == truth.ranks[at + 1];
            assert_eq!(degree(pair[0]) == degree(pair[1]), tied);
            assert!(degree(pair[0]) >= degree(pair[1]));
        }
    }
}

#[test]
fn the_more_central_node_is_the_one_with_the_higher_degree() {
    let graph = prompts::communities();
    let task = task::<CentralityComparison>();
    for (sample, prompt) in samples(&task, &graph, Split::Train, 400) {
        if prompt.text.starts_with("Which of two nodes has the higher degree?") {
            let degree = |option: usize| prompt.neighbours[&sample.truth.options[option]].len();
            assert!(degree(sample.truth.correct) > degree(1 - sample.truth.correct), "{}", prompt.text);
        }
    }
}

#[test]
fn fractions_are_read_exactly() {
    let task = task::<ClusteringCoefficient>();
    let truth = FractionTruth { linked: 2, pairs: 6 };
    for right in ["1/3", "2/6", " 2 / 6 ", "0.333", "0.3333333", ".333"] {
        assert!(score(&task, right, &truth) > 0.99, "{right}");
    }
    for wrong in ["0.33", "3/1", "1/0", "0/0", "0.5", "-1/3", "1/3/1", "33%", "1 / 3 or so", "", "1e0", "nan", "2", "6"]
    {
        assert!(score(&task, wrong, &truth) < 0.01, "{wrong}");
    }
    let zero = FractionTruth { linked: 0, pairs: 3 };
    assert!(score(&task, "0", &zero) > 0.99 && score(&task, "0/5", &zero) > 0.99 && score(&task, "0/0", &zero) < 0.01);
    let corrupt = FractionTruth { linked: 1, pairs: 0 };
    assert!(score(&task, "1/0", &corrupt) < 0.01 && score(&task, "1", &corrupt) < 0.01);
}

#[test]
fn clustering_is_that_of_the_neighbours_shown() {
    let graph = prompts::communities();
    let task = task::<ClusteringCoefficient>();
    for (sample, prompt) in samples(&task, &graph, Split::Train, 300) {
        let near = &prompt.neighbours[&prompt.asked[0]];
        let linked = near
            .iter()
            .flat_map(|left| near.iter().map(move |right| (left, right)))
            .filter(|(left, right)| left < right && prompt.neighbours[*left].contains(right))
            .count();
        assert_eq!(
            (sample.truth.linked as usize, sample.truth.pairs as usize),
            (linked, near.len() * (near.len() - 1) / 2)
        );
    }
}

#[test]
fn core_numbers_are_those_of_the_largest_dense_part() {
    let graph = prompts::communities();
    let task = task::<CoreNumber>();
    for (sample, prompt) in samples(&task, &graph, Split::Train, 100) {
        let names: Vec<&String> = prompt.neighbours.keys().collect();
        let asked = names.iter().position(|name| **name == prompt.asked[0]).unwrap();
        let least = |set: u64| {
            let inside = |name: &&String| set >> names.iter().position(|other| other == name).unwrap() & 1 == 1;
            names
                .iter()
                .filter(|name| inside(name))
                .map(|name| prompt.neighbours[*name].iter().filter(|other| inside(other)).count())
                .min()
                .unwrap()
        };
        let core = (1..1_u64 << names.len()).filter(|set| set >> asked & 1 == 1).map(least).max().unwrap();
        assert!((sample.truth.number.value - core as f64).abs() < 1e-9, "{core}: {}", prompt.text);
    }
}

#[test]
fn naming_everything_holds_no_graph_together() {
    let task = task::<CutPoints>();
    // A triangle 0 1 2, then 2 - 3 - 4.
    let graph = shown(5, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)]);
    let nodes = CutPointsTruth { shown: graph.clone(), part: CutPart::Nodes, right: vec![(2, 2), (3, 3)] };
    // All five nodes have F1 4/7. Half of the two: 2/3. Three nodes: 4/5.
    for (answer, expected) in [
        ("2, 3", 1.0),
        ("3 2 2", 1.0),
        ("2", (2.0 / 3.0 - 4.0 / 7.0) / (3.0 / 7.0)),
        ("1 2 3", (4.0 / 5.0 - 4.0 / 7.0) / (3.0 / 7.0)),
        ("0 1 2 3 4", 0.0),
        ("0", 0.0),
        ("none", 0.0),
    ] {
        assert!(near(score(&task, answer, &nodes), expected), "{answer}");
    }
    let edges = CutPointsTruth { shown: graph, part: CutPart::Edges, right: vec![(2, 3), (3, 4)] };
    for (answer, expected) in
        [("(2, 3) (3, 4)", 1.0), ("4-3, 3-2", 1.0), ("(0, 1) (1, 2) (2, 0) (2, 3) (3, 4)", 0.0), ("(0, 1)", 0.0)]
    {
        assert!(near(score(&task, answer, &edges), expected), "{answer}");
    }
}

/// Number of connected components of a graph without one node or one edge.
fn parts_without(shown: &Shown, node: Option<u32>, edge: Option<(u32, u32)>) -> usize {
    let mut graph = petgraph::graph::UnGraph::<(), ()>::new_undirected();
    let nodes: Vec<_> = (0..shown.node_count()).map(|_| graph.add_node(())).collect();
    for &(left, right) in shown.edges.iter().filter(|&&pair| Some(pair) != edge) {
        if Some(left) != node && Some(right) != node {
            graph.add_edge(nodes[left as usize], nodes[right as usize], ());
        }
    }
    // A removed node stays as a part of its own, which is not counted.
    petgraph::algo::connected_components(&graph) - usize::from(node.is_some())
}

#[test]
fn cut_points_are_those_whose_removal_adds_parts() {
    for truth in truths(&task::<CutPoints>(), 40) {
        let whole = parts_without(&truth.shown, None, None);
        let right: Vec<(u32, u32)> = match truth.part {
            CutPart::Nodes => (0..truth.shown.node_count() as u32)
                .filter(|&node| parts_without(&truth.shown, Some(node), None) > whole)
                .map(|node| (node, node))
                .collect(),
            CutPart::Edges => {
                let mut edges: Vec<(u32, u32)> = truth
                    .shown
                    .edges
                    .iter()
                    .filter(|&&edge| parts_without(&truth.shown, None, Some(edge)) > whole)
                    .map(|&(left, right)| (left.min(right), left.max(right)))
                    .collect();
                edges.sort_unstable();
                edges
            }
        };
        assert_eq!(truth.right, right);
        assert!(!right.is_empty());
    }
}
