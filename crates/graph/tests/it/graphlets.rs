//! Graphlet and orbit counts against ORCA's, and against enumeration of all node sets.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use ssl4rl_graph::count::{CountError, GRAPHLETS, GraphletSize, SmallGraph, edge_orbits, graphlet_totals, node_orbits};
use ssl4rl_graph::{Direction, Graph, GraphBuilder};

/// A graph and the orbit counts of its nodes, from `tests/golden/graphlets.py`.
#[derive(Deserialize)]
struct Golden {
    name: String,
    nodes: usize,
    edges: Vec<(u32, u32)>,
    orbits: Vec<Vec<u64>>,
}

fn golden() -> Vec<Golden> {
    serde_json::from_str(include_str!("../golden/graphlets.json")).unwrap()
}

#[test]
fn orbits_of_small_graphs_are_those_of_orca() {
    for graph in golden() {
        let small = SmallGraph::new(graph.nodes, graph.edges).unwrap();
        for (node, orbits) in graph.orbits.iter().enumerate() {
            for size in GraphletSize::ALL {
                let expected = &orbits[..size.orbit_count()];
                assert_eq!(small.orbits_at(node as u32, size), expected, "{} node {node}", graph.name);
            }
        }
    }
}

fn graph_of(node_count: usize, edges: impl IntoIterator<Item = (u32, u32)>) -> Graph {
    let mut builder = GraphBuilder::new("test", node_count, Direction::Undirected);
    for (left, right) in edges {
        builder.edge(left, right).unwrap();
    }
    builder.build().unwrap()
}

#[test]
fn orbits_of_whole_graphs_are_those_of_orca() {
    for golden in golden() {
        let graph = graph_of(golden.nodes, golden.edges);
        for size in GraphletSize::ALL {
            let orbits = node_orbits(&graph, size).unwrap();
            assert_eq!(orbits.columns(), size.orbit_count());
            for (node, expected) in golden.orbits.iter().enumerate() {
                assert_eq!(orbits.of(node), &expected[..size.orbit_count()], "{} node {node}", golden.name);
            }
        }
    }
}

