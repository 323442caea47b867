//! What would give the questions of an exam away, or make its scores deceive.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use ssl4rl_graph::eval::{Subject, benchmark};
use ssl4rl_graph::sample::owns_pair;
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, HeldOutTriples, Node};
use ssl4rl_tasks::Split;

use crate::graph_eval_exams::{Program, answered, exam, labelled, metric, named, options, section};
use crate::leaks::{context_of, named_communities, node};
use crate::prompts::Prompt;

/// Every prompt of an exam, in the order in which they are asked.
fn prompts(bench: &str, graph: &Graph, settings: Value) -> Vec<String> {
    let asked = RefCell::new(Vec::new());
    let answer = |prompt: &str| {
        asked.borrow_mut().push(prompt.to_owned());
        Some(String::new())
    };
    exam(bench, graph, settings, &mut answered(answer));
    asked.into_inner()
}

/// The same of link prediction, where both answers to a prompt are scored.
fn pair_prompts(graph: &Graph, settings: Value) -> Vec<String> {
    let asked = RefCell::new(Vec::new());
    let mut respondent = Program {
        answer: |_: &str| None::<String>,
        likely: |prompt: &str, text: &str| {
            if text.contains("yes") {
                asked.borrow_mut().push(prompt.to_owned());
            }
            0.0
        },
    };
    exam("graph/link-prediction", graph, settings, &mut respondent);
    asked.into_inner()
}

fn pairs(prompt: &Prompt) -> Vec<(Node, Node)> {
    prompt.pairs().iter().map(|(left, right)| (node(left), node(right))).collect()
}

#[test]
fn positives_are_held_out_edges_and_negatives_held_out_pairs_without_one() {
    const POSITIVES: usize = 60;
    let graph = named_communities();
    let settings = json!({ "samples": POSITIVES, "neighbours": 50, "writing": { "naming": "real" } });
    let asked = pair_prompts(&graph, settings);
    // The positives, then as many negatives of each of three kinds.
    assert_eq!(asked.len(), 4 * POSITIVES);
    for (place, text) in asked.iter().enumerate() {
        let prompt = Prompt::read(text);
        let (left, right) = (node(&prompt.asked[0]), node(&prompt.asked[1]));
        assert!(left != right && owns_pair(Split::HeldOut, left, right), "training may ask for {left} and {right}");
        assert_eq!(graph.adjacent(left, right), place < POSITIVES, "{text}");
        let shown = pairs(&prompt);
        assert!(!shown.is_empty() && shown.iter().all(|&(left, right)| graph.adjacent(left, right)));
        assert!(shown.iter().all(|&(left, right)| !owns_pair(Split::HeldOut, left, right)), "{text}");
    }
}

#[test]
fn around_a_pair_asked_about_stands_the_encoders_text_and_nothing_else() {
    let settings = json!({ "samples": 60, "writing": { "naming": "real" } });
    for text in pair_prompts(&named_communities(), settings) {
        // A stated degree, say, the encoder cannot read.
        assert!(context_of("incident", &text).node_names.len() > 1, "{text}");
    }
}

/// Relations between thirds of the entities as in a knowledge graph with inverses: the training triples hold the reverse of every
/// test triple.
fn inverses() -> Graph {
    let mut builder = GraphBuilder::new("inverses", 60, Direction::Directed);
    builder.relations(["leads to", "comes from"].map(String::from).to_vec());
    let mut held_out = HeldOutTriples::default();
    for source in 0..60_u32 {
        for step in [7, 20, 33] {
            let target = (source + step) % 60;
            match (source + step) % 4 {
                0 => held_out.test.push(Edge { source, target, relation: 0 }),
                1 => held_out.validation.push(Edge { source, target, relation: 0 }),
                _ => builder.triple(source, 0, target).unwrap(),
            }
            builder.triple(target, 1, source).unwrap();
        }
    }
    builder.held_out(held_out).unwrap();
    builder.node_names((0..60).map(|node| format!("e{node}")).collect()).unwrap();
    builder.build().unwrap()
}

