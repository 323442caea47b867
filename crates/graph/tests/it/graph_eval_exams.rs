//! Exams sat by a few lines of Rust, whose scores are known beforehand or follow from a baseline.
#![expect(clippy::float_cmp, reason = "shares of a few questions are exact")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use ssl4rl_graph::eval::{EvalError, LogLikelihood, Reply, Respondent, Row, Subject, benchmark, benchmarks};
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, HeldOutTriples, Labels, NodeSplit};
use ssl4rl_tasks::{Split, TaskRng};

use crate::prompts;

/// Replies and likelihoods as functions of the prompt.
pub(crate) struct Program<Answer, Likely> {
    pub(crate) answer: Answer,
    pub(crate) likely: Likely,
}

impl<Answer: Fn(&str) -> Option<String>, Likely: Fn(&str, &str) -> f64> Respondent for Program<Answer, Likely> {
    fn reply(&mut self, prompts: &[String]) -> Result<Vec<Option<Reply>>, EvalError> {
        let reply = |prompt: &String| (self.answer)(prompt).map(|text| Reply { text, truncated: false });
        Ok(prompts.iter().map(reply).collect())
    }

    fn log_likelihoods(
        &mut self,
        prompts: &[String],
        continuations: &[Vec<String>],
    ) -> Result<Vec<Option<Vec<LogLikelihood>>>, EvalError> {
        let of = |prompt: &String, texts: &Vec<String>| {
            texts.iter().map(|text| LogLikelihood { total: (self.likely)(prompt, text), tokens: 1 }).collect()
        };
        Ok(prompts.iter().zip(continuations).map(|(prompt, texts)| Some(of(prompt, texts))).collect())
    }
}

pub(crate) fn exam(
    bench: &str,
    graph: &Graph,
    settings: Value,
    respondent: &mut dyn Respondent,
) -> (Vec<Row>, Vec<Row>) {
    let exam = benchmark(bench).unwrap().exam(&Subject::Graph(Box::new(graph.clone())), settings).unwrap();
    (exam.sit(respondent).unwrap(), exam.baselines().unwrap())
}

pub(crate) fn answered(answer: impl Fn(&str) -> Option<String>) -> impl Respondent {
    Program { answer, likely: |_: &str, _: &str| 0.0 }
}

pub(crate) fn metric(row: &Row, name: &str) -> f64 {
    row.metrics[name].value
}

pub(crate) fn named<'rows>(rows: &'rows [Row], part: &str, who: &str) -> &'rows Row {
    rows.iter().find(|row| row.part == part && row.who == who).unwrap()
}

/// The communities with a class each, and a public split.
pub(crate) fn labelled() -> Graph {
    let plain = prompts::communities();
    let mut builder = GraphBuilder::new("labelled communities", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.features(plain.features().unwrap().clone()).unwrap();
    let classes = ["alpha", "beta", "gamma", "delta"].map(String::from).to_vec();
    builder.labels(Labels { classes, of_node: (0..400).map(|node| Some(node / 100)).collect() }).unwrap();
    let nodes = |rest: u32| (0..400).filter(|node| node % 5 == rest).collect::<Vec<u32>>();
    builder.split(NodeSplit { train: nodes(0), validation: nodes(1), test: nodes(2) }).unwrap();
    builder.build().unwrap()
}

#[test]
fn one_readable_class_is_an_answer_and_two_are_none() {
    let graph = labelled();
    let sit = |text: &'static str| {
        let mut respondent = answered(move |_| Some(text.to_owned()));
        exam("graph/node-classification", &graph, json!({}), &mut respondent).0.remove(0)
    };
    // Every class has as many test nodes as another.
    let constant = sit("<answer>alpha</answer>");
    assert_eq!((metric(&constant, "accuracy"), metric(&constant, "unread"), constant.questions), (0.25, 0.0, 80));
    // Precision 1/4, recall 1: F1 2/5 for one class of four.
    assert!((metric(&constant, "macro-F1") - 0.1).abs() < 1e-12);
    let both = sit("<answer>alpha or beta</answer>");
    assert_eq!((metric(&both, "accuracy"), metric(&both, "unread")), (0.0, 0.0));
    for unread in ["alpha", "<answer></answer>", "<answer>a class</answer>"] {
        let unread = sit(unread);
        assert_eq!((metric(&unread, "accuracy"), metric(&unread, "unread")), (0.0, 1.0));
    }
}

