//! In how many ways a graph can be laid on itself.
//!
//! The answer to a question about a graph with random names is guessed by whoever writes it down for some names with the
//! probability that random names are right: automorphisms over all orders of the nodes.
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::symmetry::automorphisms;
//! let ring = SmallGraph::new(5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]).unwrap();
//! assert_eq!(automorphisms(&ring), 10.0); // five turns, each mirrored or not
//! let star = SmallGraph::new(5, [(0, 1), (0, 2), (0, 3), (0, 4)]).unwrap();
//! assert_eq!(automorphisms(&star), 24.0);
//! ```

use super::{all, members};
use crate::count::SmallGraph;

/// Number of permutations of the nodes that keep every edge and every gap; up to 60!, hence no integer.
///
/// The product of orbits, each of a node while those before it stay where they are. Exponential in the worst case, quick at a
/// prompt's size.
pub fn automorphisms(graph: &SmallGraph) -> f64 {
    let nodes: Vec<u32> = members(all(graph)).collect();
    let orbit = |fixed: usize| {
        let images = nodes[fixed..].iter().filter(|&&image| {
            let mut places = nodes[..fixed].to_vec();
            places.push(image);
            laid(graph, &mut places)
        });
        images.count() as f64
    };
    (0..nodes.len()).map(orbit).product()
}

/// Whether the first nodes, laid on `places`, and the others can all be laid on different nodes so that edges fall on edges and
/// gaps on gaps. `places` is as it was if not.
fn laid(graph: &SmallGraph, places: &mut Vec<u32>) -> bool {
    if !places.last().is_none_or(|&image| fits(graph, &places[..places.len() - 1], image)) {
        return false;
    }
    if places.len() == graph.node_count() {
        return true;
    }
    for image in members(places.iter().fold(all(graph), |free, &place| free & !(1 << place))) {
        places.push(image);
        if laid(graph, places) {
            return true;
        }
        places.pop();
    }
    false
}

/// Whether the next node can be laid on `image` when those before it are laid on `places`.
fn fits(graph: &SmallGraph, places: &[u32], image: u32) -> bool {
    let node = places.len() as u32;
    graph.degree(node) == graph.degree(image)
        && (0..node)
            .zip(places)
            .all(|(earlier, &place)| (graph.neighbours(node) >> earlier ^ graph.neighbours(image) >> place) & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssl4rl_tasks::{Split, TaskRng};

    /// By trying every permutation.
    fn by_trying(graph: &SmallGraph) -> usize {
        fn extended(graph: &SmallGraph, places: &mut Vec<u32>) -> usize {
            let count = graph.node_count() as u32;
            if places.len() as u32 == count {
                let keeps = |left: u32, right: u32| {
                    let (here, there) = (places[left as usize], places[right as usize]);
                    graph.neighbours(left) >> right & 1 == graph.neighbours(here) >> there & 1
                };
                return usize::from((0..count).all(|left| (0..count).all(|right| keeps(left, right))));
            }
            (0..count)
                .map(|image| {
                    if places.contains(&image) {
                        return 0;
                    }
                    places.push(image);
                    let found = extended(graph, places);
                    places.pop();
                    found
                })
                .sum()
        }
        extended(graph, &mut Vec::new())
    }

    #[test]
    fn as_many_as_by_trying_every_permutation() {
        let mut rng = TaskRng::new(1, "test", Split::Train, 0);
        for round in 0..60_u32 {
            let nodes = 1 + round % 6;
            let pairs = (0..nodes).flat_map(|left| (left + 1..nodes).map(move |right| (left, right)));
            let edges: Vec<(u32, u32)> = pairs.filter(|_| rng.coin()).collect();
            let graph = SmallGraph::new(nodes as usize, edges).unwrap();
            assert!((automorphisms(&graph) - by_trying(&graph) as f64).abs() < 1e-9, "{graph:?}");
        }
    }
}
