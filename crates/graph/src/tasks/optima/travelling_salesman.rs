//! `graph/travelling-salesman`: a closed walk along weighted edges, of least total weight, that visits every node.
//!
//! Nodes and edges may be used again, as roads can; a step without an edge is not possible. The thoughtless answer is to walk
//! along a lightest spanning tree there and back. A walk that does not visit all or takes steps that do not exist keeps the
//! share of its steps that are edges times the share of nodes visited. The first node need not be repeated at the end.

use super::spanning_tree::lightest;
use super::{Goal, Instance, Optimum, Rating};
use crate::exact::{adjacent, routes};
use crate::question::{Shown, add_random_edge, answer, blind};
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Most edges added, so that there is more than one way round.
const ADDED: usize = 3;

/// A shortest round trip.
pub struct TravellingSalesman;

impl Optimum for TravellingSalesman {
    type Answer = Vec<u32>;
    const NAME: &'static str = "graph/travelling-salesman";
    const SUMMARY: &'static str = "find a closed walk of least total weight that visits every node";
    const GOAL: Goal = Goal::Smallest;
    const WEIGHTED: bool = true;
    const MOST_NODES: usize = 12;
    const REPLY: &'static str = "nodes in the order of the walk, the first one again at the end";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<Vec<u32>> {
        for _ in 0..=rng.below(ADDED) {
            add_random_edge(subgraph, rng);
        }
        Some(Vec::new())
    }

    fn question(_variant: usize, _asked: &[String]) -> String {
        "Find a walk along edges that visits every node and ends where it began, of least total weight. It may begin at any node \
         and use nodes and edges again; an edge's weight counts each time."
            .into()
    }

    fn solve(instance: &Instance) -> Option<Vec<u32>> {
        routes::closed_walk(&instance.graph, |left, right| instance.weight(left, right))
    }

    fn suits(instance: &Instance, best: u32) -> bool {
        best < Self::lazy(instance)
    }

    fn lazy(instance: &Instance) -> u32 {
        2 * lightest(instance)
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<u32>> {
        answer::nodes(text, shown)
    }

    fn write(walk: &Vec<u32>, shown: &Shown) -> String {
        shown.list(walk)
    }

    fn rate(instance: &Instance, walk: &Vec<u32>) -> Rating {
        let (Some(&first), Some(&last)) = (walk.first(), walk.last()) else {
            return Rating { valid: false, kept: 0.0, value: 0 };
        };
        let back = (first != last).then_some((last, first));
        let steps: Vec<(u32, u32)> = walk.windows(2).map(|step| (step[0], step[1])).chain(back).collect();
        let visited = walk.iter().fold(0_u64, |set, &node| set | 1 << node).count_ones() as usize;
        let possible = steps.iter().filter(|&&(from, to)| adjacent(&instance.graph, from, to)).count();
        let weight: u32 = steps.iter().fold(0, |sum: u32, &(from, to)| sum.saturating_add(instance.weight(from, to)));
        let nodes = instance.node_count();
        let kept = possible as f64 / steps.len().max(1) as f64 * visited as f64 / nodes.max(1) as f64;
        Rating { valid: possible == steps.len() && visited == nodes, kept, value: weight }
    }

    fn chance(instance: &Instance, _best: u32, score: &dyn Fn(&Vec<u32>) -> f64) -> f32 {
        let nodes = instance.node_count();
        // Of walks that leave nodes out the longest keep most.
        blind::of_draws([nodes.saturating_sub(1), nodes], |count, rng| {
            score(&rng.permutation(nodes).into_iter().take(count).map(|node| node as u32).collect())
        })
    }

    fn sizes() -> Vec<(usize, usize)> {
        vec![(4, 5), (5, 7), (7, 9), (9, 11)]
    }
}
