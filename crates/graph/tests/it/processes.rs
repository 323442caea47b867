//! Processes on graphs: every answer is computed again from the text of the prompt, by another way.
#![expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]

use std::collections::{BTreeMap, BTreeSet};

use ssl4rl_graph::question::{Assignment, AssignmentTruth, CutConfig, Partition, PartitionTruth, Shown, WritingConfig};
use ssl4rl_graph::tasks::processes::citation_direction::{CitationDirection, CitationDirectionConfig};
use ssl4rl_graph::tasks::processes::colour_refinement::{ColourRefinement, ColourRefinementConfig};
use ssl4rl_graph::tasks::processes::graph_construction::{
    ConstructionTruth, ConstructionVerifier, GraphConstruction, GraphConstructionConfig,
};
use ssl4rl_graph::tasks::processes::label_propagation::{LabelPropagation, LabelPropagationConfig};
use ssl4rl_graph::tasks::processes::message_passing::{Aggregation, MessagePassing, MessagePassingConfig};
use ssl4rl_graph::tasks::processes::pagerank_step::{PagerankStep, PagerankStepConfig};
use ssl4rl_graph::tasks::processes::random_walk::{RandomWalk, RandomWalkConfig};
use ssl4rl_graph::{Direction, Graph, GraphBuilder, generate};
use ssl4rl_tasks::{PretextTask, Split, Verifier, protocol};

use crate::prompts::{Prompt, samples};

fn graph() -> Graph {
    generate::from_spec("synthetic", 5).unwrap().unwrap()
}

/// The list in the line that begins with `label`.
fn listed(prompt: &Prompt, label: &str) -> BTreeMap<String, String> {
    let line = prompt.text.lines().find_map(|line| line.strip_prefix(label)).unwrap();
    line.split(", ")
        .map(|pair| pair.split_once(": ").map(|(node, value)| (node.trim().to_owned(), value.to_owned())).unwrap())
        .collect()
}

fn right(truth: &AssignmentTruth) -> BTreeMap<String, String> {
    truth.nodes.iter().cloned().zip(truth.values.iter().cloned()).collect()
}

fn score<Check: Verifier + Default>(answer: &str, truth: &Check::Truth) -> f32 {
    Check::default().verify(&protocol::wrap(answer), truth).score
}

#[test]
fn messages_are_what_the_neighbours_say() {
    for rounds in [1, 2, 3] {
        for aggregation in [Aggregation::Sum, Aggregation::Max, Aggregation::Min, Aggregation::Mean] {
            let config = MessagePassingConfig { aggregations: vec![aggregation], rounds, ..Default::default() };
            let task = MessagePassing::new(config).unwrap();
            for (sample, prompt) in samples(&task, &graph(), Split::Train, 60) {
                let mut values: BTreeMap<String, f64> = listed(&prompt, "Values:")
                    .into_iter()
                    .map(|(node, value)| (node, value.parse().unwrap()))
                    .collect();
                for _ in 0..rounds {
                    let new = |node: &String, own: &f64| {
                        let around = prompt.neighbours[node].iter().map(|other| values[other]).chain([*own]);
                        match aggregation {
                            Aggregation::Sum => around.sum(),
                            Aggregation::Max => around.fold(f64::MIN, f64::max),
                            Aggregation::Min => around.fold(f64::MAX, f64::min),
                            Aggregation::Mean => around.sum::<f64>() / (prompt.neighbours[node].len() + 1) as f64,
                        }
                    };
                    values = values.iter().map(|(node, own)| (node.clone(), new(node, own))).collect();
                }
                for (node, value) in right(&sample.truth) {
                    let value = match value.split_once('/') {
                        Some((top, bottom)) => top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap(),
                        None => value.parse().unwrap(),
                    };
                    assert!((value - values[&node]).abs() < 1e-9, "{}", prompt.text);
                }
            }
        }
    }
}