/// The triples of a prompt's context.
fn known(graph: &Graph, prompt: &str) -> Vec<Edge> {
    let Some((_, rest)) = prompt.split_once("Known:\n") else { return Vec::new() };
    let triple = |line: &str| {
        let parts: Vec<&str> = line.strip_prefix('(')?.strip_suffix(')')?.split(", ").collect();
        let relation = graph.relation_names().iter().position(|name| name == parts[1])? as u32;
        Some(Edge { source: node(parts[0]), target: node(parts[2]), relation })
    };
    rest.lines().map_while(triple).collect()
}

#[test]
fn no_context_of_a_triple_joins_its_ends_or_is_held_out() {
    let graph = inverses();
    for settings in [
        json!({ "context": 50 }),
        // So short a list seldom holds the answer, which must not be in the context either.
        json!({ "method": "rerank", "candidates": 2, "context": 50 }),
    ] {
        let asked = prompts("graph/completion", &graph, settings);
        let queries: Vec<(Node, Node)> = graph
            .held_out()
            .test
            .iter()
            .flat_map(|edge| [(edge.source, edge.target), (edge.target, edge.source)])
            .collect();
        assert_eq!(asked.len(), queries.len());
        let mut shown = 0;
        for (prompt, (given, answer)) in asked.iter().zip(queries) {
            let context = known(&graph, prompt);
            shown += context.len();
            assert!(prompt.contains(&format!("e{given}")));
            assert!(context.iter().all(|edge| graph.edges().contains(edge)), "no training triple: {prompt}");
            let leads = |edge: &Edge| [edge.source, edge.target].contains(&answer);
            assert!(!context.iter().any(leads), "e{answer} is the answer: {prompt}");
        }
        assert!(shown > asked.len());
    }
}

