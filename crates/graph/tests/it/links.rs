//! Tasks about hidden, false and missing links: truths against the graph they come from, verdicts by hand.

#![expect(clippy::float_cmp, reason = "scores and chances are exact by hand calculation")]

use std::collections::BTreeSet;

use ssl4rl_graph::question::WritingConfig;
use ssl4rl_graph::sample::owns_pair;
use ssl4rl_graph::tasks::links::edge_prediction::{EdgeForm, EdgePrediction, EdgePredictionConfig};
use ssl4rl_graph::tasks::links::link_probability::{
    LinkProbability, LinkProbabilityConfig, ProbabilityTruth, ProbabilityVerifier,
};
use ssl4rl_graph::tasks::links::masked_edges::{MaskedEdges, MaskedEdgesConfig};
use ssl4rl_graph::tasks::links::path_completion::PathCompletion;
use ssl4rl_graph::tasks::links::relation_prediction::RelationPrediction;
use ssl4rl_graph::tasks::links::spurious_edges::{Fakes, SpuriousEdges, SpuriousEdgesConfig};
use ssl4rl_graph::tasks::links::triple_completion::TripleCompletion;
use ssl4rl_graph::tasks::links::triple_corruption::TripleCorruption;
use ssl4rl_graph::tasks::processes::citation_direction::CitationDirection;
use ssl4rl_graph::{Direction, Graph, GraphBuilder, Node, generate};
use ssl4rl_tasks::{PretextTask, Split, TaskRng, Verifier, protocol};

use crate::leaks::context_of;
use crate::prompts::{self, Prompt, samples};
use crate::triples::knowledge;

pub(crate) const SPLITS: [Split; 3] = [Split::Train, Split::WarmStart, Split::HeldOut];

pub(crate) fn real_names() -> WritingConfig {
    WritingConfig { naming: "real".into(), ..WritingConfig::default() }
}

