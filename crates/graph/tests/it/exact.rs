//! Exact answers on small graphs against brute force over all sets, orders and partitions, and against petgraph.

use petgraph::graph::{DiGraph, UnGraph};
use petgraph::visit::NodeIndexable;
use proptest::prelude::*;
use ssl4rl_graph::count::SmallGraph;
use ssl4rl_graph::exact::arcs::Arcs;
use ssl4rl_graph::exact::centrality::Measure;
use ssl4rl_graph::exact::{
    adjacent, all, around, colouring, connect, cores, cycles, edges, flow, matching, members, modularity, routes, sets,
    trail,
};

/// Graphs of one to `most` nodes with edges of any density.
fn graphs(most: usize) -> impl Strategy<Value = SmallGraph> {
    (1..=most, 0.0..1.0).prop_flat_map(|(nodes, density)| {
        prop::collection::vec(prop::bool::weighted(density), nodes * (nodes - 1) / 2).prop_map(move |links| {
            let pairs = (0..nodes as u32).flat_map(|left| (left + 1..nodes as u32).map(move |right| (left, right)));
            SmallGraph::new(nodes, pairs.zip(links).filter(|(_, linked)| *linked).map(|(pair, _)| pair)).unwrap()
        })
    })
}

fn petgraph_of(graph: &SmallGraph) -> UnGraph<(), ()> {
    let mut copy = UnGraph::new_undirected();
    let nodes: Vec<_> = (0..graph.node_count()).map(|_| copy.add_node(())).collect();
    for (left, right) in edges(graph) {
        copy.add_edge(nodes[left as usize], nodes[right as usize], ());
    }
    copy
}

/// Sizes of all sets of nodes that fulfil a condition.
fn sizes(graph: &SmallGraph, condition: impl Fn(u64) -> bool) -> Vec<u32> {
    (0..1_u64 << graph.node_count()).filter(|&set| condition(set)).map(u64::count_ones).collect()
}

fn independent(graph: &SmallGraph, set: u64) -> bool {
    members(set).all(|node| graph.neighbours(node) & set == 0)
}

fn clique(graph: &SmallGraph, set: u64) -> bool {
    members(set).all(|node| (graph.neighbours(node) | 1 << node) & set == set)
}

fn covers(graph: &SmallGraph, set: u64) -> bool {
    edges(graph).all(|(left, right)| set >> left & 1 == 1 || set >> right & 1 == 1)
}

fn dominates(graph: &SmallGraph, set: u64) -> bool {
    set | around(graph, set) == all(graph)
}

fn permutations(count: u32) -> Vec<Vec<u32>> {
    if count == 0 {
        return vec![vec![]];
    }
    let longer = |shorter: Vec<u32>| {
        (0..count as usize).map(move |at| {
            let mut row = shorter.clone();
            row.insert(at, count - 1);
            row
        })
    };
    permutations(count - 1).into_iter().flat_map(longer).collect()
}

/// All partitions of `0..nodes` as sets.
fn partitions(nodes: u32) -> Vec<Vec<u64>> {
    if nodes == 0 {
        return vec![vec![]];
    }
    let node = nodes - 1;
    let mut found = Vec::new();
    for smaller in partitions(node) {
        for at in 0..smaller.len() {
            let mut groups = smaller.clone();
            groups[at] |= 1 << node;
            found.push(groups);
        }
        found.push([smaller, vec![1 << node]].concat());
    }
    found
}