/// Thirty heads and thirty tails, each in one training triple, and two test triples a head: no tail is more frequent than another.
fn equals() -> Graph {
    let mut builder = GraphBuilder::new("equals", 60, Direction::Directed);
    builder.relations(vec!["likes".into()]);
    let mut held_out = HeldOutTriples::default();
    for head in 0..30_u32 {
        let tail = |step: u32| 30 + (head * 7 + step) % 30;
        builder.triple(head, 0, tail(0)).unwrap();
        held_out.test.extend([11, 18].map(|step| Edge { source: head, target: tail(step), relation: 0 }));
    }
    builder.held_out(held_out).unwrap();
    builder.node_names((0..60).map(|node| format!("e{node}")).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn among_equals_a_list_holds_the_answer_by_chance_alone() {
    const LISTED: usize = 10;
    let graph = equals();
    let settings = json!({ "method": "rerank", "candidates": LISTED });
    let asked = prompts("graph/completion", &graph, settings);
    let answers = graph.held_out().test.iter().flat_map(|edge| [edge.target, edge.source]);
    let mut places = [0; LISTED];
    for (prompt, answer) in asked.iter().zip(answers) {
        let list = prompt.split_once("Candidates: ").unwrap().1.lines().next().unwrap();
        let list: Vec<Node> = list.split([',', '|']).map(|name| node(name.trim())).collect();
        assert_eq!(list.len(), LISTED);
        if let Some(place) = list.iter().position(|&entity| entity == answer) {
            places[place] += 1;
        }
    }
    // Ten of the 29 that are no training answer.
    let (listed, all) = (f64::from(places.iter().sum::<i32>()), asked.len() as f64);
    assert!((listed / all - 10.0 / 29.0).abs() < 4.0 * (0.226 / all).sqrt(), "{listed} of {all}");
    let mean = places.iter().zip(0..).map(|(count, place)| f64::from(count * place)).sum::<f64>() / listed;
    // Ten places: standard deviation 2.87.
    assert!((mean - 4.5).abs() < 4.0 * 2.87 / listed.sqrt(), "{places:?}");
}

#[test]
fn whoever_does_not_choose_is_right_by_chance() {
    let (_, baselines) =
        exam("graph/completion", &equals(), json!({ "options": 5 }), &mut answered(|_| Some(String::new())));
    for who in ["constant", "relation frequency"] {
        let accuracy = metric(named(&baselines, "one of 5", who), "accuracy");
        assert!((accuracy - 0.2).abs() < 1e-12, "{who}: {accuracy}");
    }
}

#[test]
fn options_of_a_triple_read_differently_also_where_entities_share_a_name() {
    let plain = inverses();
    let mut builder = GraphBuilder::new("namesakes", 60, Direction::Directed);
    builder.relations(plain.relation_names().to_vec());
    for edge in plain.edges() {
        builder.triple(edge.source, edge.relation, edge.target).unwrap();
    }
    builder.held_out(plain.held_out().clone()).unwrap();
    let name = |node: u32| format!("{} {}", if node.is_multiple_of(2) { "Place" } else { "place" }, node / 4);
    builder.node_names((0..60).map(name).collect()).unwrap();
    let graph = builder.build().unwrap();
    let asked = prompts("graph/completion", &graph, json!({ "options": 8 }));
    assert_eq!(asked.len(), 2 * graph.held_out().test.len());
    for prompt in asked {
        let options: Vec<String> =
            prompt.lines().filter_map(|line| line.strip_prefix("- ")).map(str::to_lowercase).collect();
        assert_eq!((options.len(), options.iter().collect::<BTreeSet<_>>().len()), (8, 8), "{prompt}");
    }
}

#[test]
fn by_text_alone_nothing_is_shown_but_the_node_itself() {
    let graph = labelled();
    for prompt in prompts("graph/node-classification", &graph, json!({})) {
        assert_eq!(section(&prompt, "Features").len(), 1, "{prompt}");
        assert!(!prompt.contains("Neighbours:") && section(&prompt, "Classes").is_empty(), "{prompt}");
    }
}

#[test]
fn symbols_of_classes_are_drawn_anew_for_every_question() {
    let graph = labelled();
    let asked = prompts("graph/node-classification", &graph, json!({ "class_names": "symbols" }));
    let symbols: BTreeSet<BTreeSet<&str>> = asked.iter().map(|prompt| options(prompt).into_iter().collect()).collect();
    // Four of 120 words.
    assert!(symbols.len() + 2 > asked.len(), "{} of {}", symbols.len(), asked.len());
}

#[test]
fn shots_are_training_nodes() {
    // The class of every node that is no training node is wrong.
    let plain = labelled();
    let train: BTreeSet<Node> = plain.split().unwrap().train.iter().copied().collect();
    let mut labels = plain.labels().unwrap().clone();
    labels.classes.push("none of these".into());
    let misled = |(node, class): (Node, &mut Option<u32>)| {
        if !train.contains(&node) {
            *class = Some(4);
        }
    };
    (0..).zip(&mut labels.of_node).for_each(misled);
    let mut builder = GraphBuilder::new("misled", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.features(plain.features().unwrap().clone()).unwrap();
    builder.labels(labels).unwrap();
    builder.split(plain.split().unwrap().clone()).unwrap();
    let graph = builder.build().unwrap();
    for choice in ["nearest", "similar", "balanced"] {
        let settings = json!({ "shots": 6, "shot_choice": choice, "neighbours": 8 });
        for prompt in prompts("graph/node-classification", &graph, settings) {
            let shown = section(&prompt, "Classes");
            assert!(shown.len() >= 6 && shown.iter().all(|(_, class)| *class != "none of these"), "{prompt}");
        }
    }
}

#[test]
fn names_that_tell_a_class_and_a_split_of_ones_own_are_refused() {
    let refused = |graph: &Graph, settings: Value| {
        let exam =
            benchmark("graph/node-classification").unwrap().exam(&Subject::Graph(Box::new(graph.clone())), settings);
        exam.err().unwrap().to_string()
    };
    let graph = labelled();
    let named = json!({ "writing": { "naming": "real" } });
    assert!(refused(&graph, named).contains("names of nodes may tell their class"));
    let mut builder = GraphBuilder::new("undivided", graph.node_count(), Direction::Undirected);
    for edge in graph.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.labels(graph.labels().unwrap().clone()).unwrap();
    assert!(refused(&builder.build().unwrap(), json!({})).contains("no split into training and test nodes"));
}
