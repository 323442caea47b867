//! Knobs of writing: orders of edges, distractors, encoders and names change the text and never the question.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ssl4rl_graph::encode::{Encoder, ParsedScene, by_name, encoders, naming};
use ssl4rl_graph::generate;
use ssl4rl_graph::question::{Cut, CutConfig, EdgeOrder, Posed, Writing, WritingConfig};
use ssl4rl_graph::tasks::links::edge_prediction::{EdgePrediction, EdgePredictionConfig};
use ssl4rl_graph::tasks::patterns::subgraph_counting::{SubgraphCounting, SubgraphCountingConfig};
use ssl4rl_graph::{Direction, Graph};
use ssl4rl_tasks::conformance::{Settings, check};
use ssl4rl_tasks::{PretextTask, Split, TaskRng};

use super::prompts;

const ORDERS: [EdgeOrder; 6] =
    [EdgeOrder::Random, EdgeOrder::Bfs, EdgeOrder::Dfs, EdgeOrder::Degree, EdgeOrder::Pagerank, EdgeOrder::Sorted];

fn graph() -> Graph {
    generate::from_spec("synthetic", 1).unwrap().unwrap()
}

/// Poses a question without words about a small graph; the text is the graph alone.
fn posed(graph: &Graph, config: &WritingConfig, weighted: bool, index: u64) -> (Posed, Vec<(u32, u32, Option<u32>)>) {
    let mut rng = TaskRng::new(3, "test", Split::Train, index);
    let subgraph = Cut::new("test", &CutConfig::default()).unwrap().draw(graph, &mut rng).unwrap();
    let weights: Vec<u32> = subgraph.edges.iter().map(|_| 1 + rng.below(90) as u32).collect();
    let weight = |position: usize| weighted.then(|| weights[position]);
    let edges = subgraph.edges.iter().enumerate();
    let edges = edges.map(|(position, edge)| (edge.source, edge.target, weight(position))).collect();
    let weights = weighted.then_some(weights.as_slice());
    let writing = Writing::with_distractors("test", config).unwrap();
    let posed = writing.pose_weighted(graph, subgraph, weights, Direction::Undirected, &mut rng, |_| String::new());
    (posed.unwrap(), edges)
}

/// Unordered pairs of names with their weights.
fn said(parsed: &ParsedScene) -> BTreeSet<(&str, &str, Option<u32>)> {
    let edges = parsed.named_edges();
    edges.map(|(source, _, target, weight)| (source.min(target), source.max(target), weight)).collect()
}

/// The text of a weighted graph as the encoder wrote it.
fn without_legend<'posed>(posed: &'posed Posed, encoder: &dyn Encoder) -> &'posed str {
    match encoder.weight_legend() {
        Some(legend) => posed.text.strip_prefix(legend).and_then(|text| text.strip_prefix('\n')).unwrap(),
        None => &posed.text,
    }
}

#[test]
fn a_prompt_speaks_of_weights_where_it_shows_them_and_nowhere_else() {
    let graph = graph();
    for encoder in encoders() {
        let config = WritingConfig { encoder: encoder.name().into(), ..Default::default() };
        for weighted in [true, false] {
            let (posed, _) = posed(&graph, &config, weighted, 0);
            assert_eq!(posed.text.contains("weight"), weighted, "{}", posed.text);
        }
    }
    let (posed, _) = posed(&graph, &WritingConfig::default(), true, 0);
    assert!(posed.text.starts_with("An edge's weight stands in brackets.\nNeighbours:\n"), "{}", posed.text);
}

#[test]
fn every_order_and_encoder_says_the_same_graph() {
    let graph = graph();
    for edge_order in ORDERS {
        for (index, encoder) in encoders().iter().enumerate() {
            let name = encoder.name();
            let config = WritingConfig { encoder: name.into(), edge_order, ..Default::default() };
            let (posed, edges) = posed(&graph, &config, true, index as u64);
            let parsed = encoder.parse(without_legend(&posed, *encoder)).unwrap();
            let ordered = |(source, target, weight): &(u32, u32, Option<u32>)| {
                let (source, target) = (posed.name(*source), posed.name(*target));
                (source.min(target), source.max(target), *weight)
            };
            assert_eq!(said(&parsed), edges.iter().map(ordered).collect(), "{name}\n{}", posed.text);
        }
    }
}

/// Steps from one node to every other that can be reached.
fn distances<Name: Ord + Copy>(edges: &[(Name, Name)], from: Name) -> BTreeMap<Name, usize> {
    let mut steps = BTreeMap::from([(from, 0)]);
    let mut waiting = VecDeque::from([from]);
    while let Some(node) = waiting.pop_front() {
        for &(one, other) in edges {
            for (near, far) in [(one, other), (other, one)] {
                if near == node && !steps.contains_key(&far) {
                    steps.insert(far, steps[&node] + 1);
                    waiting.push_back(far);
                }
            }
        }
    }
    steps
}

