//! Graded optimisation: best, good, thoughtless and invalid answers by hand, and optima against brute force.

use ssl4rl_graph::question::Shown;
use ssl4rl_graph::tasks::communities::minimum_cut::MinimumCut;
use ssl4rl_graph::tasks::optima::clique::Clique;
use ssl4rl_graph::tasks::optima::colouring::Colouring;
use ssl4rl_graph::tasks::optima::dominating_set::DominatingSet;
use ssl4rl_graph::tasks::optima::hamiltonian_path::HamiltonianPath;
use ssl4rl_graph::tasks::optima::independent_set::IndependentSet;
use ssl4rl_graph::tasks::optima::matching::Matching;
use ssl4rl_graph::tasks::optima::maximum_flow::MaximumFlow;
use ssl4rl_graph::tasks::optima::spanning_tree::SpanningTree;
use ssl4rl_graph::tasks::optima::topological_order::TopologicalOrder;
use ssl4rl_graph::tasks::optima::travelling_salesman::TravellingSalesman;
use ssl4rl_graph::tasks::optima::traversal_order::TraversalOrder;
use ssl4rl_graph::tasks::optima::vertex_cover::VertexCover;
use ssl4rl_graph::tasks::optima::{Optimised, Optimum, OptimumTruth};
use ssl4rl_tasks::PretextTask;

use crate::hand::{arrows, near, shown, task, truths, verdict};

fn truth(shown: Shown, best: u32) -> OptimumTruth {
    OptimumTruth { shown, weights: Vec::new(), asked: Vec::new(), variant: 0, best }
}

/// Asserts what answers score; only 1 is exact.
fn assert_scores<Question: Optimum>(truth: &OptimumTruth, answers: &[(&str, f64)]) {
    let task = task::<Optimised<Question>>();
    for &(answer, expected) in answers {
        let verdict = verdict(&task, answer, truth);
        assert!(near(verdict.score, expected), "{}: {answer}: {verdict:?}, expected {expected}", Question::NAME);
        assert_eq!(verdict.exact, expected >= 1.0, "{}: {answer}", Question::NAME);
    }
    let oracle = task.oracle(truth);
    assert!(ssl4rl_tasks::Verifier::verify(task.verifier(), &oracle, truth).exact, "{}: {oracle}", Question::NAME);
}

/// 0 - 1 - 2 - 3 - 4 in a row.
fn row() -> Shown {
    shown(5, &[(0, 1), (1, 2), (2, 3), (3, 4)])
}

