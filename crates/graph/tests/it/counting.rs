//! Exact counting against published totals of real graphs and against enumeration of all node sets.

use std::path::PathBuf;

use proptest::prelude::*;
use ssl4rl_graph::count::{NotSmall, Oriented, PatternCounts, SmallGraph, triangles, triangles_per_node, wedges};
use ssl4rl_graph::{Direction, Graph, GraphBuilder};

/// Totals of one dataset: edges, cliques of three to five nodes, non-induced 4-cycles, then induced wedges, paths, stars,
/// 4-cycles, paws and diamonds. They agree with ORCA and networkx.
struct Golden {
    name: &'static str,
    nodes: usize,
    edges: usize,
    cliques: [u64; 3],
    four_cycles: u64,
    induced: [u64; 6],
}

const GOLDEN: [Golden; 3] = [
    Golden {
        name: "cora",
        nodes: 2708,
        edges: 5278,
        cliques: [1630, 220, 9],
        four_cycles: 4664,
        induced: [47411, 195_625, 1_042_314, 1536, 53570, 2468],
    },
    Golden {
        name: "citeseer",
        nodes: 3327,
        edges: 4552,
        cliques: [1167, 255, 46],
        four_cycles: 6060,
        induced: [23417, 111_240, 222_657, 3094, 22912, 2201],
    },
    Golden {
        name: "pubmed",
        nodes: 19717,
        edges: 44324,
        cliques: [12520, 3275, 859],
        four_cycles: 163_505,
        induced: [661_782, 8_072_121, 8_222_258, 100_440, 714_667, 53240],
    },
];

#[test]
fn totals_of_real_graphs_are_the_published_ones() {
    let Some(folder) = std::env::var_os("SSL4RL_DATA").map(PathBuf::from) else {
        say_skipped("SSL4RL_DATA is unset: the real graphs are not counted");
        return;
    };
    for golden in GOLDEN {
        let file = folder.join(golden.name).join("planetoid.edges.tsv");
        let graph = read_edges(&std::fs::read_to_string(&file).unwrap(), golden.nodes);
        assert_eq!(graph.edges().len(), golden.edges, "{}", golden.name);
        let oriented = Oriented::new(&graph);
        assert_eq!([3, 4, 5].map(|size| oriented.cliques(size)), golden.cliques, "{}", golden.name);
        assert_eq!(oriented.four_cycles(), golden.four_cycles, "{}", golden.name);
        assert_eq!(oriented.triangles_per_node().iter().sum::<u64>(), 3 * golden.cliques[0], "{}", golden.name);
        assert_eq!(triangles(&graph), golden.cliques[0], "{}", golden.name);
        assert_eq!(triangles_per_node(&graph), oriented.triangles_per_node(), "{}", golden.name);
        assert_eq!(oriented.four_cycles_per_node().iter().sum::<u64>(), 4 * golden.four_cycles, "{}", golden.name);
        let counts = PatternCounts::new(&oriented).induced();
        let induced = [counts.wedges, counts.paths, counts.stars, counts.four_cycles, counts.paws, counts.diamonds];
        assert_eq!(induced, golden.induced, "{}", golden.name);
        assert_eq!(wedges(&graph), golden.induced[0] + 3 * golden.cliques[0], "{}", golden.name);
    }
}

