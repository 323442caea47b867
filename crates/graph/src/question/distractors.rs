//! Components beside the graph that a question is about: small random trees that no edge joins to it.
//!
//! They change no distance, path, degree or neighbourhood inside the graph, and no triangle or cycle anywhere; they do change
//! counts of nodes, edges and components. A task takes them by making its writing with
//! [`Writing::with_distractors`](super::Writing::with_distractors), which says that its answer stays as it was.

use crate::Edge;
use crate::sample::{MADE_UP, Subgraph};
use ssl4rl_tasks::TaskRng;

/// Most nodes of one tree; fewest are two.
const LARGEST_TREE: usize = 4;

/// Adds `count` nodes in trees of two to four, after those that are there: ids must be permuted afterwards. A count of one
/// is a node by itself, and so is one left over. Where edges have weights, theirs are drawn from those that are there.
pub(super) fn add_distractors(
    subgraph: &mut Subgraph,
    mut weights: Option<&mut Vec<u32>>,
    count: usize,
    rng: &mut TaskRng,
) {
    let mut left = count;
    while left > 0 {
        let size = (2 + rng.below(LARGEST_TREE - 1)).min(left);
        let first = subgraph.len();
        subgraph.nodes.extend(std::iter::repeat_n(MADE_UP, size));
        for node in 1..size {
            let mut ends = [first + node, first + rng.below(node)];
            rng.shuffle(&mut ends);
            let [source, target] = ends.map(|end| end as u32);
            // Among the other edges, not after them.
            let position = rng.below(subgraph.edges.len() + 1);
            subgraph.edges.insert(position, Edge { source, target, relation: 0 });
            if let Some(weights) = weights.as_deref_mut() {
                let weight = rng.choose(weights).copied().unwrap_or(1);
                weights.insert(position, weight);
            }
        }
        left -= size;
    }
}
