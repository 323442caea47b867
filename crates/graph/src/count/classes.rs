//! Which graphlet a few nodes form, looked up by the edges among them.
//!
//! A *shape* has bit `j (j - 1) / 2 + i` set where the nodes at positions `i < j` are adjacent. There are 1,024 shapes of five
//! nodes, and every numbering of every graphlet is one of them.

use std::sync::LazyLock;

use super::GRAPHLETS;
use super::graphlet::GraphletSize;

/// A connected shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    /// Position in [`GRAPHLETS`].
    pub(super) graphlet: usize,
    /// Orbit of the node at each position; 0 behind the last one.
    pub(super) orbits: [usize; 5],
}

/// Class by shape for one number of nodes; `None` where the shape is not connected.
pub(super) type Classes = Vec<Option<Class>>;

static CLASSES: LazyLock<[Classes; 3]> = LazyLock::new(|| GraphletSize::ALL.map(build));

/// The classes of all shapes of this size.
pub(super) fn classes(size: GraphletSize) -> &'static Classes {
    &CLASSES[size.nodes() - 3]
}

/// The bit of a shape for a pair of different positions.
pub(super) fn pair_bit(left: usize, right: usize) -> usize {
    let (low, high) = (left.min(right), left.max(right));
    1 << (high * (high - 1) / 2 + low)
}

/// The shape of edges whose nodes stand at `positions`.
pub(super) fn shape(edges: &[(usize, usize)], positions: &[usize]) -> usize {
    edges.iter().fold(0, |shape, &(left, right)| shape | pair_bit(positions[left], positions[right]))
}

fn build(size: GraphletSize) -> Classes {
    let nodes = size.nodes();
    let mut classes = vec![None; 1 << (nodes * (nodes - 1) / 2)];
    for positions in permutations(nodes) {
        for graphlet in &GRAPHLETS[size.numbers()] {
            let mut orbits = [0; 5];
            for (&position, &orbit) in positions.iter().zip(graphlet.orbits) {
                orbits[position] = orbit;
            }
            classes[shape(graphlet.edges, &positions)] = Some(Class { graphlet: graphlet.number, orbits });
        }
    }
    classes
}

/// Every order of `0..count`.
pub(super) fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for next in 0..count {
        all = all
            .iter()
            .flat_map(|shorter: &Vec<usize>| {
                (0..=shorter.len()).map(move |place| {
                    let mut longer = shorter.clone();
                    longer.insert(place, next);
                    longer
                })
            })
            .collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connected_shape_has_a_class_and_no_other() {
        // Labelled connected graphs on 3, 4 and 5 nodes.
        for (size, connected) in GraphletSize::ALL.into_iter().zip([4, 38, 728]) {
            assert_eq!(classes(size).iter().flatten().count(), connected);
        }
    }
}
