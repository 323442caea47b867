//! Decisions with witnesses: which count and which do not, by hand, and that yes and no are right and equally frequent.

use petgraph::graph::{DiGraph, UnGraph};
use ssl4rl_graph::Graph;
use ssl4rl_graph::question::Shown;
use ssl4rl_graph::tasks::communities::same_community::SameCommunity;
use ssl4rl_graph::tasks::reading::edge_existence::EdgeExistence;
use ssl4rl_graph::tasks::structure::acyclicity::Acyclicity;
use ssl4rl_graph::tasks::structure::bipartiteness::Bipartiteness;
use ssl4rl_graph::tasks::structure::component_count::{ComponentCount, ComponentTruth};
use ssl4rl_graph::tasks::structure::connectivity::Connectivity;
use ssl4rl_graph::tasks::structure::cycle::Cycle;
use ssl4rl_graph::tasks::structure::euler_trail::EulerTrail;
use ssl4rl_graph::tasks::structure::{Decided, Decision, DecisionConfig, DecisionTruth};
use ssl4rl_tasks::PretextTask;

use crate::hand::{arrows, score, shown, task, truths};

fn truth(shown: Shown, asked: &[u32], yes: bool) -> DecisionTruth {
    DecisionTruth { shown, asked: asked.to_vec(), yes, certificate: true }
}

/// Asserts which answers score 1; all others score 0.
fn assert_answers<Question: Decision>(truth: &DecisionTruth, right: &[&str], wrong: &[&str]) {
    let task = task::<Decided<Question>>();
    for answer in right {
        assert!((score(&task, answer, truth) - 1.0).abs() < f32::EPSILON, "{}: {answer}", Question::NAME);
    }
    for answer in wrong {
        assert!(score(&task, answer, truth) < f32::EPSILON, "{}: {answer}", Question::NAME);
    }
}

#[test]
fn a_path_shows_that_nodes_are_connected() {
    // 0 - 1 - 2 - 3, and 4 - 5
    let graph = shown(6, &[(0, 1), (1, 2), (2, 3), (4, 5)]);
    assert_answers::<Connectivity>(
        &truth(graph.clone(), &[0, 3], true),
        &["yes: 0 1 2 3", "Yes: 0 -> 1 -> 2 -> 3", "yes: 0, 1, 0, 1, 2, 3"],
        &["yes", "yes: 0 3", "yes: 1 2 3", "yes: 0 1 2", "no: 0 1 2", "yes: 0 1 2 9", "0 1 2 3", "yes: none"],
    );
    assert_answers::<Connectivity>(
        &truth(graph, &[4, 0], false),
        &["no: 4 5", "no: 5, 4"],
        &["no", "no: 4", "no: 4 5 5", "no: 0 1 2 3", "no: 0 1 2 3 4 5", "yes: 4 5"],
    );
}

#[test]
fn a_cycle_or_an_order_of_taking_apart() {
    let ring = shown(5, &[(0, 1), (1, 2), (2, 3), (3, 0), (3, 4)]);
    assert_answers::<Cycle>(
        &truth(ring, &[], true),
        &["yes: 0 1 2 3", "yes: 2 1 0 3 2"],
        &["yes: 0 1 2", "yes: 0 1", "yes: 0 1 0", "yes: 0 1 2 3 4", "no: 4 0 1 2 3", "yes: none", "yes: 0"],
    );
    // A star in the middle of which is 0, and a lone node.
    let star = shown(5, &[(0, 1), (0, 2), (0, 3)]);
    assert_answers::<Cycle>(
        &truth(star, &[], false),
        &["no: 1 2 3 0 4", "no: 4 3 2 0 1"],
        &["no: 0 1 2 3 4", "no: 1 2 3 0", "no: 1 0 2 3 4", "no: 1 1 2 3 0 4", "yes: 0 1 2"],
    );
}