/// The communities with names that give every node away.
fn named_communities() -> Graph {
    let plain = prompts::communities();
    let mut builder = GraphBuilder::new("named communities", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.node_names((0..plain.node_count()).map(|node| format!("n{node}")).collect()).unwrap();
    builder.build().unwrap()
}

pub(crate) fn node(name: &str) -> Node {
    name[1..].parse().unwrap()
}

fn shown(prompt: &Prompt) -> Vec<(Node, Node)> {
    prompt.pairs().iter().map(|(left, right)| (node(left), node(right))).collect()
}

/// Whatever the encoder cannot read, a degree or the text of a node, is refused.
fn assert_graph_alone<Task: PretextTask<Input = Graph>>(graph: &Graph)
where
    Task::Config: Default,
{
    let task = Task::new(Task::Config::default()).unwrap();
    for (_, prompt) in samples(&task, graph, Split::Train, 60) {
        let (_, text) = prompt.text.split_once("Around them:").unwrap_or(("", &prompt.text));
        assert!(context_of("incident", text).node_names.len() > 2, "{}", prompt.text);
    }
}

#[test]
fn around_what_is_hidden_stands_the_encoders_text_and_nothing_else() {
    assert_graph_alone::<LinkProbability>(&named_communities());
    assert_graph_alone::<MaskedEdges>(&named_communities());
    let graph = knowledge();
    assert_graph_alone::<RelationPrediction>(&graph);
    assert_graph_alone::<TripleCompletion>(&graph);
    assert_graph_alone::<TripleCorruption>(&graph);
    assert_graph_alone::<PathCompletion>(&graph);
    assert_graph_alone::<CitationDirection>(&graph);
}

/// The communities as citations: every edge leads both ways, as two records.
fn both_ways() -> Graph {
    let plain = prompts::communities();
    let mut builder = GraphBuilder::new("both ways", plain.node_count(), Direction::Directed);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
        builder.edge(edge.target, edge.source).unwrap();
    }
    builder.node_names((0..plain.node_count()).map(|node| format!("n{node}")).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn hidden_edges_that_lead_both_ways_are_hidden_both_ways() {
    let graph = both_ways();
    let writing = || WritingConfig { naming: "real".into(), encoder: "adjacency".into(), ..WritingConfig::default() };
    let shown = |prompt: &Prompt| -> BTreeSet<(String, String)> {
        let scene = context_of("adjacency", &prompt.text);
        scene
            .named_edges()
            .map(|(left, _, right, _)| (left.min(right).to_owned(), left.max(right).to_owned()))
            .collect()
    };
    let sorted = |left: &str, right: &str| (left.min(right).to_owned(), left.max(right).to_owned());
    let edges = EdgePrediction::new(EdgePredictionConfig { writing: writing(), ..Default::default() }).unwrap();
    for (sample, prompt) in samples(&edges, &graph, Split::Train, 200) {
        let right = &sample.truth.options[sample.truth.correct];
        assert!(!shown(&prompt).contains(&sorted(&prompt.asked[0], right)), "{}", prompt.text);
    }
    let likely = LinkProbability::new(LinkProbabilityConfig { writing: writing(), ..Default::default() }).unwrap();
    for (_, prompt) in samples(&likely, &graph, Split::Train, 200) {
        assert!(!shown(&prompt).contains(&sorted(&prompt.asked[0], &prompt.asked[1])), "{}", prompt.text);
    }
    let masked = MaskedEdges::new(MaskedEdgesConfig { writing: writing(), ..Default::default() }).unwrap();
    for (sample, prompt) in samples(&masked, &graph, Split::Train, 200) {
        let truth = &sample.truth;
        let hidden = |&(left, right): &(u32, u32)| sorted(truth.shown.name(left), truth.shown.name(right));
        let shown = shown(&prompt);
        assert!(!truth.right.iter().any(|edge| shown.contains(&hidden(edge))), "{}", prompt.text);
    }
}

#[test]
fn probabilities_are_paid_by_the_brier_score() {
    let score = |answer: &str, linked, decision| {
        ProbabilityVerifier.verify(&protocol::wrap(answer), &ProbabilityTruth { linked, decision })
    };
    for (answer, linked, expected) in [
        ("1", true, 1.0),
        ("0", false, 1.0),
        ("100%", true, 1.0),
        ("0.5", true, 0.75),
        ("0.5", false, 0.75),
        ("50 %", false, 0.75),
        (".5", true, 0.75),
        ("0", true, 0.0),
        ("1.0", false, 0.0),
        ("0.75", true, 0.9375),
        ("1.5", true, 0.0),
        ("-0.5", false, 0.0),
        ("yes", true, 0.0),
        ("0.2 or 0.8", true, 0.0),
        ("", true, 0.0),
    ] {
        let verdict = score(answer, linked, 0.0);
        assert_eq!((verdict.score, verdict.exact), (expected, expected >= 1.0), "{answer}");
    }
    assert!(!score("0.999999999999", true, 0.0).exact, "nearly sure is not sure");
    assert!(score("0.999999999999", true, 0.0).score < 1.0);
    // Half of 0.9375 and of a right decision; half of 0.75 and of half a decision.
    assert_eq!([score("0.75", true, 0.5).score, score("0.5", true, 0.5).score], [0.96875, 0.625]);
}

#[test]
fn one_half_earns_the_stated_chance_and_no_constant_more() {
    for decision in [0.0, 0.5, 1.0] {
        let task = LinkProbability::new(LinkProbabilityConfig { decision, ..Default::default() }).unwrap();
        for percent in 0..=100 {
            let answer = protocol::wrap(&format!("{}", f64::from(percent) / 100.0));
            let earned: f32 = [true, false]
                .map(|linked| ProbabilityVerifier.verify(&answer, &ProbabilityTruth { linked, decision }).score)
                .iter()
                .sum();
            assert!(earned / 2.0 <= task.chance(&ProbabilityTruth { linked: true, decision }) + 1e-6, "{percent}");
        }
    }
}

#[test]
fn probability_questions_hide_the_link_and_are_balanced() {
    let graph = named_communities();
    let config = LinkProbabilityConfig { writing: real_names(), ..Default::default() };
    let task = LinkProbability::new(config).unwrap();
    for split in SPLITS {
        let mut linked = 0.0;
        for (sample, prompt) in samples(&task, &graph, split, 1_000) {
            let (left, right) = (node(&prompt.asked[0]), node(&prompt.asked[1]));
            assert_eq!(graph.adjacent(left, right), sample.truth.linked);
            assert!(!sample.truth.linked || owns_pair(split, left, right));
            let pairs = shown(&prompt);
            assert!(pairs.iter().all(|&(one, other)| !owns_pair(Split::HeldOut, one, other)));
            assert!(!pairs.contains(&(left, right)) && !pairs.contains(&(right, left)));
            linked += f64::from(u8::from(sample.truth.linked));
        }
        assert!((linked / 1_000.0 - 0.5).abs() < 4.0 * 0.0158, "{split:?}: {linked}");
    }
}

#[test]
fn added_edges_are_edges_of_no_split_and_all_others_are_real() {
    let graph = named_communities();
    for (added, fakes) in [(1, Fakes::Far), (2, Fakes::TwoHop), (3, Fakes::Uniform)] {
        let config = SpuriousEdgesConfig { added, fakes, writing: real_names(), ..Default::default() };
        let task = SpuriousEdges::new(config).unwrap();
        for split in SPLITS {
            for (sample, prompt) in samples(&task, &graph, split, 100) {
                let truth = &sample.truth;
                let name = |id: u32| node(truth.shown.name(id));
                let right: BTreeSet<(Node, Node)> = truth
                    .right
                    .iter()
                    .map(|&(left, right)| (name(left).min(name(right)), name(left).max(name(right))))
                    .collect();
                assert_eq!(right.len(), added);
                let pairs = shown(&prompt);
                assert_eq!(pairs.len(), truth.candidates);
                for (left, right_end) in pairs {
                    let false_edge = right.contains(&(left.min(right_end), left.max(right_end)));
                    assert_eq!(graph.adjacent(left, right_end), !false_edge);
                    assert!(!false_edge || owns_pair(split, left, right_end));
                    assert!(false_edge || !owns_pair(Split::HeldOut, left, right_end), "a held-out edge is shown");
                }
            }
        }
    }
}

#[test]
fn naming_all_edges_earns_the_stated_chance() {
    let task = SpuriousEdges::new(SpuriousEdgesConfig { added: 2, ..Default::default() }).unwrap();
    for (sample, prompt) in samples(&task, &prompts::communities(), Split::Train, 200) {
        let all: Vec<String> = prompt.pairs().iter().map(|(left, right)| format!("({left}, {right})")).collect();
        let verdict = task.verifier().verify(&protocol::wrap(&all.join(" ")), &sample.truth);
        assert!((verdict.score - task.chance(&sample.truth)).abs() < 1e-6);
    }
}

#[test]
fn added_edges_lead_farther_than_real_ones() {
    // Without an added edge its ends are three or more steps apart; so it closes neither a triangle nor a square.
    let task = SpuriousEdges::new(SpuriousEdgesConfig::default()).unwrap();
    for (sample, _) in samples(&task, &prompts::communities(), Split::Train, 300) {
        let (left, right) = sample.truth.right[0];
        let near: BTreeSet<u32> = sample.truth.shown.successors(left).into_iter().collect();
        assert!(sample.truth.shown.successors(right).iter().all(|node| !near.contains(node)));
    }
}

#[test]
fn hidden_edges_belong_to_the_split_and_no_prompt_shows_a_held_out_one() {
    let graph = named_communities();
    let task = MaskedEdges::new(MaskedEdgesConfig { writing: real_names(), ..Default::default() }).unwrap();
    for split in SPLITS {
        for (sample, prompt) in samples(&task, &graph, split, 200) {
            let truth = &sample.truth;
            let pairs = shown(&prompt);
            assert!(pairs.iter().all(|&(left, right)| !owns_pair(Split::HeldOut, left, right)), "{}", prompt.text);
            for &(left, right) in &truth.right {
                let (left, right) = (node(truth.shown.name(left)), node(truth.shown.name(right)));
                assert!(graph.adjacent(left, right) && owns_pair(split, left, right));
                assert!(!pairs.contains(&(left, right)) && !pairs.contains(&(right, left)));
                let stub = |end| prompt.text.lines().next().unwrap().contains(&format!(" n{end}: "));
                assert!(stub(left) && stub(right), "{}", prompt.text);
            }
        }
    }
}

#[test]
fn chance_of_hidden_edges_by_trying_all_pairs_of_pairs() {
    let task = MaskedEdges::new(MaskedEdgesConfig::default()).unwrap();
    for (sample, _) in samples(&task, &prompts::communities(), Split::Train, 200) {
        let truth = &sample.truth;
        let nodes = truth.shown.node_count() as u32;
        let free: Vec<(u32, u32)> = (0..nodes)
            .flat_map(|left| (left + 1..nodes).map(move |right| (left, right)))
            .filter(|&(left, right)| !truth.shown.links(left, right))
            .collect();
        let ends = |edges: &[(u32, u32)]| {
            let mut ends: Vec<u32> = edges.iter().flat_map(|&(left, right)| [left, right]).collect();
            ends.sort_unstable();
            ends
        };
        let wanted = ends(&truth.right);
        let ways: Vec<[(u32, u32); 2]> = free
            .iter()
            .enumerate()
            .flat_map(|(at, &one)| free[at + 1..].iter().map(move |&other| [one, other]))
            .filter(|way| ends(way) == wanted)
            .collect();
        assert!(ways.len() > 1);
        let overlap = |way: &[(u32, u32); 2]| -> usize {
            ways.iter().map(|other| way.iter().filter(|edge| other.contains(edge)).count()).sum()
        };
        let best = ways.iter().map(overlap).max().unwrap() as f32 / (2 * ways.len()) as f32;
        // Or every edge of any way: F1 of both hidden ones among so many.
        let named: BTreeSet<(u32, u32)> = ways.iter().flatten().copied().collect();
        let best = best.max(4.0 / (2 + named.len()) as f32);
        assert!((task.chance(truth) - best).abs() < 1e-6);
    }
}

#[test]
fn graphs_with_and_without_relations_have_tasks_of_their_own() {
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let reason = |task: &str, graph: &Graph| match registry.build(task, None).unwrap().check_input(graph) {
        Ok(()) => String::new(),
        Err(error) => error.to_string(),
    };
    let (plain, related) = (prompts::communities(), knowledge());
    for (task, instead) in [
        ("graph/edge-prediction", "graph/relation-prediction"),
        ("graph/link-probability", "graph/relation-prediction"),
        ("graph/masked-edges", "graph/triple-completion"),
    ] {
        assert!(reason(task, &related).contains(instead), "{}", reason(task, &related));
        assert_eq!(reason(task, &plain), "");
    }
    for (task, words) in [
        ("graph/relation-prediction", "no relations; those of `wn18rr`, `fb15k-237` and `knowledge` have"),
        ("graph/triple-completion", "no relations"),
        ("graph/triple-corruption", "no relations"),
        ("graph/path-completion", "`graph/shortest-path` needs none"),
    ] {
        assert!(reason(task, &plain).contains(words), "{}", reason(task, &plain));
        assert_eq!(reason(task, &related), "");
    }
}

/// Prompts of a split.
fn texts<Task: PretextTask<Input = Graph>>(task: &Task, graph: &Graph, split: Split, count: u64) -> BTreeSet<String> {
    samples(task, graph, split, count).into_iter().map(|(_, prompt)| prompt.text).collect()
}

#[test]
fn pieces_so_small_that_prompts_repeat_do_so_in_one_split_alone() {
    const PROMPTS: u64 = 1_000;
    fn assert_apart<Task: PretextTask<Input = Graph>>(task: &Task, graph: &Graph) {
        let training = texts(task, graph, Split::Train, PROMPTS);
        assert!(training.len() < PROMPTS as usize, "{} repeats nothing", Task::NAME);
        assert!(training.is_disjoint(&texts(task, graph, Split::HeldOut, PROMPTS)), "{}", Task::NAME);
    }
    let graph = prompts::communities();
    let (form, neighbours) = (EdgeForm::YesNo, 1);
    assert_apart(
        &EdgePrediction::new(EdgePredictionConfig { form, neighbours, ..Default::default() }).unwrap(),
        &graph,
    );
    assert_apart(&LinkProbability::new(LinkProbabilityConfig { neighbours, ..Default::default() }).unwrap(), &graph);
}

#[test]
fn questions_about_links_are_found_where_few_edges_lie_in_triangles() {
    let graph = generate::from_spec("ba:n=20000,m=2", 5).unwrap().unwrap();
    let task = EdgePrediction::new(EdgePredictionConfig::default()).unwrap();
    let made = (0..100)
        .filter(|&index| task.make(&graph, &mut TaskRng::new(7, "few triangles", Split::Train, index)).is_some());
    assert!(made.count() > 50);
}
