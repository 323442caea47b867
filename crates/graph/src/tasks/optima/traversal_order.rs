//! `graph/traversal-order`: an order in which a breadth-first or a depth-first search from a given node visits the nodes that
//! it reaches, whichever neighbour it takes first.
//!
//! An answer is worth the number of nodes up to its first wrong step; the node it starts from alone earns nothing.

use super::{Goal, Instance, Optimum, Rating};
use crate::exact::{all, connect};
use crate::question::{Shown, answer, blind};
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Position of the breadth-first question; the other one is depth-first.
const BREADTH_FIRST: usize = 0;

/// The order of a search.
pub struct TraversalOrder;

impl Optimum for TraversalOrder {
    type Answer = Vec<u32>;
    const NAME: &'static str = "graph/traversal-order";
    const SUMMARY: &'static str = "name nodes in the order of a breadth-first or depth-first search";
    const GOAL: Goal = Goal::Largest;
    const VARIANTS: usize = 2;
    const REPLY: &'static str = "nodes in that order";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<Vec<u32>> {
        Some(vec![rng.below(subgraph.len()) as u32])
    }

    fn question(variant: usize, asked: &[String]) -> String {
        let kind = if variant == BREADTH_FIRST { "breadth-first" } else { "depth-first" };
        format!("In which order can a {kind} search from node {} visit all nodes that it reaches?", asked[0])
    }

    fn solve(instance: &Instance) -> Option<Vec<u32>> {
        let start = *instance.asked.first()?;
        let mut search = Search::new(instance, start);
        let mut order = vec![start];
        while let Some(next) = search.candidates().map(u64::trailing_zeros) {
            search.visit(next);
            order.push(next);
        }
        Some(order)
    }

    fn suits(_instance: &Instance, best: u32) -> bool {
        best >= 4
    }

    fn lazy(_instance: &Instance) -> u32 {
        1
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<u32>> {
        answer::nodes(text, shown)
    }

    fn write(order: &Vec<u32>, shown: &Shown) -> String {
        shown.list(order)
    }

    fn rate(instance: &Instance, order: &Vec<u32>) -> Rating {
        let Some(&start) = instance.asked.first() else { return Rating { valid: false, kept: 0.0, value: 0 } };
        let reached = connect::reached(&instance.graph, 1 << start, all(&instance.graph)).count_ones() as usize;
        let mut search = Search::new(instance, start);
        let mut right = usize::from(order.first() == Some(&start));
        while let Some(&node) = order.get(right).filter(|_| right > 0)
            && search.candidates().is_some_and(|candidates| candidates >> node & 1 == 1)
        {
            search.visit(node);
            right += 1;
        }
        // What goes on after the last node is not the whole order.
        let value = if right < order.len() { right.min(reached.saturating_sub(1)) } else { right };
        Rating::of(1, 1, value)
    }

    fn chance(instance: &Instance, _best: u32, score: &dyn Fn(&Vec<u32>) -> f64) -> f32 {
        let nodes = instance.node_count();
        let Some(&start) = instance.asked.first() else { return 0.0 };
        blind::of_draws([nodes], |_, rng| {
            let mut order: Vec<u32> = rng.permutation(nodes).into_iter().map(|node| node as u32).collect();
            order.retain(|&node| node != start);
            order.insert(0, start);
            score(&order)
        })
    }
}

/// A search on its way.
struct Search<'instance> {
    instance: &'instance Instance,
    seen: u64,
    /// Visited nodes whose neighbours may still be unseen: a queue or a stack.
    open: std::collections::VecDeque<u32>,
}

impl<'instance> Search<'instance> {
    fn new(instance: &'instance Instance, start: u32) -> Self {
        Self { instance, seen: 1 << start, open: [start].into() }
    }

    /// Nodes that may be visited next; `None` at the end.
    fn candidates(&mut self) -> Option<u64> {
        let breadth_first = self.instance.variant == BREADTH_FIRST;
        loop {
            let here = if breadth_first { self.open.front() } else { self.open.back() };
            let unseen = self.instance.graph.neighbours(*here?) & !self.seen;
            if unseen != 0 {
                return Some(unseen);
            }
            if breadth_first {
                self.open.pop_front()
            } else {
                self.open.pop_back()
            };
        }
    }

    fn visit(&mut self, node: u32) {
        self.seen |= 1 << node;
        self.open.push_back(node);
    }
}