#[test]
fn a_side_or_an_odd_cycle() {
    let square = shown(4, &[(0, 1), (1, 2), (2, 3), (3, 0)]);
    assert_answers::<Bipartiteness>(
        &truth(square, &[], true),
        &["yes: 0 2", "yes: 1, 3"],
        &["yes: 0 1", "yes: 0 1 2 3", "yes: none", "yes: 0", "no: 0 1 2"],
    );
    let house = shown(5, &[(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4)]);
    assert_answers::<Bipartiteness>(
        &truth(house, &[], false),
        &["no: 0 1 4", "no: 4 0 1 4", "no: 0 3 2 1 4"],
        &["no: 0 1 2 3", "no: 0 1", "no: 0", "yes: 0 2", "no: none"],
    );
}

#[test]
fn a_trail_or_the_odd_nodes() {
    let bow_tie = shown(5, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 2)]);
    assert_answers::<EulerTrail>(
        &truth(bow_tie, &[], true),
        &["yes: 2 0 1 2 3 4 2", "yes: 0 1 2 3 4 2 0"],
        &["yes: 2 0 1 2", "yes: 2 0 1 2 0 1 2", "yes: 0 1 2 3 4", "no: 0 1 2 3", "yes: none"],
    );
    // A star of three and an even node: 0, 1, 2, 3 are odd.
    let star = shown(5, &[(0, 1), (0, 2), (0, 3)]);
    assert_answers::<EulerTrail>(
        &truth(star, &[], false),
        &["no: 0 1 2 3", "no: 3 2 1 0"],
        &["no: 0", "no: 0 1 2 3 4"],
    );
}

#[test]
fn an_order_or_a_directed_cycle() {
    let chain = arrows(4, &[(2, 0), (0, 1), (2, 3)]);
    assert_answers::<Acyclicity>(
        &truth(chain, &[], true),
        &["yes: 2 0 1 3", "yes: 2, 3, 0, 1"],
        &["yes: 0 2 1 3", "yes: 2 0 1", "yes: 2 0 1 3 3", "no: 2 0 1"],
    );
    let ring = arrows(4, &[(0, 1), (1, 2), (2, 0), (0, 3)]);
    assert_answers::<Acyclicity>(
        &truth(ring, &[], false),
        &["no: 0 1 2", "no: 1 2 0 1"],
        &["no: 2 1 0", "no: 0 1 2 3", "no: 0 3", "yes: 0 1 2 3"],
    );
}

#[test]
fn parts_are_counted_and_named() {
    let task = task::<ComponentCount>();
    let truth = ComponentTruth { shown: shown(5, &[(0, 1), (2, 3)]), count: 3, most: 4, certificate: true };
    for right in ["3: 0 1 | 2 3 | 4", "3: {4} {3, 2} {1, 0}"] {
        assert!(score(&task, right, &truth) > 0.99, "{right}");
    }
    for wrong in ["3", "3: 0 1 2 | 3 | 4", "2: 0 1 | 2 3 | 4", "3: 0 1 | 2 3", "3: 0 1 | 2 3 | 4 4", "3: 0 1 | 2 3 | 9"]
    {
        assert!(score(&task, wrong, &truth) < 0.01, "{wrong}");
    }
    let bare = ComponentTruth { certificate: false, ..truth };
    for (answer, right) in [("3", true), ("2", false), ("3: or 2", false)] {
        assert_eq!(score(&task, answer, &bare) > 0.99, right, "{answer}");
    }
}

/// Yes as often as no, and both what `decide` says.
fn assert_decided<Question: Decision>(decide: impl Fn(&DecisionTruth) -> bool) {
    let truths = truths(&task::<Decided<Question>>(), 150);
    let yes = truths.iter().filter(|truth| truth.yes).count();
    assert!((360..=540).contains(&yes), "{}: {yes} of {}", Question::NAME, truths.len());
    for truth in &truths {
        assert_eq!(decide(truth), truth.yes, "{}: {truth:?}", Question::NAME);
    }
}

fn undirected(shown: &Shown) -> UnGraph<(), ()> {
    let mut graph = UnGraph::new_undirected();
    let nodes: Vec<_> = (0..shown.node_count()).map(|_| graph.add_node(())).collect();
    for &(left, right) in &shown.edges {
        graph.add_edge(nodes[left as usize], nodes[right as usize], ());
    }
    graph
}

