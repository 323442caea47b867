//! Uniform random labelled trees, decoded from a random Prüfer sequence.

use super::{GenerateError, Generator, Knob, Values};
use crate::{Direction, Graph, GraphBuilder, Node};
use ssl4rl_tasks::TaskRng;

/// The generator `tree`.
pub(super) struct Tree;

impl Generator for Tree {
    fn name(&self) -> &'static str {
        "tree"
    }

    fn summary(&self) -> &'static str {
        "uniform random labelled tree"
    }

    fn knobs(&self) -> &'static [Knob] {
        const { &[Knob::count("n", "number of nodes", None, 1.0)] }
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let node_count = values.count("n");
        let sequence: Vec<usize> = (0..node_count.saturating_sub(2)).map(|_| rng.below(node_count)).collect();
        let mut builder = GraphBuilder::new(name, node_count, Direction::Undirected);
        for (left, right) in decode(node_count, &sequence) {
            builder.edge(left as Node, right as Node)?;
        }
        Ok(builder.build()?)
    }
}

/// The edges of the tree with this Prüfer sequence of `node_count - 2` nodes. O(n).
fn decode(node_count: usize, sequence: &[usize]) -> Vec<(usize, usize)> {
    let mut edges = Vec::with_capacity(node_count.saturating_sub(1));
    if node_count < 2 {
        return edges;
    }
    let mut degrees = vec![1_usize; node_count];
    for &node in sequence {
        degrees[node] += 1;
    }
    // The smallest leaf is either a node that has just become one below the sweep, or the next one the sweep meets.
    let mut sweep = 0;
    while degrees[sweep] != 1 {
        sweep += 1;
    }
    let mut leaf = sweep;
    for &node in sequence {
        edges.push((leaf, node));
        degrees[node] -= 1;
        if degrees[node] == 1 && node < sweep {
            leaf = node;
        } else {
            sweep += 1;
            while degrees[sweep] != 1 {
                sweep += 1;
            }
            leaf = sweep;
        }
    }
    edges.push((leaf, node_count - 1));
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_sequence_gives_the_known_tree() {
        // Nodes 0, 1, 2 hang on 3, which hangs on 4, which holds 5.
        assert_eq!(decode(6, &[3, 3, 3, 4]), [(0, 3), (1, 3), (2, 3), (3, 4), (4, 5)]);
        assert_eq!(decode(1, &[]), []);
        assert_eq!(decode(2, &[]), [(0, 1)]);
    }
}
