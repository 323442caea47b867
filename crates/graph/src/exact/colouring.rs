//! Colourings with the fewest colours, by branch and bound on the node with most colours around it (DSATUR, Brélaz 1979).
//!
//! ```
//! use ssl4rl_graph::count::SmallGraph;
//! use ssl4rl_graph::exact::colouring;
//! let square = SmallGraph::new(4, [(0, 1), (1, 2), (2, 3), (3, 0)]).unwrap();
//! let colours = colouring::fewest(&square);
//! assert!(colours[0] != colours[1] && colours[0] == colours[2] && colours[1] == colours[3]);
//! ```

use super::{all, members, sets};
use crate::count::SmallGraph;

/// A colour `0..` of each node, none shared by adjacent nodes, with as few colours as possible.
pub fn fewest(graph: &SmallGraph) -> Vec<u32> {
    let nodes = graph.node_count();
    let enough = sets::largest_clique(graph).count_ones() as usize;
    let mut search = Search { graph, best: (0..nodes as u32).collect(), fewest: nodes, enough, classes: Vec::new() };
    search.branch(all(graph));
    search.best
}

struct Search<'graph> {
    graph: &'graph SmallGraph,
    best: Vec<u32>,
    fewest: usize,
    /// No colouring has fewer colours: the size of a clique.
    enough: usize,
    /// Nodes of each colour so far.
    classes: Vec<u64>,
}

impl Search<'_> {
    fn branch(&mut self, bare: u64) {
        if self.classes.len() >= self.fewest || self.fewest <= self.enough {
            return;
        }
        let around = |node: u32| {
            let neighbours = self.graph.neighbours(node);
            let colours = self.classes.iter().filter(|class| *class & neighbours != 0).count();
            (colours, (neighbours & bare).count_ones())
        };
        let Some(node) = members(bare).max_by_key(|&node| around(node)) else {
            self.fewest = self.classes.len();
            for (colour, &class) in self.classes.iter().enumerate() {
                members(class).for_each(|node| self.best[node as usize] = colour as u32);
            }
            return;
        };
        let rest = bare & !(1 << node);
        for colour in 0..self.classes.len() {
            if self.classes[colour] & self.graph.neighbours(node) == 0 {
                self.classes[colour] |= 1 << node;
                self.branch(rest);
                self.classes[colour] &= !(1 << node);
            }
        }
        // A new colour helps only while it leaves fewer colours than the best has.
        if self.classes.len() + 1 < self.fewest {
            self.classes.push(1 << node);
            self.branch(rest);
            self.classes.pop();
        }
    }
}