#[test]
fn decisions_are_right_and_balanced() {
    assert_decided::<Connectivity>(|truth| {
        let graph = undirected(&truth.shown);
        petgraph::algo::has_path_connecting(&graph, truth.asked[0].into(), truth.asked[1].into(), None)
    });
    assert_decided::<Cycle>(|truth| petgraph::algo::is_cyclic_undirected(&undirected(&truth.shown)));
    assert_decided::<Bipartiteness>(|truth| {
        let graph = undirected(&truth.shown);
        graph.node_indices().all(|start| petgraph::algo::is_bipartite_undirected(&graph, start))
    });
    assert_decided::<EulerTrail>(|truth| {
        let graph = undirected(&truth.shown);
        graph.node_indices().filter(|&node| graph.neighbors(node).count() % 2 == 1).count() <= 2
    });
    assert_decided::<Acyclicity>(|truth| {
        let mut graph = DiGraph::<(), ()>::new();
        let nodes: Vec<_> = (0..truth.shown.node_count()).map(|_| graph.add_node(())).collect();
        for &(from, to) in &truth.shown.edges {
            graph.add_edge(nodes[from as usize], nodes[to as usize], ());
        }
        !petgraph::algo::is_cyclic_directed(&graph)
    });
}

/// Yes as often as no at every level, though one of them may be harder to come by among small or large graphs.
fn assert_balanced<Task: PretextTask<Input = Graph>>(yes: impl Fn(&Task::Truth) -> bool)
where
    Task::Config: Default,
{
    let levels = Task::levels(&Task::Config::default());
    assert!(levels.len() > 2);
    for (level, config) in levels.into_iter().enumerate() {
        let truths = truths(&Task::new(config).unwrap(), 60);
        let share = truths.iter().filter(|truth| yes(truth)).count() as f64 / truths.len() as f64;
        // Of 360: four standard errors.
        assert!((share - 0.5).abs() < 0.106, "{}: level {level}: {share}", Task::NAME);
    }
}

#[test]
fn yes_and_no_are_balanced_at_every_level() {
    assert_balanced::<Decided<Connectivity>>(|truth| truth.yes);
    assert_balanced::<Decided<Cycle>>(|truth| truth.yes);
    assert_balanced::<Decided<Bipartiteness>>(|truth| truth.yes);
    assert_balanced::<Decided<EulerTrail>>(|truth| truth.yes);
    assert_balanced::<Decided<Acyclicity>>(|truth| truth.yes);
    assert_balanced::<SameCommunity>(|truth| truth.yes);
    assert_balanced::<EdgeExistence>(|truth| truth.shown.links(truth.first, truth.second));
}

#[test]
fn component_counts_are_even_and_right() {
    let truths = truths(&task::<ComponentCount>(), 150);
    for count in 1..=4 {
        let share = truths.iter().filter(|truth| truth.count == count).count();
        assert!((150..=300).contains(&share), "{share} of {} have {count}", truths.len());
    }
    for truth in truths {
        assert_eq!(petgraph::algo::connected_components(&undirected(&truth.shown)), truth.count);
    }
}

#[test]
fn the_bare_word_counts_where_no_certificate_is_asked_for() {
    let config = DecisionConfig { certificate: false, ..DecisionConfig::default() };
    let task = Decided::<Cycle>::new(config).unwrap();
    for truth in truths(&task, 20) {
        let (right, wrong) = if truth.yes { ("yes", "no") } else { ("no", "yes") };
        assert!(score(&task, right, &truth) > 0.99 && score(&task, wrong, &truth) < 0.01);
        assert!(score(&task, &format!("{right} or {wrong}"), &truth) < 0.01, "both words are no answer");
        assert!((task.chance(&truth) - 0.5).abs() < f32::EPSILON);
    }
}

#[test]
fn a_corrupt_truth_is_never_right() {
    let task = task::<Decided<Connectivity>>();
    for (asked, edges) in [(vec![0, 9], vec![(0, 1)]), (vec![0], vec![(0, 1)]), (vec![0, 1], vec![(0, 77)])] {
        let truth = truth(shown(2, &edges), &asked, true);
        assert!(score(&task, "yes: 0 1", &truth) < 0.01);
        assert!((0.0..1.0).contains(&task.chance(&truth)));
        task.oracle(&truth);
    }
}
