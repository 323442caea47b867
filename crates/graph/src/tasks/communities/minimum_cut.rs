//! `graph/minimum-cut`: as few edges as possible without which no path joins two nodes.
//!
//! The two nodes are not linked, and fewer edges are needed than either has: cutting one of them off is the thoughtless answer.
//! A list of edges that leaves a path keeps the share of edge-disjoint paths that it breaks.

use crate::count::SmallGraph;
use crate::exact::{adjacent, all, connect, edges, flow, members};
use crate::question::{Shown, answer, blind};
use crate::sample::Subgraph;
use crate::tasks::optima::{Goal, Instance, Optimum, Rating};
use ssl4rl_tasks::TaskRng;

/// Pairs of nodes tried in one small graph.
const PAIRS: usize = 12;

/// A smallest edge cut between two nodes.
pub struct MinimumCut;

impl Optimum for MinimumCut {
    type Answer = Vec<(u32, u32)>;
    const NAME: &'static str = "graph/minimum-cut";
    const SUMMARY: &'static str = "name as few edges as possible that part two nodes";
    const GOAL: Goal = Goal::Smallest;
    const REPLY: &'static str = "(node, node) (node, node) …";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<Vec<u32>> {
        let graph = SmallGraph::of(subgraph).ok()?;
        let mut busy: Vec<u32> = members(all(&graph)).filter(|&node| graph.degree(node) > 1).collect();
        (0..PAIRS).find_map(|_| {
            let &[from, to] = &*rng.sample_front(&mut busy, 2) else { return None };
            let needed = flow::smallest_cut(&graph, from, to).len() as u64;
            let fewest = graph.degree(from).min(graph.degree(to));
            let suits = needed > 0 && needed < fewest && !adjacent(&graph, from, to);
            suits.then(|| vec![from, to])
        })
    }

    fn question(_variant: usize, asked: &[String]) -> String {
        format!("Remove as few edges as possible so that no path joins node {} and node {}.", asked[0], asked[1])
    }

    fn solve(instance: &Instance) -> Option<Vec<(u32, u32)>> {
        let &[from, to] = instance.asked.as_slice() else { return None };
        Some(flow::smallest_cut(&instance.graph, from, to))
    }

    fn lazy(instance: &Instance) -> u32 {
        instance.asked.iter().map(|&node| instance.graph.degree(node) as u32).min().unwrap_or(0)
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<(u32, u32)>> {
        answer::edges(text, shown)
    }

    fn write(cut: &Vec<(u32, u32)>, shown: &Shown) -> String {
        shown.edge_list(cut)
    }

    fn rate(instance: &Instance, cut: &Vec<(u32, u32)>) -> Rating {
        let invalid = Rating { valid: false, kept: 0.0, value: 0 };
        let &[from, to] = instance.asked.as_slice() else { return invalid };
        let mut cut: Vec<(u32, u32)> = cut.iter().map(|&(left, right)| (left.min(right), left.max(right))).collect();
        cut.sort_unstable();
        cut.dedup();
        if cut.is_empty() || cut.iter().any(|&(left, right)| !adjacent(&instance.graph, left, right)) {
            return invalid;
        }
        let kept = edges(&instance.graph).filter(|edge| cut.binary_search(edge).is_err());
        let Ok(rest) = SmallGraph::new(instance.node_count(), kept) else { return invalid };
        if connect::shortest_path(&rest, from, to).is_none() {
            return Rating { valid: true, kept: 1.0, value: cut.len() as u32 };
        }
        let paths = |graph: &SmallGraph| flow::edge_disjoint_paths(graph, from, to).len() as f64;
        Rating { kept: 1.0 - paths(&rest) / paths(&instance.graph).max(1.0), ..invalid }
    }

    fn chance(instance: &Instance, best: u32, score: &dyn Fn(&Vec<(u32, u32)>) -> f64) -> f32 {
        let nodes = instance.node_count();
        let Some(&from) = instance.asked.first() else { return 0.0 };
        // Pairs of any nodes, and pairs with one of the two.
        blind::of_draws(0..2, |kind, rng| {
            let mut row: Vec<u32> = rng.permutation(nodes).into_iter().map(|node| node as u32).collect();
            let pairs: Vec<(u32, u32)> = if kind == 0 {
                row.chunks_exact(2).take(best as usize).map(|pair| (pair[0], pair[1])).collect()
            } else {
                row.retain(|&node| node != from);
                row.into_iter().take(best as usize).map(|node| (from, node)).collect()
            };
            score(&pairs)
        })
    }
}
