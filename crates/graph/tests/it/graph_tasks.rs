//! What the graph tasks' questions are worth: a simple reader of the prompt does well, blind answers do no better than
//! chance, and evaluation asks for nothing that training showed.

use std::collections::{BTreeMap, BTreeSet};

use ssl4rl_graph::sample::owns_pair;
use ssl4rl_graph::tasks::attributes::masked_node_features::{
    Attribute, FeatureTruth, Form, MaskedNodeFeatures, MaskedNodeFeaturesConfig, Negatives,
};
use ssl4rl_graph::tasks::links::edge_prediction::{EdgeForm, EdgePrediction, EdgePredictionConfig, LinkNegatives};
use ssl4rl_graph::tasks::links::relation_prediction::{
    RelationNegatives, RelationPrediction, RelationPredictionConfig,
};
use ssl4rl_graph::tasks::patterns::subgraph_counting::{
    Pattern, Scope, Source, SubgraphCounting, SubgraphCountingConfig,
};
use ssl4rl_graph::{Direction, Graph, GraphBuilder};
use ssl4rl_tasks::conformance::{Settings, check};
use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Split, TaskRng, Verifier, protocol};

use crate::prompts::{self, Prompt, accuracy, samples, word_count};

const COUNT: u64 = 2_000;
/// Four standard errors of a share of one quarter over half of the questions.
const CHANCE_LIMIT: f64 = 0.25 + 4.0 * 0.0137;

type Drawn = Vec<(ChoiceTruth, Prompt)>;

fn features(graph: &Graph, split: Split) -> Drawn {
    let task = MaskedNodeFeatures::new(MaskedNodeFeaturesConfig::default()).unwrap();
    let choice = |truth: FeatureTruth| match truth {
        FeatureTruth::Choice(choice) => choice,
        FeatureTruth::Open { .. } => panic!("the default form has options"),
    };
    samples(&task, graph, split, COUNT).into_iter().map(|(sample, prompt)| (choice(sample.truth), prompt)).collect()
}

fn edges(graph: &Graph, split: Split) -> Drawn {
    let task = EdgePrediction::new(EdgePredictionConfig::default()).unwrap();
    samples(&task, graph, split, COUNT).into_iter().map(|(sample, prompt)| (sample.truth, prompt)).collect()
}

fn relations(graph: &Graph, split: Split) -> Drawn {
    let task = RelationPrediction::new(RelationPredictionConfig::default()).unwrap();
    samples(&task, graph, split, COUNT).into_iter().map(|(sample, prompt)| (sample.truth, prompt)).collect()
}

/// The first option with the highest score.
fn best(scores: &[usize]) -> usize {
    let top = scores.iter().max().copied().unwrap_or_default();
    scores.iter().position(|&score| score == top).unwrap_or_default()
}

fn share_right(drawn: &Drawn, choose: impl Fn(&ChoiceTruth, &Prompt) -> usize) -> f64 {
    accuracy(drawn.iter().map(|(truth, prompt)| choose(truth, prompt) == truth.correct))
}

/// The option that stands most often before the list of options.
fn most_mentioned(truth: &ChoiceTruth, prompt: &Prompt) -> usize {
    let context = prompt.text.split("Options:").next().unwrap_or_default();
    let words: Vec<&str> = context.split([' ', '\n']).collect();
    let mentions = |option: &String| {
        if option.contains(' ') {
            context.matches(option.as_str()).count()
        } else {
            words.iter().filter(|word| *word == option).count()
        }
    };
    best(&truth.options.iter().map(mentions).collect::<Vec<_>>())
}

/// The candidate that shares most listed neighbours with the node asked about.
fn most_shared(truth: &ChoiceTruth, prompt: &Prompt) -> usize {
    let own = &prompt.neighbours[&prompt.asked[0]];
    let shared = |option: &String| prompt.neighbours[option].iter().filter(|node| own.contains(node)).count();
    best(&truth.options.iter().map(shared).collect::<Vec<_>>())
}

/// The candidate whose neighbours are best connected: looks at everything but the node asked about.
fn best_connected(truth: &ChoiceTruth, prompt: &Prompt) -> usize {
    let reach =
        |option: &String| prompt.neighbours[option].iter().map(|node| prompt.neighbours[node].len()).sum::<usize>();
    best(&truth.options.iter().map(reach).collect::<Vec<_>>())
}