#[test]
fn a_majority_rules_and_a_tie_changes_nothing() {
    let task = LabelPropagation::new(LabelPropagationConfig { rounds: 2, ..Default::default() }).unwrap();
    for (sample, prompt) in samples(&task, &graph(), Split::Train, 300) {
        let first = listed(&prompt, "Labels:");
        let mut labels = first.clone();
        for _ in 0..2 {
            let vote = |node: &String, own: &String| {
                let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
                prompt.neighbours[node].iter().for_each(|other| *counts.entry(&labels[other]).or_default() += 1);
                let most = counts.values().max().copied().unwrap_or(0);
                let commonest: Vec<_> = counts.iter().filter(|(_, count)| **count == most).collect();
                if commonest.len() == 1 { (*commonest[0].0).clone() } else { own.clone() }
            };
            labels = labels.iter().map(|(node, own)| (node.clone(), vote(node, own))).collect();
        }
        assert_eq!(right(&sample.truth), labels, "{}", prompt.text);
        assert_ne!(first, labels, "repeating the first labels must not be right");
    }
}

#[test]
fn pagerank_moves_scores_and_keeps_their_sum() {
    let task = PagerankStep::new(PagerankStepConfig { steps: 2, ..Default::default() }).unwrap();
    for (sample, prompt) in samples(&task, &graph(), Split::Train, 300) {
        let first: BTreeMap<String, f64> =
            listed(&prompt, "Scores:").into_iter().map(|(node, score)| (node, score.parse().unwrap())).collect();
        let mean = first.values().sum::<f64>() / first.len() as f64;
        let mut scores = first;
        for _ in 0..2 {
            let mut next: BTreeMap<String, f64> = scores.keys().map(|node| (node.clone(), 0.2 * mean)).collect();
            for (node, score) in &scores {
                for other in &prompt.neighbours[node] {
                    *next.get_mut(other).unwrap() += 0.8 * score / prompt.neighbours[node].len() as f64;
                }
            }
            scores = next;
        }
        for (node, value) in right(&sample.truth) {
            assert!((value.parse::<f64>().unwrap() - scores[&node]).abs() < 1e-5, "{}", prompt.text);
        }
        let rounded: Vec<String> = scores.iter().map(|(node, score)| format!("{node}: {score:.3}")).collect();
        assert_eq!(score::<Assignment>(&rounded.join(", "), &sample.truth), 1.0);
        let coarse: Vec<String> = scores.iter().map(|(node, score)| format!("{node}: {:.3}", score + 0.002)).collect();
        assert_eq!(score::<Assignment>(&coarse.join(", "), &sample.truth), 0.0);
    }
}

/// The tree of walks from a node, written out: equal for two nodes just where refinement gives them one colour.
fn unfolded(prompt: &Prompt, node: &str, depth: usize) -> String {
    if depth == 0 {
        return "o".into();
    }
    let mut branches: Vec<String> =
        prompt.neighbours[node].iter().map(|other| unfolded(prompt, other, depth - 1)).collect();
    branches.sort_unstable();
    format!("({})", branches.concat())
}

#[test]
fn colours_are_trees_of_walks() {
    for rounds in [1, 2, 3] {
        let task = ColourRefinement::new(ColourRefinementConfig { rounds, ..Default::default() }).unwrap();
        for (sample, prompt) in samples(&task, &graph(), Split::Train, 100) {
            let trees: Vec<String> = sample.truth.nodes.iter().map(|node| unfolded(&prompt, node, rounds)).collect();
            for one in 0..trees.len() {
                for other in 0..one {
                    let alike = sample.truth.groups[one] == sample.truth.groups[other];
                    assert_eq!(alike, trees[one] == trees[other], "{}", prompt.text);
                }
            }
        }
    }
}

