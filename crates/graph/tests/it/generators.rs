//! What the generated graphs of fixed shape, the random regular and the small-world ones must look like.

use ssl4rl_graph::generate::from_spec;
use ssl4rl_graph::measure::{average_clustering, components, diameters};
use ssl4rl_graph::{Graph, Node};

fn made(spec: &str, seed: u64) -> Graph {
    from_spec(spec, seed).unwrap().unwrap()
}

fn degrees(graph: &Graph) -> Vec<usize> {
    let mut degrees: Vec<usize> = (0..graph.node_count() as Node).map(|node| graph.degree(node)).collect();
    degrees.sort_unstable();
    degrees
}

#[test]
fn shapes_have_the_degrees_and_diameters_of_their_names() {
    for nodes in [3_usize, 4, 9, 50] {
        let shape = |name: &str| made(&format!("{name}:n={nodes}"), 5);
        let looks = |graph: &Graph| (degrees(graph), components(graph).count(), diameters(graph).1[0] as usize);
        let one_hub = [vec![1; nodes - 1], vec![nodes - 1]].concat();
        let two_ends = [vec![1; 2], vec![2; nodes - 2]].concat();
        assert_eq!(looks(&shape("path")), (two_ends, 1, nodes - 1));
        assert_eq!(looks(&shape("cycle")), (vec![2; nodes], 1, nodes / 2));
        assert_eq!(looks(&shape("star")), (one_hub, 1, 2));
        assert_eq!(looks(&shape("complete")), (vec![nodes - 1; nodes], 1, 1));
    }
    for name in ["path", "star", "complete"] {
        assert_eq!(made(&format!("{name}:n=1"), 1).edges().len(), 0);
        assert_eq!(made(&format!("{name}:n=2"), 1).edges().len(), 1);
    }
}

#[test]
fn ids_do_not_tell_the_hub_of_a_star() {
    let hubs: Vec<Node> = (0..40)
        .map(|seed| {
            let star = made("star:n=10", seed);
            (0..10).find(|&node| star.degree(node) == 9).unwrap()
        })
        .collect();
    assert!((0..10).all(|node| hubs.iter().filter(|&&hub| hub == node).count() < 16), "{hubs:?}");
}

#[test]
fn regular_graphs_are_regular_whatever_the_degree() {
    for nodes in [2_usize, 5, 10, 21] {
        for degree in (0..nodes).filter(|degree| nodes * degree % 2 == 0) {
            let graph = made(&format!("regular:n={nodes},d={degree}"), 3);
            assert_eq!(degrees(&graph), vec![degree; nodes], "{nodes} nodes of degree {degree}");
        }
    }
    assert_eq!(degrees(&made("regular:n=2000,d=7", 1)), vec![7; 2000]);
    assert_eq!(degrees(&made("regular:n=300,d=150", 1)), vec![150; 300]);
}

/// Of the 70 labelled 2-regular graphs on six nodes, 60 are hexagons and 10 are two triangles.
#[test]
fn sparse_regular_graphs_are_equally_likely() {
    let two_triangles = (0..1400).filter(|&seed| components(&made("regular:n=6,d=2", seed)).count() == 2).count();
    assert!((140..=280).contains(&two_triangles), "{two_triangles} of 1400 instead of about 200");
}

#[test]
fn small_worlds_keep_their_edges_and_lose_their_clustering() {
    for (spec, edges) in
        [("ws:n=20,k=4,p=0", 40), ("ws:n=20,k=4,p=1", 40), ("ws:n=500,k=6,p=0.3", 1500), ("ws:n=5,k=4,p=1", 10)]
    {
        let graph = made(spec, 2);
        assert_eq!(graph.edges().len(), edges, "{spec}");
        assert_eq!(graph.provenance().duplicates, 0, "{spec}");
    }
    let ring = made("ws:n=400,k=6,p=0", 1);
    assert_eq!(degrees(&ring), vec![6; 400]);
    // Of a ring node's 15 pairs of neighbours, 9 are at most three steps apart.
    assert!((average_clustering(&ring) - 0.6).abs() < 1e-12);
    let moved = made("ws:n=400,k=6,p=1", 1);
    assert!(average_clustering(&moved) < 0.06);
    let reach = |graph: &Graph| diameters(graph).1[0];
    assert!(reach(&made("ws:n=400,k=6,p=0.1", 1)) < reach(&ring) / 3);
}

#[test]
fn what_cannot_be_built_is_refused_with_the_reason() {
    let message = |spec: &str| from_spec(spec, 1).unwrap().unwrap_err().to_string();
    assert_eq!(
        message("regular:n=5,d=3"),
        "generator `regular`: `d` must be below `n` and one of them even, got d=3 and n=5"
    );
    assert_eq!(message("ws:n=5,k=3"), "generator `ws`: `k` must be even and below `n`, got k=3 and n=5");
    assert_eq!(message("cycle:n=2"), "generator `cycle`: `n` must be a whole number from 3 to 1000000, got `2`");
    assert_eq!(
        message("complete:n=1000000"),
        "generator `complete`: about 499999500000 edges are too many; at most 50000000 are made"
    );
}

#[test]
fn what_a_generator_without_knobs_is_given_is_refused() {
    let refusal = from_spec("synthetic:n=5", 1).unwrap().unwrap_err().to_string();
    assert_eq!(refusal, "generator `synthetic`: unknown knob `n`; it has none; `sbm` makes such graphs and has");
    assert_eq!(made("synthetic:", 1).edges(), made("synthetic", 1).edges());
}