/// The candidate with most listed neighbours.
fn most_neighbours(truth: &ChoiceTruth, prompt: &Prompt) -> usize {
    best(&truth.options.iter().map(|option| prompt.neighbours[option].len()).collect::<Vec<_>>())
}

/// How often the option that is most often right elsewhere is right here: learnt on one half, used on the other.
fn commonest(drawn: &Drawn) -> f64 {
    let mut frequency: BTreeMap<&str, usize> = BTreeMap::new();
    let (learnt, used) = drawn.split_at(drawn.len() / 2);
    for (truth, _) in learnt {
        *frequency.entry(&truth.options[truth.correct]).or_default() += 1;
    }
    accuracy(used.iter().map(|(truth, _)| {
        let seen = |option: &String| frequency.get(option.as_str()).copied().unwrap_or_default();
        best(&truth.options.iter().map(seen).collect::<Vec<_>>()) == truth.correct
    }))
}

fn mean_words(drawn: &Drawn) -> usize {
    drawn.iter().map(|(_, prompt)| word_count(&prompt.text)).sum::<usize>() / drawn.len()
}

fn assert_blind_is_chance(name: &str, drawn: &Drawn) {
    let last = share_right(drawn, |truth, _| truth.options.len() - 1);
    let known = commonest(drawn);
    assert!(last < CHANCE_LIMIT, "{name}: the last option is right with {last}");
    assert!(known < CHANCE_LIMIT, "{name}: the option most often right is right with {known}");
}

fn assert_short(name: &str, drawn: &Drawn) {
    let words = mean_words(drawn);
    assert!((40..=110).contains(&words), "{name}: {words} words");
}

#[test]
fn hidden_features_can_be_told_from_the_neighbourhood_only() {
    let communities = prompts::communities();
    for (name, graph, floor) in [("communities", Some(&communities), 0.75), ("cora", prompts::cora(), 0.85)] {
        let Some(graph) = graph else { continue };
        for split in [Split::Train, Split::HeldOut] {
            let drawn = features(graph, split);
            let mentioned = share_right(&drawn, most_mentioned);
            assert!(mentioned >= floor, "{name}: {mentioned}");
            assert_blind_is_chance(name, &drawn);
            assert_short(name, &drawn);
        }
    }
}

#[test]
fn hidden_links_can_be_told_from_shared_neighbours_only() {
    let communities = prompts::communities();
    for (name, graph) in [("communities", Some(&communities)), ("cora", prompts::cora()), ("pubmed", prompts::pubmed())]
    {
        let Some(graph) = graph else { continue };
        for split in [Split::Train, Split::HeldOut] {
            let drawn = edges(graph, split);
            let shared = share_right(&drawn, most_shared);
            assert!(shared >= 0.8, "{name}: {shared}");
            for (rule, choose) in [
                ("most mentioned", most_mentioned as fn(&ChoiceTruth, &Prompt) -> usize),
                ("best connected", best_connected),
                ("most neighbours", most_neighbours),
            ] {
                let earned = share_right(&drawn, choose);
                assert!(earned < CHANCE_LIMIT, "{name}: {rule} is right with {earned}");
            }
            assert_blind_is_chance(name, &drawn);
            assert_short(name, &drawn);
        }
    }
}

#[test]
fn hidden_relations_can_be_told_from_other_triples() {
    let Some(graph) = prompts::fb15k_237() else { return };
    for split in [Split::Train, Split::HeldOut] {
        let drawn = relations(graph, split);
        let mentioned = share_right(&drawn, most_mentioned);
        assert!(mentioned >= 0.7, "{mentioned}");
        assert_blind_is_chance("fb15k-237", &drawn);
        assert_short("fb15k-237", &drawn);
    }
}

#[test]
fn counts_are_even_and_no_constant_beats_the_stated_chance() {
    let communities = prompts::communities();
    let patterns = [Pattern::Edges, Pattern::Wedges, Pattern::Triangles, Pattern::FourCycles, Pattern::FourCliques];
    for graph in [Some(&communities), prompts::cora()].into_iter().flatten() {
        for pattern in patterns {
            for scope in [Scope::Graph, Scope::Node] {
                for source in [Source::Walk, Source::EgoNet] {
                    let config =
                        SubgraphCountingConfig { patterns: vec![pattern], scope, source, ..Default::default() };
                    assert_even(graph, config);
                }
            }
        }
    }
}