#[test]
fn prompts_that_do_not_fit_are_counted_apart() {
    let graph = labelled();
    let mut respondent = answered(|prompt| (prompt.len() % 2 == 0).then(|| "<answer>beta</answer>".to_owned()));
    let (rows, _) = exam("graph/node-classification", &graph, json!({}), &mut respondent);
    assert_eq!(rows[0].questions + rows[0].skipped, 80);
    let exam = benchmark("graph/node-classification").unwrap();
    let exam = exam.exam(&Subject::Graph(Box::new(graph)), json!({})).unwrap();
    assert!(matches!(exam.sit(&mut answered(|_| None)), Err(EvalError::NothingFits { questions: 80, .. })));
}

/// Lines of a section as names and values.
pub(crate) fn section<'prompt>(prompt: &'prompt str, title: &str) -> Vec<(&'prompt str, &'prompt str)> {
    let Some((_, rest)) = prompt.split_once(&format!("{title}:\n")) else { return Vec::new() };
    rest.lines().map_while(|line| line.split_once(": ")).take_while(|(name, _)| *name != "Options").collect()
}

pub(crate) fn options(prompt: &str) -> Vec<&str> {
    prompt.split_once("Options: ").unwrap().1.lines().next().unwrap().split(' ').collect()
}

#[test]
fn counting_the_classes_shown_scores_as_the_program_says() {
    let graph = labelled();
    let order = ["alpha", "beta", "gamma", "delta"];
    let mut respondent = answered(|prompt| {
        let mut counts: BTreeMap<&str, i32> = options(prompt).into_iter().map(|class| (class, 0)).collect();
        for (_, class) in section(prompt, "Classes") {
            // A class that is no option may be shown of a neighbour.
            if let Some(count) = counts.get_mut(class) {
                *count += 1;
            }
        }
        let place = |class: &str| order.iter().position(|other| *other == class);
        let best = counts.iter().max_by_key(|&(class, count)| (*count, std::cmp::Reverse(place(class)))).unwrap().0;
        Some(format!("<answer>{best}</answer>"))
    });
    for settings in [
        json!({ "shots": 3 }),
        json!({ "shots": 4, "shot_choice": "balanced", "neighbours": 4 }),
        json!({ "neighbours": 6, "hops": 2, "ways": 2, "shots": 2, "shot_choice": "similar" }),
    ] {
        let (rows, baselines) = exam("graph/node-classification", &graph, settings, &mut respondent);
        let expected = named(&baselines, "test nodes", "vote of the classes shown");
        assert!((metric(&rows[0], "accuracy") - metric(expected, "accuracy")).abs() < 1e-12);
        assert!(metric(expected, "accuracy") > 0.4, "communities are classes: {expected:?}");
    }
}

#[test]
fn shown_classes_are_those_of_training_nodes() {
    let graph = labelled();
    // As one more feature: the label stands among the words.
    let asked = std::cell::RefCell::new(Vec::new());
    let mut respondent = answered(|prompt| {
        asked.borrow_mut().push(prompt.to_owned());
        Some(String::new())
    });
    let settings = json!({ "neighbours": 8, "wording": "feature", "content": "words" });
    exam("graph/node-classification", &graph, settings, &mut respondent);
    let with_label = |prompt: &str| {
        let lines = section(prompt, "Features");
        let classes: BTreeSet<&str> = options(prompt).into_iter().collect();
        lines.iter().filter(|(_, words)| words.split(' ').any(|word| classes.contains(word))).count()
    };
    let shown: usize = asked.borrow().iter().map(|prompt| with_label(prompt)).sum();
    // One node in five is a training node.
    let neighbours: usize = asked.borrow().iter().map(|prompt| section(prompt, "Features").len() - 1).sum();
    assert!(shown > 0 && shown * 3 < neighbours, "{shown} of {neighbours}");
    for prompt in asked.borrow().iter() {
        let target = prompt.split_once("of node ").unwrap().1.split(' ').next().unwrap();
        let own = section(prompt, "Features").into_iter().find(|(name, _)| *name == target).unwrap();
        assert!(own.1.split(' ').all(|word| !options(prompt).contains(&word)), "{prompt}");
    }
}

