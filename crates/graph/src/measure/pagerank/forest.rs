//! The trees that hang on a graph, taken out of a system of equations with one unknown a node.
//!
//! The equation of a node without edges but one names one other node. It is solved for the first and put into that one's, and so on
//! inwards, until what is left is the part in which every node has two neighbours, and one node of every tree that stands alone.
//! O(nodes + edges), exact but for rounding.

use crate::{Graph, Node};

/// The equations `diagonal · x - coupling · Σ x of neighbours = right` without the trees.
pub(super) struct Forest {
    coupling: f64,
    /// What multiplies each node's own unknown, once the trees on it are out.
    pub(super) diagonal: Vec<f64>,
    /// Right sides, likewise.
    pub(super) right: Vec<f64>,
    /// Neighbours of each node that are still there; 0 for what was taken out and for what stands alone.
    pub(super) degrees: Vec<u32>,
    /// Nodes taken out, and the one that each hung on.
    hung: Vec<(Node, Node)>,
}

impl Forest {
    /// Takes the trees out of the equations with degrees for a diagonal and `right` for every right side.
    pub(super) fn of(graph: &Graph, coupling: f64, right: f64) -> Self {
        let degrees = graph.degrees();
        let mut forest = Self {
            coupling,
            diagonal: degrees.iter().map(|&degree| f64::from(degree)).collect(),
            right: vec![right; degrees.len()],
            degrees,
            hung: Vec::new(),
        };
        // Of a node with one neighbour left this is the neighbour.
        let lists = graph.neighbour_lists();
        let mut rest: Vec<Node> = lists.iter().map(|list| list.iter().fold(0, |rest, other| rest ^ other)).collect();
        for start in 0..rest.len() {
            let mut node = start;
            // What lies ahead has its turn later.
            while node <= start && forest.degrees[node] == 1 {
                let on = rest[node] as usize;
                rest[on] ^= node as Node;
                forest.take_out(node, on);
                node = on;
            }
        }
        forest
    }

    fn take_out(&mut self, node: usize, on: usize) {
        let share = self.coupling / self.diagonal[node];
        self.diagonal[on] -= self.coupling * share;
        self.right[on] += share * self.right[node];
        self.degrees[node] = 0;
        self.degrees[on] -= 1;
        self.hung.push((node as Node, on as Node));
    }

    /// Solves for what stands alone and then, outwards, for what was taken out; `unknowns` holds the solution for the rest.
    pub(super) fn complete(&self, unknowns: &mut [f64]) {
        for (node, unknown) in unknowns.iter_mut().enumerate() {
            if self.degrees[node] == 0 && self.diagonal[node] > 0.0 {
                *unknown = self.right[node] / self.diagonal[node];
            }
        }
        for &(node, on) in self.hung.iter().rev() {
            let (node, on) = (node as usize, on as usize);
            unknowns[node] = (self.right[node] + self.coupling * unknowns[on]) / self.diagonal[node];
        }
    }
}
