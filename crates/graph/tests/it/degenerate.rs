//! Graphs that carry next to nothing: every task makes a question or says why it makes none, and takes no time over it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use serde_json::{Value, json};
use ssl4rl_graph::encode;
use ssl4rl_graph::{Direction, Edge, Features, Graph, GraphBuilder, HeldOutTriples, Labels};
use ssl4rl_tasks::{DynTask, Mixture, MixtureError, Split, TaskError, TaskRng};

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

/// Leaves around a hub, each linked to the next as well, every edge recorded in both directions.
fn wheel() -> Graph {
    const LEAVES: u32 = 1_000_000;
    let spokes = (1..=LEAVES).map(|leaf| (leaf, 0));
    let rim = (1..=LEAVES).map(|leaf| (leaf, leaf % LEAVES + 1));
    graph("wheel", LEAVES as usize + 1, spokes.clone().chain(rim.clone()).chain(rim.map(|(left, right)| (right, left))))
}

/// Whether the task makes a question of each split whose oracle is right; the fault, if it does worse than to say that it
/// cannot.
fn fault(task: &dyn DynTask, graph: &Graph, samples: u64) -> Option<String> {
    let start = Instant::now();
    let refused = task.check_input(graph);
    let made = match &refused {
        Err(TaskError::Unusable { reason, .. }) if !reason.is_empty() => Ok(()),
        Err(other) => Err(other.to_string()),
        Ok(()) => [Split::Train, Split::HeldOut].into_iter().try_for_each(|split| {
            (0..samples).try_for_each(|index| {
                let mut rng = TaskRng::new(1, task.name(), split, index);
                let sample = match task.sample(graph, &mut rng, index) {
                    Ok(sample) => sample,
                    Err(TaskError::NoSample { attempts, .. }) if attempts > 0 => return Ok(()),
                    Err(other) => return Err(other.to_string()),
                };
                let oracle = task.oracle(&sample.truth).unwrap();
                let verdict = task.verify(&oracle, &sample.truth).unwrap();
                if verdict.exact { Ok(()) } else { Err(format!("{oracle:?}: {}", verdict.why)) }
            })
        }),
    };
    let (name, graph, time) = (task.name(), graph.name(), start.elapsed());
    match made {
        Err(error) => Some(format!("{name} on {graph}: {error}")),
        Ok(()) => (time > PATIENCE).then(|| format!("{name} on {graph}: {time:?}")),
    }
}

/// Faults of all tasks with the settings that `change` gives them.
fn faults(graph: &Graph, samples: u64, change: impl Fn(usize, &mut Value) + Sync) -> Vec<String> {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let names: Vec<&str> = registry.tasks().map(|(name, _)| name).collect();
    let of_task = |(at, name): (usize, &&str)| {
        let mut config = registry.default_config(name).unwrap();
        change(at, &mut config);
        // Not every task lets one choose names or an encoder.
        let task = registry.build(name, Some(config)).or_else(|_| registry.build(name, None)).unwrap();
        fault(&*task, graph, samples)
    };
    names.par_iter().enumerate().filter_map(of_task).collect()
}