fn assert_even(graph: &Graph, config: SubgraphCountingConfig) {
    let name = format!("{config:?}");
    let task = SubgraphCounting::new(config).unwrap();
    let drawn = samples(&task, graph, Split::Train, 400);
    let chance = drawn.iter().map(|(sample, _)| f64::from(task.chance(&sample.truth))).sum::<f64>() / 400.0;
    for constant in 0..30 {
        let answer = protocol::wrap(&constant.to_string());
        let score = |truth| f64::from(task.verifier().verify(&answer, truth).score);
        let earned = drawn.iter().map(|(sample, _)| score(&sample.truth)).sum::<f64>() / 400.0;
        assert!(earned < chance + 4.0 * 0.5 / 20.0, "{name}: {constant} earns {earned}, chance is {chance}");
    }
}

/// An independent count: every set of three nodes, every ordered choice of four.
#[test]
fn counts_agree_with_the_graph_that_is_shown() {
    let graph = prompts::communities();
    let config = SubgraphCountingConfig {
        patterns: vec![Pattern::Edges, Pattern::Wedges, Pattern::Triangles, Pattern::FourCycles],
        scope: Scope::Both,
        ..Default::default()
    };
    let task = SubgraphCounting::new(config).unwrap();
    for (sample, prompt) in samples(&task, &graph, Split::Train, 500) {
        let counted = count_by_hand(&prompt);
        assert!((sample.truth.number.value - counted as f64).abs() < 1e-9, "{counted}: {}", prompt.text);
    }
}

fn count_by_hand(prompt: &Prompt) -> usize {
    let names: Vec<&String> = prompt.neighbours.keys().collect();
    let linked = |left: usize, right: usize| prompt.neighbours[names[left]].contains(names[right]);
    let asked = prompt.asked.first().map(|asked| names.iter().position(|name| *name == asked).unwrap());
    let counts = |nodes: &[usize]| asked.is_none_or(|asked| nodes.contains(&asked));
    let all = 0..names.len();
    let question = prompt.text.lines().next().unwrap();
    let ordered = |length: u32| {
        let size = names.len();
        (0..size.pow(length)).filter_map(move |mut code| {
            let nodes: Vec<usize> = (0..length)
                .map(|_| {
                    let node = code % size;
                    code /= size;
                    node
                })
                .collect();
            (nodes.iter().collect::<BTreeSet<_>>().len() == nodes.len()).then_some(nodes)
        })
    };
    if question.contains("paths") {
        ordered(3).filter(|path| counts(path) && linked(path[0], path[1]) && linked(path[1], path[2])).count() / 2
    } else if question.contains("triangles") {
        let closed = |three: &Vec<usize>| (0..3).all(|at| linked(three[at], three[(at + 1) % 3]));
        ordered(3).filter(|three| counts(three) && closed(three)).count() / 6
    } else if question.contains("cycles") {
        let closed = |four: &Vec<usize>| (0..4).all(|at| linked(four[at], four[(at + 1) % 4]));
        ordered(4).filter(|four| counts(four) && closed(four)).count() / 8
    } else {
        all.clone()
            .flat_map(|left| all.clone().map(move |right| (left, right)))
            .filter(|&(left, right)| left < right && counts(&[left, right]) && linked(left, right))
            .count()
    }
}

/// Every form and every negative of every task passes the conformance kit where its options are exchangeable.
#[test]
fn the_tasks_of_a_default_run_conform_on_a_generated_graph_and_on_real_ones() {
    let communities = prompts::communities();
    let graphs = [Some(&communities), prompts::cora(), prompts::fb15k_237()];
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let settings = Settings { samples: 1_000, ..Settings::default() };
    for graph in graphs.into_iter().flatten() {
        // The others are held to the laws over the same kinds of graphs in `conformance::registry`.
        for (name, _) in registry.tasks().filter(|(name, _)| registry.by_default(name).unwrap()) {
            if registry.build(name, None).unwrap().check_input(graph).is_ok() {
                let report = check(|| registry.build(name, None), graph, &settings).unwrap();
                assert!(report.holds(), "{} on {}\n{report}", name, graph.name());
            }
        }
    }
}

