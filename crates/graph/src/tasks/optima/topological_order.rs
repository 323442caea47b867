//! `graph/topological-order`: an order of all nodes in which every arrow points forwards.
//!
//! Arrows follow a random order. An order that is not valid keeps the share of arrows that point forwards.

use super::{Goal, Instance, Optimum, Rating};
use crate::Direction;
use crate::exact::{first, members, set_of};
use crate::question::{Shown, answer};
use crate::sample::Subgraph;
use crate::tasks::structure::acyclicity::order_luck;
use ssl4rl_tasks::TaskRng;

/// What a random order keeps of the arrows, on average, times what an invalid answer earns at most.
const RANDOM_ORDER: f32 = 0.2 * 0.5;

/// An order in which every arrow points forwards.
pub struct TopologicalOrder;

impl Optimum for TopologicalOrder {
    type Answer = Vec<u32>;
    const NAME: &'static str = "graph/topological-order";
    const SUMMARY: &'static str = "put the nodes in an order in which every arrow points forwards";
    const GOAL: Goal = Goal::Largest;
    const DIRECTION: Direction = Direction::Directed;
    const REPLY: &'static str = "all nodes in that order";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<Vec<u32>> {
        let place = rng.permutation(subgraph.len());
        for edge in &mut subgraph.edges {
            if place[edge.source as usize] > place[edge.target as usize] {
                (edge.source, edge.target) = (edge.target, edge.source);
            }
        }
        (subgraph.edges.len() + 1 >= subgraph.len()).then(Vec::new)
    }

    fn question(_variant: usize, _asked: &[String]) -> String {
        "Put all nodes in an order in which every arrow points forwards.".into()
    }

    fn solve(instance: &Instance) -> Option<Vec<u32>> {
        instance.arcs.topological_order()
    }

    fn lazy(_instance: &Instance) -> u32 {
        0
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<u32>> {
        answer::nodes(text, shown)
    }

    fn write(order: &Vec<u32>, shown: &Shown) -> String {
        shown.list(order)
    }

    fn rate(instance: &Instance, order: &Vec<u32>) -> Rating {
        let everyone = first(instance.node_count());
        if set_of(order) != Some(everyone) {
            return Rating { valid: false, kept: 0.0, value: 0 };
        }
        let arrows: u32 = members(everyone).map(|node| instance.arcs.targets(node).count_ones()).sum();
        let mut later = everyone;
        let forwards: u32 = order
            .iter()
            .map(|&node| {
                later &= !(1 << node);
                (instance.arcs.targets(node) & later).count_ones()
            })
            .sum();
        Rating::of(forwards as usize, arrows as usize, order.len())
    }

    fn chance(instance: &Instance, _best: u32, _score: &dyn Fn(&Vec<u32>) -> f64) -> f32 {
        order_luck(&instance.arcs) as f32 + RANDOM_ORDER
    }
}
