//! Leaks by where something stands: positions, ids and orders, and answers that list everything.

use ssl4rl_graph::encode::naming;
use ssl4rl_graph::sample::{EgoNet, Subgraph, View, ego_net};
use ssl4rl_graph::tasks::attributes::masked_node_features::{
    FeatureTruth, MaskedNodeFeatures, MaskedNodeFeaturesConfig,
};
use ssl4rl_graph::tasks::links::edge_prediction::{EdgePrediction, EdgePredictionConfig};
use ssl4rl_graph::tasks::patterns::subgraph_counting::{SubgraphCounting, SubgraphCountingConfig};
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, Node, generate};
use ssl4rl_tasks::{PretextTask, Split, Verifier, protocol};

use crate::graph_eval_leaks;
use crate::leaks::{knowledge, rng};
use crate::prompts::{self, samples};

// Leaks 8, 9 and 10: positions, ids, orders.

/// Pearson's correlation.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let (left_mean, right_mean) =
        pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0 / count, sum.1 + pair.1 / count));
    let (mut left_square, mut right_square, mut product) = (0.0, 0.0, 0.0);
    for (left, right) in pairs {
        let (left, right) = (left - left_mean, right - right_mean);
        left_square += left * left;
        right_square += right * right;
        product += left * right;
    }
    product / (left_square * right_square).sqrt()
}

#[test]
fn ids_tell_nothing_about_nodes() {
    let graph = prompts::communities();
    let reach = EgoNet { hops: 2, neighbours: 5, max_nodes: 15 };
    let (mut by_id, mut by_degree, mut unpermuted) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..300 {
        let mut random = rng(index);
        let centre = random.below(graph.node_count()) as Node;
        let subgraph = ego_net(&View::whole(&graph), centre, reach, &mut random);
        for (id, &original) in subgraph.nodes.iter().enumerate() {
            by_id.push((id as f64, f64::from(original)));
            by_degree.push((id as f64, graph.degree(original) as f64));
        }
        let mut sorted = subgraph.nodes.clone();
        sorted.sort_unstable();
        unpermuted.extend(sorted.iter().enumerate().map(|(id, &original)| (id as f64, f64::from(original))));
    }
    assert!(correlation(&by_id).abs() < 0.06, "{}", correlation(&by_id));
    assert!(correlation(&by_degree).abs() < 0.06, "{}", correlation(&by_degree));
    assert!(correlation(&unpermuted) > 0.2, "the check catches ids in the graph's order");
}

#[test]
fn edges_and_endpoints_stand_in_random_order() {
    let graph = prompts::communities();
    let reach = EgoNet { hops: 2, neighbours: 5, max_nodes: 15 };
    let (mut order, mut smaller_first, mut all) = (Vec::new(), 0, 0);
    for index in 0..300 {
        let mut random = rng(index);
        let centre = random.below(graph.node_count()) as Node;
        let subgraph = ego_net(&View::whole(&graph), centre, reach, &mut random);
        for (position, edge) in subgraph.edges.iter().enumerate() {
            let (source, target) = (subgraph.nodes[edge.source as usize], subgraph.nodes[edge.target as usize]);
            order.push((position as f64, f64::from(source.min(target))));
            smaller_first += u32::from(source < target);
            all += 1;
        }
    }
    assert!(correlation(&order).abs() < 0.05, "{}", correlation(&order));
    let share = f64::from(smaller_first) / f64::from(all);
    assert!((share - 0.5).abs() < 0.03, "{share}");
    let mut sorted = order.clone();
    sorted.sort_by(|left, right| left.1.total_cmp(&right.1));
    let planted: Vec<(f64, f64)> = sorted.iter().enumerate().map(|(place, pair)| (place as f64, pair.1)).collect();
    assert!(correlation(&planted) > 0.5, "the check catches edges in the graph's order");
}

#[test]
fn made_up_names_do_not_depend_on_the_nodes() {
    let graph = prompts::communities();
    let nodes: Vec<Node> = (0..30).collect();
    let others: Vec<Node> = (0..30).map(|node| 399 - 7 * node).collect();
    for scheme in naming::schemes().iter().filter(|scheme| scheme.name() != "real") {
        let names = |nodes: &[Node]| {
            scheme.names(&graph, &Subgraph { nodes: nodes.to_vec(), edges: Vec::new() }, &mut rng(0)).unwrap()
        };
        assert_eq!(names(&nodes), names(&others), "{}", scheme.name());
    }
}

/// A graph in which nearly all nodes are one or two steps apart: whoever asks for more has to change it.
fn dense() -> Graph {
    let plain = generate::from_spec("er:n=80,p=0.3", 1).unwrap().unwrap();
    let mut builder = GraphBuilder::new("dense", plain.node_count(), Direction::Undirected);
    for edge in plain.edges() {
        builder.edge(edge.source, edge.target).unwrap();
    }
    builder.node_names((0..plain.node_count()).map(|node| format!("n{node}")).collect()).unwrap();
    builder.build().unwrap()
}

#[test]
fn edges_that_a_task_adds_stand_among_those_of_the_data() {
    for graph in [graph_eval_leaks::labelled(false), dense()] {
        assert_added_edges_are_mixed(&graph);
    }
}

