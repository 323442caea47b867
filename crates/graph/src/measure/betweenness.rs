//! Betweenness: the share of shortest paths between other nodes that lead through a node, summed over all pairs.
//!
//! Brandes (2001) finds it from the shortest paths of one source after another. What hangs on the rest of the graph by a single
//! edge is folded into the node that it hangs on first: its paths are known without a search, and often half of the nodes go.

use rayon::prelude::*;

use super::components;
use crate::{Graph, Node};

/// Parts whose sums are added in order. Fixed, so that rounding does not depend on the number of threads.
const PARTS: usize = 64;

/// Betweenness of every node over unordered pairs, not normalised, directions ignored. O(n·m).
///
/// Divide by (n - 1)(n - 2) / 2 for the share of all pairs.
pub fn betweenness(graph: &Graph) -> Vec<f64> {
    let folded = Folded::new(graph);
    let parts: Vec<Vec<f64>> = (0..PARTS).into_par_iter().map(|part| folded.sum_of_part(part)).collect();
    let mut sums = folded.within;
    for (core, &node) in folded.nodes.iter().enumerate() {
        let over_sources: f64 = parts.iter().map(|part| part[core]).sum();
        // Every pair was seen from both of its ends.
        sums[node as usize] += over_sources / 2.0;
    }
    sums
}

/// A graph after nodes with one neighbour have been folded into it, one after another.
struct Folded {
    /// Original node of each node that is left.
    nodes: Vec<Node>,
    /// Neighbours among those left, in a row each.
    starts: Vec<usize>,
    neighbours: Vec<u32>,
    /// Number of original nodes that each node left stands for.
    weights: Vec<f64>,
    /// Betweenness from pairs whose path is known without a search, of every original node.
    within: Vec<f64>,
}

impl Folded {
    fn new(graph: &Graph) -> Self {
        let node_count = graph.node_count();
        let mut degree: Vec<usize> = (0..node_count).map(|node| graph.degree(node as Node)).collect();
        let mut hanging = Hanging { weight: vec![1; node_count], inner_pairs: vec![0; node_count] };
        let mut gone = vec![false; node_count];
        let mut leaves: Vec<Node> = (0..node_count as Node).filter(|&node| degree[node as usize] == 1).collect();
        while let Some(leaf) = leaves.pop() {
            // Of two nodes that are left alone, the second has lost its only neighbour by now.
            let Some(&holder) = graph.neighbours(leaf).iter().find(|&&other| !gone[other as usize]) else { continue };
            gone[leaf as usize] = true;
            hanging.fold(leaf, holder);
            degree[holder as usize] -= 1;
            if degree[holder as usize] == 1 {
                leaves.push(holder);
            }
        }
        Self::of_rest(graph, &gone, &hanging)
    }

    fn of_rest(graph: &Graph, gone: &[bool], hanging: &Hanging) -> Self {
        let nodes: Vec<Node> = (0..graph.node_count() as Node).filter(|&node| !gone[node as usize]).collect();
        let mut number_of = vec![0; graph.node_count()];
        nodes.iter().enumerate().for_each(|(number, &node)| number_of[node as usize] = number as u32);
        let (mut starts, mut neighbours) = (vec![0], Vec::new());
        for &node in &nodes {
            let left = graph.neighbours(node).iter().filter(|&&other| !gone[other as usize]);
            neighbours.extend(left.map(|&other| number_of[other as usize]));
            starts.push(neighbours.len());
        }
        let weights = nodes.iter().map(|&node| hanging.weight[node as usize] as f64).collect();
        Self { nodes, starts, neighbours, weights, within: hanging.betweenness(graph) }
    }

    fn neighbours(&self, node: usize) -> &[u32] {
        &self.neighbours[self.starts[node]..self.starts[node + 1]]
    }

    /// Σ over every 64th source of its weight times the dependency of each node on it.
    fn sum_of_part(&self, part: usize) -> Vec<f64> {
        let mut sums = vec![0.0; self.nodes.len()];
        let mut search = Search::new(self.nodes.len());
        for source in (part..self.nodes.len()).step_by(PARTS) {
            search.add_dependencies(self, source, &mut sums);
        }
        sums
    }
}

