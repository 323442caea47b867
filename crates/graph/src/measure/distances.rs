//! Distances from every node: eccentricity, diameter and closeness, exactly.
//!
//! 64 breadth-first searches run at once, one bit of a word each (Then et al., VLDB 2014), and batches of 64 in parallel.
//! O(n·(n + m)) steps in the worst case, divided by 64 where searches overlap, as they do in graphs with short distances.

use rayon::prelude::*;

use super::{Partition, components};
use crate::{Graph, Node};

/// Distances from one node to those that it reaches, itself included at distance 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Number of nodes reached, itself included.
    pub nodes: u64,
    /// Sum of distances to them.
    pub distance: u64,
    /// Largest distance.
    pub eccentricity: u32,
}

impl Reach {
    /// Closeness with the correction of Wasserman and Faust for graphs in several components: (nodes - 1) / distance, times
    /// the share of the other `node_count - 1` nodes that are reached. 0 for a node without neighbours.
    pub fn closeness(&self, node_count: usize) -> f64 {
        if self.distance == 0 {
            return 0.0;
        }
        let others = (self.nodes - 1) as f64;
        others / self.distance as f64 * others / (node_count as f64 - 1.0)
    }
}

/// What every node reaches, directions ignored.
pub fn reach(graph: &Graph) -> Vec<Reach> {
    let nodes: Vec<Node> = (0..graph.node_count() as Node).collect();
    nodes.par_chunks(64).flat_map_iter(|sources| search(graph, sources)).collect()
}

/// Largest distance from each node within its component.
pub fn eccentricities(graph: &Graph) -> Vec<u32> {
    reach(graph).iter().map(|reach| reach.eccentricity).collect()
}

/// Largest distance within each component, beside the components.
pub fn diameters(graph: &Graph) -> (Partition, Vec<u32>) {
    let components = components(graph);
    let mut diameters = vec![0; components.count()];
    for (eccentricity, &group) in eccentricities(graph).into_iter().zip(components.groups()) {
        diameters[group as usize] = diameters[group as usize].max(eccentricity);
    }
    (components, diameters)
}

/// [`Reach::closeness`] of every node.
pub fn closeness(graph: &Graph) -> Vec<f64> {
    reach(graph).iter().map(|reach| reach.closeness(graph.node_count())).collect()
}

/// Breadth-first searches from up to 64 sources; bit s of a word belongs to source s.
fn search(graph: &Graph, sources: &[Node]) -> Vec<Reach> {
    let mut seen = vec![0_u64; graph.node_count()];
    let mut frontier = vec![0_u64; graph.node_count()];
    let mut found = vec![Reach { nodes: 1, ..Reach::default() }; sources.len()];
    let mut active: Vec<Node> = sources.to_vec();
    for (bit, &source) in sources.iter().enumerate() {
        seen[source as usize] |= 1 << bit;
        frontier[source as usize] |= 1 << bit;
    }
    let mut next = vec![0_u64; graph.node_count()];
    for distance in 1.. {
        let mut reached = step(graph, &active, &mut frontier, &mut next);
        let mut counter = BitCounter::default();
        reached.retain(|&node| {
            let new = std::mem::take(&mut next[node as usize]) & !seen[node as usize];
            seen[node as usize] |= new;
            frontier[node as usize] = new;
            counter.add(new);
            new != 0
        });
        if reached.is_empty() {
            break;
        }
        for (bit, reach) in found.iter_mut().enumerate() {
            let new = counter.count(bit);
            if new > 0 {
                reach.nodes += new;
                reach.distance += new * u64::from(distance);
                reach.eccentricity = distance;
            }
        }
        active = reached;
    }
    found
}

/// Moves every search one edge on; returns the nodes that any of them touches, and leaves the frontier empty.
fn step(graph: &Graph, active: &[Node], frontier: &mut [u64], next: &mut [u64]) -> Vec<Node> {
    let mut touched = Vec::new();
    for &node in active {
        let searches = std::mem::take(&mut frontier[node as usize]);
        for &other in graph.neighbours(node) {
            let word = &mut next[other as usize];
            if *word == 0 {
                touched.push(other);
            }
            *word |= searches;
        }
    }
    touched
}

/// Counts, for every bit position, the words in which it is set: a binary number stands upright in the bits at a position.
#[derive(Default)]
struct BitCounter {
    /// Digit p of all 64 counts.
    digits: [u64; 32],
}

impl BitCounter {
    fn add(&mut self, word: u64) {
        let mut carry = word;
        for digit in &mut self.digits {
            if carry == 0 {
                return;
            }
            (*digit, carry) = (*digit ^ carry, *digit & carry);
        }
    }

    fn count(&self, bit: usize) -> u64 {
        self.digits.iter().enumerate().map(|(digit, word)| (word >> bit & 1) << digit).sum()
    }
}