fn read_edges(text: &str, node_count: usize) -> Graph {
    let mut builder = GraphBuilder::new("planetoid", node_count, Direction::Undirected);
    for line in text.lines() {
        let (left, right) = line.split_once('\t').unwrap();
        builder.edge(left.parse().unwrap(), right.parse().unwrap()).unwrap();
    }
    builder.build().unwrap()
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn say_skipped(message: &str) {
    eprintln!("{message}");
}

/// Counts by looking at every set of three and four nodes.
#[derive(Debug, Default, PartialEq)]
struct Enumerated {
    induced: PatternCounts,
    four_cycles: u64,
    triangles_at: Vec<u64>,
    four_cycles_at: Vec<u64>,
    four_cliques_at: Vec<u64>,
}

fn enumerate(node_count: usize, adjacent: &[Vec<bool>]) -> Enumerated {
    let zeros = || vec![0; node_count];
    let mut found = Enumerated {
        triangles_at: zeros(),
        four_cycles_at: zeros(),
        four_cliques_at: zeros(),
        ..Enumerated::default()
    };
    for a in 0..node_count {
        for b in a + 1..node_count {
            for c in b + 1..node_count {
                match [(a, b), (a, c), (b, c)].iter().filter(|pair| adjacent[pair.0][pair.1]).count() {
                    2 => found.induced.wedges += 1,
                    3 => {
                        found.induced.triangles += 1;
                        for node in [a, b, c] {
                            found.triangles_at[node] += 1;
                        }
                    }
                    _ => (),
                }
                for d in c + 1..node_count {
                    look_at_four([a, b, c, d], adjacent, &mut found);
                }
            }
        }
    }
    found
}

fn look_at_four(nodes: [usize; 4], adjacent: &[Vec<bool>], found: &mut Enumerated) {
    let [a, b, c, d] = nodes;
    for cycle in [[a, b, c, d], [a, b, d, c], [a, c, b, d]] {
        if (0..4).all(|at| adjacent[cycle[at]][cycle[(at + 1) % 4]]) {
            found.four_cycles += 1;
            for node in nodes {
                found.four_cycles_at[node] += 1;
            }
        }
    }
    let mut degrees = nodes.map(|node| nodes.iter().filter(|&&other| adjacent[node][other]).count());
    degrees.sort_unstable();
    match degrees {
        [1, 1, 2, 2] => found.induced.paths += 1,
        [1, 1, 1, 3] => found.induced.stars += 1,
        [2, 2, 2, 2] => found.induced.four_cycles += 1,
        [1, 2, 2, 3] => found.induced.paws += 1,
        [2, 2, 3, 3] => found.induced.diamonds += 1,
        [3, 3, 3, 3] => {
            found.induced.four_cliques += 1;
            for node in nodes {
                found.four_cliques_at[node] += 1;
            }
        }
        _ => (),
    }
}

fn small_graphs() -> impl Strategy<Value = (usize, Vec<(u32, u32)>)> {
    (0_u32..14, 0_usize..80).prop_flat_map(|(node_count, most_edges)| {
        let node = 0..node_count.max(1);
        let edges = if node_count == 0 { 0..=0 } else { 0..=most_edges };
        (Just(node_count as usize), prop::collection::vec((node.clone(), node), edges))
    })
}

proptest! {
    #[test]
    fn both_counters_agree_with_enumeration((node_count, edges) in small_graphs()) {
        let mut adjacent = vec![vec![false; node_count]; node_count];
        let mut builder = GraphBuilder::new("random", node_count, Direction::Undirected);
        for &(left, right) in &edges {
            builder.edge(left, right).unwrap();
            adjacent[left as usize][right as usize] = left != right;
            adjacent[right as usize][left as usize] = left != right;
        }
        let expected = enumerate(node_count, &adjacent);

        let graph = builder.build().unwrap();
        prop_assert_eq!(triangles(&graph), expected.induced.triangles);
        prop_assert_eq!(triangles_per_node(&graph), &expected.triangles_at[..]);
        let oriented = Oriented::new(&graph);
        prop_assert_eq!(PatternCounts::new(&oriented).induced(), expected.induced);
        prop_assert_eq!(oriented.triangles(), expected.induced.triangles);
        prop_assert_eq!(oriented.four_cliques(), expected.induced.four_cliques);
        prop_assert_eq!(oriented.four_cycles(), expected.four_cycles);
        prop_assert_eq!(oriented.triangles_per_node(), &expected.triangles_at[..]);
        prop_assert_eq!(oriented.four_cycles_per_node(), &expected.four_cycles_at[..]);

        let small = SmallGraph::new(node_count, edges).unwrap();
        let at = |count: fn(&SmallGraph, u32) -> u64| (0..node_count as u32).map(|node| count(&small, node)).collect::<Vec<_>>();
        prop_assert_eq!(small.triangles(), expected.induced.triangles);
        prop_assert_eq!(small.four_cliques(), expected.induced.four_cliques);
        prop_assert_eq!(small.four_cycles(), expected.four_cycles);
        prop_assert_eq!(small.wedges(), expected.induced.wedges + 3 * expected.induced.triangles);
        prop_assert_eq!(at(SmallGraph::triangles_at), expected.triangles_at);
        prop_assert_eq!(at(SmallGraph::four_cycles_at), expected.four_cycles_at);
        prop_assert_eq!(at(SmallGraph::four_cliques_at), expected.four_cliques_at);
    }
}

#[test]
fn a_full_row_of_64_bits_is_counted() {
    let all_pairs = (0..64).flat_map(|left| (0..left).map(move |right| (left, right)));
    let complete = SmallGraph::new(64, all_pairs).unwrap();
    assert_eq!(complete.edge_count(), 2016);
    assert_eq!(complete.triangles(), 41_664); // C(64, 3)
    assert_eq!(complete.four_cliques(), 635_376); // C(64, 4)
    assert_eq!(complete.four_cycles(), 3 * 635_376);
    assert_eq!(complete.four_cliques_at(63), 39_711); // C(63, 3)
}

#[test]
fn more_than_64_nodes_and_unknown_nodes_are_refused() {
    assert_eq!(SmallGraph::new(65, []), Err(NotSmall::TooManyNodes { got: 65 }));
    assert_eq!(SmallGraph::new(3, [(0, 3)]), Err(NotSmall::OutOfRange { node: 3, node_count: 3 }));
}