/// What has been folded into each node.
struct Hanging {
    /// Nodes that it stands for, itself included.
    weight: Vec<u64>,
    /// Pairs of nodes that hang on it by different edges.
    inner_pairs: Vec<u128>,
}

impl Hanging {
    fn fold(&mut self, leaf: Node, holder: Node) {
        let (leaf, holder) = (leaf as usize, holder as usize);
        self.inner_pairs[holder] += u128::from(self.weight[holder] - 1) * u128::from(self.weight[leaf]);
        self.weight[holder] += self.weight[leaf];
    }

    /// Pairs whose only path leads through the node because one of them hangs on it.
    fn betweenness(&self, graph: &Graph) -> Vec<f64> {
        let components = components(graph);
        let sizes = components.sizes();
        let of_node = self.weight.iter().zip(&self.inner_pairs).zip(components.groups());
        of_node
            .map(|((&weight, &inner), &component)| {
                let outside = sizes[component as usize] as u64 - weight;
                (inner + u128::from(weight - 1) * u128::from(outside)) as f64
            })
            .collect()
    }
}

/// Scratch space of one source after another.
///
/// Neighbours are at most one level apart. A node's value is written when those of its whole level are known, and is 0 until then,
/// so that the sum over *all* neighbours is the one over those of the level before it (paths), or after it (dependencies).
struct Search {
    /// Nodes in the order in which they were reached, and a place for one that was reached before.
    order: Vec<u32>,
    /// Where each level starts in `order`, and where the last one ends.
    levels: Vec<usize>,
    reached: Vec<bool>,
    /// Number of shortest paths from the source.
    paths: Vec<f64>,
    /// Σ over targets behind the node of weight / paths.
    dependency: Vec<f64>,
    /// Values of one level, in order.
    pending: Vec<f64>,
}

impl Search {
    fn new(node_count: usize) -> Self {
        let zeros = || vec![0.0; node_count];
        Self {
            order: vec![0; node_count + 1],
            levels: Vec::new(),
            reached: vec![false; node_count],
            paths: zeros(),
            dependency: zeros(),
            pending: Vec::new(),
        }
    }

    fn add_dependencies(&mut self, graph: &Folded, source: usize, sums: &mut [f64]) {
        self.walk_out(graph, source);
        // Back from the farthest. With r(w) = (weight + dependency) / paths of everything behind a node, what leads through
        // it is paths · Σ r(w) over its successors w.
        for level in self.levels[1..].windows(2).rev() {
            let nodes = &self.order[level[0]..level[1]];
            self.pending.clear();
            self.pending.extend(nodes.iter().map(|&node| sum_around(graph, node, &self.dependency)));
            for (&node, behind) in nodes.iter().zip(&self.pending) {
                let node = node as usize;
                let paths = self.paths[node];
                sums[node] += graph.weights[source] * behind * paths;
                self.dependency[node] = graph.weights[node] / paths + behind;
            }
        }
        let reached = self.levels.last().copied().unwrap_or(0);
        for &node in &self.order[..reached] {
            let node = node as usize;
            (self.reached[node], self.paths[node], self.dependency[node]) = (false, 0.0, 0.0);
        }
    }

    /// Fills `order`, `levels` and `paths`.
    fn walk_out(&mut self, graph: &Folded, source: usize) {
        self.levels.clear();
        self.levels.extend([0, 1]);
        self.order[0] = source as u32;
        (self.reached[source], self.paths[source]) = (true, 1.0);
        let (mut start, mut end) = (0, 1);
        while start < end {
            let mut new_end = end;
            for at in start..end {
                for &other in graph.neighbours(self.order[at] as usize) {
                    self.order[new_end] = other;
                    new_end += usize::from(!std::mem::replace(&mut self.reached[other as usize], true));
                }
            }
            (start, end) = (end, new_end);
            let nodes = &self.order[start..end];
            self.pending.clear();
            self.pending.extend(nodes.iter().map(|&node| sum_around(graph, node, &self.paths)));
            nodes.iter().zip(&self.pending).for_each(|(&node, &paths)| self.paths[node as usize] = paths);
            self.levels.push(end);
        }
    }
}

/// Σ of the values of all neighbours.
fn sum_around(graph: &Folded, node: u32, values: &[f64]) -> f64 {
    graph.neighbours(node as usize).iter().map(|&other| values[other as usize]).sum()
}
