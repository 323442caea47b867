//! Tasks about hidden, false and missing triples of knowledge graphs: truths against the graph they come from, verdicts by hand.

#![expect(clippy::float_cmp, reason = "scores are exact by hand calculation")]

use std::collections::BTreeSet;

use ssl4rl_graph::tasks::links::path_completion::{PathCompletion, PathCompletionConfig};
use ssl4rl_graph::tasks::links::triple_completion::{CompletionForm, TripleCompletion, TripleCompletionConfig};
use ssl4rl_graph::tasks::links::triple_corruption::{TripleCorruption, TripleCorruptionConfig};
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, HeldOutTriples, Node};
use ssl4rl_tasks::conformance::{Settings, check_task};
use ssl4rl_tasks::{PretextTask, Split, TaskRng, Verifier, protocol};

use crate::links::{SPLITS, node, real_names};
use crate::prompts::{Prompt, samples};

/// 90 entities in groups of ten whose triples stay in the group three times in four, 5 relations, some triples held out.
pub(crate) fn knowledge() -> Graph {
    let mut random = TaskRng::new(5, "links", Split::Train, 0);
    let mut builder = GraphBuilder::new("knowledge", 90, Direction::Directed);
    builder.relations((0..5).map(|relation| format!("rel{relation}")).collect());
    let mut held_out = HeldOutTriples::default();
    for source in 0..90_u32 {
        for _ in 0..9 {
            let near = source - source % 10 + random.below(10) as u32;
            let target = if random.below(4) > 0 { near } else { random.below(90) as u32 };
            let edge = Edge { source, target, relation: random.below(5) as u32 };
            match random.below(10) {
                0 => held_out.validation.push(edge),
                1 => held_out.test.push(edge),
                _ => builder.triple(source, edge.relation, target).unwrap(),
            }
        }
    }
    builder.held_out(held_out).unwrap();
    builder.node_names((0..90).map(|node| format!("e{node}")).collect()).unwrap();
    builder.build().unwrap()
}

/// All triples known to be true.
fn known(graph: &Graph) -> BTreeSet<Edge> {
    let held_out = graph.held_out();
    graph.edges().iter().chain(&held_out.validation).chain(&held_out.test).copied().collect()
}

/// A triple written as `(e1, rel2, e3)`.
fn triple(text: &str) -> Edge {
    let inside = text.trim_start_matches('(').trim_end_matches(')');
    let parts: Vec<&str> = inside.split(", ").collect();
    Edge { source: node(parts[0]), target: node(parts[2]), relation: parts[1][3..].parse().unwrap() }
}

/// The triples of a prompt's context.
fn context(prompt: &Prompt) -> Vec<Edge> {
    let lines = prompt.relations.iter();
    let edges = lines.flat_map(|(source, relation, targets)| {
        targets.iter().map(move |target| triple(&format!("({source}, {relation}, {target})")))
    });
    edges.collect()
}

#[test]
fn only_the_right_option_completes_a_triple_and_no_held_out_triple_is_shown() {
    let graph = knowledge();
    let (train, known): (BTreeSet<Edge>, BTreeSet<Edge>) = (graph.edges().iter().copied().collect(), known(&graph));
    let validation: BTreeSet<Edge> = graph.held_out().validation.iter().copied().collect();
    let task = TripleCompletion::new(TripleCompletionConfig { writing: real_names(), ..Default::default() }).unwrap();
    let mut tails = 0;
    for split in SPLITS {
        for (sample, prompt) in samples(&task, &graph, split, 200) {
            let question = prompt.text.lines().next().unwrap();
            let gap = question[question.find('(').unwrap()..].trim_end_matches('?').to_owned();
            tails += usize::from(gap.ends_with("?)"));
            let shown = context(&prompt);
            assert!(shown.iter().all(|edge| train.contains(edge)), "{}", prompt.text);
            for (position, option) in sample.truth.choice.options.iter().enumerate() {
                let completed = triple(&gap.replace('?', option));
                let right = position == sample.truth.choice.correct;
                assert_eq!(known.contains(&completed), right, "{completed:?}");
                let wanted = if split == Split::HeldOut { &validation } else { &train };
                assert!(!right || wanted.contains(&completed));
                let pair = (completed.source, completed.target);
                let joins = |edge: &&Edge| (edge.source, edge.target) == pair || (edge.target, edge.source) == pair;
                assert!(!shown.iter().any(|edge| joins(&edge)), "the pair is shown: {}", prompt.text);
            }
        }
    }
    assert!((200..400).contains(&tails), "head and tail are asked for alike: {tails} of 600");
}

