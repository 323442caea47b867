//! `graph/spanning-tree`: edges of the least total weight that join all nodes.
//!
//! The thoughtless answer is the heaviest tree. An invalid list keeps the share of its pairs that are edges between parts that
//! those before have not joined, of as many as a tree has.

use super::{Goal, Instance, Optimum, Rating};
use crate::exact::connect::{self, Parts};
use crate::exact::{adjacent, edges};
use crate::question::{Shown, add_random_edge, answer, blind};
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Most edges added, so that there is more than one tree.
const ADDED: usize = 3;

/// A lightest spanning tree.
pub struct SpanningTree;

impl Optimum for SpanningTree {
    type Answer = Vec<(u32, u32)>;
    const NAME: &'static str = "graph/spanning-tree";
    const SUMMARY: &'static str = "name edges of least total weight that join all nodes";
    const GOAL: Goal = Goal::Smallest;
    const WEIGHTED: bool = true;
    const REPLY: &'static str = "(node, node) (node, node) …";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<Vec<u32>> {
        for _ in 0..=rng.below(ADDED) {
            add_random_edge(subgraph, rng);
        }
        Some(Vec::new())
    }

    fn question(_variant: usize, _asked: &[String]) -> String {
        "Name the edges of a spanning tree of least total weight.".into()
    }

    fn solve(instance: &Instance) -> Option<Vec<(u32, u32)>> {
        let connected = connect::components(&instance.graph).len() == 1;
        connected.then(|| tree(instance, i64::from))
    }

    fn suits(instance: &Instance, best: u32) -> bool {
        best < Self::lazy(instance)
    }

    fn lazy(instance: &Instance) -> u32 {
        tree(instance, |weight| -i64::from(weight)).iter().map(|&(left, right)| instance.weight(left, right)).sum()
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<(u32, u32)>> {
        answer::edges(text, shown)
    }

    fn write(pairs: &Vec<(u32, u32)>, shown: &Shown) -> String {
        shown.edge_list(pairs)
    }

    fn rate(instance: &Instance, pairs: &Vec<(u32, u32)>) -> Rating {
        let mut parts = Parts::apart(instance.node_count());
        let joining =
            pairs.iter().filter(|&&(left, right)| adjacent(&instance.graph, left, right) && parts.join(left, right));
        let wanted = instance.node_count().saturating_sub(1).max(pairs.len());
        let weight: u32 =
            pairs.iter().fold(0, |sum: u32, &(left, right)| sum.saturating_add(instance.weight(left, right)));
        Rating::of(joining.count(), wanted, weight as usize)
    }

    fn chance(instance: &Instance, _best: u32, score: &dyn Fn(&Vec<(u32, u32)>) -> f64) -> f32 {
        let nodes = instance.node_count();
        let every_edge = score(&edges(&instance.graph).collect()) as f32;
        // A star, a path, and a random tree.
        let of_shapes = blind::of_draws(0..3, |shape, rng| {
            let row: Vec<u32> = rng.permutation(nodes).into_iter().map(|node| node as u32).collect();
            let parent = |at: usize, rng: &mut TaskRng| match shape {
                0 => 0,
                1 => at - 1,
                _ => rng.below(at),
            };
            score(&(1..nodes).map(|at| (row[parent(at, rng)], row[at])).collect())
        });
        of_shapes.max(every_edge)
    }
}

/// The edges of a spanning forest, those of least cost first (Kruskal 1956).
fn tree(instance: &Instance, cost: impl Fn(u32) -> i64) -> Vec<(u32, u32)> {
    let mut sorted: Vec<(u32, u32)> = edges(&instance.graph).collect();
    sorted.sort_by_key(|&(left, right)| cost(instance.weight(left, right)));
    let mut parts = Parts::apart(instance.node_count());
    sorted.retain(|&(left, right)| parts.join(left, right));
    sorted
}

/// The total weight of a lightest spanning forest.
pub(super) fn lightest(instance: &Instance) -> u32 {
    tree(instance, i64::from).iter().map(|&(left, right)| instance.weight(left, right)).sum()
}