/// Sums of orbits over the nodes of the citation graphs, as ORCA counts them.
#[test]
fn orbit_sums_of_real_graphs_are_those_of_orca() {
    let folder = |variable| std::env::var_os(variable).map(std::path::PathBuf::from);
    let (Some(data), Some(reference)) = (folder("SSL4RL_DATA"), folder("SSL4RL_REFERENCE")) else {
        say_skipped("SSL4RL_DATA or SSL4RL_REFERENCE is unset: the real graphs are not counted");
        return;
    };
    let sums = std::fs::read_to_string(reference.join("golden").join("graph_orbits.json")).unwrap();
    let sums: BTreeMap<String, BTreeMap<String, Vec<u128>>> = serde_json::from_str(&sums).unwrap();
    for (name, nodes) in [("cora", 2708), ("citeseer", 3327), ("pubmed", 19717)] {
        let text = std::fs::read_to_string(data.join(name).join("planetoid.edges.tsv")).unwrap();
        let pairs = text.lines().map(|line| line.split_once('\t').unwrap());
        let graph = graph_of(nodes, pairs.map(|(left, right)| (left.parse().unwrap(), right.parse().unwrap())));
        for (key, size) in [("4", GraphletSize::Four), ("5", GraphletSize::Five)] {
            assert_eq!(node_orbits(&graph, size).unwrap().sums(), sums[name][key], "{name}, {key} nodes");
        }
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn say_skipped(message: &str) {
    eprintln!("{message}");
}

/// What tells the roles of nodes in a graphlet apart without looking for a symmetry: degree, triangles, degrees of neighbours.
type Role = (usize, usize, usize);

fn roles(adjacent: &[Vec<bool>], nodes: &[usize]) -> Vec<Role> {
    let near = |node: usize| nodes.iter().copied().filter(move |&other| adjacent[node][other]);
    let degree = |node| near(node).count();
    let triangles = |node| near(node).flat_map(|other| near(other).filter(|&third| adjacent[third][node])).count();
    nodes.iter().map(|&node| (degree(node), triangles(node), near(node).map(degree).sum())).collect()
}

fn sorted(mut roles: Vec<Role>) -> Vec<Role> {
    roles.sort_unstable();
    roles
}

/// Graphlet by the roles of its nodes, and orbit by role within it.
fn catalogue() -> BTreeMap<Vec<Role>, (usize, BTreeMap<Role, usize>)> {
    let mut catalogue = BTreeMap::new();
    for graphlet in &GRAPHLETS {
        let mut adjacent = vec![vec![false; graphlet.node_count()]; graphlet.node_count()];
        for &(left, right) in graphlet.edges {
            (adjacent[left][right], adjacent[right][left]) = (true, true);
        }
        let nodes: Vec<usize> = (0..graphlet.node_count()).collect();
        let roles = roles(&adjacent, &nodes);
        let orbits: BTreeMap<Role, usize> = roles.iter().copied().zip(graphlet.orbits.iter().copied()).collect();
        assert_eq!(orbits.len(), graphlet.orbit_range().len(), "a role for every orbit of {}", graphlet.name);
        assert!(
            catalogue.insert(sorted(roles), (graphlet.number, orbits)).is_none(),
            "{} is told apart",
            graphlet.name
        );
    }
    assert_eq!(catalogue.len(), 30);
    catalogue
}

/// Counts from all sets of up to five nodes.
struct Enumerated {
    /// Orbit counts of every node.
    orbits: Vec<Vec<u64>>,
    /// Graphlet counts in total.
    graphlets: Vec<u64>,
    /// Graphlet counts of every adjacent pair.
    at_pair: BTreeMap<(usize, usize), Vec<u64>>,
    /// Edge orbit counts of every adjacent pair.
    pair_orbits: BTreeMap<(usize, usize), Vec<u64>>,
}

/// Orbits of the two ends of every edge orbit, in the order that `edge_orbits` documents.
const ENDS: [(usize, usize); 12] =
    [(1, 2), (3, 3), (4, 5), (5, 5), (6, 7), (8, 8), (9, 11), (10, 10), (10, 11), (12, 13), (13, 13), (14, 14)];

fn enumerate(adjacent: &[Vec<bool>]) -> Enumerated {
    let catalogue = catalogue();
    let mut found = Enumerated {
        orbits: vec![vec![0; 73]; adjacent.len()],
        graphlets: vec![0; 30],
        at_pair: BTreeMap::new(),
        pair_orbits: BTreeMap::new(),
    };
    for set in sets(adjacent.len(), 5).into_iter().filter(|set| set.len() >= 2) {
        let roles = roles(adjacent, &set);
        // Four nodes in two pairs look like no graphlet, and neither does anything else that falls apart.
        let Some((graphlet, orbits)) = catalogue.get(&sorted(roles.clone())) else { continue };
        found.graphlets[*graphlet] += 1;
        for (at, &node) in set.iter().enumerate() {
            found.orbits[node][orbits[&roles[at]]] += 1;
            for (other_at, &other) in set.iter().enumerate().skip(at + 1).filter(|&(_, &other)| adjacent[node][other]) {
                found.at_pair.entry((node, other)).or_insert_with(|| vec![0; 30])[*graphlet] += 1;
                let ends = [orbits[&roles[at]], orbits[&roles[other_at]]];
                let ends = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                let counts = found.pair_orbits.entry((node, other)).or_insert_with(|| vec![0; 12]);
                if let Some(orbit) = ENDS.iter().position(|&of_orbit| of_orbit == ends) {
                    counts[orbit] += 1;
                }
            }
        }
    }
    found
}

/// Every set of at most `largest` numbers below `count`, ascending.
fn sets(count: usize, largest: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for next in 0..count {
        let longer: Vec<Vec<usize>> =
            all.iter().filter(|set| set.len() < largest).map(|set| [&set[..], &[next]].concat()).collect();
        all.extend(longer);
    }
    all
}

fn small_graphs() -> impl Strategy<Value = (usize, Vec<(u32, u32)>)> {
    (1_u32..12, 0_usize..70).prop_flat_map(|(node_count, most_edges)| {
        let node = 0..node_count;
        (Just(node_count as usize), prop::collection::vec((node.clone(), node), 0..=most_edges))
    })
}

fn adjacency(node_count: usize, edges: &[(u32, u32)]) -> Vec<Vec<bool>> {
    let mut adjacent = vec![vec![false; node_count]; node_count];
    for &(left, right) in edges.iter().filter(|(left, right)| left != right) {
        adjacent[left as usize][right as usize] = true;
        adjacent[right as usize][left as usize] = true;
    }
    adjacent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn small_graphs_agree_with_enumeration((node_count, edges) in small_graphs()) {
        let expected = enumerate(&adjacency(node_count, &edges));
        let small = SmallGraph::new(node_count, edges).unwrap();
        for (node, orbits) in expected.orbits.iter().enumerate() {
            prop_assert_eq!(&small.orbits_at(node as u32, GraphletSize::Five), orbits);
        }
        for size in GraphletSize::ALL {
            let numbers = || size.graphlets().iter().map(|graphlet| graphlet.number);
            let of_size = |counts: &[u64]| numbers().map(|number| counts[number]).collect::<Vec<_>>();
            prop_assert_eq!(small.motifs(size), of_size(&expected.graphlets));
            for left in 0..node_count {
                for right in left + 1..node_count {
                    let none = vec![0; 30];
                    let counts = expected.at_pair.get(&(left, right)).unwrap_or(&none);
                    prop_assert_eq!(small.motifs_at_edge(left as u32, right as u32, size), of_size(counts));
                    prop_assert_eq!(small.motifs_at_edge(right as u32, left as u32, size), of_size(counts));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whole_graphs_agree_with_enumeration((node_count, edges) in small_graphs()) {
        let expected = enumerate(&adjacency(node_count, &edges));
        let graph = graph_of(node_count, edges);
        for size in GraphletSize::ALL {
            let orbits = node_orbits(&graph, size).unwrap();
            for (node, counts) in expected.orbits.iter().enumerate() {
                prop_assert_eq!(orbits.of(node), &counts[..size.orbit_count()]);
            }
            let totals = graphlet_totals(&graph, size).unwrap();
            for (graphlet, count) in totals.iter() {
                prop_assert_eq!(count, u128::from(expected.graphlets[graphlet.number]), "{}", graphlet.name);
            }
            prop_assert_eq!(totals.to_non_induced().to_induced(), totals);
        }
        let rows = edge_orbits(&graph).unwrap();
        prop_assert_eq!(rows.rows().len(), expected.pair_orbits.len());
        for (row, counts) in rows.rows().zip(expected.pair_orbits.values()) {
            prop_assert_eq!(row, &counts[..]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn non_induced_totals_count_placements((node_count, edges) in small_graphs()) {
        let node_count = node_count.min(7);
        let edges = edges.into_iter().filter(|&(left, right)| left.max(right) < node_count as u32);
        let edges: Vec<(u32, u32)> = edges.collect();
        let adjacent = adjacency(node_count, &edges);
        let totals = graphlet_totals(&graph_of(node_count, edges), GraphletSize::Five).unwrap().to_non_induced();
        for (graphlet, count) in totals.iter() {
            let mut own = vec![vec![false; graphlet.node_count()]; graphlet.node_count()];
            for &(left, right) in graphlet.edges {
                (own[left][right], own[right][left]) = (true, true);
            }
            let symmetries = placements(graphlet.edges, graphlet.node_count(), &own, &mut vec![]);
            let expected = placements(graphlet.edges, graphlet.node_count(), &adjacent, &mut vec![]) / symmetries;
            prop_assert_eq!(count, u128::from(expected), "{}", graphlet.name);
        }
    }
}

/// Ways to put nodes `0..nodes` on different nodes of a graph so that edges lie on edges.
fn placements(edges: &[(usize, usize)], nodes: usize, adjacent: &[Vec<bool>], placed: &mut Vec<usize>) -> u64 {
    if placed.len() == nodes {
        return u64::from(edges.iter().all(|&(left, right)| adjacent[placed[left]][placed[right]]));
    }
    let mut total = 0;
    for node in 0..adjacent.len() {
        if !placed.contains(&node) {
            placed.push(node);
            total += placements(edges, nodes, adjacent, placed);
            placed.pop();
        }
    }
    total
}

fn star(leaves: u32) -> Graph {
    graph_of(leaves as usize + 1, (1..=leaves).map(|leaf| (0, leaf)))
}

#[test]
fn a_hub_of_a_million_is_counted_with_four_nodes() {
    let star = star(1_000_000);
    let four = node_orbits(&star, GraphletSize::Four).unwrap();
    assert_eq!(four.of(0)[7], 166_666_166_667_000_000); // C(10^6, 3)
    assert_eq!(four.of(7)[6], 499_998_500_001); // C(10^6 - 1, 2)
    assert_eq!(edge_orbits(&star).unwrap().of(0)[4], 499_998_500_001);
}

#[test]
fn counts_beyond_64_bits_are_refused_and_totals_are_not() {
    let star = star(150_000);
    let four_stars = 21_092_906_260_312_462_500; // C(150000, 4), above 2^64
    let refused = CountError::TooLarge { place: "node 0".into(), orbit: 23, count: four_stars };
    assert_eq!(node_orbits(&star, GraphletSize::Five), Err(refused));
    let totals = graphlet_totals(&star, GraphletSize::Five).unwrap();
    assert_eq!(totals.named("4-star"), Some(four_stars as u128));
    assert_eq!(totals.counts()[9..].iter().sum::<u128>(), four_stars as u128);
}

#[test]
fn graphs_without_edges_have_empty_counts() {
    for nodes in [0, 1, 3] {
        let graph = graph_of(nodes, []);
        let orbits = node_orbits(&graph, GraphletSize::Five).unwrap();
        assert_eq!(orbits.rows().len(), nodes);
        assert_eq!(orbits.sums(), vec![0; 73]);
        assert!(orbits.of(nodes).is_empty());
        assert_eq!(edge_orbits(&graph).unwrap().rows().len(), 0);
        assert_eq!(graphlet_totals(&graph, GraphletSize::Five).unwrap().counts(), vec![0; 30]);
    }
}

#[test]
fn nodes_outside_a_small_graph_are_in_no_graphlet() {
    let small = SmallGraph::new(2, [(0, 1)]).unwrap();
    assert_eq!(small.orbits_at(2, GraphletSize::Five), vec![0; 73]);
    assert_eq!(small.motifs_at_edge(0, 2, GraphletSize::Three), [0, 0]);
    assert_eq!(small.motifs_at_edge(90, 70, GraphletSize::Three), [0, 0]);
    assert_eq!(SmallGraph::new(0, []).unwrap().motifs(GraphletSize::Five), vec![0; 21]);
}

#[test]
fn a_star_of_64_nodes_has_the_graphlets_of_a_star() {
    let star = SmallGraph::new(64, (1..64).map(|leaf| (0, leaf))).unwrap();
    let four_stars = 595_665; // C(63, 4)
    assert_eq!(star.motifs(GraphletSize::Five).iter().sum::<u64>(), four_stars);
    assert_eq!(star.orbits_at(0, GraphletSize::Five)[23], four_stars);
    assert_eq!(star.orbits_at(63, GraphletSize::Five)[22], 37_820); // C(62, 3)
}
