//! Random walks against the exact probabilities of what they visit.

use std::collections::BTreeMap;

use ssl4rl_graph::sample::{View, Walk, edges_between, random_walk};
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, Node};
use ssl4rl_tasks::{Split, TaskRng};

fn graph(nodes: usize, edges: &[(Node, Node)]) -> Graph {
    let mut builder = GraphBuilder::new("drawn by hand", nodes, Direction::Undirected);
    for &(left, right) in edges {
        builder.edge(left, right).unwrap();
    }
    builder.build().unwrap()
}

/// Probability of each set of visited nodes, a bit a node: every coin and every neighbour of every step is followed.
fn exact(view: &View<'_>, start: Node, walk: Walk) -> BTreeMap<u32, f64> {
    let mut states = BTreeMap::from([((1_u32 << start, start), 1.0)]);
    for _ in 0..walk.length {
        let mut next: BTreeMap<(u32, Node), f64> = BTreeMap::new();
        for (&(seen, here), &probability) in &states {
            if seen.count_ones() as usize == walk.max_nodes {
                *next.entry((seen, here)).or_default() += probability;
                continue;
            }
            for (from, share) in [(start, walk.restart), (here, 1.0 - walk.restart)] {
                let neighbours: Vec<Node> = view.neighbours(from).collect();
                for &other in &neighbours {
                    *next.entry((seen | 1 << other, other)).or_default() +=
                        probability * share / neighbours.len() as f64;
                }
            }
        }
        states = next;
    }
    let mut sets = BTreeMap::new();
    for ((seen, _), probability) in states {
        *sets.entry(seen).or_default() += probability;
    }
    sets
}

#[test]
fn sets_are_visited_as_often_as_the_steps_make_likely() {
    const WALKS: u64 = 20_000;
    // A triangle, a tail of two and a leaf; the edge between 1 and 2 is hidden.
    let graph = graph(6, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (0, 5)]);
    let view = View::whole(&graph).hiding(2, 1);
    for (start, length, restart, max_nodes) in
        [(0, 6, 0.3, 6), (0, 9, 0.15, 4), (3, 5, 0.5, 3), (4, 4, 0.0, 6), (2, 7, 0.9, 5)]
    {
        let walk = Walk { length, restart, max_nodes };
        let mut seen: BTreeMap<u32, f64> = BTreeMap::new();
        for index in 0..WALKS {
            let mut rng = TaskRng::new(3, "walk", Split::Train, index);
            let nodes = random_walk(&view, start, walk, &mut rng).nodes;
            *seen.entry(nodes.iter().fold(0, |set, node| set | 1 << node)).or_default() += 1.0 / WALKS as f64;
        }
        let expected = exact(&view, start, walk);
        assert!((expected.values().sum::<f64>() - 1.0).abs() < 1e-12);
        for set in seen.keys().chain(expected.keys()) {
            let (seen, expected) = (seen.get(set).unwrap_or(&0.0), expected.get(set).unwrap_or(&0.0));
            // Five standard errors, of one walk in ten thousand at least.
            let near = 5.0 * (expected.max(1e-4) / WALKS as f64).sqrt();
            assert!((seen - expected).abs() < near, "{walk:?} from {start}, {set:b}: {seen} is not near {expected}");
        }
    }
}

#[test]
fn a_node_without_visible_neighbours_is_all_that_a_walk_sees() {
    let graph = graph(3, &[(0, 1)]);
    let walk = Walk { length: 40, restart: 0.15, max_nodes: 20 };
    for (view, start) in [(View::whole(&graph), 2), (View::whole(&graph).hiding(0, 1), 0)] {
        let mut rng = TaskRng::new(3, "walk", Split::Train, 0);
        let subgraph = random_walk(&view, start, walk, &mut rng);
        assert_eq!((subgraph.nodes, subgraph.edges), (vec![start], vec![]));
    }
}

#[test]
fn edges_among_nodes_are_those_of_the_list_of_all_edges_that_may_be_seen() {
    const NODES: usize = 40;
    for (direction, relations) in [(Direction::Undirected, 0), (Direction::Directed, 0), (Direction::Directed, 3)] {
        let mut rng = TaskRng::new(5, "edges", Split::Train, 0);
        let mut builder = GraphBuilder::new("drawn at random", NODES, direction);
        builder.relations((0..relations).map(|relation| format!("r{relation}")).collect());
        for _ in 0..160 {
            let [source, target] = [0, 0].map(|_: u8| rng.below(NODES) as Node);
            builder.triple(source, rng.below(relations.max(1)) as u32, target).unwrap();
        }
        let graph = builder.build().unwrap();
        let view = View::context(&graph).hiding(graph.edges()[0].source, graph.edges()[0].target);
        for index in 0..200 {
            let mut rng = TaskRng::new(5, "nodes", Split::Train, index);
            let mut all: Vec<Node> = (0..NODES as Node).collect();
            let nodes = rng.sample_front(&mut all, 15).to_vec();
            let mut edges = view.edges_among(&nodes);
            edges.sort_unstable();
            let seen = |edge: &&Edge| {
                edge.source != edge.target
                    && nodes.contains(&edge.source)
                    && nodes.contains(&edge.target)
                    && view.shows_pair(edge.source, edge.target)
            };
            let expected: Vec<Edge> = graph.edges().iter().filter(seen).copied().collect();
            assert_eq!(edges, expected, "{direction:?}, {relations} relations");

            let pair = (nodes[0], nodes[1]);
            let mut between: Vec<Edge> = edges_between(&graph, pair.0, pair.1).collect();
            between.sort_unstable();
            let joins = |edge: &&Edge| [(edge.source, edge.target), (edge.target, edge.source)].contains(&pair);
            assert_eq!(between, graph.edges().iter().filter(joins).copied().collect::<Vec<_>>());
        }
    }
}
