//! Measures of graphs against networkx, published values of real graphs, and what holds for every graph.

use std::path::PathBuf;

use proptest::prelude::*;
use serde::Deserialize;
use ssl4rl_graph::measure::{self, PageRank, Partition};
use ssl4rl_graph::{Direction, Graph, GraphBuilder, generate};

/// From `tests/golden/measures.py`.
#[derive(Deserialize)]
struct Golden {
    undirected: Vec<Undirected>,
    directed: Directed,
}

#[derive(Deserialize)]
struct Undirected {
    name: String,
    nodes: usize,
    edges: Vec<(u32, u32)>,
    components: Vec<Vec<u32>>,
    core: Vec<u32>,
    clustering: Vec<f64>,
    average_clustering: f64,
    transitivity: f64,
    bridges: Vec<(u32, u32)>,
    articulation_points: Vec<u32>,
    eccentricity: Vec<u32>,
    closeness: Vec<f64>,
    betweenness: Vec<f64>,
    pagerank: Vec<f64>,
    assortativity: f64,
    modularity_of_even_and_odd: f64,
    best_louvain_modularity: f64,
}

#[derive(Deserialize)]
struct Directed {
    nodes: usize,
    edges: Vec<(u32, u32)>,
    strong_components: Vec<Vec<u32>>,
    pagerank: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/measures.json")).unwrap()
}

fn graph_of(direction: Direction, node_count: usize, edges: &[(u32, u32)]) -> Graph {
    let mut builder = GraphBuilder::new("test", node_count, direction);
    for &(left, right) in edges {
        builder.edge(left, right).unwrap();
    }
    builder.build().unwrap()
}

#[track_caller]
fn assert_close(got: &[f64], expected: &[f64], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((got - expected).abs() < 1e-9, "{what} of {at}: expected {expected}, got {got}");
    }
}

#[test]
fn structure_is_that_of_networkx() {
    for golden in golden().undirected {
        let (graph, name) = (graph_of(Direction::Undirected, golden.nodes, &golden.edges), &golden.name);
        assert_eq!(measure::components(&graph).members(), golden.components, "{name}");
        assert_eq!(measure::strong_components(&graph).members(), golden.components, "{name}");
        assert_eq!(measure::core_numbers(&graph), golden.core, "{name}");
        let cuts = measure::cuts(&graph);
        assert_eq!(cuts.bridges, golden.bridges, "{name}");
        assert_eq!(cuts.articulation_points, golden.articulation_points, "{name}");
        assert_eq!(measure::eccentricities(&graph), golden.eccentricity, "{name}");
    }
}

#[test]
fn numbers_are_those_of_networkx() {
    for golden in golden().undirected {
        let (graph, name) = (graph_of(Direction::Undirected, golden.nodes, &golden.edges), &golden.name);
        assert_close(&measure::local_clustering(&graph), &golden.clustering, name);
        assert_close(&[measure::average_clustering(&graph)], &[golden.average_clustering], name);
        assert_close(&[measure::transitivity(&graph)], &[golden.transitivity], name);
        assert_close(&measure::closeness(&graph), &golden.closeness, name);
        assert_close(&measure::betweenness(&graph), &golden.betweenness, name);
        assert_close(&PageRank::default().of(&graph), &golden.pagerank, name);
        assert_close(&[measure::degree_assortativity(&graph).unwrap()], &[golden.assortativity], name);
        let halves: Vec<usize> = (0..golden.nodes).map(|node| node % 2).collect();
        let modularity = Partition::from_labels(&halves).modularity(&graph);
        assert_close(&[modularity], &[golden.modularity_of_even_and_odd], name);
        let best = (0..20).map(|seed| measure::louvain(&graph, seed).modularity(&graph)).fold(-1.0, f64::max);
        assert!(best > golden.best_louvain_modularity - 0.01, "{name}: {best} of {}", golden.best_louvain_modularity);
    }
}

#[test]
fn directed_graphs_are_measured_like_networkx_measures_them() {
    let golden = golden().directed;
    let graph = graph_of(Direction::Directed, golden.nodes, &golden.edges);
    assert_eq!(measure::strong_components(&graph).members(), golden.strong_components);
    assert_close(&PageRank::default().of(&graph), &golden.pagerank, "directed");
}

/// Transitivity, average clustering, components, size of the largest, largest core number, assortativity, bridges.
const REAL: [(&str, usize, [f64; 7]); 3] = [
    ("cora", 2708, [0.093_497, 0.240_673, 78.0, 2485.0, 4.0, -0.065_871, 518.0]),
    ("citeseer", 3327, [0.130_062, 0.141_471, 438.0, 2120.0, 7.0, 0.048_378, 1400.0]),
    ("pubmed", 19717, [0.053_708, 0.060_175, 1.0, 19717.0, 10.0, -0.043_640, 9318.0]),
];