#[test]
fn distractors_change_no_distance_and_no_neighbourhood() {
    let graph = graph();
    let config = WritingConfig { distractors: 9, encoder: "named".into(), ..Default::default() };
    for index in 0..100 {
        let (posed, edges) = posed(&graph, &config, index % 2 == 0, index);
        let parsed = by_name("named").unwrap().parse(&posed.text).unwrap();
        let shown: Vec<_> = parsed.named_edges().map(|(source, _, target, _)| (source, target)).collect();
        let before: Vec<_> = edges.iter().map(|&(source, target, _)| (source, target)).collect();
        let nodes: BTreeSet<u32> = before.iter().flat_map(|&(source, target)| [source, target]).collect();
        for &node in &nodes {
            let now = distances(&shown, posed.name(node));
            let then = distances(&before, node);
            assert_eq!(now, then.iter().map(|(&other, &steps)| (posed.name(other), steps)).collect(), "{}", posed.text);
        }
        let verified = posed.shown();
        assert_eq!((verified.names.len(), verified.edges.len()), (parsed.node_names.len(), shown.len()));
        if let Some(weights) = posed.weights() {
            let pairs = verified.edges.iter().zip(weights);
            let weighted = pairs.map(|(&(source, target), &weight)| {
                let (source, target) = (&*verified.names[source as usize], &*verified.names[target as usize]);
                (source.min(target), source.max(target), Some(weight))
            });
            assert_eq!(said(&parsed), weighted.collect());
        }
    }
}

#[test]
fn no_id_says_that_a_node_is_a_distractor() {
    let graph = graph();
    let config = WritingConfig { distractors: 10, ..Default::default() };
    let (mut real, mut all) = (0.0, 0.0);
    let questions = 400;
    for index in 0..questions {
        let (posed, edges) = posed(&graph, &config, false, index);
        let (count, node) = (posed.shown().names.len(), edges[0].0);
        real += f64::from(posed.id(node)) / (count - 1) as f64;
        all += 0.5;
    }
    // The mean of 400 uniform ranks lies within 4 standard errors, 4 · 0.29 / 20, of one half.
    assert!((real - all).abs() / f64::from(questions as u32) < 0.06, "{real} {all}");
}

#[test]
fn edges_of_distractors_stand_among_the_others() {
    let graph = graph();
    let config = WritingConfig { distractors: 10, ..Default::default() };
    let (mut places, mut count) = (0.0, 0.0);
    for index in 0..400 {
        let (posed, edges) = posed(&graph, &config, false, index);
        let real: BTreeSet<u32> =
            edges.iter().flat_map(|&(source, target, _)| [source, target]).map(|node| posed.id(node)).collect();
        let shown = posed.shown().edges;
        for place in (0..shown.len()).filter(|&place| !real.contains(&shown[place].0)) {
            places += place as f64 / (shown.len() - 1) as f64;
            count += 1.0;
        }
    }
    // Some 2,500 ranks, as good as uniform: a standard error of 0.29 / 50.
    assert!((places / count - 0.5_f64).abs() < 0.025, "{places} of {count}");
}

#[test]
fn tasks_that_ask_about_the_whole_refuse_distractors() {
    let writing = WritingConfig { distractors: 3, ..Default::default() };
    let error = SubgraphCounting::new(SubgraphCountingConfig { writing, ..Default::default() }).err().unwrap();
    assert_eq!(
        error.to_string(),
        "graph/subgraph-counting: `writing.distractors` must be 0: further components would change the answers of this task, got 3"
    );
    let real = WritingConfig { distractors: 3, naming: "real".into(), ..Default::default() };
    let error = Writing::with_distractors("test", &real).err().unwrap();
    assert!(error.to_string().contains("real names would make them lies"), "{error}");
}

#[test]
fn questions_about_removed_edges_conform_in_every_order_and_under_every_name() {
    let communities = prompts::communities();
    let registry = ssl4rl_graph::tasks::registry().unwrap();
    let settings = Settings { samples: 400, ..Settings::default() };
    let schemes = naming::schemes().iter().map(|scheme| scheme.name()).filter(|name| *name != "real");
    let orders = ORDERS.into_iter().map(|edge_order| WritingConfig { edge_order, ..Default::default() });
    let named = schemes.map(|naming| WritingConfig { naming: naming.into(), ..Default::default() });
    for writing in orders.chain(named) {
        let config = serde_json::to_value(EdgePredictionConfig { writing, ..Default::default() }).unwrap();
        let name = EdgePrediction::NAME;
        let report = check(|| registry.build(name, Some(config.clone())), &communities, &settings).unwrap();
        assert!(report.holds(), "{config}\n{report}");
    }
}