#[test]
fn counting_common_neighbours_scores_as_the_program_says() {
    let graph = prompts::communities();
    let mut respondent = Program {
        answer: |_: &str| None::<String>,
        likely: |prompt: &str, text: &str| {
            let prompt = prompts::Prompt::read(prompt);
            let [left, right] = [0, 1].map(|end| &prompt.neighbours[&prompt.asked[end]]);
            let common = left.iter().filter(|node| right.contains(node)).count() as f64;
            if text.contains("yes") { common - 20.0 } else { -20.0 }
        },
    };
    let (rows, baselines) =
        exam("graph/link-prediction", &graph, json!({ "neighbours": 50, "samples": 60 }), &mut respondent);
    for part in ["random negatives", "degree-matched negatives", "two-hop negatives"] {
        let (found, expected) = (named(&rows, part, Row::MODEL), named(&baselines, part, "common neighbours"));
        for name in ["AUC", "Hits@20", "Hits@50"] {
            assert!((metric(found, name) - metric(expected, name)).abs() < 1e-12, "{part}: {name}");
        }
        assert_eq!((found.questions, found.skipped), (120, 0));
        assert!(!found.metrics.contains_key("Hits@100"), "{part}: of 60 negatives none is the 100th");
    }
    let area = |part| metric(named(&rows, part, Row::MODEL), "AUC");
    assert!(area("random negatives") > area("two-hop negatives"), "two-hop negatives are the hard ones");
    assert!((metric(named(&baselines, "random negatives", "constant"), "AUC") - 0.5).abs() < 1e-12);
}

#[test]
fn of_a_hub_as_many_neighbours_are_shown_as_of_any_node() {
    const LEAVES: u32 = 12_000;
    let mut builder = GraphBuilder::new("hub", LEAVES as usize + 1, Direction::Undirected);
    for leaf in 1..=LEAVES {
        builder.edge(0, leaf).unwrap();
        builder.edge(leaf, leaf % LEAVES + 1).unwrap();
    }
    let graph = builder.build().unwrap();
    let asked = std::cell::RefCell::new(Vec::new());
    let mut respondent = Program {
        answer: |_: &str| None::<String>,
        likely: |prompt: &str, _: &str| {
            asked.borrow_mut().push(prompts::Prompt::read(prompt));
            0.0
        },
    };
    let settings = json!({ "neighbours": 3, "samples": 300, "negatives": ["random"] });
    let (_, baselines) = exam("graph/link-prediction", &graph, settings, &mut respondent);
    // Two leaves side by side share the hub, which is listed by both; the hub shares two with a leaf.
    let hubs = asked
        .borrow()
        .iter()
        .filter(|prompt| prompt.asked.iter().any(|node| prompt.neighbours[node].len() == 3))
        .count();
    assert!(hubs > 100, "{hubs}");
    assert!(asked.borrow().iter().all(|prompt| prompt.asked.iter().all(|node| prompt.neighbours[node].len() <= 3)));
    // Every link to the hub has more common neighbours than two leaves that the hub alone joins, or as many.
    assert!(metric(named(&baselines, "random negatives", "common neighbours"), "AUC") > 0.5);
}

