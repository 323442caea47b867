//! Small graphs and answers written by hand.

use ssl4rl_graph::Graph;
use ssl4rl_graph::generate;
use ssl4rl_graph::question::Shown;
use ssl4rl_tasks::{PretextTask, Split, TaskRng, Verdict, Verifier, protocol};

/// A graph whose nodes are named `0`, `1` and so on.
pub(crate) fn shown(nodes: usize, edges: &[(u32, u32)]) -> Shown {
    Shown { names: (0..nodes).map(|node| node.to_string()).collect(), edges: edges.to_vec(), directed: false }
}

/// The same with arrows.
pub(crate) fn arrows(nodes: usize, edges: &[(u32, u32)]) -> Shown {
    Shown { directed: true, ..shown(nodes, edges) }
}

/// The verdict on an answer.
pub(crate) fn verdict<Task: PretextTask>(task: &Task, answer: &str, truth: &Task::Truth) -> Verdict {
    task.verifier().verify(&protocol::wrap(answer), truth)
}

pub(crate) fn score<Task: PretextTask>(task: &Task, answer: &str, truth: &Task::Truth) -> f32 {
    verdict(task, answer, truth).score
}

/// A task with its settings as given.
pub(crate) fn task<Task: PretextTask>() -> Task {
    Task::new(Task::Config::default()).unwrap()
}

/// Truths of `count` questions of each of two splits, over three generated graphs.
pub(crate) fn truths<Task: PretextTask<Input = Graph>>(task: &Task, count: u64) -> Vec<Task::Truth> {
    let mut truths = Vec::new();
    for spec in ["synthetic", "er:n=200,p=0.03", "ba:n=200,m=3"] {
        let graph = generate::from_spec(spec, 5).unwrap().unwrap();
        for split in [Split::Train, Split::HeldOut] {
            truths.extend((0..count).map(|index| {
                let mut rng = TaskRng::new(11, Task::NAME, split, index);
                (0..256).find_map(|_| task.make(&graph, &mut rng)).unwrap().truth
            }));
        }
    }
    truths
}

/// Whether one float is the other, but for rounding.
pub(crate) fn near(one: f32, other: f64) -> bool {
    (f64::from(one) - other).abs() < 1e-5
}