#[test]
fn every_task_answers_for_every_degenerate_graph() {
    for graph in degenerate() {
        let faults = faults(&graph, 1, |_, _| {});
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[test]
fn every_task_answers_around_a_hub_of_a_million_neighbours() {
    let graph = wheel();
    assert_eq!((graph.degree(0), graph.degree(7), graph.edges().len()), (1_000_000, 3, 2_000_000));
    let faults = faults(&graph, 2, |_, _| {});
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Names and words that hold what encoders and answers are made of, that are blank, or that read like others.
const ODD: [&str; 36] = [
    "",
    " ",
    "\u{feff}",
    "İstanbul",
    "ISTANBUL",
    "e\u{301}cole",
    "école",
    "🦀",
    "一二三",
    "a, b",
    "a; b",
    "a | b",
    "a: b",
    "a = b",
    "a -> b",
    "a → b",
    "a - b",
    "a--b",
    "a-b",
    "(a, b)",
    "{a}",
    "[a]",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "none",
    "yes: no",
    "node 3",
    "3",
    "\"a\"",
    "'a'",
    "<answer>",
    "</answer>",
    "<b a=\"c\">&amp;</b>",
    "Options:",
    "A) a",
];

fn odd(node: usize) -> String {
    let first = ODD[node % ODD.len()];
    if node < ODD.len() { first.to_owned() } else { format!("{first}{}", ODD[node / ODD.len() % ODD.len()]) }
}

/// Communities whose names, words and texts are odd, of a class each.
fn oddly_named() -> Graph {
    let plain = crate::prompts::communities();
    let count = plain.node_count();
    let mut builder = GraphBuilder::new("odd", count, Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    let features = plain.features().unwrap();
    let names = (0..features.matrix.shape().1).map(odd).collect();
    builder.features(Features { names: Some(names), ..features.clone() }).unwrap();
    builder.node_names((0..count).map(odd).collect()).unwrap();
    let text = |node: usize| {
        format!("Title: {}\n{} subject{}\nAbstract: {}", odd(node), odd(node + 7), node / 50, odd(node / 50))
    };
    builder.node_texts((0..count).map(text).collect()).unwrap();
    builder
        .labels(Labels {
            classes: (0..8).map(odd).collect(),
            of_node: (0..count as u32).map(|node| Some(node / 50)).collect(),
        })
        .unwrap();
    builder.build().unwrap()
}

/// A knowledge graph whose entities and relations have odd names; validation triples join entities without other triples.
fn oddly_known() -> Graph {
    const ENTITIES: u32 = 120;
    let mut rng = TaskRng::new(1, "odd", Split::Train, 0);
    let mut builder = GraphBuilder::new("odd knowledge", ENTITIES as usize + 20, Direction::Directed);
    builder.relations((0..12).map(odd).collect());
    for source in 0..ENTITIES {
        for _ in 0..8 {
            builder.triple(source, source % 6 * 2 + rng.below(2) as u32, rng.below(ENTITIES as usize) as u32).unwrap();
        }
    }
    let alone = |at: u32| Edge {
        source: ENTITIES + at,
        target: if at < 10 { at } else { ENTITIES + at - 10 },
        relation: at % 12,
    };
    builder.held_out(HeldOutTriples { validation: (0..20).map(alone).collect(), ..HeldOutTriples::default() }).unwrap();
    builder.node_names((0..ENTITIES as usize + 20).map(odd).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn odd_names_texts_and_words_break_no_question() {
    let encoders: Vec<&str> = encode::encoders().iter().map(|encoder| encoder.name()).collect();
    for graph in [oddly_named(), oddly_known()] {
        for round in 0..4 {
            let faults = faults(&graph, 8, |at, config| {
                if let Some(Value::Object(writing)) = config.get_mut("writing") {
                    writing.insert("naming".into(), json!("real"));
                    writing.insert("encoder".into(), json!(encoders[(at + 6 * round) % encoders.len()]));
                }
            });
            assert!(faults.is_empty(), "{faults:#?}");
        }
    }
}

#[test]
fn records_that_repeat_an_edge_change_no_question() {
    let plain = crate::prompts::communities();
    let edges: Vec<(u32, u32)> = plain.edges().iter().map(|edge| (edge.source, edge.target)).collect();
    let loops = (0..50).map(|node| (node, node));
    let once = graph("once", plain.node_count(), edges.iter().copied().chain(loops.clone()));
    let reversed = edges.iter().rev().map(|&(left, right)| (right, left));
    let often =
        graph("often", plain.node_count(), reversed.chain(edges.iter().copied()).chain(loops.clone()).chain(loops));
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    for (name, _) in registry.tasks() {
        let task = registry.build(name, None).unwrap();
        if task.check_input(&once).is_ok() {
            let samples = [&once, &often].map(|graph| {
                (0..3)
                    .map(|index| task.sample(graph, &mut TaskRng::new(1, name, Split::Train, index), index).ok())
                    .collect::<Vec<_>>()
            });
            assert_eq!(samples[0], samples[1], "{name}");
        }
    }
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

#[test]
fn a_task_whose_every_draw_is_rejected_is_told_once_with_their_number() {
    let pairs = (0..40).flat_map(|left| (left + 1..40).map(move |right| (left, right)));
    let mixture = choose(graph("complete", 40, pairs), &[]).unwrap();
    let told: Vec<&str> =
        mixture.left_out().iter().filter(|one| one.task == "graph/edge-prediction").map(|one| &*one.reason).collect();
    assert_eq!(told, ["none of 1024 draws made a question"]);
}

#[test]
fn what_a_mixture_holds_can_be_scored_on_held_out_questions() {
    let mut reasons = Vec::new();
    let mut state = 1_u64;
    let mut node = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % 60
    };
    for _ in 0..12 {
        let pairs: Vec<(u32, u32)> = (0..140).map(|_| (node(), node())).filter(|(left, right)| left != right).collect();
        let mixture = choose(graph("small", 60, pairs), &[]).unwrap();
        for task in 0..mixture.tasks().len() {
            for index in 0..4 {
                mixture.draw_from(task, Split::HeldOut, index).unwrap();
            }
        }
        reasons.extend(mixture.left_out().iter().map(|one| format!("{}: {}", one.task, one.reason)));
    }
    let expected = "graph/edge-prediction: none of 1024 draws made a held-out question";
    assert!(reasons.iter().any(|reason| reason == expected), "{reasons:#?}");
}

#[test]
fn a_graph_of_small_parts_is_refused_by_their_size_and_not_after_a_thousand_draws() {
    let paths = (0..300).flat_map(|first| [(3 * first, 3 * first + 1), (3 * first + 1, 3 * first + 2)]);
    let error = match choose(graph("small parts", 900, paths), &[("graph/spanning-tree", 1.0)]) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("no piece is large enough"),
    };
    assert!(error.contains("no more than 3 nodes that are connected; a question shows at least 6"), "{error}");
    let path = choose(graph("path", 900, (1..900).map(|node| (node - 1, node))), &[("graph/spanning-tree", 1.0)]);
    assert_eq!(path.unwrap().tasks().len(), 1);
}
