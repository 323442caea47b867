//! Finds the nodes of one graph in another that is the same but for the order of nodes and classes.
//!
//! Each node gets a signature from its features, refined four times by the signatures of its neighbours
//! (Weisfeiler and Leman's colour refinement). Nodes are paired by signature, interchangeable ones in order of position.
//! The pairing is then checked in full: features, classes and every edge must agree, so that a wrong pairing is impossible
//! and a collision of signatures can at worst make the search fail.

use std::hash::{DefaultHasher, Hash, Hasher};

use ssl4rl_graph::{Edge, Graph, Node};

const ROUNDS: usize = 4;

/// For each node of `from` its node in `to`; `None` where the graphs differ or the refinement does not tell enough.
pub(super) fn align(from: &Graph, to: &Graph) -> Option<Vec<Node>> {
    if from.node_count() != to.node_count() {
        return None;
    }
    let (left, right) = (by_signature(from), by_signature(to));
    let mut node_of = vec![0; from.node_count()];
    for (left, right) in left.iter().zip(&right) {
        node_of[left.1 as usize] = right.1;
    }
    (features_agree(from, to, &node_of) && classes_agree(from, to, &node_of) && edges_agree(from, to, &node_of))
        .then_some(node_of)
}

fn by_signature(graph: &Graph) -> Vec<(u64, Node)> {
    let nodes = 0..graph.node_count() as Node;
    let mut signatures: Vec<u64> =
        nodes.clone().map(|node| hash(&graph.features().map(|features| features.of(node)))).collect();
    for _ in 0..ROUNDS {
        let refined = |node: Node| {
            let mut around: Vec<u64> = graph.neighbours(node).iter().map(|&other| signatures[other as usize]).collect();
            around.sort_unstable();
            hash(&(signatures[node as usize], around))
        };
        signatures = nodes.clone().map(refined).collect();
    }
    let mut sorted: Vec<(u64, Node)> = signatures.into_iter().zip(nodes).collect();
    sorted.sort_unstable();
    sorted
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn features_agree(from: &Graph, to: &Graph, node_of: &[Node]) -> bool {
    let row = |graph: &Graph, node: Node| graph.features().map(|features| features.of(node).to_vec());
    node_of.iter().enumerate().all(|(node, &image)| row(from, node as Node) == row(to, image))
}

/// Each class goes to one class, and no two to the same.
fn classes_agree(from: &Graph, to: &Graph, node_of: &[Node]) -> bool {
    let (Some(left), Some(right)) = (from.labels(), to.labels()) else {
        return false;
    };
    let mut pairs: Vec<(Option<u32>, Option<u32>)> =
        left.of_node.iter().zip(node_of).map(|(&class, &image)| (class, right.of_node[image as usize])).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut images: Vec<Option<u32>> = pairs.iter().map(|&(_, image)| image).collect();
    images.sort_unstable();
    images.dedup();
    pairs.windows(2).all(|two| two[0].0 != two[1].0) && images.len() == pairs.len()
}

fn edges_agree(from: &Graph, to: &Graph, node_of: &[Node]) -> bool {
    let image = |edge: &Edge| {
        let ends = (node_of[edge.source as usize], node_of[edge.target as usize]);
        Edge { source: ends.0.min(ends.1), target: ends.0.max(ends.1), relation: edge.relation }
    };
    let mut images: Vec<Edge> = from.edges().iter().map(image).collect();
    images.sort_unstable();
    images == to.edges()
}