fn assert_added_edges_are_mixed(graph: &Graph) {
    let mut adding = 0;
    for task in graph_eval_leaks::tasks(graph) {
        let (mut difference, mut variance) = (0.0, 0.0);
        for (prompt, _) in graph_eval_leaks::stream(&*task, graph) {
            let Some(list) = prompt.lines().find_map(|line| line.strip_prefix("Edges:")) else { continue };
            let is_added = |pair: &str| match graph_eval_leaks::nodes(pair)[..] {
                [left, right] => !graph.adjacent(left, right),
                _ => false,
            };
            let added: Vec<bool> = list.split('(').skip(1).map(is_added).collect();
            let (all, count) = (added.len() as f64, added.iter().filter(|&&added| added).count() as f64);
            if count > 0.0 {
                let places: f64 =
                    (0..).zip(&added).filter(|(_, added)| **added).map(|(place, _)| f64::from(place)).sum();
                difference += places / count - (all - 1.0) / 2.0;
                // Of the mean of so many places, drawn without replacement.
                variance += (all + 1.0) * (all - count) / (12.0 * count);
            }
        }
        adding += usize::from(variance > 0.0);
        assert!(difference.abs() < 5.0 * variance.sqrt() + 1e-9, "{}: {difference} of {variance}", task.name());
    }
    assert!(adding >= 10, "{adding} tasks add edges");
}

#[test]
fn what_is_to_be_ordered_is_listed_in_no_order() {
    let graph = graph_eval_leaks::labelled(false);
    let tasks = graph_eval_leaks::tasks(&graph);
    let ordering = ["graph/centrality-ranking", "graph/distance-order"];
    for task in tasks.iter().filter(|task| ordering.contains(&task.name())) {
        let (mut agreeing, mut pairs) = (0.0, 0.0);
        let stream = graph_eval_leaks::stream(&**task, &graph);
        for (prompt, oracle) in &stream {
            let right = graph_eval_leaks::nodes(oracle);
            let listed = graph_eval_leaks::nodes(prompt.lines().next().unwrap());
            let places: Vec<usize> =
                listed.iter().filter_map(|node| right.iter().position(|other| other == node)).collect();
            for (at, place) in places.iter().enumerate() {
                agreeing += places[at + 1..].iter().filter(|later| *later > place).count() as f64;
                pairs += (places.len() - at - 1) as f64;
            }
        }
        assert!(pairs >= 3.0 * stream.len() as f64, "{}: {pairs} pairs are read", task.name());
        // The share of pairs in order of one list of three: standard deviation 0.28.
        let error = 0.28 / (stream.len() as f64).sqrt();
        assert!((agreeing / pairs - 0.5_f64).abs() < 4.0 * error, "{}: {agreeing} of {pairs}", task.name());
    }
}

#[test]
fn directed_edges_keep_their_direction() {
    let graph = knowledge();
    let subgraph = ego_net(&View::whole(&graph), 5, EgoNet { hops: 2, neighbours: 5, max_nodes: 20 }, &mut rng(0));
    for edge in &subgraph.edges {
        let (source, target) = (subgraph.nodes[edge.source as usize], subgraph.nodes[edge.target as usize]);
        assert!(graph.edges().contains(&Edge { source, target, relation: edge.relation }));
    }
}

#[test]
fn feature_names_carry_no_order() {
    let graph = prompts::communities();
    let task =
        MaskedNodeFeatures::new(MaskedNodeFeaturesConfig { words: 6, own_words: 3, ..Default::default() }).unwrap();
    let (mut ranks, mut places) = ([0_u32; 4], Vec::new());
    for (sample, prompt) in samples(&task, &graph, Split::Train, 2_000) {
        let FeatureTruth::Choice(choice) = &sample.truth else { panic!("the default form has options") };
        let column = |word: &String| word.strip_prefix('w').unwrap().parse::<u32>().unwrap();
        let right = column(&choice.options[choice.correct]);
        ranks[choice.options.iter().filter(|option| column(option) < right).count()] += 1;
        for words in prompt.features.values() {
            places.extend(words.iter().enumerate().map(|(place, word)| (place as f64, f64::from(column(word)))));
        }
    }
    assert!(
        ranks.iter().all(|rank| (400..600).contains(rank)),
        "rank of the right column among the options: {ranks:?}"
    );
    assert!(correlation(&places).abs() < 0.05, "words of a line stand in the order of their columns");
}

// Leak 12: holes in the verifiers.

#[test]
fn listing_everything_earns_nothing() {
    let graph = prompts::communities();
    let edges = EdgePrediction::new(EdgePredictionConfig::default()).unwrap();
    for (sample, prompt) in samples(&edges, &graph, Split::Train, 50) {
        for answer in [sample.truth.options.join(", "), prompt.text] {
            let verdict = edges.verifier().verify(&protocol::wrap(&answer), &sample.truth);
            assert!(verdict.score == 0.0, "{answer}");
        }
    }
    let counting = SubgraphCounting::new(SubgraphCountingConfig::default()).unwrap();
    for (sample, _) in samples(&counting, &graph, Split::Train, 50) {
        for answer in ["0 1 2 3 4 5", "0-9", "inf", "NaN", ""] {
            let verdict = counting.verifier().verify(&protocol::wrap(answer), &sample.truth);
            assert!(verdict.score == 0.0, "{answer}");
        }
    }
}
