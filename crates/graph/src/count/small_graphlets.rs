//! Graphlets of a [`SmallGraph`], by visiting every connected set of nodes once.
//!
//! A set grows by one neighbour at a time. A neighbour that was passed over is never taken later on the same branch, so that
//! no set is reached twice (Wernicke, 2006).

use super::classes::{Class, Classes, classes};
use super::{GraphletSize, SmallGraph};

impl SmallGraph {
    /// How often each graphlet of exactly `size` nodes occurs as an induced subgraph, in the order of
    /// [`GraphletSize::graphlets`]: 2, 6 or 21 numbers.
    ///
    /// ```
    /// use ssl4rl_graph::count::{GraphletSize, SmallGraph};
    ///
    /// // A square with one diagonal.
    /// let graph = SmallGraph::new(4, [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]).unwrap();
    /// assert_eq!(graph.motifs(GraphletSize::Three), [2, 2]); // two wedges, two triangles
    /// assert_eq!(graph.motifs(GraphletSize::Four), [0, 0, 0, 0, 1, 0]); // one diamond
    /// ```
    pub fn motifs(&self, size: GraphletSize) -> Vec<u64> {
        let numbers = size.numbers();
        let mut counts = vec![0; numbers.len()];
        let mut allowed = self.all();
        for root in self.nodes() {
            allowed &= !(1 << root);
            self.for_each_connected_set(&[root], allowed, size, &mut |_, class| {
                counts[class.graphlet - numbers.start] += 1;
            });
        }
        counts
    }

    /// How often the node takes each role in an induced graphlet of up to `size` nodes, by orbit: 4, 15 or 73 numbers.
    /// All 0 for a node outside the graph.
    ///
    /// ```
    /// use ssl4rl_graph::count::{GraphletSize, SmallGraph};
    ///
    /// // A square with one diagonal.
    /// let graph = SmallGraph::new(4, [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]).unwrap();
    /// // Node 0: three edges, in the middle of one wedge, two triangles, an end of the diagonal.
    /// assert_eq!(graph.orbits_at(0, GraphletSize::Four), [3, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    /// ```
    pub fn orbits_at(&self, node: u32, size: GraphletSize) -> Vec<u64> {
        let mut counts = vec![0; size.orbit_count()];
        if node as usize >= self.node_count() {
            return counts;
        }
        counts[0] = self.degree(node);
        for size in GraphletSize::ALL.into_iter().filter(|&smaller| smaller <= size) {
            self.for_each_connected_set(&[node], self.all() & !(1 << node), size, &mut |_, class| {
                counts[class.orbits[0]] += 1;
            });
        }
        counts
    }

    /// How often the edge between two nodes is part of each induced graphlet of exactly `size` nodes, in the order of
    /// [`GraphletSize::graphlets`]. All 0 where no edge joins them.
    pub fn motifs_at_edge(&self, left: u32, right: u32, size: GraphletSize) -> Vec<u64> {
        let numbers = size.numbers();
        let mut counts = vec![0; numbers.len()];
        if right as usize >= self.node_count() || self.neighbours(left) >> right & 1 == 0 {
            return counts;
        }
        let others = self.all() & !(1 << left | 1 << right);
        self.for_each_connected_set(&[left, right], others, size, &mut |_, class| {
            counts[class.graphlet - numbers.start] += 1;
        });
        counts
    }

    /// Calls `visit` once with every connected set of `size` nodes that holds all of `start`, which is connected, and
    /// otherwise nodes of `allowed`. Positions of the class are positions in the set; `start` comes first.
    pub(super) fn for_each_connected_set(
        &self,
        start: &[u32],
        allowed: u64,
        size: GraphletSize,
        visit: &mut impl FnMut(&[u32], Class),
    ) {
        let mut set = GrowingSet { graph: self, classes: classes(size), size: size.nodes(), nodes: [0; 5], len: 0 };
        let (mut shape, mut near) = (0, 0);
        for &node in start {
            shape |= set.push(node);
            near |= self.neighbours(node);
        }
        set.grow(shape, near & allowed, allowed & !near, visit);
    }
}

/// A connected set on its way to its full size.
struct GrowingSet<'graph> {
    graph: &'graph SmallGraph,
    classes: &'static Classes,
    /// Number of nodes wanted.
    size: usize,
    nodes: [u32; 5],
    len: usize,
}

impl GrowingSet<'_> {
    /// Appends a node and returns the bits of its edges to the nodes before it.
    fn push(&mut self, node: u32) -> usize {
        let row = self.graph.neighbours(node);
        let first_bit = self.len * self.len.saturating_sub(1) / 2;
        let mut bits = 0;
        for (position, &earlier) in self.nodes[..self.len].iter().enumerate() {
            bits |= ((row >> earlier & 1) as usize) << (first_bit + position);
        }
        self.nodes[self.len] = node;
        self.len += 1;
        bits
    }

    /// Visits every set that adds to this one nodes of `border`, which touch it, and of `beyond`, which do not yet.
    fn grow(&mut self, shape: usize, mut border: u64, beyond: u64, visit: &mut impl FnMut(&[u32], Class)) {
        while border != 0 {
            let node = border.trailing_zeros();
            border &= border - 1;
            let longer = shape | self.push(node);
            if self.len == self.size {
                if let Some(class) = self.classes[longer] {
                    visit(&self.nodes[..self.len], class);
                }
            } else {
                let reached = self.graph.neighbours(node) & beyond;
                self.grow(longer, border | reached, beyond & !reached, visit);
            }
            self.len -= 1;
        }
    }
}