#[test]
fn partitions_by_hand() {
    let nodes = ["0", "1", "2", "3", "4", "5"].map(String::from).to_vec();
    let truth = PartitionTruth { nodes, groups: vec![0, 0, 0, 1, 1, 1] };
    assert_eq!(score::<Partition>("3 4 5 | 2 1 0", &truth), 1.0);
    assert_eq!(score::<Partition>("{0, 1, 2}, {3, 4, 5}", &truth), 1.0);
    // Pairs: 6 and 6, shared 3 + 1 = 4 with one node moved: left has 2·1 + 4·3/2 = 1 + 6 = 7 pairs. Of fifteen.
    // (4 - 6·7/15) / (6.5 - 6·7/15) = 1.2 / 3.7.
    assert!((score::<Partition>("0 1 | 2 3 4 5", &truth) - 1.2 / 3.7).abs() < 1e-6);
    for lazy in ["0 1 2 3 4 5", "0 | 1 | 2 | 3 | 4 | 5", "0 1 2 | 3 4", "0 1 2 | 3 4 5 5", "0 1 2 | 3 4 5 | 0", "all"] {
        assert_eq!(score::<Partition>(lazy, &truth), 0.0, "{lazy}");
    }
}

#[test]
fn one_walk_is_possible() {
    for answer_style in ["text", "letter"] {
        let config = serde_json::json!({ "answer_style": answer_style, "steps": 4 });
        let config: RandomWalkConfig = serde_json::from_value(config).unwrap();
        let task = RandomWalk::new(config).unwrap();
        for (sample, prompt) in samples(&task, &graph(), Split::Train, 200) {
            let possible = |option: &String| {
                let nodes: Vec<&str> = option.split(" -> ").collect();
                assert_eq!(nodes.iter().collect::<BTreeSet<_>>().len(), 5, "{option}");
                nodes.windows(2).all(|step| prompt.neighbours[step[0]].iter().any(|node| node == step[1]))
            };
            let found: Vec<bool> = sample.truth.options.iter().map(possible).collect();
            assert_eq!(found.iter().filter(|possible| **possible).count(), 1, "{}", prompt.text);
            assert!(found[sample.truth.correct], "{}", prompt.text);
        }
    }
}

#[test]
fn a_hidden_direction_is_that_of_the_data_and_not_shown() {
    let mut builder = GraphBuilder::new("levels", 60, Direction::Directed);
    builder.relations(vec!["above".into(), "beside".into()]);
    for node in 0..60_u32 {
        for step in [1, 7, 11] {
            builder.triple(node, u32::from(step == 7), (node + step) % 60).unwrap();
        }
    }
    builder.node_names((0..60).map(|node| format!("n{node}")).collect()).unwrap();
    let graph = builder.build().unwrap();
    let writing = WritingConfig { naming: "real".into(), ..WritingConfig::default() };
    let task = CitationDirection::new(CitationDirectionConfig { writing, ..Default::default() }).unwrap();
    for split in [Split::Train, Split::HeldOut] {
        for (sample, prompt) in samples(&task, &graph, split, 200) {
            let option = &sample.truth.options[sample.truth.correct];
            let ends: Vec<u32> = option.split(" -> ").map(|name| name[1..].parse().unwrap()).collect();
            assert!(graph.edges().iter().any(|edge| (edge.source, edge.target) == (ends[0], ends[1])), "{option}");
            let (source, target) = (format!("n{}", ends[0]), format!("n{}", ends[1]));
            let shown = |from: &str, to: &String| {
                prompt.relations.iter().any(|(source, _, targets)| source == from && targets.contains(to))
            };
            assert!(!shown(&source, &target) && !shown(&target, &source), "{}", prompt.text);
        }
    }
    let undirected = generate::from_spec("tree:n=30", 1).unwrap().unwrap();
    assert!(task.unusable(&undirected).unwrap().contains("no direction"));
}

