//! `graph/matching`: as many edges as possible, no two of them at the same node.
//!
//! An invalid list keeps the share of its pairs that are edges at nodes not named before.

use super::{Goal, Instance, Optimum, Rating};
use crate::exact::{adjacent, matching};
use crate::question::{Shown, answer, blind};

/// A largest matching.
pub struct Matching;

impl Optimum for Matching {
    type Answer = Vec<(u32, u32)>;
    const NAME: &'static str = "graph/matching";
    const SUMMARY: &'static str = "name as many edges as possible of which no two share a node";
    const GOAL: Goal = Goal::Largest;
    const REPLY: &'static str = "(node, node) (node, node) …";

    fn question(_variant: usize, _asked: &[String]) -> String {
        "Name as many edges as possible, no two of them at the same node.".into()
    }

    fn solve(instance: &Instance) -> Option<Vec<(u32, u32)>> {
        Some(matching::largest(&instance.graph))
    }

    fn suits(_instance: &Instance, best: u32) -> bool {
        best >= 2
    }

    fn lazy(_instance: &Instance) -> u32 {
        1
    }

    fn read(text: &str, shown: &Shown) -> Option<Vec<(u32, u32)>> {
        answer::edges(text, shown)
    }

    fn write(pairs: &Vec<(u32, u32)>, shown: &Shown) -> String {
        shown.edge_list(pairs)
    }

    fn rate(instance: &Instance, pairs: &Vec<(u32, u32)>) -> Rating {
        let mut used = 0_u64;
        let kept = pairs.iter().filter(|&&(left, right)| {
            let ends = 1_u64 << left | 1 << right;
            let free = used & ends == 0;
            used |= ends;
            free && adjacent(&instance.graph, left, right)
        });
        Rating::of(kept.count(), pairs.len(), pairs.len())
    }

    fn chance(instance: &Instance, best: u32, score: &dyn Fn(&Vec<(u32, u32)>) -> f64) -> f32 {
        let nodes = instance.node_count();
        blind::of_draws(2..=(best as usize).min(nodes / 2), |count, rng| {
            let row = rng.permutation(nodes);
            score(&row.chunks_exact(2).take(count).map(|pair| (pair[0] as u32, pair[1] as u32)).collect())
        })
    }
}
