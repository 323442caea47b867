//! `graph/maximum-flow`: as many paths as possible between two nodes, no edge used twice: a largest flow where every edge
//! carries one unit.
//!
//! The two nodes are not linked and at least two paths exist. An invalid list keeps the share of its paths that lead from the
//! one node to the other along edges that no valid path before has used.

use super::{Goal, Instance, Optimum, Rating};
use crate::count::SmallGraph;
use crate::exact::{adjacent, all, flow, members};
use crate::question::{Shown, add_random_edge, answer, blind};
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// Edges added where no two nodes are joined by two paths.
const ADDED: usize = 6;

/// A largest set of edge-disjoint paths.
pub struct MaximumFlow;

impl Optimum for MaximumFlow {
    type Answer = Vec<Vec<u32>>;
    const NAME: &'static str = "graph/maximum-flow";
    const SUMMARY: &'static str = "name as many paths as possible between two nodes, no edge used twice";
    const GOAL: Goal = Goal::Largest;
    const REPLY: &'static str = "nodes along one path | nodes along the next | …";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<Vec<u32>> {
        for _ in 0..ADDED {
            let graph = SmallGraph::of(subgraph).ok()?;
            let busy = members(all(&graph)).filter(|&node| graph.degree(node) > 1);
            let pairs: Vec<Vec<u32>> = busy
                .clone()
                .flat_map(|from| busy.clone().filter(move |&to| to != from).map(move |to| vec![from, to]))
                .filter(|pair| !adjacent(&graph, pair[0], pair[1]))
                .collect();
            let pair = rng.choose(&pairs).cloned();
            if let Some(pair) = pair.filter(|pair| flow::edge_disjoint_paths(&graph, pair[0], pair[1]).len() > 1) {
                return Some(pair);
            }
            add_random_edge(subgraph, rng);
        }
        None
    }

    fn question(_variant: usize, asked: &[String]) -> String {
        format!("Name as many paths as possible from node {} to node {}, no edge on two of them.", asked[0], asked[1])
    }

    fn solve(instance: &Instance) -> Option<Vec<Vec<u32>>> {
        let &[from, to] = instance.asked.as_slice() else { return None };
        Some(flow::edge_disjoint_paths(&instance.graph, from, to))
    }

    fn lazy(_instance: &Instance) -> u32 {
        1
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<Vec<u32>>> {
        // Arrows separate the nodes of a path as well as blanks do.
        answer::groups(&text.replace("->", " ").replace('→', " "), shown)
    }

    fn write(paths: &Vec<Vec<u32>>, shown: &Shown) -> String {
        shown.group_list(paths)
    }

    fn rate(instance: &Instance, paths: &Vec<Vec<u32>>) -> Rating {
        let &[from, to] = instance.asked.as_slice() else { return Rating { valid: false, kept: 0.0, value: 0 } };
        let mut used = vec![0_u64; instance.node_count()];
        let kept = paths.iter().filter(|path| {
            if path.first() != Some(&from) || path.last() != Some(&to) {
                return false;
            }
            let mut after = used.clone();
            let fresh = path.windows(2).all(|step| {
                let (here, there) = (step[0], step[1]);
                let free = adjacent(&instance.graph, here, there) && after[here as usize] >> there & 1 == 0;
                after[here as usize] |= 1 << there;
                after[there as usize] |= 1 << here;
                free
            });
            if fresh {
                used = after;
            }
            fresh
        });
        Rating::of(kept.count(), paths.len().max(1), paths.len())
    }

    fn chance(instance: &Instance, best: u32, score: &dyn Fn(&Vec<Vec<u32>>) -> f64) -> f32 {
        let &[from, to] = instance.asked.as_slice() else { return 0.0 };
        let others: Vec<u32> = (0..instance.node_count() as u32).filter(|&node| node != from && node != to).collect();
        // Paths through one node each are the likeliest.
        blind::of_draws(1..=(best as usize).min(others.len()), |count, rng| {
            score(&rng.sample_front(&mut others.clone(), count).iter().map(|&node| vec![from, node, to]).collect())
        })
    }
}