#[test]
fn an_edge_that_leads_both_ways_is_not_asked_about() {
    let mut builder = GraphBuilder::new("mutual", 60, Direction::Directed);
    for node in 0..60_u32 {
        for step in [1, 7] {
            builder.edge(node, (node + step) % 60).unwrap();
        }
        builder.edge((node + 7) % 60, node).unwrap();
    }
    builder.node_names((0..60).map(|node| format!("n{node}")).collect()).unwrap();
    let graph = builder.build().unwrap();
    let writing = WritingConfig { naming: "real".into(), ..WritingConfig::default() };
    let task = CitationDirection::new(CitationDirectionConfig { writing, ..Default::default() }).unwrap();
    for (sample, prompt) in samples(&task, &graph, Split::Train, 200) {
        let leads = |option: &String| {
            let ends: Vec<u32> = option.split(" -> ").map(|name| name[1..].parse().unwrap()).collect();
            graph.edges().iter().any(|edge| (edge.source, edge.target) == (ends[0], ends[1]))
        };
        assert_eq!(sample.truth.options.iter().filter(|option| leads(option)).count(), 1, "{}", prompt.text);
    }
}

fn wanted(degrees: &[u64], triangles: Option<u64>, connected: bool) -> ConstructionTruth {
    let names = (0..degrees.len()).map(|node| node.to_string()).collect();
    let shown = Shown { names, edges: Vec::new(), directed: false };
    ConstructionTruth { shown, degrees: degrees.to_vec(), triangles, connected }
}

#[test]
fn any_graph_with_the_properties_is_right() {
    let two_each = wanted(&[2; 6], None, false);
    for right in ["(0, 1) (1, 2) (2, 3) (3, 4) (4, 5) (5, 0)", "0-1, 1-2, 2-0, 3-4, 4-5, 5-3"] {
        assert_eq!(score::<ConstructionVerifier>(right, &two_each), 1.0, "{right}");
    }
    let ring = wanted(&[2; 6], Some(0), true);
    assert_eq!(score::<ConstructionVerifier>("(0, 1) (1, 2) (2, 3) (3, 4) (4, 5) (5, 0)", &ring), 1.0);
    // Two triangles have all six degrees, not the other two properties.
    assert!((score::<ConstructionVerifier>("0-1, 1-2, 2-0, 3-4, 4-5, 5-3", &ring) - 0.2 * 6.0 / 8.0).abs() < 1e-6);
    for wrong in ["(0, 0)", "(0, 1) (1, 0)", "(0, 6)", "", "a ring"] {
        assert_eq!(score::<ConstructionVerifier>(wrong, &ring), 0.0, "{wrong}");
    }
    let complete: Vec<String> =
        (0..6).flat_map(|left| (left + 1..6).map(move |right| format!("({left}, {right})"))).collect();
    assert!(score::<ConstructionVerifier>(&complete.join(" "), &ring) < 0.2);
}

#[test]
fn the_hidden_graph_is_not_in_the_prompt() {
    let task = GraphConstruction::new(GraphConstructionConfig::default()).unwrap();
    for (sample, prompt) in samples(&task, &graph(), Split::Train, 200) {
        assert!(!prompt.text.replace("(node, node)", "").contains('('), "{}", prompt.text);
        let degrees = listed(&prompt, "Numbers of neighbours:");
        for (node, name) in sample.truth.shown.names.iter().enumerate() {
            let ends = sample.truth.shown.edges.iter();
            let degree = ends.filter(|edge| edge.0 as usize == node || edge.1 as usize == node).count();
            assert_eq!(degrees[name], degree.to_string());
        }
    }
}

#[test]
fn levels_of_processes_are_buildable_and_make_questions() {
    fn check<Task: PretextTask<Input = Graph>>(graph: &Graph) {
        for level in Task::levels(&Task::Config::default()) {
            let task = Task::new(level).unwrap();
            assert_eq!(samples(&task, graph, Split::HeldOut, 5).len(), 5);
        }
    }
    let graph = graph();
    check::<MessagePassing>(&graph);
    check::<LabelPropagation>(&graph);
    check::<PagerankStep>(&graph);
    check::<ColourRefinement>(&graph);
    check::<RandomWalk>(&graph);
    check::<GraphConstruction>(&graph);
    assert!(
        MessagePassing::new(MessagePassingConfig {
            largest: 10,
            cut: CutConfig::default().sized(8, 12),
            ..Default::default()
        })
        .is_err()
    );
}
