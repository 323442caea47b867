//! The leaks that make graph questions worthless, each with a check that holds for our prompts and catches a planted leak.

use std::collections::{BTreeMap, BTreeSet};

use ssl4rl_graph::encode::{self, ParsedScene};
use ssl4rl_graph::question::WritingConfig;
use ssl4rl_graph::sample::{EgoNet, Subgraph, View, Walk, ego_net, owns_pair, random_walk};
use ssl4rl_graph::tasks::attributes::masked_node_features::{
    Attribute, FeatureTruth, MaskedNodeFeatures, MaskedNodeFeaturesConfig, Negatives,
};
use ssl4rl_graph::tasks::links::edge_prediction::{EdgeForm, EdgePrediction, EdgePredictionConfig, LinkNegatives};
use ssl4rl_graph::tasks::links::relation_prediction::{RelationPrediction, RelationPredictionConfig};
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, HeldOutTriples, Node, generate};
use ssl4rl_tasks::verifiers::ChoiceTruth;
use ssl4rl_tasks::{PretextTask, Split, TaskRng};

use crate::prompts::{self, Prompt, samples};

pub(crate) fn rng(index: u64) -> TaskRng {
    TaskRng::new(11, "leaks", Split::Train, index)
}

/// A knowledge graph of 60 entities and 6 relations; for one pair in three the reverse is there too. Every name occurs once
/// in the prompt's relation lines, so a pair can be recognised. The held-out triples join the same entities.
pub(crate) fn knowledge() -> Graph {
    let mut random = rng(1_000);
    let mut builder = GraphBuilder::new("knowledge", 60, Direction::Directed);
    builder.relations((0..6).map(|relation| format!("rel{relation}")).collect());
    let mut held_out = HeldOutTriples::default();
    for source in 0..60_u32 {
        for _ in 0..8 {
            let target = random.below(60) as u32;
            let relation = (source % 3 * 2 + u32::from(random.coin())) % 6;
            let edge = Edge { source, target, relation };
            match random.below(12) {
                0 => held_out.validation.push(edge),
                1 => held_out.test.push(edge),
                _ => builder.triple(source, relation, target).unwrap(),
            }
            if source % 3 == 0 {
                builder.triple(target, relation, source).unwrap();
            }
        }
    }
    builder.held_out(held_out).unwrap();
    builder.node_names((0..60).map(|node| format!("e{node}")).collect()).unwrap();
    builder.build().unwrap()
}

