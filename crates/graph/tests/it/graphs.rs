//! Laws of `Graph`, of its builder and of every generator.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ssl4rl_graph::count::Oriented;
use ssl4rl_graph::generate::{from_spec, generators};
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, Node};

/// Edge records as a careless file holds them: repetitions, both directions, self loops.
#[derive(Debug, Clone)]
struct Records {
    node_count: usize,
    direction: Direction,
    relations: u32,
    edges: Vec<Edge>,
}

impl Records {
    fn build(&self) -> Graph {
        let mut builder = GraphBuilder::new("random", self.node_count, self.direction);
        builder.relations((0..self.relations).map(|relation| format!("relation {relation}")).collect());
        for edge in &self.edges {
            builder.triple(edge.source, edge.relation, edge.target).unwrap();
        }
        builder.build().unwrap()
    }

    /// The distinct edges, by the documented rules.
    fn expected_edges(&self) -> BTreeSet<Edge> {
        let edges = self.edges.iter().filter(|edge| self.relations > 0 || edge.source != edge.target).copied();
        edges
            .map(|edge| match self.direction {
                Direction::Undirected if edge.target < edge.source => {
                    Edge { source: edge.target, target: edge.source, relation: edge.relation }
                }
                _ => edge,
            })
            .collect()
    }
}

fn records() -> impl Strategy<Value = Records> {
    (1_u32..15, any::<bool>(), 0_u32..4).prop_flat_map(|(node_count, directed, relations)| {
        let edge = (0..node_count, 0..node_count, 0..relations.max(1), any::<bool>());
        prop::collection::vec(edge, 0..60).prop_map(move |drawn| {
            let mut edges = Vec::new();
            for (source, target, relation, twice) in drawn {
                edges.push(Edge { source, target, relation });
                if twice {
                    edges.push(Edge { source: target, target: source, relation });
                }
            }
            let direction = if directed { Direction::Directed } else { Direction::Undirected };
            Records { node_count: node_count as usize, direction, relations, edges }
        })
    })
}

proptest! {
    #[test]
    fn edges_are_the_distinct_records_in_order(records in records()) {
        let graph = records.build();
        let expected: Vec<Edge> = records.expected_edges().into_iter().collect();
        prop_assert_eq!(graph.edges(), &expected[..]);
        let provenance = graph.provenance();
        prop_assert_eq!(provenance.edge_records, records.edges.len());
        prop_assert_eq!(provenance.edge_records - provenance.duplicates - provenance.self_loops, expected.len());
    }

    #[test]
    fn neighbours_are_the_other_ends_of_edges(records in records()) {
        let graph = records.build();
        let mut expected = vec![BTreeSet::new(); records.node_count];
        for edge in records.expected_edges().iter().filter(|edge| edge.source != edge.target) {
            expected[edge.source as usize].insert(edge.target);
            expected[edge.target as usize].insert(edge.source);
        }
        for node in 0..records.node_count as Node {
            let others: Vec<Node> = expected[node as usize].iter().copied().collect();
            prop_assert_eq!(graph.neighbours(node), &others[..]);
            prop_assert_eq!(graph.degree(node), others.len());
            for other in 0..records.node_count as Node {
                prop_assert_eq!(graph.adjacent(node, other), others.contains(&other));
                prop_assert_eq!(graph.adjacent(node, other), graph.adjacent(other, node));
            }
        }
        if records.relations == 0 && records.direction == Direction::Undirected {
            let degree_sum: usize = (0..records.node_count as Node).map(|node| graph.degree(node)).sum();
            prop_assert_eq!(degree_sum, 2 * graph.edges().len());
        }
    }

    #[test]
    fn incident_edges_are_those_that_touch_the_node(records in records()) {
        let graph = records.build();
        for node in 0..records.node_count as Node {
            let touching = graph.edges().iter().enumerate().filter(|(_, edge)| edge.source == node || edge.target == node);
            let touching: Vec<u32> = touching.map(|(position, _)| position as u32).collect();
            prop_assert_eq!(graph.incident_edges(node), &touching[..]);
        }
    }

    #[test]
    fn nodes_and_relations_out_of_range_are_refused(node_count in 1_usize..9, beyond in 0_u32..5) {
        let mut builder = GraphBuilder::new("small", node_count, Direction::Undirected);
        let outside = node_count as u32 + beyond;
        prop_assert!(builder.edge(0, outside).is_err());
        prop_assert!(builder.edge(outside, 0).is_err());
        prop_assert!(builder.triple(0, 1 + beyond, 0).is_err());
        prop_assert_eq!(builder.build().unwrap().edges().len(), 0);
    }
}

fn made(spec: &str, seed: u64) -> Graph {
    from_spec(spec, seed).unwrap().unwrap()
}

fn message(spec: &str) -> String {
    from_spec(spec, 1).unwrap().unwrap_err().to_string()
}