#[test]
fn other_forms_conform_too() {
    let communities = prompts::communities();
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let settings = Settings { samples: 1_000, ..Settings::default() };
    let edge = |form, answer_style| {
        ("graph/edge-prediction", json(&EdgePredictionConfig { form, answer_style, ..Default::default() }))
    };
    let feature = |form, answer_style| {
        ("graph/masked-node-features", json(&MaskedNodeFeaturesConfig { form, answer_style, ..Default::default() }))
    };
    let forms = [
        edge(EdgeForm::YesNo, AnswerStyle::Text),
        edge(EdgeForm::Choice, AnswerStyle::Letter),
        feature(Form::Open, AnswerStyle::Text),
        feature(Form::Choice, AnswerStyle::Letter),
    ];
    for (name, config) in forms {
        let report = check(|| registry.build(name, Some(config.clone())), &communities, &settings).unwrap();
        assert!(report.holds(), "{config}\n{report}");
    }
}

fn json(config: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(config).unwrap()
}

#[test]
fn every_kind_of_negative_makes_questions_with_one_right_option() {
    let communities = prompts::communities();
    for negatives in [Negatives::Uniform, Negatives::Frequency, Negatives::Neighbourhood] {
        let task = MaskedNodeFeatures::new(MaskedNodeFeaturesConfig { negatives, ..Default::default() }).unwrap();
        for (sample, _) in samples(&task, &communities, Split::Train, 200) {
            let verdict = task.verifier().verify(&task.oracle(&sample.truth), &sample.truth);
            assert!(verdict.exact);
        }
    }
    for negatives in [LinkNegatives::Uniform, LinkNegatives::DegreeMatched, LinkNegatives::TwoHop] {
        let task = EdgePrediction::new(EdgePredictionConfig { negatives, ..Default::default() }).unwrap();
        assert_eq!(samples(&task, &communities, Split::HeldOut, 200).len(), 200);
    }
    let Some(graph) = prompts::fb15k_237() else { return };
    for negatives in [RelationNegatives::Uniform, RelationNegatives::Frequency, RelationNegatives::TypeCompatible] {
        let task = RelationPrediction::new(RelationPredictionConfig { negatives, ..Default::default() }).unwrap();
        assert_eq!(samples(&task, graph, Split::Train, 200).len(), 200);
    }
}

#[test]
fn a_graph_with_few_known_features_is_refused_in_words() {
    let Some(graph) = prompts::pubmed() else { return };
    let task = MaskedNodeFeatures::new(MaskedNodeFeaturesConfig::default()).unwrap();
    let reason = task.unusable(graph).unwrap();
    assert!(reason.contains("known of only 1060 of its 19717 nodes"), "{reason}");
}

#[test]
fn titles_can_be_hidden() {
    let Some(graph) = prompts::cora().filter(|graph| graph.node_texts().is_some()) else { return };
    let config = MaskedNodeFeaturesConfig { attribute: Attribute::Title, neighbours: 3, ..Default::default() };
    let task = MaskedNodeFeatures::new(config).unwrap();
    for (sample, prompt) in samples(&task, graph, Split::Train, 200) {
        let FeatureTruth::Choice(choice) = &sample.truth else { panic!("a title is chosen") };
        let context = prompt.text.split("Options:").next().unwrap();
        assert!(choice.options.iter().all(|option| !context.contains(option.as_str())), "{}", prompt.text);
    }
}

#[test]
fn targets_of_the_splits_are_disjoint_and_one_edge_in_ten_is_held_out() {
    let graph = prompts::communities();
    let held_out = graph.edges().iter().filter(|edge| owns_pair(Split::HeldOut, edge.source, edge.target)).count();
    let share = held_out as f64 / graph.edges().len() as f64;
    assert!((0.06..0.14).contains(&share), "{share}");
    for edge in graph.edges() {
        let (left, right) = (edge.source, edge.target);
        assert_ne!(owns_pair(Split::HeldOut, left, right), owns_pair(Split::Train, left, right));
        assert_eq!(owns_pair(Split::HeldOut, left, right), owns_pair(Split::HeldOut, right, left));
    }
}

