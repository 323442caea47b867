//! Graphlet and orbit counts against ORCA's, and against enumeration of all node sets.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use ssl4rl::graph::count::{GRAPHLETS, GraphletSize, SmallGraph};

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

/// Orbit counts of every node, graphlet counts in total, and graphlet counts of every pair, from all sets of up to five nodes.
struct Enumerated {
    orbits: Vec<Vec<u64>>,
    graphlets: Vec<u64>,
    at_pair: BTreeMap<(usize, usize), Vec<u64>>,
}

fn enumerate(adjacent: &[Vec<bool>]) -> Enumerated {
    let catalogue = catalogue();
    let mut found =
        Enumerated { orbits: vec![vec![0; 73]; adjacent.len()], graphlets: vec![0; 30], at_pair: BTreeMap::new() };
    for set in sets(adjacent.len(), 5).into_iter().filter(|set| set.len() >= 2) {
        let roles = roles(adjacent, &set);
        // Four nodes in two pairs look like no graphlet, and neither does anything else that falls apart.
        let Some((graphlet, orbits)) = catalogue.get(&sorted(roles.clone())) else { continue };
        found.graphlets[*graphlet] += 1;
        for (at, &node) in set.iter().enumerate() {
            found.orbits[node][orbits[&roles[at]]] += 1;
            for &other in set[at + 1..].iter().filter(|&&other| adjacent[node][other]) {
                found.at_pair.entry((node, other)).or_insert_with(|| vec![0; 30])[*graphlet] += 1;
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