/// Relations that lead from one third of the entities to the next; one in eight triples is a test triple.
fn knowledge() -> Graph {
    let mut rng = TaskRng::new(5, "knowledge", Split::Train, 0);
    let mut builder = GraphBuilder::new("knowledge", 60, Direction::Directed);
    builder.relations((0..4).map(|relation| format!("rel{relation}")).collect());
    let mut held_out = HeldOutTriples::default();
    for source in 0..60_u32 {
        for _ in 0..6 {
            let relation = rng.below(4) as u32;
            let target = (source / 20 + 1) % 3 * 20 + rng.below(10) as u32 * (relation % 2 + 1);
            let edge = Edge { source, target, relation };
            match rng.below(8) {
                0 => held_out.test.push(edge),
                _ => builder.triple(source, relation, target).unwrap(),
            }
        }
    }
    held_out.test.sort_unstable();
    held_out.test.dedup();
    builder.held_out(held_out).unwrap();
    builder.node_names((0..60).map(|node| format!("entity {node}")).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn a_list_in_its_own_order_keeps_the_base_scorers_rank() {
    let graph = knowledge();
    let same = |prompt: &str| {
        let list = prompt.split_once("Candidates: ").unwrap().1.lines().next().unwrap().to_owned();
        Some(format!("<answer>{list}</answer>"))
    };
    let settings = json!({ "method": "rerank", "candidates": 15 });
    let (same, baselines) = exam("graph/completion", &graph, settings.clone(), &mut answered(same));
    let (unread, _) = exam("graph/completion", &graph, settings.clone(), &mut answered(|_| Some("?".into())));
    let (absent, _) = exam("graph/completion", &graph, settings, &mut answered(|_| None));
    for part in ["both sides", "head", "tail"] {
        let base = named(&baselines, part, "relation frequency");
        let model = named(&same, part, Row::MODEL);
        // Equals in the list are in random order: the rank lies between the two extremes.
        let (low, high) = (metric(base, "MRR pessimistic"), metric(base, "MRR optimistic"));
        assert!((low..=high).contains(&metric(model, "MRR")), "{low} {high} {model:?}");
        for other in [&unread, &absent] {
            assert!((metric(named(other, part, Row::MODEL), "MRR") - metric(model, "MRR")).abs() < 1e-12);
        }
    }
    assert_eq!(metric(&unread[0], "unread"), 1.0);
    assert_eq!(absent[0].skipped, absent[0].questions);
    let recall = metric(&same[0], "recall@m");
    assert!(metric(&same[0], "Hits@10") <= recall + 1e-12 && recall < 1.0, "{recall}");
}

#[test]
fn likelihood_ranks_every_entity() {
    let graph = knowledge();
    // Likely in proportion to how often the entity is a target: what the frequency of all relations together would say.
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for edge in graph.edges() {
        *counts.entry(format!("<answer>entity {}</answer>", edge.target)).or_default() += 1.0;
    }
    let mut respondent = Program {
        answer: |_: &str| None::<String>,
        likely: |_: &str, text: &str| counts.get(text).copied().unwrap_or(0.0),
    };
    let (rows, baselines) = exam("graph/completion", &graph, json!({ "method": "likelihood" }), &mut respondent);
    let mrr = |rows: &[Row], who| metric(named(rows, "tail", who), "MRR");
    assert!(mrr(&rows, Row::MODEL) > mrr(&baselines, "constant"));
    assert_eq!(rows[0].questions, 2 * graph.held_out().test.len() as u64);
    let refused = benchmark("graph/completion").unwrap();
    let settings = json!({ "method": "likelihood", "most_entities": 59 });
    assert!(
        refused.exam(&Subject::Graph(Box::new(graph)), settings).err().unwrap().to_string().contains("most_entities")
    );
}

#[test]
fn a_constant_scorer_is_ranked_between_first_and_last() {
    let (_, baselines) =
        exam("graph/completion", &knowledge(), json!({ "method": "likelihood" }), &mut answered(|_| None));
    let constant = named(&baselines, "both sides", "constant");
    assert_eq!(metric(constant, "MRR optimistic"), 1.0);
    // Of some fifty candidates left by the filter, all equal, the answer is the middle one.
    assert!((0.03..0.06).contains(&metric(constant, "MRR")), "{constant:?}");
    assert_eq!(metric(constant, "Hits@10"), 0.0);
}

#[test]
fn a_choice_of_few_is_not_reported_as_a_ranking_of_all() {
    let graph = knowledge();
    let right = |_: &str| Some("<answer>A</answer>".to_owned());
    let (rows, baselines) = exam("graph/completion", &graph, json!({ "options": 5 }), &mut answered(right));
    for row in rows.iter().chain(&baselines) {
        assert_eq!(row.part, "one of 5");
        assert!(row.metrics.keys().all(|name| !name.starts_with("Hits@")), "{row:?}");
    }
    let (ranked, _) = exam("graph/completion", &graph, json!({ "method": "rerank" }), &mut answered(right));
    assert!(ranked.iter().all(|row| row.part != "one of 5" && row.metrics.contains_key("Hits@1")));
}

#[test]
fn entities_that_only_test_triples_have_are_asked_for_like_all() {
    let seen = knowledge();
    let mut builder = GraphBuilder::new("unseen", 62, Direction::Directed);
    builder.relations(seen.relation_names().to_vec());
    for edge in seen.edges() {
        builder.triple(edge.source, edge.relation, edge.target).unwrap();
    }
    let unseen = [(60, 3), (61, 60)].map(|(source, target)| Edge { source, target, relation: 1 });
    builder.held_out(HeldOutTriples { test: unseen.to_vec(), ..HeldOutTriples::default() }).unwrap();
    builder.node_names((0..62).map(|node| format!("entity {node}")).collect()).unwrap();
    let graph = builder.build().unwrap();
    for method in ["choice", "rerank", "likelihood"] {
        let asked = std::cell::RefCell::new(Vec::new());
        let mut respondent = answered(|prompt| {
            asked.borrow_mut().push(prompt.to_owned());
            None
        });
        let exam = benchmark("graph/completion")
            .unwrap()
            .exam(&Subject::Graph(Box::new(graph.clone())), json!({ "method": method }))
            .unwrap();
        let questions = match exam.sit(&mut respondent) {
            Ok(rows) => rows[0].questions,
            Err(EvalError::NothingFits { questions, .. }) => questions as u64,
            Err(other) => panic!("{method}: {other}"),
        };
        // From both sides; nothing is known of an entity without triples, so that nothing is shown of it.
        assert_eq!(questions, 2 * unseen.len() as u64, "{method}");
        let of_stranger = asked.borrow().iter().filter(|prompt| prompt.contains("(entity 60, ")).count();
        assert!(method == "likelihood" || of_stranger == 1, "{method}");
        for row in exam.baselines().unwrap() {
            assert!(row.metrics.values().all(|estimate| estimate.value.is_finite()), "{method}: {row:?}");
        }
    }
}

#[test]
fn an_anonymised_exam_names_no_class_and_shows_no_text() {
    let plain = labelled();
    let mut builder = GraphBuilder::new("published", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.labels(plain.labels().unwrap().clone()).unwrap();
    builder.split(plain.split().unwrap().clone()).unwrap();
    builder.node_names((0..400).map(|node| format!("paper{node}")).collect()).unwrap();
    builder
        .node_texts((0..400).map(|node| format!("Title: paper{node} Abstract: on alpha and beta")).collect())
        .unwrap();
    let graph = builder.build().unwrap();
    let telling = |settings: Value| {
        let asked = std::cell::RefCell::new(Vec::new());
        let mut respondent = answered(|prompt| {
            asked.borrow_mut().push(prompt.to_owned());
            Some(String::new())
        });
        exam("graph/node-classification", &graph, settings, &mut respondent);
        let tells =
            |prompt: &&String| ["paper", "alpha", "beta", "gamma", "delta"].iter().any(|word| prompt.contains(word));
        let telling = asked.borrow().iter().filter(tells).count();
        (telling, asked.borrow().len())
    };
    let anonymised = json!({ "class_names": "symbols", "content": "none", "neighbours": 8, "shots": 8 });
    assert_eq!(telling(anonymised), (0, 80));
    assert_eq!(telling(json!({})), (80, 80), "the same check sees names and classes where they are shown");
}

#[test]
fn options_hold_one_true_answer_and_no_context_leads_to_one() {
    let graph = knowledge();
    let asked = std::cell::RefCell::new(Vec::new());
    let mut respondent = answered(|prompt| {
        asked.borrow_mut().push(prompt.to_owned());
        Some(String::new())
    });
    exam("graph/completion", &graph, json!({ "options": 5 }), &mut respondent);
    let held_out = &graph.held_out().test;
    let entity = |text: &str| text.trim().strip_prefix("entity ").unwrap().parse::<u32>().unwrap();
    assert_eq!(asked.borrow().len(), 2 * held_out.len());
    for prompt in asked.borrow().iter() {
        let pattern = prompt.split_once("the triple (").unwrap().1.split_once(')').unwrap().0;
        let [head, relation, tail] = pattern.split(", ").collect::<Vec<_>>()[..] else { panic!("{pattern}") };
        let relation: u32 = relation.strip_prefix("rel").unwrap().parse().unwrap();
        let options: Vec<u32> = prompt.lines().filter_map(|line| line.strip_prefix("- ")).map(entity).collect();
        let truths = options.iter().filter(|&&option| {
            let triple = if tail == "?" {
                Edge { source: entity(head), target: option, relation }
            } else {
                Edge { source: option, target: entity(tail), relation }
            };
            graph.edges().contains(&triple) || held_out.contains(&triple)
        });
        assert_eq!((truths.count(), options.len()), (1, 5), "{prompt}");
        let context = prompt.split_once("Options:").unwrap().0.split_once("Known:\n").map_or("", |(_, known)| known);
        for option in options {
            assert!(!context.contains(&format!("entity {option},")) && !context.contains(&format!("entity {option})")));
        }
    }
}

#[test]
fn an_ego_net_is_classified_without_naming_its_centre() {
    let graph = labelled();
    let mut respondent = answered(|prompt| {
        assert!(prompt.starts_with("Which class does this network belong to?"), "{prompt}");
        assert!(section(prompt, "Classes").is_empty() && section(prompt, "Features").len() > 1, "{prompt}");
        Some("<answer>gamma</answer>".into())
    });
    let (rows, baselines) = exam("graph/ego-classification", &graph, json!({ "content": "words" }), &mut respondent);
    assert_eq!(metric(&rows[0], "accuracy"), 0.25);
    assert!(metric(named(&baselines, "test nodes", "naive Bayes on words"), "accuracy") > 0.9);
}

#[test]
fn the_same_settings_ask_the_same_questions() {
    let (labelled, plain, knowledge) = (labelled(), prompts::communities(), knowledge());
    for (bench, graph) in [
        ("graph/node-classification", &labelled),
        ("graph/ego-classification", &labelled),
        ("graph/link-prediction", &plain),
        ("graph/completion", &knowledge),
    ] {
        let prompts = |seed: u64| {
            let asked = std::cell::RefCell::new(Vec::new());
            let mut respondent = Program {
                answer: |prompt: &str| {
                    asked.borrow_mut().push(prompt.to_owned());
                    Some(String::new())
                },
                likely: |prompt: &str, _: &str| {
                    asked.borrow_mut().push(prompt.to_owned());
                    0.0
                },
            };
            exam(bench, graph, json!({ "seed": seed, "samples": 20 }), &mut respondent);
            asked.into_inner()
        };
        assert_eq!(prompts(1), prompts(1), "{bench}");
        assert_ne!(prompts(1), prompts(2), "{bench}");
    }
}

#[test]
fn what_cannot_be_examined_says_why() {
    let (plain, knowledge) = (prompts::communities(), knowledge());
    let refused = |bench: &str, graph: &Graph, settings: Value| {
        benchmark(bench).unwrap().exam(&Subject::Graph(Box::new(graph.clone())), settings).err().unwrap().to_string()
    };
    assert!(refused("graph/node-classification", &plain, json!({})).contains("no classes"));
    assert!(refused("graph/link-prediction", &knowledge, json!({})).contains("relations"));
    assert!(refused("graph/completion", &plain, json!({})).contains("no test triples"));
    assert!(refused("graph/nlgraph", &plain, json!({})).contains("folder"));
    assert!(
        refused("graph/completion", &knowledge, json!({ "options": 1 }))
            .contains("`options` must be from 2 to 26, got 1")
    );
    assert!(refused("graph/completion", &knowledge, json!({ "opitons": 5 })).contains("did you mean `options`?"));
    assert!(
        benchmark("graph/link-predictoin").err().unwrap().to_string().contains("did you mean `graph/link-prediction`?")
    );
    for benchmark in benchmarks() {
        assert!(benchmark.defaults().is_object() && !benchmark.summary().is_empty());
    }
}