#[test]
fn a_graph_that_cannot_carry_a_task_says_why() {
    let build = |nodes: usize, edges: &[(u32, u32)]| {
        let mut builder = GraphBuilder::new("small", nodes, Direction::Undirected);
        for &(left, right) in edges {
            builder.edge(left, right).unwrap();
        }
        builder.build().unwrap()
    };
    let features = MaskedNodeFeatures::new(MaskedNodeFeaturesConfig::default()).unwrap();
    let edges = EdgePrediction::new(EdgePredictionConfig::default()).unwrap();
    let counting = SubgraphCounting::new(SubgraphCountingConfig::default()).unwrap();
    let (empty, path) = (build(20, &[]), build(20, &[(0, 1), (1, 2), (2, 3), (3, 4)]));
    let triangle = build(3, &[(0, 1), (1, 2), (2, 0)]);
    let says = |reason: Option<String>, part: &str| {
        let reason = reason.unwrap();
        assert!(reason.contains(part), "{reason}");
    };
    says(features.unusable(&empty), "no edges");
    says(edges.unusable(&empty), "no edges");
    says(counting.unusable(&empty), "no edges");
    says(features.unusable(&path), "no features");
    says(edges.unusable(&path), "1 common neighbour,");
    says(edges.unusable(&triangle), "only 3 nodes");
    says(counting.unusable(&triangle), "only 3 nodes");
}

#[test]
fn knobs_out_of_range_are_named() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let cases = [
        ("graph/masked-node-features", r#"{"options": 1}"#, "`options` must be between 2 and 10, got 1"),
        (
            "graph/masked-node-features",
            r#"{"writing": {"encoder": "incidnt"}}"#,
            "`writing.encoder` must be a known encoder, got `incidnt`; did you mean `incident`?",
        ),
        ("graph/masked-node-features", r#"{"form": "open", "attribute": "title"}"#, "`form`"),
        ("graph/masked-node-features", r#"{"attribute": "title", "writing": {"naming": "real"}}"#, "`writing.naming`"),
        ("graph/edge-prediction", r#"{"support": 3}"#, "at most neighbours (2)"),
        ("graph/edge-prediction", r#"{"suport": 3}"#, "unknown knob `suport`; did you mean `support`?"),
        ("graph/subgraph-counting", r#"{"patterns": []}"#, "`patterns` must be at least one pattern"),
        ("graph/subgraph-counting", r#"{"min_nodes": 9}"#, "`max_nodes` must be between 9 and 30, got 8"),
    ];
    for (task, config, expected) in cases {
        let config = serde_json::from_str(config).unwrap();
        let error = registry.build(task, Some(config)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_its_knob_and_its_meaning() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let cases = [
        (
            r#"{"options": "many"}"#,
            "`options` must be a whole number, 0 or more, got \"many\"\nhint: `options`: Number of ",
        ),
        (r#"{"options": -2}"#, "`options` must be a whole number, 0 or more, got -2\nhint: `options`: Number of "),
        (r#"{"writing": 3}"#, "`writing` must be a section, got 3\nhint: `writing` has `writing.encoder`, "),
        (r#"{"support": 0, "writing": {"edge_order": "up"}}"#, "`writing.edge_order` must be one of `random`, `bfs`, "),
        (r#"{"form": 4}"#, "`form` must be one of its names, got 4"),
        (r#"{"naming": "letters"}"#, "unknown knob `naming`; did you mean `writing.naming`?"),
        (r#"{"max_nodes": 9}"#, "unknown knob `max_nodes`; `graph/edge-prediction` has `form`, "),
    ];
    for (config, expected) in cases {
        let config = serde_json::from_str(config).unwrap();
        let error = registry.build("graph/edge-prediction", Some(config)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn every_level_of_every_task_makes_questions() {
    let communities = prompts::communities();
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    for (name, _) in registry.tasks() {
        for level in registry.levels(name, None).unwrap() {
            let task = registry.build(name, Some(level.clone())).unwrap();
            if task.check_input(&communities).is_ok() {
                for index in 0..20 {
                    let mut rng = TaskRng::new(1, name, Split::Train, index);
                    let sample = task.sample(&communities, &mut rng, index);
                    assert!(sample.is_ok(), "{level}: {}", sample.err().unwrap());
                }
            }
        }
    }
}

#[test]
fn a_section_given_in_part_keeps_its_other_knobs() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let given = serde_json::json!({"writing": {"naming": "letters"}});
    let task = registry.build("graph/edge-prediction", Some(given)).unwrap();
    assert_eq!(task.config()["writing"]["naming"], "letters");
    assert_eq!(task.config()["writing"]["encoder"], "incident");
    assert_eq!(task.config()["options"], 4);
}
