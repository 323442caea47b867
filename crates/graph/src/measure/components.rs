//! Connected and strongly connected components.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::Partition;
use crate::{Direction, Graph, Node};

/// Nodes that a path joins, directions ignored. O(n + m).
pub fn components(graph: &Graph) -> Partition {
    let mut label_of = vec![usize::MAX; graph.node_count()];
    let mut queue: Vec<Node> = Vec::new();
    for start in 0..graph.node_count() {
        if label_of[start] != usize::MAX {
            continue;
        }
        label_of[start] = start;
        queue.push(start as Node);
        while let Some(node) = queue.pop() {
            for &other in graph.neighbours(node) {
                if label_of[other as usize] == usize::MAX {
                    label_of[other as usize] = start;
                    queue.push(other);
                }
            }
        }
    }
    Partition::from_labels(&label_of)
}

/// Nodes that directed paths join both ways; in an undirected graph its [`components`]. O(n + m).
pub fn strong_components(graph: &Graph) -> Partition {
    if graph.direction() == Direction::Undirected {
        return components(graph);
    }
    let mut arrows = DiGraph::<(), (), u32>::with_capacity(graph.node_count(), graph.edges().len());
    (0..graph.node_count()).for_each(|_| {
        arrows.add_node(());
    });
    for edge in graph.edges() {
        arrows.add_edge(edge.source.into(), edge.target.into(), ());
    }
    let mut label_of = vec![0; graph.node_count()];
    for (label, members) in kosaraju_scc(&arrows).into_iter().enumerate() {
        for node in members {
            label_of[node.index()] = label;
        }
    }
    Partition::from_labels(&label_of)
}
