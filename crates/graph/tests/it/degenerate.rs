//! Graphs that carry next to nothing: every task makes a question or says why it makes none, and takes no time over it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ssl4rl_graph::{Direction, Graph, GraphBuilder};
use ssl4rl_tasks::{Mixture, MixtureError, Split, TaskError, TaskRng};

/// What one task may take over one graph in a build without much optimisation, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn graph(name: &str, nodes: usize, edges: impl IntoIterator<Item = (u32, u32)>) -> Graph {
    let mut builder = GraphBuilder::new(name, nodes, Direction::Undirected);
    for (left, right) in edges {
        builder.edge(left, right).unwrap();
    }
    builder.build().unwrap()
}

fn degenerate() -> Vec<Graph> {
    vec![
        graph("one node", 1, []),
        graph("a loop", 1, [(0, 0)]),
        graph("two nodes", 2, [(0, 1)]),
        graph("two lone nodes", 2, []),
        graph("isolated nodes", 50, []),
        graph("loops", 50, (0..50).map(|node| (node, node))),
        graph("a path among isolated nodes", 1000, [(3, 5), (5, 7)]),
        graph("star", 1_000_001, (1..=1_000_000).map(|leaf| (0, leaf))),
    ]
}

#[test]
fn every_task_answers_for_every_degenerate_graph() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let mut slow = Vec::new();
    for graph in degenerate() {
        for (name, _) in registry.tasks() {
            let task = registry.build(name, None).unwrap();
            let start = Instant::now();
            match task.check_input(&graph) {
                Err(TaskError::Unusable { reason, .. }) => assert!(!reason.is_empty(), "{name} on {}", graph.name()),
                Err(other) => panic!("{name} on {}: {other}", graph.name()),
                Ok(()) => {
                    for split in [Split::Train, Split::HeldOut] {
                        match task.sample(&graph, &mut TaskRng::new(1, name, split, 0), 0) {
                            Ok(sample) => {
                                let oracle = task.oracle(&sample.truth).unwrap();
                                assert!(
                                    task.verify(&oracle, &sample.truth).unwrap().exact,
                                    "{name} on {}",
                                    graph.name()
                                );
                            }
                            Err(TaskError::NoSample { attempts, .. }) => assert!(attempts > 0),
                            Err(other) => panic!("{name} on {}: {other}", graph.name()),
                        }
                    }
                }
            }
            if start.elapsed() > PATIENCE {
                slow.push(format!("{name} on {}: {:?}", graph.name(), start.elapsed()));
            }
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}

fn choose(graph: Graph, weights: &[(&str, f64)]) -> Result<Mixture, MixtureError> {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let weights: BTreeMap<String, f64> = weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
    Mixture::choose(&registry, "graph", &weights, &BTreeMap::new(), Arc::new(graph), 1)
}

#[test]
fn a_mixture_says_which_tasks_its_graph_cannot_carry() {
    let graph = graph("a path among isolated nodes", 1000, [(3, 5), (5, 7)]);
    let (inside, left_out) = match choose(graph, &[]) {
        Ok(mixture) => (mixture.tasks().len(), mixture.left_out().to_vec()),
        Err(MixtureError::NothingFits { left_out }) => (0, left_out),
        Err(other) => panic!("{other}"),
    };
    assert!(inside + left_out.len() > 0);
    assert!(left_out.iter().any(|one| one.task == "graph/edge-prediction"));
    assert!(left_out.iter().all(|one| !one.reason.is_empty()));
}

#[test]
fn a_graph_that_carries_nothing_is_refused_with_every_reason() {
    let error = match choose(graph("isolated nodes", 50, []), &[("graph/edge-prediction", 1.0)]) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("no edge can be predicted"),
    };
    assert!(error.contains("graph/edge-prediction") && error.contains("no edges"), "{error}");
}