#[test]
fn measures_of_real_graphs_are_the_published_ones() {
    let Some(folder) = std::env::var_os("SSL4RL_DATA").map(PathBuf::from) else {
        say_skipped("SSL4RL_DATA is unset: the real graphs are not measured");
        return;
    };
    for (name, nodes, expected) in REAL {
        let text = std::fs::read_to_string(folder.join(name).join("planetoid.edges.tsv")).unwrap();
        let pairs = text.lines().map(|line| line.split_once('\t').unwrap());
        let edges: Vec<(u32, u32)> =
            pairs.map(|(left, right)| (left.parse().unwrap(), right.parse().unwrap())).collect();
        let graph = graph_of(Direction::Undirected, nodes, &edges);
        let components = measure::components(&graph);
        let got = [
            measure::transitivity(&graph),
            measure::average_clustering(&graph),
            components.count() as f64,
            components.sizes().into_iter().max().unwrap() as f64,
            f64::from(measure::core_numbers(&graph).into_iter().max().unwrap()),
            measure::degree_assortativity(&graph).unwrap(),
            measure::cuts(&graph).bridges.len() as f64,
        ];
        for (got, expected) in got.into_iter().zip(expected) {
            assert!((got - expected).abs() <= 5e-7, "{name}: expected {expected}, got {got}");
        }
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn say_skipped(message: &str) {
    eprintln!("{message}");
}

#[test]
fn two_cliques_on_a_bridge_are_two_communities() {
    let clique = |first: u32| (first..first + 6).flat_map(move |high| (first..high).map(move |low| (low, high)));
    let edges: Vec<(u32, u32)> = clique(0).chain(clique(6)).chain([(5, 6)]).collect();
    let graph = graph_of(Direction::Undirected, 12, &edges);
    let expected = [vec![0, 1, 2, 3, 4, 5], vec![6, 7, 8, 9, 10, 11]];
    for seed in 0..20 {
        assert_eq!(measure::louvain(&graph, seed).members(), expected);
        assert_eq!(measure::louvain(&graph, seed), measure::louvain(&graph, seed));
    }
    assert_eq!(measure::label_propagation(&graph, 1).members(), expected);
    // 30 of 31 edges are inside; both groups hold half of all edge ends.
    let modularity = measure::louvain(&graph, 1).modularity(&graph);
    assert!((modularity - (30.0 / 31.0 - 0.5)).abs() < 1e-12);
}

#[test]
fn long_paths_need_no_deep_stack() {
    let path = generate::from_spec("path:n=300000", 1).unwrap().unwrap();
    let cuts = measure::cuts(&path);
    assert_eq!((cuts.bridges.len(), cuts.articulation_points.len()), (299_999, 299_998));
    let most = measure::betweenness(&path).into_iter().fold(0.0, f64::max);
    assert_close(&[most / 149_999.0 / 150_000.0], &[1.0], "the node in the middle");
    let edges: Vec<(u32, u32)> = (1..300_000).map(|node| (node - 1, node)).collect();
    assert_eq!(measure::strong_components(&graph_of(Direction::Directed, 300_000, &edges)).count(), 300_000);
}

#[test]
fn graphs_without_edges_are_measured() {
    for nodes in [0, 1, 3] {
        let graph = graph_of(Direction::Undirected, nodes, &[]);
        assert_eq!(measure::components(&graph).count(), nodes);
        assert_eq!(measure::core_numbers(&graph), vec![0; nodes]);
        assert_eq!(measure::eccentricities(&graph), vec![0; nodes]);
        assert_eq!(measure::closeness(&graph), vec![0.0; nodes]);
        assert_eq!(measure::betweenness(&graph), vec![0.0; nodes]);
        assert_eq!(measure::cuts(&graph), measure::Cuts::default());
        assert_eq!(measure::degree_assortativity(&graph), None);
        assert_eq!((measure::transitivity(&graph), measure::average_clustering(&graph)), (0.0, 0.0));
        assert_eq!(measure::louvain(&graph, 1).count(), nodes);
        assert!(measure::label_propagation(&graph, 1).modularity(&graph).abs() < 1e-15);
        assert_close(&PageRank::default().of(&graph), &vec![1.0 / nodes as f64; nodes], "an even rank");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Against removal of every edge and node in turn, and all distances by relaxation.
    #[test]
    fn structure_agrees_with_plain_definitions((node_count, edges) in graphs()) {
        let graph = graph_of(Direction::Undirected, node_count, &edges);
        let edges: Vec<(u32, u32)> = graph.edges().iter().map(|edge| (edge.source, edge.target)).collect();
        let parts = |edges: &[(u32, u32)]| measure::components(&graph_of(Direction::Undirected, node_count, edges)).count();
        let whole = parts(&edges);
        let without = |left_out: &dyn Fn(&(u32, u32)) -> bool| {
            parts(&edges.iter().copied().filter(|edge| !left_out(edge)).collect::<Vec<_>>())
        };
        let cuts = measure::cuts(&graph);
        for &edge in edges.iter().filter(|edge| edge.0 != edge.1) {
            prop_assert_eq!(cuts.bridges.contains(&edge), without(&|&other| other == edge) > whole);
        }
        for node in 0..node_count as u32 {
            // The node itself is left alone, which adds one part of its own.
            let alone = without(&|&(left, right)| left == node || right == node);
            prop_assert_eq!(cuts.articulation_points.contains(&node), alone > whole + 1);
        }
        let distances = distances(node_count, &edges);
        let components = measure::components(&graph);
        for (node, from_node) in distances.iter().enumerate() {
            for (other, distance) in from_node.iter().enumerate() {
                let together = components.groups()[node] == components.groups()[other];
                prop_assert_eq!(together, distance.is_some());
            }
        }
        for (node, reach) in measure::reach(&graph).into_iter().enumerate() {
            let known: Vec<u64> = distances[node].iter().flatten().copied().collect();
            prop_assert_eq!(reach.nodes, known.len() as u64);
            prop_assert_eq!(reach.distance, known.iter().sum::<u64>());
            prop_assert_eq!(u64::from(reach.eccentricity), known.into_iter().max().unwrap_or(0));
        }
    }

    /// Against the removal, again and again, of every node with fewer than k neighbours left.
    #[test]
    fn core_numbers_agree_with_repeated_removal((node_count, edges) in graphs()) {
        let graph = graph_of(Direction::Undirected, node_count, &edges);
        let mut expected = vec![0; node_count];
        let mut left = vec![true; node_count];
        for k in 1.. {
            let fewer = |left: &[bool], node: usize| {
                let around = graph.neighbours(node as u32).iter().filter(|&&other| left[other as usize]);
                left[node] && around.count() < k
            };
            while let Some(node) = (0..node_count).find(|&node| fewer(&left, node)) {
                left[node] = false;
            }
            if !left.contains(&true) {
                break;
            }
            (0..node_count).filter(|&node| left[node]).for_each(|node| expected[node] = k as u32);
        }
        prop_assert_eq!(measure::core_numbers(&graph), expected);
    }

    /// One more step of the walk leaves the ranks as they are.
    #[test]
    fn ranks_are_those_of_a_walk_at_rest((node_count, edges) in graphs(), damping in 0.0..0.99_f64) {
        let graph = graph_of(Direction::Undirected, node_count, &edges);
        let ranks = PageRank { damping, ..PageRank::default() }.of(&graph);
        let nodes = || 0..node_count as u32;
        let stuck: f64 = nodes().filter(|&node| graph.degree(node) == 0).map(|node| ranks[node as usize]).sum();
        for node in nodes() {
            let around = graph.neighbours(node).iter();
            let arriving: f64 = around.map(|&from| ranks[from as usize] / graph.degree(from) as f64).sum();
            let next = (1.0 - damping + damping * stuck) / node_count as f64 + damping * arriving;
            prop_assert!((next - ranks[node as usize]).abs() < 1e-9, "{} becomes {}", ranks[node as usize], next);
        }
        prop_assert!((ranks.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    /// Dependencies sum to the number of inner nodes on shortest paths: distance - 1 for every pair.
    #[test]
    fn betweenness_sums_to_inner_nodes((node_count, edges) in graphs()) {
        let graph = graph_of(Direction::Undirected, node_count, &edges);
        let inner: u64 = distances(node_count, &edges).iter().flatten().flatten().map(|distance| distance.saturating_sub(1)).sum();
        let sum: f64 = measure::betweenness(&graph).iter().sum();
        prop_assert!((sum - inner as f64 / 2.0).abs() < 1e-6, "{} instead of {}", sum, inner as f64 / 2.0);
    }
}

fn graphs() -> impl Strategy<Value = (usize, Vec<(u32, u32)>)> {
    (1_u32..80, 0_usize..120).prop_flat_map(|(node_count, most_edges)| {
        let node = 0..node_count;
        (Just(node_count as usize), prop::collection::vec((node.clone(), node), 0..=most_edges))
    })
}

/// All distances, by going through every node in turn as a stop on the way.
fn distances(node_count: usize, edges: &[(u32, u32)]) -> Vec<Vec<Option<u64>>> {
    let mut distances = vec![vec![None; node_count]; node_count];
    for &(left, right) in edges {
        distances[left as usize][right as usize] = Some(1);
        distances[right as usize][left as usize] = Some(1);
    }
    (0..node_count).for_each(|node| distances[node][node] = Some(0));
    for stop in 0..node_count {
        for from in 0..node_count {
            for to in 0..node_count {
                if let (Some(first), Some(second)) = (distances[from][stop], distances[stop][to]) {
                    let through: u64 = first + second;
                    distances[from][to] = Some(distances[from][to].map_or(through, |known| known.min(through)));
                }
            }
        }
    }
    distances
}