#[test]
fn sets_of_nodes() {
    assert_scores::<IndependentSet>(
        &truth(row(), 3),
        // Of two nodes (2 - 1) / (3 - 1); of four, 4 alone is linked to none of the others.
        &[
            ("0, 2, 4", 1.0),
            ("4 2 0", 1.0),
            ("0, 3", 0.5),
            ("0", 0.0),
            ("none", 0.0),
            ("0 1", 0.0),
            ("0 1 2 4", 0.05),
            ("0 1 2 3 4", 0.0),
            ("0 0 2 4", 0.0),
        ],
    );
    // Three nodes: (2/3 - 2/5) / (1 - 2/5).
    assert_scores::<VertexCover>(
        &truth(row(), 2),
        &[("1, 3", 1.0), ("1 2 3", 4.0 / 9.0), ("0 1 2 3 4", 0.0), ("1", 0.1), ("none", 0.0)],
    );
    assert_scores::<DominatingSet>(
        &truth(row(), 2),
        &[("1 3", 1.0), ("0 3", 1.0), ("0 2 4", 4.0 / 9.0), ("0 1 2 3 4", 0.0), ("2", 0.12), ("none", 0.0)],
    );
    // A square with a diagonal and a tail; two triangles.
    let diamond = shown(5, &[(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (3, 4)]);
    assert_scores::<Clique>(
        &truth(diamond, 3),
        // Any edge takes no thought. All ten pairs, six of them linked.
        &[("0 1 2", 1.0), ("0 2 3", 1.0), ("0 1", 0.0), ("4", 0.0), ("1 3", 0.0), ("0 1 2 3 4", 0.12), ("none", 0.0)],
    );
}

#[test]
fn matchings_and_colourings() {
    assert_scores::<Matching>(
        &truth(row(), 2),
        &[
            ("(0, 1) (2, 3)", 1.0),
            ("(4, 3) (1, 2)", 1.0),
            ("(0, 1)", 0.0),
            ("(0, 1) (1, 2)", 0.1),
            ("(0, 2) (1, 3)", 0.0),
            ("(0, 1) (0, 1)", 0.1),
            ("none", 0.0),
        ],
    );
    assert_scores::<Colouring>(
        &truth(row(), 2),
        &[
            ("0 2 4 | 1 3", 1.0),
            ("{1, 3} {4, 0, 2}", 1.0),
            ("0 2 | 1 3 | 4", 4.0 / 9.0),
            ("0 | 1 | 2 | 3 | 4", 0.0),
            ("0 1 2 3 4", 0.0),
            ("0 1 2 | 3 4", 0.05),
            ("0 2 4 | 1", 0.0),
        ],
    );
}

#[test]
fn flows_and_cuts() {
    // Three ways from 0 to 4: by 1, by 2, by 3.
    let graph = shown(5, &[(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]);
    assert_scores::<MaximumFlow>(
        &OptimumTruth { asked: vec![0, 4], ..truth(graph, 3) },
        &[
            ("0 1 4 | 0 2 4 | 0 3 4", 1.0),
            ("0 -> 1 -> 4 | 0 -> 2 -> 4", 0.5),
            ("0 1 4", 0.0),
            ("0 1 4 | 0 1 4", 0.1),
            ("1 4 | 0 4", 0.0),
        ],
    );
    // Two triangles joined by an edge.
    let bridge = shown(6, &[(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]);
    assert_scores::<MinimumCut>(
        &OptimumTruth { asked: vec![0, 5], ..truth(bridge, 1) },
        &[
            ("(2, 3)", 1.0),
            ("(3, 2) (2, 3)", 1.0),
            ("(0, 1) (0, 2)", 0.0),
            ("(0, 1)", 0.0),
            ("(0, 5)", 0.0),
            ("none", 0.0),
        ],
    );
}

#[test]
fn trees_and_routes_by_weight() {
    // A square: 0 -1- 1 -2- 2 -3- 3 -4- 0; lightest tree 6, heaviest 9, round trip 10, there and back 12.
    let square = shown(4, &[(0, 1), (1, 2), (2, 3), (3, 0)]);
    let weighted = |best| OptimumTruth { weights: vec![1, 2, 3, 4], ..truth(square.clone(), best) };
    assert_scores::<SpanningTree>(
        &weighted(6),
        &[
            ("(0, 1) (1, 2) (2, 3)", 1.0),
            // Weight 7: (6/7 - 6/9) / (1 - 6/9).
            ("(0, 1) (1, 2) (3, 0)", (6.0 / 7.0 - 6.0 / 9.0) * 3.0),
            ("(3, 0) (2, 3) (1, 2)", 0.0),
            ("(0, 1) (1, 2)", 0.2 * 2.0 / 3.0),
            ("(0, 1) (1, 2) (2, 3) (3, 0)", 0.2 * 3.0 / 4.0),
            ("(0, 2)", 0.0),
        ],
    );
    assert_scores::<TravellingSalesman>(
        &weighted(10),
        &[
            ("0 1 2 3 0", 1.0),
            ("3, 2, 1, 0", 1.0),
            ("0 1 2 3 2 1 0", 0.0),
            // Weight 16 is worse than there and back.
            ("0 1 0 3 2 1 2 1 0", 0.0),
            ("0 1 2 1 0", 0.2 * 3.0 / 4.0),
            // Two of four steps are edges.
            ("0 2 1 3", 0.2 * 2.0 / 4.0),
        ],
    );
}

#[test]
fn orders_and_paths() {
    assert_scores::<HamiltonianPath>(
        &truth(row(), 5),
        // Three nodes: (3/5 - 2/5) / (1 - 2/5).
        &[
            ("0 1 2 3 4", 1.0),
            ("4 3 2 1 0", 1.0),
            ("1 2 3", 1.0 / 3.0),
            ("0 1", 0.0),
            ("0", 0.0),
            ("0 2 1 3 4", 0.1),
            ("0 1 2 1", 0.2 * 2.0 / 3.0),
        ],
    );
    let dag = arrows(4, &[(2, 0), (0, 1), (2, 3), (3, 1)]);
    assert_scores::<TopologicalOrder>(
        &truth(dag, 4),
        &[
            ("2 0 3 1", 1.0),
            ("2, 3, 0, 1", 1.0),
            ("0 2 3 1", 0.15),
            ("1 0 3 2", 0.0),
            ("2 0 3", 0.0),
            ("2 0 3 1 1", 0.0),
        ],
    );
    // A triangle 0 1 2 with a tail 3 at 1.
    let graph = shown(4, &[(0, 1), (1, 2), (2, 0), (1, 3)]);
    let breadth = OptimumTruth { asked: vec![0], ..truth(graph.clone(), 4) };
    assert_scores::<TraversalOrder>(
        &breadth,
        &[
            ("0 1 2 3", 1.0),
            ("0 2 1 3", 1.0),
            ("0 1 3 2", 1.0 / 3.0),
            ("0 1 2", 2.0 / 3.0),
            ("1 0 2 3", 0.0),
            ("0", 0.0),
            ("0 1 2 3 3", 2.0 / 3.0),
        ],
    );
    let depth = OptimumTruth { variant: 1, ..breadth };
    assert_scores::<TraversalOrder>(
        &depth,
        &[("0 1 3 2", 1.0), ("0 1 2 3", 1.0), ("0 2 1 3", 1.0), ("0 2 3 1", 1.0 / 3.0)],
    );
}

#[test]
fn corrupt_truths_and_empty_graphs_do_no_harm() {
    fn probe<Question: Optimum>() {
        let task = task::<Optimised<Question>>();
        let bad = [
            truth(shown(2, &[(0, 9)]), 1),
            truth(shown(0, &[]), 0),
            OptimumTruth { asked: vec![7, 9], ..truth(row(), 1) },
            OptimumTruth { asked: vec![3, 3], ..truth(row(), 2) },
            OptimumTruth { weights: vec![u32::MAX; 9], asked: vec![0, 4], ..truth(row(), u32::MAX) },
            OptimumTruth { variant: 99, asked: vec![0, 4], ..truth(row(), 3) },
            truth(shown(70, &[(0, 69)]), 3),
        ];
        for truth in &bad {
            for answer in ["none", "0", "0 1", "(0, 1)", "0 | 1", "0 1 2 3 4", "69 0"] {
                let verdict = verdict(&task, answer, truth);
                assert!((0.0..=1.0).contains(&verdict.score), "{}", Question::NAME);
            }
            assert!((0.0..1.0).contains(&task.chance(truth)), "{}", Question::NAME);
            task.oracle(truth);
        }
    }
    probe::<IndependentSet>();
    probe::<VertexCover>();
    probe::<Clique>();
    probe::<DominatingSet>();
    probe::<Matching>();
    probe::<Colouring>();
    probe::<MaximumFlow>();
    probe::<MinimumCut>();
    probe::<SpanningTree>();
    probe::<TravellingSalesman>();
    probe::<HamiltonianPath>();
    probe::<TopologicalOrder>();
    probe::<TraversalOrder>();
}

/// Sizes of all sets of nodes of a small graph that fulfil a condition on membership.
fn sizes(shown: &Shown, condition: impl Fn(&dyn Fn(u32) -> bool) -> bool) -> Vec<u32> {
    (0..1_u64 << shown.node_count())
        .filter(|&set| condition(&|node| set >> node & 1 == 1))
        .map(u64::count_ones)
        .collect()
}

#[test]
fn stored_optima_are_those_of_brute_force() {
    for truth in truths(&task::<Optimised<IndependentSet>>(), 10) {
        let free =
            |has: &dyn Fn(u32) -> bool| truth.shown.edges.iter().all(|&(left, right)| !(has(left) && has(right)));
        assert_eq!(sizes(&truth.shown, free).into_iter().max(), Some(truth.best));
    }
    for truth in truths(&task::<Optimised<VertexCover>>(), 10) {
        let covers = |has: &dyn Fn(u32) -> bool| truth.shown.edges.iter().all(|&(left, right)| has(left) || has(right));
        assert_eq!(sizes(&truth.shown, covers).into_iter().min(), Some(truth.best));
    }
    for truth in truths(&task::<Optimised<DominatingSet>>(), 10) {
        let nodes = truth.shown.node_count() as u32;
        let kept = |has: &dyn Fn(u32) -> bool| {
            (0..nodes).all(|node| has(node) || truth.shown.successors(node).into_iter().any(has))
        };
        assert_eq!(sizes(&truth.shown, kept).into_iter().min(), Some(truth.best));
    }
    for truth in truths(&task::<Optimised<Clique>>(), 10) {
        let nodes = truth.shown.node_count() as u32;
        let linked = |has: &dyn Fn(u32) -> bool| {
            let pairs = (0..nodes).flat_map(|left| (left + 1..nodes).map(move |right| (left, right)));
            pairs.filter(|&(left, right)| has(left) && has(right)).all(|(left, right)| truth.shown.links(left, right))
        };
        assert_eq!(sizes(&truth.shown, linked).into_iter().max(), Some(truth.best));
    }
    for truth in truths(&task::<Optimised<SpanningTree>>(), 10) {
        assert_eq!(petgraph_tree(&truth), truth.best);
    }
}

/// The weight of a least spanning tree by petgraph.
fn petgraph_tree(truth: &OptimumTruth) -> u32 {
    let mut graph = petgraph::graph::UnGraph::<(), u32>::new_undirected();
    let nodes: Vec<_> = (0..truth.shown.node_count()).map(|_| graph.add_node(())).collect();
    for (&(left, right), &weight) in truth.shown.edges.iter().zip(&truth.weights) {
        graph.add_edge(nodes[left as usize], nodes[right as usize], weight);
    }
    petgraph::algo::min_spanning_tree(&graph)
        .filter_map(|element| match element {
            petgraph::data::Element::Edge { weight, .. } => Some(weight),
            petgraph::data::Element::Node { .. } => None,
        })
        .sum()
}
