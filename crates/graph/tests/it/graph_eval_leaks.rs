//! The stream that training sees shares no answer with downstream evaluation: every registered task is scanned.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use ssl4rl_graph::eval::setting::Setting;
use ssl4rl_graph::sample::owns_pair;
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, HeldOutTriples, Labels, NodeSplit};
use ssl4rl_tasks::{DynTask, Split, TaskRng, prompt_text};

use crate::prompts;

/// Training samples of each task that are looked at.
const SAMPLES: u64 = 150;

/// The communities with names, classes and a public split. `permuted` gives every node another class.
pub(crate) fn labelled(permuted: bool) -> Graph {
    let plain = prompts::communities();
    let count = plain.node_count() as u32;
    let mut builder = GraphBuilder::new("labelled", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.features(plain.features().unwrap().clone()).unwrap();
    let of_node = (0..count).map(|node| Some((node / 50 + u32::from(permuted)) % 8)).collect();
    builder.labels(Labels { classes: (0..8).map(|class| format!("class{class}")).collect(), of_node }).unwrap();
    let nodes = |rest: u32| (0..count).filter(|node| node % 4 == rest).collect::<Vec<u32>>();
    builder.split(NodeSplit { train: nodes(0), validation: nodes(1), test: nodes(2) }).unwrap();
    builder.node_names((0..count).map(|node| format!("n{node}")).collect()).unwrap();
    builder
        .node_texts((0..count).map(|node| format!("Title: paper{node} Abstract: about topic{}", node / 50)).collect())
        .unwrap();
    builder.build().unwrap()
}

/// Every registered task that `graph` can carry, with real names and edges as pairs where the task lets one choose.
pub(crate) fn tasks(graph: &Graph) -> Vec<Box<dyn DynTask>> {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let build = |name: &str| {
        let mut config = registry.default_config(name).unwrap();
        if let Some(Value::Object(writing)) = config.get_mut("writing") {
            writing.insert("naming".into(), json!("real"));
            writing.insert("encoder".into(), json!("adjacency"));
        }
        let task = registry.build(name, Some(config)).or_else(|_| registry.build(name, None)).unwrap();
        task.check_input(graph).is_ok().then_some(task)
    };
    registry.tasks().filter_map(|(name, _)| build(name)).collect()
}

/// Prompt and oracle's completion of training samples, those that can be made.
pub(crate) fn stream(task: &dyn DynTask, graph: &Graph) -> Vec<(String, String)> {
    (0..SAMPLES)
        .filter_map(|index| {
            let mut rng = TaskRng::new(3, task.name(), Split::Train, index);
            let sample = task.sample(graph, &mut rng, index).ok()?;
            Some((prompt_text(&sample.prompt), task.oracle(&sample.truth).unwrap()))
        })
        .collect()
}

#[test]
fn no_training_question_depends_on_a_label() {
    let (graph, permuted) = (labelled(false), labelled(true));
    for task in tasks(&graph) {
        let (with, without) = (stream(&*task, &graph), stream(&*task, &permuted));
        assert!(!with.is_empty(), "{}: no training sample", task.name());
        assert_eq!(with, without, "{}: its questions depend on the labels", task.name());
        let class = |(prompt, oracle): &(String, String)| {
            prompt.contains("class")
                && (0..8).any(|class| format!("{prompt}{oracle}").contains(&format!("class{class}")))
        };
        assert!(!with.iter().any(class), "{}: a question names a class", task.name());
    }
}

/// Node numbers named in a text, `n12`, in order.
pub(crate) fn nodes(text: &str) -> Vec<u32> {
    text.split(|symbol: char| !symbol.is_alphanumeric())
        .filter_map(|word| word.strip_prefix('n')?.parse().ok())
        .collect()
}

/// Pairs that a text joins: `(n1, n2)`, a step of `n1 -> n2 -> n3`, and what it says or asks about whether they are linked.
fn written_pairs(text: &str) -> BTreeSet<(u32, u32)> {
    let brackets = text.split('(').skip(1).filter_map(|rest| rest.split_once(')')).map(|(pair, _)| nodes(pair));
    let walks = text.lines().flat_map(|line| {
        let ends: Vec<Vec<u32>> = line.split(" -> ").map(nodes).collect();
        let step = |ends: &[Vec<u32>]| ends[0].last().into_iter().chain(ends[1].first()).copied().collect();
        ends.windows(2).map(step).collect::<Vec<Vec<u32>>>()
    });
    let sentences = text.lines().filter_map(|line| line.rsplit_once(" linked")).map(|(before, _)| nodes(before));
    brackets
        .chain(walks)
        .chain(sentences)
        .filter_map(|pair| match pair[..] {
            [left, right] => Some((left.min(right), left.max(right))),
            _ => None,
        })
        .collect()
}

/// Whether link prediction holds out the pair, as an edge or as a pair without one.
fn is_held_out(left: u32, right: u32) -> bool {
    left != right && owns_pair(Split::HeldOut, left, right)
}

#[test]
fn no_training_question_shows_or_asks_for_a_test_edge() {
    let graph = labelled(false);
    let (mut with_edges, mut leaks) = (0, Vec::new());
    for task in tasks(&graph) {
        let (mut seen, mut leaked) = (0, 0);
        for (prompt, oracle) in stream(&*task, &graph) {
            let pairs = written_pairs(&prompt);
            seen += pairs.len();
            let shown = pairs.into_iter().chain(written_pairs(&oracle));
            // The node asked about and the node that answers.
            let asked = match (&nodes(prompt.lines().next().unwrap())[..], &nodes(&oracle)[..]) {
                ([asked], [answer]) => Some((*asked, *answer)),
                _ => None,
            };
            let asked = asked.filter(|pair| graph.adjacent(pair.0, pair.1));
            let Some(tested) = shown.chain(asked).find(|pair| is_held_out(pair.0, pair.1)) else { continue };
            leaked += 1;
            if leaked == 1 {
                leaks.push(format!("{}: {tested:?} in\n{prompt}\n{oracle}", task.name()));
            }
        }
        with_edges += usize::from(seen > 0);
    }
    assert!(leaks.is_empty(), "{} tasks leak\n{}", leaks.len(), leaks.join("\n\n"));
    assert!(with_edges >= 40, "the scan reads the edges of {with_edges} tasks only");
}

#[test]
fn the_scan_finds_a_planted_test_edge() {
    let graph = labelled(false);
    let edge = graph.edges().iter().find(|edge| owns_pair(Split::HeldOut, edge.source, edge.target)).unwrap();
    let (left, right) = (edge.source, edge.target);
    for prompt in [
        format!("Edges: (n1, n1) (n{right}, n{left})"),
        format!("A. n1 -> n{right} -> n{left} -> n2"),
        format!("3) n{left} and n{right} are not linked."),
        format!("Are nodes n{left} and n{right} linked?"),
    ] {
        assert!(written_pairs(&prompt).iter().any(|pair| is_held_out(pair.0, pair.1)), "{prompt}");
    }
}

/// A knowledge graph in which one relation stands in test triples alone.
fn knowledge() -> Graph {
    let mut rng = TaskRng::new(9, "knowledge", Split::Train, 0);
    let mut builder = GraphBuilder::new("knowledge", 60, Direction::Directed);
    builder.relations(
        (0..5).map(|relation| if relation == 4 { "tested".into() } else { format!("rel{relation}") }).collect(),
    );
    let mut held_out = HeldOutTriples::default();
    for source in 0..60_u32 {
        for _ in 0..8 {
            builder.triple(source, rng.below(4) as u32, rng.below(60) as u32).unwrap();
        }
        held_out.test.push(Edge { source, target: rng.below(60) as u32, relation: 4 });
        held_out.validation.push(Edge { source, target: rng.below(60) as u32, relation: 4 });
    }
    builder.held_out(held_out).unwrap();
    builder.node_names((0..60).map(|node| format!("e{node}")).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn no_training_question_shows_or_asks_for_a_test_triple() {
    let graph = knowledge();
    let tasks = tasks(&graph);
    assert!(tasks.len() >= 2);
    for task in tasks {
        for (prompt, oracle) in stream(&*task, &graph) {
            // A relation may be a wrong option; it joins nothing.
            let shown = prompt.split("Options").next().unwrap();
            assert!(!shown.contains("tested") && !oracle.contains("tested"), "{}: {prompt}\n{oracle}", task.name());
        }
    }
}

#[test]
fn the_inductive_graph_holds_no_test_node_and_no_test_edge() {
    let graph = labelled(false);
    let seen = Setting::Inductive.training_graph(graph.clone()).unwrap();
    let test: BTreeSet<u32> = graph.split().unwrap().test.iter().copied().collect();
    assert_eq!(seen.node_count(), graph.node_count() - test.len());
    let old = |node: u32| -> u32 { seen.node_names().unwrap()[node as usize][1..].parse().unwrap() };
    let kept: BTreeSet<(u32, u32)> = seen.edges().iter().map(|edge| (old(edge.source), old(edge.target))).collect();
    let expected = graph.edges().iter().map(|edge| (edge.source, edge.target)).filter(|&(source, target)| {
        !test.contains(&source) && !test.contains(&target) && !owns_pair(Split::HeldOut, source, target)
    });
    assert_eq!(kept, expected.collect());
    for node in 0..seen.node_count() as u32 {
        assert!(!test.contains(&old(node)));
        let [new_words, old_words] =
            [(&seen, node), (&graph, old(node))].map(|(graph, node)| graph.features().unwrap().of(node).to_vec());
        assert_eq!(new_words, old_words);
        let class = |graph: &Graph, node: u32| graph.labels().unwrap().of_node[node as usize];
        assert_eq!(class(&seen, node), class(&graph, old(node)));
        assert_eq!(seen.node_texts().unwrap()[node as usize], graph.node_texts().unwrap()[old(node) as usize]);
    }
    let split = seen.split().unwrap();
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (100, 100, 0));
    let whole = Setting::Transductive.training_graph(graph.clone()).unwrap();
    assert_eq!(whole.edges(), graph.edges());
}