/// 25 entities in groups of 3, 5, 7 and 10, `rel0` between all of a group, and `rel1` between two in five of all pairs.
fn dense_knowledge() -> Graph {
    let group = |entity: u32| [3, 8, 15, 25].iter().position(|&end| entity < end);
    let mut random = TaskRng::new(6, "links", Split::Train, 0);
    let mut builder = GraphBuilder::new("dense", 25, Direction::Directed);
    builder.relations(vec!["rel0".into(), "rel1".into()]);
    for source in 0..25 {
        for target in (0..25).filter(|&target| target != source) {
            if group(source) == group(target) {
                builder.triple(source, 0, target).unwrap();
            }
            if random.below(5) < 2 {
                builder.triple(source, 1, target).unwrap();
            }
        }
    }
    builder.node_names((0..25).map(|node| format!("e{node}")).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn dense_triples_make_questions_and_no_entity_is_right_more_often_than_others() {
    let graph = dense_knowledge();
    let config = TripleCompletionConfig { writing: real_names(), ..Default::default() };
    let report = check_task::<TripleCompletion>(&config, &graph, &Settings { samples: 400, ..Default::default() });
    assert!(report.as_ref().unwrap().holds(), "{}", report.unwrap());
    // A question about `rel0` takes one option from each group, and the largest has fifteen times the triples of the smallest.
    let task = TripleCompletion::new(config).unwrap();
    let mut right = [0; 4];
    for (sample, _) in samples(&task, &graph, Split::Train, 1_000)
        .iter()
        .filter(|(_, prompt)| prompt.text.lines().next().is_some_and(|question| question.contains("rel0")))
    {
        let option = &sample.truth.choice.options[sample.truth.choice.correct];
        right[[3, 8, 15, 25].iter().position(|&end| node(option) < end).unwrap()] += 1;
    }
    let quarter = f64::from(right.iter().sum::<i32>()) / 4.0;
    assert!(quarter > 100.0, "{right:?}");
    assert!(right.iter().all(|&count| (f64::from(count) - quarter).abs() < 4.0 * (quarter * 0.75).sqrt()), "{right:?}");
}

#[test]
fn rankings_of_completions_conform() {
    let config = TripleCompletionConfig { form: CompletionForm::Ranked, ..Default::default() };
    let report = check_task::<TripleCompletion>(&config, &knowledge(), &Settings::default()).unwrap();
    assert!(report.holds(), "{report}");
    let task = TripleCompletion::new(config).unwrap();
    let (sample, _) = samples(&task, &knowledge(), Split::Train, 1).remove(0);
    let mut options = sample.truth.choice.options.clone();
    let right = options.remove(sample.truth.choice.correct);
    options.insert(1, right);
    let verdict = task.verifier().verify(&protocol::wrap(&options.join(", ")), &sample.truth);
    assert_eq!(verdict.score, 0.5);
}

#[test]
fn one_listed_triple_is_false_and_the_others_are_true() {
    let graph = knowledge();
    let (train, known): (BTreeSet<Edge>, BTreeSet<Edge>) = (graph.edges().iter().copied().collect(), known(&graph));
    let task = TripleCorruption::new(TripleCorruptionConfig { writing: real_names(), ..Default::default() }).unwrap();
    for split in SPLITS {
        for (sample, prompt) in samples(&task, &graph, split, 200) {
            let shown = context(&prompt);
            assert!(shown.iter().all(|edge| train.contains(edge)), "{}", prompt.text);
            let listed: Vec<Edge> = prompt
                .text
                .lines()
                .filter_map(|line| line.split_once(": (").map(|(_, inside)| triple(inside)))
                .collect();
            assert_eq!(listed.len(), 3);
            for (position, line) in listed.iter().enumerate() {
                assert_eq!(known.contains(line), position != sample.truth.correct, "{}", prompt.text);
                assert!(!shown.contains(line));
            }
        }
    }
}

#[test]
fn around_listed_triples_no_triple_joins_two_of_their_ends() {
    let task = TripleCorruption::new(TripleCorruptionConfig { writing: real_names(), ..Default::default() }).unwrap();
    for (_, prompt) in samples(&task, &knowledge(), Split::Train, 400) {
        let listed = prompt.text.lines().filter_map(|line| line.split_once(": (").map(|(_, inside)| triple(inside)));
        let ends: BTreeSet<Node> = listed.flat_map(|edge| [edge.source, edge.target]).collect();
        // It would tell which of them do not belong together.
        let joins =
            |edge: &Edge| edge.source != edge.target && ends.contains(&edge.source) && ends.contains(&edge.target);
        assert!(!context(&prompt).iter().any(joins), "{}", prompt.text);
    }
}

#[test]
fn every_entity_that_fits_the_path_is_right_and_no_other() {
    let graph = knowledge();
    let train: BTreeSet<Edge> = graph.edges().iter().copied().collect();
    for length in 2..=3 {
        let config = PathCompletionConfig { length, writing: real_names(), ..Default::default() };
        let task = PathCompletion::new(config).unwrap();
        let mut several = 0;
        for (sample, prompt) in samples(&task, &graph, Split::Train, 300) {
            let shown: BTreeSet<Edge> = context(&prompt).into_iter().collect();
            assert!(shown.is_subset(&train));
            let path: Vec<&str> = prompt.text.lines().next().unwrap().split(' ').skip(7).collect();
            let fits = |name: &str| {
                path.windows(3).step_by(2).all(|step| {
                    let end = |part: &str| if part == "?" { name.to_owned() } else { part.to_owned() };
                    let relation = step[1].trim_matches(['<', '-', '>']);
                    let (from, to) = (end(step[0]), end(step[2]));
                    let (head, tail) = if step[1].starts_with('<') { (to, from) } else { (from, to) };
                    shown.contains(&triple(&format!("({head}, {relation}, {tail})")))
                })
            };
            let mut right = 0;
            for name in &sample.truth.shown.names {
                let verdict = task.verifier().verify(&protocol::wrap(name), &sample.truth);
                assert_eq!(verdict.exact, fits(name), "{name}: {}", prompt.text);
                right += usize::from(verdict.exact);
            }
            several += usize::from(right > 1);
            for answer in [sample.truth.shown.names.join(", "), "?".into(), "none".into(), String::new()] {
                assert_eq!(task.verifier().verify(&protocol::wrap(&answer), &sample.truth).score, 0.0);
            }
        }
        assert!(several > 0, "some questions have more than one right answer");
    }
}