/// The communities with names that give every node away, so that a prompt can be compared with the graph.
pub(crate) fn named_communities() -> Graph {
    let plain = prompts::communities();
    let mut builder = GraphBuilder::new("named communities", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.features(plain.features().unwrap().clone()).unwrap();
    builder.node_names((0..plain.node_count()).map(|node| format!("n{node}")).collect()).unwrap();
    builder.build().unwrap()
}

pub(crate) fn node(name: &str) -> Node {
    name[1..].parse().unwrap()
}

fn real_names() -> WritingConfig {
    WritingConfig { naming: "real".into(), ..WritingConfig::default() }
}

fn edges_with_real_names() -> EdgePrediction {
    EdgePrediction::new(EdgePredictionConfig { writing: real_names(), ..Default::default() }).unwrap()
}

fn relations_with_real_names() -> RelationPrediction {
    RelationPrediction::new(RelationPredictionConfig { writing: real_names(), ..Default::default() }).unwrap()
}

// Leak 1: the removed edge is still visible.

/// Whether the prompt shows an edge between the node asked about and the right candidate.
fn shows_hidden_link(prompt: &Prompt, truth: &ChoiceTruth) -> bool {
    let (asked, right) = (prompt.asked[0].clone(), truth.options[truth.correct].clone());
    prompt.pairs().contains(&(asked.clone().min(right.clone()), asked.max(right)))
}

#[test]
fn the_removed_link_is_not_shown() {
    let graph = prompts::communities();
    let task = EdgePrediction::new(EdgePredictionConfig::default()).unwrap();
    for (sample, mut prompt) in samples(&task, &graph, Split::Train, 500) {
        assert!(!shows_hidden_link(&prompt, &sample.truth), "{}", prompt.text);
        let right = sample.truth.options[sample.truth.correct].clone();
        prompt.neighbours.entry(right).or_default().push(prompt.asked[0].clone());
        assert!(shows_hidden_link(&prompt, &sample.truth), "the reverse direction alone would not be caught");
    }
}

/// The graph that stands between a prompt's question and its options or form of answer, as the encoder reads it back.
pub(crate) fn context_of(encoder: &str, prompt: &str) -> ParsedScene {
    let body = prompt.split_once('\n').unwrap().1;
    let end = ["Options", "Reply"].iter().filter_map(|mark| body.find(mark)).min();
    let body = &body[..end.unwrap_or(body.len())];
    encode::by_name(encoder).unwrap().parse(body).unwrap_or_else(|error| panic!("{error}:\n{prompt}"))
}

#[test]
fn around_a_hidden_link_stands_the_encoders_text_and_nothing_else() {
    let graph = prompts::communities();
    for encoder in encode::encoders().iter().map(|encoder| encoder.name()) {
        let writing = WritingConfig { encoder: encoder.into(), ..WritingConfig::default() };
        let task = EdgePrediction::new(EdgePredictionConfig { writing, ..Default::default() }).unwrap();
        for (sample, prompt) in samples(&task, &graph, Split::Train, 20) {
            // No degree, no text of a node, no second listing: whatever the encoder cannot read is refused.
            let shown = context_of(encoder, &prompt.text);
            let ends = [&*prompt.asked[0], &*sample.truth.options[sample.truth.correct]];
            let joins = shown.named_edges().any(|(left, _, right, _)| ends.contains(&left) && ends.contains(&right));
            assert!(!joins && shown.node_names.len() > 4, "{}", prompt.text);
        }
    }
}

#[test]
#[should_panic(expected = "no text of encoder")]
fn a_stated_degree_is_no_encoders_text() {
    context_of(
        "incident",
        "One link of node 0 is hidden.\nNeighbours:\n0: 1\n1: 0\nNode 0 has 2 neighbours\nOptions: 1",
    );
}

#[test]
fn duplicates_and_reversed_records_leave_nothing_behind() {
    let mut builder = GraphBuilder::new("twice", 4, Direction::Undirected);
    for (left, right) in [(0, 1), (1, 0), (0, 1), (1, 2), (2, 0), (2, 3)] {
        builder.edge(left, right).unwrap();
    }
    let graph = builder.build().unwrap();
    let hidden = View::whole(&graph).hiding(1, 0);
    assert_eq!(hidden.neighbours(0).collect::<Vec<_>>(), [2]);
    assert_eq!(hidden.neighbours(1).collect::<Vec<_>>(), [2]);
    assert_eq!(hidden.edges_among(&[0, 1, 2, 3]).len(), 3);
    assert_eq!(View::whole(&graph).edges_among(&[0, 1, 2, 3]).len(), 4);
}

// Leaks 1 and 2: walks over what is hidden, and candidates that stand out.

/// Hidden pairs that a subgraph shows.
fn hidden_edges(subgraph: &Subgraph, pair: (Node, Node)) -> usize {
    let original = |id: u32| subgraph.nodes[id as usize];
    let ends = |edge: &&Edge| {
        let edge = (original(edge.source), original(edge.target));
        edge == pair || (edge.1, edge.0) == pair
    };
    subgraph.edges.iter().filter(ends).count()
}

/// A hub with so many neighbours that a sampler draws them one by one, each the start of a path: no edge can be gone round.
fn broom() -> Graph {
    const BRISTLES: u32 = 120;
    let mut builder = GraphBuilder::new("broom", 1 + 3 * BRISTLES as usize, Direction::Undirected);
    for bristle in 1..=BRISTLES {
        for (left, right) in [(0, bristle), (bristle, bristle + BRISTLES), (bristle + BRISTLES, bristle + 2 * BRISTLES)]
        {
            builder.edge(left, right).unwrap();
        }
    }
    builder.build().unwrap()
}

/// Steps from `start` over the edges that may be shown, counted in the list of edges alone.
fn shown_distances(graph: &Graph, start: Node, hidden: (Node, Node)) -> BTreeMap<Node, usize> {
    let may_be_shown = |edge: &&Edge| {
        let ends = (edge.source, edge.target);
        ends != hidden && (ends.1, ends.0) != hidden && !owns_pair(Split::HeldOut, ends.0, ends.1)
    };
    let edges: Vec<&Edge> = graph.edges().iter().filter(may_be_shown).collect();
    let mut distances = BTreeMap::from([(start, 0)]);
    for steps in 1.. {
        let ring = |node: Node| distances.get(&node) == Some(&(steps - 1));
        let reached: Vec<Node> = edges
            .iter()
            .flat_map(|edge| [(edge.source, edge.target), (edge.target, edge.source)])
            .filter(|&(from, to)| ring(from) && !distances.contains_key(&to))
            .map(|(_, to)| to)
            .collect();
        if reached.is_empty() {
            break;
        }
        distances.extend(reached.into_iter().map(|node| (node, steps)));
    }
    distances
}

#[test]
fn nothing_hidden_is_ever_walked() {
    let reach = EgoNet { hops: 2, neighbours: 6, max_nodes: 25 };
    let walk = Walk { length: 60, restart: 0.2, max_nodes: 25 };
    for graph in [prompts::communities(), broom()] {
        for index in 0..300 {
            let mut random = rng(index);
            let edge = graph.edges()[random.below(graph.edges().len())];
            let pair = (edge.source, edge.target);
            let view = View::context(&graph).hiding(pair.1, pair.0);
            let distances = shown_distances(&graph, pair.0, pair);
            let (net, walked) =
                (ego_net(&view, pair.0, reach, &mut random), random_walk(&view, pair.0, walk, &mut random));
            for (subgraph, most) in [(net, reach.hops), (walked, walk.length)] {
                assert_eq!(hidden_edges(&subgraph, pair), 0);
                for node in &subgraph.nodes {
                    let reached = distances.get(node).is_some_and(|&steps| steps <= most);
                    assert!(reached, "{node} was reached over {pair:?} or a held-out edge: {subgraph:?}");
                }
                for edge in &subgraph.edges {
                    let ends = (subgraph.nodes[edge.source as usize], subgraph.nodes[edge.target as usize]);
                    assert!(!owns_pair(Split::HeldOut, ends.0, ends.1), "a held-out edge is shown");
                }
            }
        }
    }
}

#[test]
fn the_same_look_finds_what_is_removed_after_sampling() {
    let (graph, reach) = (prompts::communities(), EgoNet { hops: 2, neighbours: 6, max_nodes: 25 });
    let mut leaked = 0;
    for index in 0..300 {
        let mut random = rng(index);
        let edge = graph.edges()[random.below(graph.edges().len())];
        let pair = (edge.source, edge.target);
        // The neighbour is there because of the edge.
        leaked += hidden_edges(&ego_net(&View::whole(&graph), pair.0, reach, &mut random), pair);
    }
    assert!(leaked > 100, "{leaked} times only");
}

#[test]
fn every_candidate_is_shown_with_equally_many_neighbours() {
    let graph = prompts::communities();
    // A random node has fewer neighbours than the end of an edge, and is shown with as many.
    for (negatives, neighbours) in [(LinkNegatives::DegreeMatched, 2), (LinkNegatives::Uniform, 5)] {
        let config = EdgePredictionConfig { negatives, neighbours, ..Default::default() };
        let task = EdgePrediction::new(config).unwrap();
        let mut mean: BTreeMap<bool, (usize, usize)> = BTreeMap::new();
        for (sample, prompt) in samples(&task, &graph, Split::Train, 2_000) {
            for (position, option) in sample.truth.options.iter().enumerate() {
                let entry = mean.entry(position == sample.truth.correct).or_default();
                assert!(!prompt.neighbours[option].is_empty(), "{option} dangles: {}", prompt.text);
                *entry = (entry.0 + prompt.neighbours[option].len(), entry.1 + 1);
            }
        }
        let average = |right: bool| mean[&right].0 as f64 / mean[&right].1 as f64;
        let (right, wrong) = (average(true), average(false));
        assert!((right - wrong).abs() < 0.03, "{negatives:?}: {right} against {wrong}");
    }
}

#[test]
fn right_candidates_have_as_many_edges_in_the_data_as_wrong_ones() {
    // Much is linked here, so that many a candidate clashes with another; those of few edges clash less.
    let plain = generate::from_spec("ba:n=70,m=9", 1).unwrap().unwrap();
    let mut builder = GraphBuilder::new("hubs", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.node_names((0..plain.node_count()).map(|node| format!("n{node}")).collect()).unwrap();
    let graph = builder.build().unwrap();
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for (sample, _) in samples(&edges_with_real_names(), &graph, Split::Train, 3_000) {
        let degrees: Vec<f64> = sample.truth.options.iter().map(|option| graph.degree(node(option)) as f64).collect();
        let right = degrees[sample.truth.correct];
        let wrong = (degrees.iter().sum::<f64>() - right) / (degrees.len() - 1) as f64;
        sum += right - wrong;
        squares += (right - wrong).powi(2);
        count += 1.0;
    }
    let (mean, error) = (sum / count, squares.sqrt() / count);
    assert!(mean.abs() < 4.0 * error, "{mean} ± {error}");
}

#[test]
fn yes_and_no_are_balanced_in_every_degree_bin() {
    let graph = named_communities();
    let config = EdgePredictionConfig { form: EdgeForm::YesNo, writing: real_names(), ..Default::default() };
    let task = EdgePrediction::new(config).unwrap();
    let mut by_bin: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (sample, prompt) in samples(&task, &graph, Split::Train, 3_000) {
        let bin = graph.degree(node(&prompt.asked[1])).ilog2();
        let (yes, all) = by_bin.entry(bin).or_default();
        *yes += f64::from(u8::from(sample.truth.correct == 0));
        *all += 1.0;
    }
    for (bin, (yes, all)) in by_bin {
        assert!((yes / all - 0.5).abs() < 4.0 * 0.5 / all.sqrt(), "degree bin {bin}: {yes} of {all}");
    }
}

#[test]
fn yes_and_no_are_balanced_for_every_relation() {
    let config = RelationPredictionConfig { form: EdgeForm::YesNo, writing: real_names(), ..Default::default() };
    let task = RelationPrediction::new(config).unwrap();
    let mut by_relation: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (sample, prompt) in samples(&task, &knowledge(), Split::Train, 3_000) {
        let (_, asked) = prompt.text.lines().next().unwrap().rsplit_once(' ').unwrap();
        let (yes, all) = by_relation.entry(asked.to_owned()).or_default();
        *yes += f64::from(u8::from(sample.truth.correct == 0));
        *all += 1.0;
    }
    assert_eq!(by_relation.len(), 6);
    for (relation, (yes, all)) in by_relation {
        assert!((yes / all - 0.5).abs() < 4.0 * 0.5 / all.sqrt(), "{relation} {yes} of {all}");
    }
}

// Leak 3: knowledge graphs.

/// Whether a line of the prompt joins head and tail, either way round.
fn shows_pair(prompt: &Prompt) -> bool {
    let (head, tail) = (&prompt.asked[0], &prompt.asked[1]);
    prompt.relations.iter().any(|(source, _, targets)| {
        (source == head && targets.contains(tail)) || (source == tail && targets.contains(head))
    })
}

#[test]
fn the_pair_and_its_reverse_are_hidden_with_every_relation() {
    let graph = knowledge();
    for (_, mut prompt) in samples(&relations_with_real_names(), &graph, Split::Train, 500) {
        assert!(!shows_pair(&prompt), "{}", prompt.text);
        prompt.relations.push((prompt.asked[1].clone(), "rel0".into(), vec![prompt.asked[0].clone()]));
        assert!(shows_pair(&prompt));
    }
}

#[test]
fn validation_and_test_triples_are_in_no_context_and_no_true_relation_is_a_wrong_option() {
    let graph = knowledge();
    let train: BTreeSet<Edge> = graph.edges().iter().copied().collect();
    let validation: BTreeSet<Edge> = graph.held_out().validation.iter().copied().collect();
    let known: BTreeSet<Edge> = train.iter().chain(&validation).chain(&graph.held_out().test).copied().collect();
    let relation = |name: &str| name.strip_prefix("rel").unwrap().parse::<u32>().unwrap();
    for split in [Split::Train, Split::WarmStart, Split::HeldOut] {
        for (sample, prompt) in samples(&relations_with_real_names(), &graph, split, 500) {
            for (source, name, targets) in &prompt.relations {
                for target in targets {
                    let shown = Edge { source: node(source), target: node(target), relation: relation(name) };
                    assert!(train.contains(&shown), "{split:?} shows {shown:?}");
                }
            }
            let (source, target) = (node(&prompt.asked[0]), node(&prompt.asked[1]));
            for (position, option) in sample.truth.options.iter().enumerate() {
                let triple = Edge { source, target, relation: relation(option) };
                let right = position == sample.truth.correct;
                let wanted = if split == Split::HeldOut { &validation } else { &train };
                assert_eq!(right, known.contains(&triple), "{split:?}: {triple:?}");
                assert!(!right || wanted.contains(&triple), "{split:?} asks for {triple:?}");
            }
        }
    }
}

// Held-out targets of a graph without relations: no prompt of any task shows one.

#[test]
fn held_out_edges_are_shown_by_no_prompt_of_any_task() {
    let graph = named_communities();
    let features =
        MaskedNodeFeatures::new(MaskedNodeFeaturesConfig { writing: real_names(), ..Default::default() }).unwrap();
    let shown = |prompt: &Prompt| -> Vec<(Node, Node)> {
        prompt.pairs().iter().map(|(left, right)| (node(left), node(right))).collect()
    };
    for split in [Split::Train, Split::WarmStart, Split::HeldOut] {
        for (sample, prompt) in samples(&edges_with_real_names(), &graph, split, 500) {
            let pairs = shown(&prompt);
            assert!(pairs.iter().all(|&(left, right)| !owns_pair(Split::HeldOut, left, right)));
            assert!(pairs.iter().all(|&(left, right)| graph.adjacent(left, right)));
            let (asked, right) = (node(&prompt.asked[0]), node(&sample.truth.options[sample.truth.correct]));
            assert!(graph.adjacent(asked, right) && owns_pair(split, asked, right));
            for (position, option) in sample.truth.options.iter().enumerate() {
                assert_eq!(graph.adjacent(asked, node(option)), position == sample.truth.correct);
            }
        }
        for (_, prompt) in samples(&features, &graph, split, 500) {
            assert!(shown(&prompt).iter().all(|&(left, right)| !owns_pair(Split::HeldOut, left, right)));
            let held_out = |name: &String| Split::HeldOut.owns("node", u64::from(node(name)));
            assert_eq!(held_out(&prompt.asked[0]), split == Split::HeldOut);
            assert!(split == Split::HeldOut || !prompt.features.keys().any(held_out), "{}", prompt.text);
        }
    }
}

// Leak 6 and the hidden feature itself.

/// Whether the target's own line shows the answer.
fn shows_own_word(prompt: &Prompt, word: &str) -> bool {
    prompt.features[&prompt.asked[0]].iter().any(|shown| shown == word)
}

#[test]
fn the_hidden_word_is_not_in_the_targets_line_and_wrong_words_are_not_the_targets() {
    let graph = named_communities();
    let features = graph.features().unwrap();
    let config = MaskedNodeFeaturesConfig { writing: real_names(), own_words: 100, ..Default::default() };
    let task = MaskedNodeFeatures::new(config).unwrap();
    for (sample, mut prompt) in samples(&task, &graph, Split::Train, 500) {
        let FeatureTruth::Choice(choice) = &sample.truth else { panic!("the default form has options") };
        let right = choice.options[choice.correct].clone();
        assert!(!shows_own_word(&prompt, &right), "{}", prompt.text);
        let own = features.of(node(&prompt.asked[0]));
        for option in &choice.options {
            let column: u32 = option.strip_prefix('w').unwrap().parse().unwrap();
            assert_eq!(own.contains(&column), *option == right, "two options are right: {}", prompt.text);
        }
        let asked = prompt.asked[0].clone();
        prompt.features.entry(asked).or_default().push(right.clone());
        assert!(shows_own_word(&prompt, &right));
    }
}

/// Communities in which two nodes have each title, and one node in seven has a title that quotes theirs.
fn twins() -> Graph {
    let plain = prompts::communities();
    let mut builder = GraphBuilder::new("twins", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    let text = |node: usize| {
        let quoting = if node.is_multiple_of(7) { "Comment on " } else { "" };
        format!("Title: {quoting}subject{} twin{} Abstract: none", node / 50, node / 2)
    };
    builder.node_texts((0..plain.node_count()).map(text).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn of_nodes_that_read_the_same_one_is_shown_at_most() {
    let graph = twins();
    for negatives in [Negatives::Frequency, Negatives::Uniform, Negatives::Neighbourhood] {
        let config = MaskedNodeFeaturesConfig { attribute: Attribute::Title, negatives, ..Default::default() };
        let task = MaskedNodeFeatures::new(config).unwrap();
        for (sample, prompt) in samples(&task, &graph, Split::Train, 300) {
            let FeatureTruth::Choice(choice) = &sample.truth else { panic!("a title is chosen") };
            let distinct: BTreeSet<&String> = choice.options.iter().collect();
            assert_eq!(distinct.len(), choice.options.len(), "two options are right: {}", prompt.text);
            let context = prompt.text.split("Options:").next().unwrap();
            assert!(!context.contains(&choice.options[choice.correct]), "a neighbour shows the title: {}", prompt.text);
        }
    }
}
