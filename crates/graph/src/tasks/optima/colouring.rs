//! `graph/colouring`: as few groups as possible, no edge within a group. Groups have no names, so any order of them will do.
//!
//! An answer that does not name every node once keeps nothing; else an invalid one keeps the share of edges between groups.

use super::{Goal, Instance, Optimum, Rating};
use crate::exact::{all, colouring, edges, set_of};
use crate::question::{Shown, answer, blind};

/// A colouring with the fewest colours.
pub struct Colouring;

impl Optimum for Colouring {
    type Answer = Vec<Vec<u32>>;
    const NAME: &'static str = "graph/colouring";
    const SUMMARY: &'static str = "put the nodes into as few groups as possible with no edge within a group";
    const GOAL: Goal = Goal::Smallest;
    const MOST_NODES: usize = 30;
    const REPLY: &'static str = "nodes of one group | nodes of the next | …";

    fn question(_variant: usize, _asked: &[String]) -> String {
        "Put all nodes into as few groups as possible, no two linked nodes in one group.".into()
    }

    fn solve(instance: &Instance) -> Option<Vec<Vec<u32>>> {
        let colours = colouring::fewest(&instance.graph);
        let mut groups = vec![Vec::new(); colours.iter().max().map_or(0, |&most| most as usize + 1)];
        for (node, &colour) in colours.iter().enumerate() {
            groups[colour as usize].push(node as u32);
        }
        Some(groups)
    }

    fn suits(instance: &Instance, best: u32) -> bool {
        best >= 2 && (best as usize) + 1 < instance.node_count()
    }

    fn lazy(instance: &Instance) -> u32 {
        instance.node_count() as u32
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<Vec<u32>>> {
        answer::groups(text, shown).filter(|groups| groups.iter().all(|group| !group.is_empty()))
    }

    fn write(groups: &Vec<Vec<u32>>, shown: &Shown) -> String {
        shown.group_list(groups)
    }

    fn rate(instance: &Instance, groups: &Vec<Vec<u32>>) -> Rating {
        if set_of(&groups.concat()) != Some(all(&instance.graph)) {
            return Rating { valid: false, kept: 0.0, value: 0 };
        }
        let mut group_of = vec![0; instance.node_count()];
        for (at, group) in groups.iter().enumerate() {
            for &node in group {
                group_of[node as usize] = at;
            }
        }
        let between =
            edges(&instance.graph).filter(|&(left, right)| group_of[left as usize] != group_of[right as usize]).count();
        Rating::of(between, instance.graph.edge_count() as usize, groups.len())
    }

    fn chance(instance: &Instance, best: u32, score: &dyn Fn(&Vec<Vec<u32>>) -> f64) -> f32 {
        let nodes = instance.node_count();
        blind::of_draws(best as usize..nodes, |count, rng| {
            // Groups of nearly equal size leave the fewest pairs within a group.
            let mut groups = vec![Vec::new(); count];
            for (at, node) in rng.permutation(nodes).into_iter().enumerate() {
                groups[at % count].push(node as u32);
            }
            score(&groups)
        })
    }
}