proptest! {
    #[test]
    fn sets_are_as_large_or_small_as_can_be(graph in graphs(10)) {
        let best = sets::largest_independent(&graph);
        prop_assert!(independent(&graph, best));
        prop_assert_eq!(Some(best.count_ones()), sizes(&graph, |set| independent(&graph, set)).into_iter().max());
        let best = sets::largest_clique(&graph);
        prop_assert!(clique(&graph, best));
        prop_assert_eq!(Some(best.count_ones()), sizes(&graph, |set| clique(&graph, set)).into_iter().max());
        let best = sets::smallest_cover(&graph);
        prop_assert!(covers(&graph, best));
        prop_assert_eq!(Some(best.count_ones()), sizes(&graph, |set| covers(&graph, set)).into_iter().min());
        let best = sets::smallest_dominating(&graph);
        prop_assert!(dominates(&graph, best));
        prop_assert_eq!(Some(best.count_ones()), sizes(&graph, |set| dominates(&graph, set)).into_iter().min());
    }

    #[test]
    fn no_colouring_has_fewer_colours(graph in graphs(7)) {
        let colours = colouring::fewest(&graph);
        prop_assert!(edges(&graph).all(|(left, right)| colours[left as usize] != colours[right as usize]));
        let used = colours.iter().max().map_or(0, |&most| most as usize + 1);
        let proper = |groups: &Vec<u64>| groups.iter().all(|&group| independent(&graph, group));
        let fewest = partitions(graph.node_count() as u32).iter().filter(|groups| proper(groups)).map(Vec::len).min();
        prop_assert_eq!(Some(used), fewest);
    }

    #[test]
    fn routes_are_found_where_some_order_is_one(graph in graphs(7)) {
        let is_path = |row: &[u32]| row.windows(2).all(|step| adjacent(&graph, step[0], step[1]));
        let orders = permutations(graph.node_count() as u32);
        let found = routes::hamiltonian_path(&graph);
        prop_assert_eq!(found.is_some(), orders.iter().any(|row| is_path(row)));
        prop_assert!(found.is_none_or(|row| is_path(&row) && row.len() == graph.node_count()));
        let shortest = orders
            .iter()
            .filter_map(|row| {
                let legs = (0..row.len()).map(|at| {
                    graph.distances(row[at])[row[(at + 1) % row.len()] as usize]
                });
                legs.sum::<Option<u32>>()
            })
            .min();
        let walk = routes::closed_walk(&graph, |_, _| 1);
        let connected = connect::components(&graph).len() == 1;
        if connected && graph.node_count() > 1 {
            let walk = walk.unwrap();
            prop_assert!(is_path(&walk) && walk.first() == walk.last());
            prop_assert_eq!(members(all(&graph)).filter(|node| walk.contains(node)).count(), graph.node_count());
            prop_assert_eq!(Some(walk.len() as u32 - 1), shortest);
        } else {
            prop_assert!(walk.is_none());
        }
    }

    #[test]
    fn flows_equal_cuts(graph in graphs(8)) {
        let nodes = graph.node_count() as u32;
        for (from, to) in (0..nodes).flat_map(|from| (0..nodes).map(move |to| (from, to))).filter(|(from, to)| from != to) {
            let paths = flow::edge_disjoint_paths(&graph, from, to);
            let mut used: Vec<(u32, u32)> = paths
                .iter()
                .flat_map(|path| path.windows(2).map(|step| (step[0].min(step[1]), step[0].max(step[1]))))
                .collect();
            prop_assert!(used.iter().all(|&(left, right)| adjacent(&graph, left, right)));
            prop_assert!(paths.iter().all(|path| path.first() == Some(&from) && path.last() == Some(&to)));
            let count = used.len();
            used.sort_unstable();
            used.dedup();
            prop_assert_eq!(used.len(), count);
            // The fewest edges that leave a set with one and without the other.
            let leaving = |set: u64| edges(&graph).filter(|&(left, right)| (set >> left ^ set >> right) & 1 == 1).count();
            let smallest = (0..1_u64 << nodes)
                .filter(|&set| set >> from & 1 == 1 && set >> to & 1 == 0)
                .map(leaving)
                .min();
            prop_assert_eq!(Some(paths.len()), smallest);
            let cut = flow::smallest_cut(&graph, from, to);
            prop_assert_eq!(Some(cut.len()), smallest);
            let rest = SmallGraph::new(nodes as usize, edges(&graph).filter(|edge| !cut.contains(edge))).unwrap();
            prop_assert!(connect::shortest_path(&rest, from, to).is_none());
        }
    }

    #[test]
    fn no_matching_is_larger(graph in graphs(6)) {
        let pairs = matching::largest(&graph);
        let apart = |pairs: &[(u32, u32)]| {
            let mut ends: Vec<u32> = pairs.iter().flat_map(|&(left, right)| [left, right]).collect();
            ends.sort_unstable();
            ends.windows(2).all(|two| two[0] != two[1])
        };
        prop_assert!(apart(&pairs) && pairs.iter().all(|&(left, right)| adjacent(&graph, left, right)));
        let all_edges: Vec<(u32, u32)> = edges(&graph).collect();
        let largest = (0..1_u64 << all_edges.len())
            .map(|set| members(set).map(|at| all_edges[at as usize]).collect::<Vec<_>>())
            .filter(|chosen| apart(chosen))
            .map(|chosen| chosen.len())
            .max();
        prop_assert_eq!(Some(pairs.len()), largest);
    }

    #[test]
    fn modularity_is_the_greatest_and_counted(graph in graphs(7)) {
        let best = modularity::best(&graph).unwrap();
        let values: Vec<i64> =
            partitions(graph.node_count() as u32).iter().map(|groups| slow_modularity(&graph, groups)).collect();
        let greatest = values.iter().copied().max().unwrap();
        prop_assert_eq!(best.modularity, greatest);
        prop_assert_eq!(best.count as usize, values.iter().filter(|&&value| value == greatest).count());
        prop_assert_eq!(modularity::of(&graph, &best.groups), greatest);
        prop_assert_eq!(best.groups.iter().fold(0, |set, group| set | group), all(&graph));
    }

    #[test]
    fn connection_agrees_with_petgraph(graph in graphs(12)) {
        let copy = petgraph_of(&graph);
        prop_assert_eq!(connect::components(&graph).len(), petgraph::algo::connected_components(&copy));
        let cut_nodes: u64 = petgraph::algo::articulation_points::articulation_points(&copy)
            .into_iter()
            .fold(0, |set, node| set | 1 << copy.to_index(node));
        prop_assert_eq!(connect::articulation_nodes(&graph), cut_nodes);
        let mut bridges: Vec<(u32, u32)> = petgraph::algo::bridges::bridges(&copy)
            .map(|edge| {
                use petgraph::visit::EdgeRef;
                let (one, other) = (edge.source().index() as u32, edge.target().index() as u32);
                (one.min(other), one.max(other))
            })
            .collect();
        bridges.sort_unstable();
        prop_assert_eq!(connect::bridges(&graph), bridges);
        let forest = SmallGraph::new(graph.node_count(), connect::spanning_forest(&graph)).unwrap();
        prop_assert_eq!(connect::components(&forest), connect::components(&graph));
        prop_assert_eq!(forest.edge_count() as usize + connect::components(&graph).len(), graph.node_count());
    }

    #[test]
    fn cycles_are_found_where_petgraph_sees_them(graph in graphs(12)) {
        let copy = petgraph_of(&graph);
        let is_cycle = |nodes: &[u32]| {
            let distinct: std::collections::BTreeSet<&u32> = nodes.iter().collect();
            nodes.len() > 2
                && distinct.len() == nodes.len()
                && (0..nodes.len()).all(|at| adjacent(&graph, nodes[at], nodes[(at + 1) % nodes.len()]))
        };
        let cycle = cycles::cycle(&graph);
        prop_assert_eq!(cycle.is_some(), petgraph::algo::is_cyclic_undirected(&copy));
        prop_assert_eq!(cycle.is_none(), cycles::elimination_order(&graph).is_some());
        prop_assert!(cycle.is_none_or(|cycle| is_cycle(&cycle)));
        let odd = cycles::odd_cycle(&graph);
        let bipartite = connect::components(&graph)
            .into_iter()
            .all(|part| petgraph::algo::is_bipartite_undirected(&copy, copy.from_index(part.trailing_zeros() as usize)));
        prop_assert_eq!(odd.is_none(), bipartite);
        prop_assert!(odd.is_none_or(|cycle| cycle.len() % 2 == 1 && is_cycle(&cycle)));
        let crosses = |side: u64| edges(&graph).all(|(left, right)| (side >> left ^ side >> right) & 1 == 1);
        prop_assert_eq!(cycles::two_colouring(&graph).map(crosses), bipartite.then_some(true));
    }

    #[test]
    fn trails_use_every_edge_once(graph in graphs(8)) {
        let walk = trail::euler(&graph);
        // Euler 1736: a trail exists if and only if the edges hang together and at most two nodes are odd.
        let odd = (0..graph.node_count() as u32).filter(|&node| graph.degree(node) % 2 == 1).count();
        let with_edges = connect::components(&graph).into_iter().filter(|part| part.count_ones() > 1).count();
        prop_assert_eq!(walk.is_some(), odd <= 2 && with_edges == 1);
        if let Some(walk) = walk {
            let mut used: Vec<(u32, u32)> =
                walk.windows(2).map(|step| (step[0].min(step[1]), step[0].max(step[1]))).collect();
            used.sort_unstable();
            prop_assert_eq!(used, edges(&graph).collect::<Vec<_>>());
        }
    }

    #[test]
    fn orders_agree_with_petgraph(nodes in 1..10_usize, arcs in prop::collection::vec((0..10_u32, 0..10_u32), 0..20)) {
        let arcs: Vec<(u32, u32)> = arcs
            .into_iter()
            .map(|(from, to)| (from % nodes as u32, to % nodes as u32))
            .filter(|(from, to)| from != to)
            .collect();
        let rows = Arcs::new(nodes, arcs.iter().copied()).unwrap();
        let mut copy = DiGraph::<(), ()>::new();
        let indices: Vec<_> = (0..nodes).map(|_| copy.add_node(())).collect();
        for &(from, to) in &arcs {
            copy.update_edge(indices[from as usize], indices[to as usize], ());
        }
        let cyclic = petgraph::algo::is_cyclic_directed(&copy);
        prop_assert_eq!(rows.topological_order().is_none(), cyclic);
        prop_assert_eq!(rows.cycle().is_some(), cyclic);
        if let Some(order) = rows.topological_order() {
            let place = |node: u32| order.iter().position(|&other| other == node);
            prop_assert!(arcs.iter().all(|&(from, to)| place(from) < place(to)));
        }
        if let Some(cycle) = rows.cycle() {
            prop_assert!((0..cycle.len()).all(|at| rows.leads(cycle[at], cycle[(at + 1) % cycle.len()])));
        }
    }

    #[test]
    fn core_numbers_are_those_of_the_largest_core(graph in graphs(9)) {
        let numbers = cores::numbers(&graph);
        let least = |set: u64| members(set).map(|node| (graph.neighbours(node) & set).count_ones()).min().unwrap();
        for node in members(all(&graph)) {
            let sets = (1..1_u64 << graph.node_count()).filter(|set| set >> node & 1 == 1);
            prop_assert_eq!(Some(numbers[node as usize]), sets.map(least).max());
        }
    }

    #[test]
    fn betweenness_counts_shortest_paths(graph in graphs(7)) {
        let values = Measure::Betweenness.of(&graph);
        let nodes = graph.node_count() as u32;
        for node in 0..nodes {
            let mut slow = 0.0;
            for (from, to) in (0..nodes).flat_map(|from| (from + 1..nodes).map(move |to| (from, to))) {
                let paths = shortest_paths(&graph, from, to);
                let inner = paths.iter().filter(|path| path[1..path.len() - 1].contains(&node)).count();
                if !paths.is_empty() {
                    slow += inner as f64 / paths.len() as f64;
                }
            }
            prop_assert!((values[node as usize] - slow).abs() < 1e-9, "{} {}", values[node as usize], slow);
        }
    }

    #[test]
    fn iterated_measures_solve_their_equations(graph in graphs(10)) {
        let around = |values: &[f64], node: u32| -> f64 {
            members(graph.neighbours(node)).map(|other| values[other as usize]).sum()
        };
        let katz = Measure::Katz.of(&graph);
        let ranks = Measure::PageRank.of(&graph);
        let leading = Measure::Eigenvector.of(&graph);
        prop_assert!((ranks.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let nodes = graph.node_count() as f64;
        let idle: f64 =
            members(all(&graph)).filter(|&node| graph.degree(node) == 0).map(|node| ranks[node as usize]).sum();
        let connected = connect::components(&graph).len() == 1 && graph.node_count() > 1;
        for node in members(all(&graph)) {
            prop_assert!((katz[node as usize] - 1.0 - 0.1 * around(&katz, node)).abs() < 1e-7);
            // Brin and Page 1998: a random edge with probability 0.85, else anywhere; from a node without edges anywhere.
            let followed: f64 = members(graph.neighbours(node))
                .map(|other| ranks[other as usize] / graph.degree(other) as f64)
                .sum();
            let rank = 0.15 / nodes + 0.85 * (followed + idle / nodes);
            prop_assert!((ranks[node as usize] - rank).abs() < 1e-9);
        }
        if connected {
            let ratio = around(&leading, 0) / leading[0];
            for node in members(all(&graph)) {
                prop_assert!((around(&leading, node) - ratio * leading[node as usize]).abs() < 1e-4);
            }
        }
    }
}

/// Newman and Girvan's sum over pairs, times `4 m²`.
fn slow_modularity(graph: &SmallGraph, groups: &[u64]) -> i64 {
    let twice = 2 * graph.edge_count() as i64;
    let mut sum = 0;
    for &group in groups {
        for one in members(group) {
            for other in members(group) {
                sum +=
                    twice * i64::from(adjacent(graph, one, other)) - (graph.degree(one) * graph.degree(other)) as i64;
            }
        }
    }
    sum
}

/// Every shortest path between two nodes.
fn shortest_paths(graph: &SmallGraph, from: u32, to: u32) -> Vec<Vec<u32>> {
    let mut paths = vec![vec![from]];
    for _ in 0..graph.node_count() {
        let there: Vec<Vec<u32>> = paths.iter().filter(|path| path.last() == Some(&to)).cloned().collect();
        if !there.is_empty() {
            return there;
        }
        paths = paths
            .into_iter()
            .flat_map(|path| {
                members(graph.neighbours(path[path.len() - 1]))
                    .filter(|next| !path.contains(next))
                    .map(|next| [path.clone(), vec![next]].concat())
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    Vec::new()
}

#[test]
fn larger_graphs_are_answered_too() {
    // A 6 by 10 grid: 30 squares of one colour of the chessboard, domination number 16 (Alanko et al. 2011).
    let at = |row: u32, column: u32| row * 10 + column;
    let right = (0..6).flat_map(|row| (0..9).map(move |column| (at(row, column), at(row, column + 1))));
    let down = (0..5).flat_map(|row| (0..10).map(move |column| (at(row, column), at(row + 1, column))));
    let grid = SmallGraph::new(60, right.chain(down)).unwrap();
    assert_eq!(sets::largest_independent(&grid).count_ones(), 30);
    assert_eq!(sets::largest_clique(&grid).count_ones(), 2);
    assert_eq!(sets::smallest_dominating(&grid).count_ones(), 16);
    assert_eq!(colouring::fewest(&grid).iter().max(), Some(&1));
    assert_eq!(flow::edge_disjoint_paths(&grid, 0, 59).len(), 2);
    assert_eq!(matching::largest(&grid).len(), 30);
    assert!(routes::hamiltonian_path(&grid).is_none() && modularity::best(&grid).is_none(), "too large to answer");
}

#[test]
fn page_rank_of_a_path_by_hand() {
    // Ends r, middle s: r = 0.05 + 0.425 s and s = 0.05 + 1.7 r, so s = 0.135 / 0.2775.
    let ranks = Measure::PageRank.of(&SmallGraph::new(3, [(0, 1), (1, 2)]).unwrap());
    assert!((ranks[1] - 0.135 / 0.2775).abs() < 1e-9 && (ranks[0] - ranks[2]).abs() < 1e-12);
}
