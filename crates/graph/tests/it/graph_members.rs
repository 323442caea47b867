//! Weights of edges, and several graphs as one.

use proptest::prelude::*;
use ssl4rl_graph::sample::{View, member};
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, MemberLabels, MemberSplit, Members};
use ssl4rl_tasks::{Split, TaskRng};

fn edge(source: u32, target: u32) -> Edge {
    Edge { source, target, relation: 0 }
}

#[test]
fn a_repeated_edge_keeps_the_weight_of_its_first_record() {
    let mut builder = GraphBuilder::new("weighted", 4, Direction::Undirected);
    for (left, right, weight) in [(2, 1, 0.5), (1, 2, 0.5), (1, 2, 7.0), (3, 3, 1.0), (0, 3, -2.0), (0, 1, 3.0)] {
        builder.weighted(left, 0, right, weight).unwrap();
    }
    let graph = builder.build().unwrap();
    assert_eq!(graph.edges(), [edge(0, 1), edge(0, 3), edge(1, 2)]);
    assert_eq!(graph.weights().unwrap(), [3.0, -2.0, 0.5]);
    let provenance = graph.provenance();
    assert_eq!((provenance.edge_records, provenance.duplicates, provenance.self_loops), (6, 2, 1));
    assert_eq!(provenance.conflicting_weights, 1);
}

#[test]
fn weights_are_finite_and_all_or_none() {
    let mut builder = GraphBuilder::new("weighted", 3, Direction::Directed);
    let error = builder.weighted(0, 0, 1, f32::NAN).unwrap_err().to_string();
    assert_eq!(error, "the edge from node 0 to node 1 weighs NaN; weights must be finite");
    builder.weighted(0, 0, 1, 2.0).unwrap();
    builder.edge(1, 2).unwrap();
    assert_eq!(builder.build().unwrap_err().to_string(), "edge weights: expected 2, got 1");
}

/// A triangle, a graph without nodes, a lone node and a pair.
fn four_graphs() -> (GraphBuilder, Members) {
    let mut builder = GraphBuilder::new("four graphs", 6, Direction::Undirected);
    for (left, right) in [(0, 1), (2, 1), (0, 2), (5, 4)] {
        builder.edge(left, right).unwrap();
    }
    (builder, Members::of_sizes([3, 0, 1, 2]))
}

#[test]
fn members_have_their_own_nodes_and_edges() {
    let (mut builder, members) = four_graphs();
    builder.members(members).unwrap();
    let graph = builder.build().unwrap();
    assert_eq!(graph.member_count(), 4);
    let nodes: Vec<_> = (0..4).map(|position| graph.member_nodes(position)).collect();
    assert_eq!(nodes, [0..3, 3..3, 3..4, 4..6]);
    let edges: Vec<_> = (0..4).map(|position| graph.member_edges(position).len()).collect();
    assert_eq!(edges, [3, 0, 0, 1]);
    let owners: Vec<_> = (0..6).map(|node| graph.member_of(node)).collect();
    assert_eq!(owners, [0, 0, 0, 2, 3, 3]);
}

#[test]
fn a_single_graph_is_its_own_only_member() {
    let graph = four_graphs().0.build().unwrap();
    assert!(graph.members().is_none());
    assert_eq!((graph.member_count(), graph.member_nodes(0), graph.member_of(5)), (1, 0..6, 0));
    assert_eq!(graph.member_edges(0), graph.edges());
}

#[test]
fn members_that_contradict_the_graph_are_refused() {
    let (mut builder, members) = four_graphs();
    let refused = |builder: &mut GraphBuilder, members| builder.members(members).err().unwrap().to_string();
    let error = refused(&mut builder, Members::of_sizes([3, 2]));
    assert_eq!(error, "nodes of all graphs: expected 6, got 5");
    let mut named = members.clone();
    named.names = vec!["only one".into()];
    assert_eq!(refused(&mut builder, named), "names of graphs: expected 4, got 1");
    let labels = MemberLabels { classes: vec!["a".into()], of_member: vec![Some(0), None, None, Some(1)] };
    let mut labelled = members.clone();
    labelled.labels = Some(labels);
    assert_eq!(refused(&mut builder, labelled), "class 1 is out of range: it must be below 1");
    let mut divided = members;
    divided.split = Some(MemberSplit { train: vec![0], validation: vec![], test: vec![4] });
    assert_eq!(refused(&mut builder, divided), "graph 4 is out of range: it must be below 4");
    builder.members(Members::of_sizes([2, 4])).unwrap();
    let error = builder.build().unwrap_err().to_string();
    assert_eq!(error, "the edge from node 0 to node 2 joins two graphs; each edge must lie in one");
    let error = four_graphs().0.members(Members::of_sizes([usize::MAX, 7])).err().unwrap().to_string();
    assert!(error.contains("expected 6, got 4294967295"), "{error}");
}

fn collection() -> impl Strategy<Value = (Graph, Vec<usize>)> {
    prop::collection::vec((0_usize..6, prop::collection::vec((0_u32..6, 0_u32..6), 0..9)), 1..8).prop_map(|parts| {
        let sizes: Vec<usize> = parts.iter().map(|(size, _)| *size).collect();
        let mut builder = GraphBuilder::new("collection", sizes.iter().sum(), Direction::Undirected);
        let mut start = 0;
        for (size, edges) in parts {
            for (left, right) in edges.into_iter().filter(|&(left, right)| left.max(right) < size as u32) {
                builder.edge(start + left, start + right).unwrap();
            }
            start += size as u32;
        }
        builder.members(Members::of_sizes(sizes.iter().copied())).unwrap();
        (builder.build().unwrap(), sizes)
    })
}

proptest! {
    /// Members divide nodes and edges among them, and a drawn member is the whole of it.
    #[test]
    fn members_divide_the_graph((graph, sizes) in collection()) {
        let mut edges = Vec::new();
        for (position, size) in sizes.iter().enumerate() {
            prop_assert_eq!(graph.member_nodes(position).len(), *size);
            for node in graph.member_nodes(position) {
                prop_assert_eq!(graph.member_of(node), position);
            }
            edges.extend_from_slice(graph.member_edges(position));
            let mut rng = TaskRng::new(1, "member", Split::Train, position as u64);
            let drawn = member(&View::whole(&graph), position, &mut rng);
            prop_assert_eq!((drawn.len(), drawn.edges.len()), (*size, graph.member_edges(position).len()));
            prop_assert!(drawn.nodes.iter().all(|&node| graph.member_of(node) == position));
        }
        prop_assert_eq!(&edges[..], graph.edges());
    }
}