/// Number of connected components.
fn components(graph: &Graph) -> usize {
    let mut seen = vec![false; graph.node_count()];
    let mut count = 0;
    for start in 0..graph.node_count() as Node {
        if seen[start as usize] {
            continue;
        }
        count += 1;
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                open.extend(graph.neighbours(node));
            }
        }
    }
    count
}

#[test]
fn every_generator_repeats_itself_for_a_seed_and_only_then() {
    let specs = [
        "er:n=60,p=0.1",
        "ba:n=60,m=2",
        "ws:n=60,p=0.2",
        "regular:n=60",
        "sbm:n=90,k=3",
        "tree:n=60",
        "grid:rows=6,columns=9",
        "path:n=60",
        "cycle:n=60",
        "star:n=60",
        "knowledge:n=200",
        "synthetic",
    ];
    for spec in specs {
        let (first, again, other) = (made(spec, 7), made(spec, 7), made(spec, 8));
        assert_eq!(first.edges(), again.edges(), "{spec}");
        assert_eq!(first.node_texts(), again.node_texts(), "{spec}");
        let matrix = |graph: &Graph| graph.features().map(|features| features.matrix.clone());
        assert_eq!(matrix(&first), matrix(&again), "{spec}");
        assert_ne!(first.edges(), other.edges(), "{spec}");
        assert_eq!(first.provenance().self_loops + first.provenance().duplicates, 0, "{spec}");
        assert_eq!(first.name(), spec);
    }
    // The complete graph is the same for every seed.
    assert_eq!(generators().len(), specs.len(), "a generator is missing here");
}

#[test]
fn er_edges_are_as_many_as_expected_and_evenly_spread() {
    for seed in 0..20 {
        let graph = made("er:n=300,p=0.05", seed);
        assert_eq!(graph.node_count(), 300);
        let pairs = 300.0 * 299.0 / 2.0;
        let (mean, deviation) = (pairs * 0.05, f64::sqrt(pairs * 0.05 * 0.95));
        assert!((graph.edges().len() as f64 - mean).abs() < 5.0 * deviation, "seed {seed}: {}", graph.edges().len());
    }
    assert_eq!(made("er:n=40,p=0", 1).edges().len(), 0);
    assert_eq!(made("er:n=40,p=1", 1).edges().len(), 780);
    assert_eq!(made("er:n=1,p=1", 1).edges().len(), 0);
}

#[test]
fn ba_edges_are_exactly_m_per_new_node_and_hubs_grow() {
    for (nodes, per_node) in [(2, 1), (5, 4), (100, 1), (100, 3), (400, 5)] {
        let graph = made(&format!("ba:n={nodes},m={per_node}"), 3);
        assert_eq!((graph.node_count(), graph.edges().len()), (nodes, per_node * (nodes - per_node)));
        assert_eq!(components(&graph), 1);
    }
    let largest = |spec: &str| {
        let graph = made(spec, 3);
        (0..graph.node_count() as Node).map(|node| graph.degree(node)).max().unwrap()
    };
    assert!(largest("ba:n=2000,m=3") > 2 * largest("er:n=2000,p=0.003"));
}

#[test]
fn trees_are_connected_without_cycles() {
    for (nodes, seed) in (1..60).zip(0..) {
        let graph = made(&format!("tree:n={nodes}"), seed);
        assert_eq!((graph.node_count(), graph.edges().len(), components(&graph)), (nodes, nodes - 1, 1));
    }
}

/// Of the 16 labelled trees on four nodes, 4 are stars and 12 are paths (Cayley's formula).
#[test]
fn trees_are_uniform_on_four_nodes() {
    let mut seen: BTreeMap<Vec<Edge>, u32> = BTreeMap::new();
    for seed in 0..1600 {
        *seen.entry(made("tree:n=4", seed).edges().to_vec()).or_default() += 1;
    }
    assert_eq!(seen.len(), 16);
    // Mean 100, standard deviation 9.7.
    assert!(seen.values().all(|count| (51..150).contains(count)), "{seen:?}");
}

#[test]
fn grids_have_corners_borders_and_an_inside() {
    for (rows, columns) in [(1_usize, 1_usize), (1, 5), (2, 2), (3, 4), (7, 5)] {
        let graph = made(&format!("grid:rows={rows},columns={columns}"), 2);
        assert_eq!(graph.node_count(), rows * columns);
        assert_eq!(graph.edges().len(), rows * (columns - 1) + columns * (rows - 1));
        assert_eq!(components(&graph), 1);
        let oriented = Oriented::new(&graph);
        assert_eq!(oriented.triangles(), 0);
        assert_eq!(oriented.four_cycles(), ((rows - 1) * (columns - 1)) as u64);
    }
    let graph = made("grid:rows=7,columns=5", 2);
    let of_degree = |degree| (0..35).filter(|&node| graph.degree(node) == degree).count();
    assert_eq!([2, 3, 4].map(of_degree), [4, 16, 15]);
}

