//! [`NodeSet`]: an [`Optimum`] whose answers are sets of nodes.

use super::{Goal, Instance, Optimum, Rating};
use crate::count::SmallGraph;
use crate::exact::{members, set_of};
use crate::question::{Shown, answer, blind};
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;

/// A set of nodes as large or as small as possible.
pub trait NodeSet: Send + Sync + 'static {
    /// Task name.
    const NAME: &'static str;
    /// One line for listings.
    const SUMMARY: &'static str;
    /// What is good.
    const GOAL: Goal;
    /// Most nodes shown; the exact answer takes too long for more.
    const MOST_NODES: usize = 60;
    /// The question.
    const QUESTION: &'static str;

    /// Changes a small graph so that it carries the question.
    fn settle(_subgraph: &mut Subgraph, _rng: &mut TaskRng) -> Option<()> {
        Some(())
    }

    /// A best set.
    fn best(graph: &SmallGraph) -> u64;

    /// Constraints that a set keeps, of how many.
    fn kept(graph: &SmallGraph, set: u64) -> (usize, usize);

    /// Whether a best set of this size is worth asking for.
    fn suits(nodes: usize, best: usize) -> bool;

    /// The size of a set that takes no thought, in a graph of so many nodes.
    fn lazy(nodes: usize) -> usize {
        match Self::GOAL {
            Goal::Largest => 1,
            Goal::Smallest => nodes,
        }
    }
}

impl<Question: NodeSet> Optimum for Question {
    /// A list in which a node repeats is no answer.
    type Answer = u64;
    const NAME: &'static str = Question::NAME;
    const SUMMARY: &'static str = Question::SUMMARY;
    const GOAL: Goal = Question::GOAL;
    const MOST_NODES: usize = Question::MOST_NODES;
    const REPLY: &'static str = "nodes";

    fn settle(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<Vec<u32>> {
        <Question as NodeSet>::settle(subgraph, rng).map(|()| Vec::new())
    }

    fn question(_variant: usize, _asked: &[String]) -> String {
        Question::QUESTION.into()
    }

    fn solve(instance: &Instance) -> Option<u64> {
        Some(Question::best(&instance.graph))
    }

    fn suits(instance: &Instance, best: u32) -> bool {
        <Question as NodeSet>::suits(instance.node_count(), best as usize)
    }

    fn lazy(instance: &Instance) -> u32 {
        <Question as NodeSet>::lazy(instance.node_count()) as u32
    }

    fn read(text: &str, shown: &Shown) -> Option<u64> {
        set_of(&answer::nodes(text, shown)?)
    }

    fn write(set: &u64, shown: &Shown) -> String {
        shown.list(&members(*set).collect::<Vec<_>>())
    }

    fn rate(instance: &Instance, set: &u64) -> Rating {
        let (kept, constraints) = Question::kept(&instance.graph, *set);
        Rating::of(kept, constraints, set.count_ones() as usize)
    }

    fn chance(instance: &Instance, _best: u32, score: &dyn Fn(&u64) -> f64) -> f32 {
        blind::of_sets(instance.node_count(), |set| score(&set))
    }
}