#[test]
fn sbm_edges_stay_within_blocks_as_often_as_asked() {
    let graph = made("sbm:n=500,k=5,p_in=0.06,p_out=0.004", 4);
    let labels = graph.labels().unwrap();
    let inside = |edge: &&Edge| labels.of_node[edge.source as usize] == labels.of_node[edge.target as usize];
    let inner = graph.edges().iter().filter(inside).count() as f64;
    let outer = graph.edges().len() as f64 - inner;
    // 5 blocks of 100: 24,750 inner and 100,000 outer pairs.
    assert!((inner - 1485.0).abs() < 5.0 * f64::sqrt(24_750.0 * 0.06 * 0.94), "{inner}");
    assert!((outer - 400.0).abs() < 5.0 * f64::sqrt(100_000.0 * 0.004 * 0.996), "{outer}");
    assert_eq!(labels.classes, ["garden", "sea", "kitchen", "music", "sky"]);
}

#[test]
fn synthetic_graph_looks_like_a_small_citation_network() {
    for seed in 0..3 {
        let graph = made("synthetic", seed);
        let degree = 2.0 * graph.edges().len() as f64 / graph.node_count() as f64;
        assert!((500..=1000).contains(&graph.node_count()) && (6.0..8.0).contains(&degree), "degree {degree}");
        assert!(Oriented::new(&graph).triangles() > 500);

        let labels = graph.labels().unwrap();
        let same = graph
            .edges()
            .iter()
            .filter(|edge| labels.of_node[edge.source as usize] == labels.of_node[edge.target as usize]);
        let homophily = same.count() as f64 / graph.edges().len() as f64;
        assert!((0.75..0.95).contains(&homophily), "homophily {homophily}");
    }
}

#[test]
fn neighbours_share_words_and_give_hidden_words_away() {
    let graph = made("synthetic", 1);
    let features = graph.features().unwrap();
    let nodes = graph.node_count() as Node;
    let shared = |left: Node, right: Node| {
        features.of(left).iter().filter(|word| features.of(right).contains(word)).count() as f64
    };
    let along_edges: f64 = graph.edges().iter().map(|edge| shared(edge.source, edge.target)).sum();
    let along_edges = along_edges / graph.edges().len() as f64;
    let anywhere: f64 = (0..nodes).map(|node| shared(node, (node * 37 + 11) % nodes)).sum::<f64>() / f64::from(nodes);
    assert!(along_edges > 3.0 * anywhere, "{along_edges} along edges, {anywhere} anywhere");

    let words: Vec<(Node, u32)> =
        (0..nodes).flat_map(|node| features.of(node).iter().map(move |&word| (node, word))).collect();
    let at_neighbour =
        |&&(node, word): &&(Node, u32)| graph.neighbours(node).iter().any(|&other| features.of(other).contains(&word));
    let told = words.iter().filter(at_neighbour).count() as f64 / words.len() as f64;
    assert!(told > 0.6, "{told} of all words occur at a neighbour");

    assert_eq!(words.len(), 6 * graph.node_count());
    for (node, text) in graph.node_texts().unwrap().iter().enumerate() {
        let own: BTreeSet<String> = features.of(node as Node).iter().map(|&word| features.name(word)).collect();
        let title: Vec<String> =
            text.to_lowercase().replace(',', "").replace(" and ", " ").split(' ').map(str::to_owned).collect();
        assert!(title.len() == 3 && title.iter().all(|word| own.contains(word)), "{text}: {own:?}");
    }
}

#[test]
fn bad_specs_say_what_to_write_instead() {
    assert!(from_spec("cora", 1).is_none());
    assert!(from_spec("sbn:n=5", 1).is_none());
    assert_eq!(
        message("sbm:n=5,blocks=2"),
        "generator `sbm`: unknown knob `blocks`; known are `n`, `k`, `p_in`, `p_out`, `words`"
    );
    assert_eq!(message("sbm:n=5,pin=0.2"), "generator `sbm`: unknown knob `pin`; did you mean `p_in`?");
    assert_eq!(message("er:n=5"), "generator `er`: `p` (probability of an edge) is missing; add `p=…`");
    assert_eq!(message("er:n=5,p=1.5"), "generator `er`: `p` must be a number from 0 to 1, got `1.5`");
    assert_eq!(message("er:n=5,p=nan"), "generator `er`: `p` must be a number from 0 to 1, got `nan`");
    assert_eq!(message("tree:n=2.5"), "generator `tree`: `n` must be a whole number from 1 to 1000000, got `2.5`");
    assert_eq!(message("tree:n"), "generator `tree`: expected `knob=value`, got `n`");
    assert_eq!(message("tree:n=4,n=5"), "generator `tree`: `n` is set twice; keep one");
    assert_eq!(message("ba:n=5,m=5"), "generator `ba`: `m` must be below `n`, got m=5 and n=5");
    assert_eq!(message("sbm:n=5,k=6"), "generator `sbm`: `k` must be at most `n`, got k=6 and n=5");
    assert_eq!(
        message("er:n=1000000,p=0.5"),
        "generator `er`: about 249999750000 edges are too many; at most 50000000 are made"
    );
}
