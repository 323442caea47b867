//! Communities: groups of nodes that touch each other more than the rest, by label propagation and by modularity.
//!
//! Both visit nodes in an order drawn from a seed and decide with whole numbers, so that a seed gives one result everywhere.

use super::Partition;
use crate::{Graph, Node};
use ssl4rl_tasks::{Split, TaskRng};

/// Rounds after which label propagation stops even if labels still move.
const MAX_ROUNDS: usize = 100;

/// Every node takes the label that most of its neighbours have, again and again until none changes (Raghavan et al. 2007).
/// A node keeps its own label where that is among the most frequent, and otherwise takes the smallest of these.
pub fn label_propagation(graph: &Graph, seed: u64) -> Partition {
    let mut rng = TaskRng::new(seed, "measure/label-propagation", Split::Train, 0);
    let mut labels: Vec<usize> = (0..graph.node_count()).collect();
    let mut order = rng.permutation(graph.node_count());
    let mut tally = Tally::new(graph.node_count());
    for _ in 0..MAX_ROUNDS {
        rng.shuffle(&mut order);
        let mut changed = false;
        for &node in &order {
            graph.neighbours(node as Node).iter().for_each(|&other| tally.add(labels[other as usize], 1));
            let most = tally.entries().map(|(_, count)| count).max();
            if tally.weight_of(labels[node]) != most.unwrap_or(0) {
                let frequent = tally.entries().filter(|&(_, count)| Some(count) == most).map(|(label, _)| label);
                labels[node] = frequent.min().unwrap_or(labels[node]);
                changed = true;
            }
            tally.clear();
        }
        if !changed {
            break;
        }
    }
    Partition::from_labels(&labels)
}

/// Groups of high [modularity](Partition::modularity) (Blondel et al. 2008): nodes move to the neighbouring group that gains
/// most until none gains, then groups become nodes and all starts over.
pub fn louvain(graph: &Graph, seed: u64) -> Partition {
    let mut rng = TaskRng::new(seed, "measure/louvain", Split::Train, 0);
    let mut level = Level::of_graph(graph);
    let mut group_of: Vec<usize> = (0..graph.node_count()).collect();
    while let Some(groups) = level.move_nodes(&mut rng) {
        for group in &mut group_of {
            *group = groups.groups()[*group] as usize;
        }
        level = level.merged(&groups);
    }
    Partition::from_labels(&group_of)
}

/// A weighted graph whose nodes are groups of the one below.
struct Level {
    /// Neighbours of each node with the weight between them, itself left out.
    neighbours: Vec<Vec<(usize, u64)>>,
    /// Weight of all edge ends at each node, those of edges within it included.
    degrees: Vec<u64>,
}

impl Level {
    fn of_graph(graph: &Graph) -> Self {
        let nodes = || 0..graph.node_count() as Node;
        let neighbours = nodes().map(|node| graph.neighbours(node).iter().map(|&other| (other as usize, 1)).collect());
        Self { neighbours: neighbours.collect(), degrees: nodes().map(|node| graph.degree(node) as u64).collect() }
    }

    /// Moves nodes until no move gains; `None` where none moved at all.
    fn move_nodes(&self, rng: &mut TaskRng) -> Option<Partition> {
        let node_count = self.degrees.len();
        let ends: u64 = self.degrees.iter().sum();
        let (mut group_of, mut group_degrees) = ((0..node_count).collect::<Vec<_>>(), self.degrees.clone());
        let order = rng.permutation(node_count);
        let mut tally = Tally::new(node_count);
        let (mut moved_ever, mut moved) = (false, true);
        while moved {
            moved = false;
            for &node in &order {
                let (own, degree) = (group_of[node], self.degrees[node]);
                tally.add(own, 0);
                self.neighbours[node].iter().for_each(|&(other, weight)| tally.add(group_of[other], weight));
                group_degrees[own] -= degree;
                // Twice the number of edges squared, times what modularity gains by a move from nowhere into the group.
                let gain = |group: usize, weight: u64| {
                    i128::from(ends) * i128::from(weight) - i128::from(degree) * i128::from(group_degrees[group])
                };
                let best = tally.entries().map(|(group, weight)| (gain(group, weight), std::cmp::Reverse(group))).max();
                let stay = gain(own, tally.weight_of(own));
                if let Some((gain, std::cmp::Reverse(group))) = best.filter(|&(gain, _)| gain > stay) {
                    debug_assert!(gain > stay && group != own);
                    group_of[node] = group;
                    (moved, moved_ever) = (true, true);
                }
                group_degrees[group_of[node]] += degree;
                tally.clear();
            }
        }
        moved_ever.then(|| Partition::from_labels(&group_of))
    }

    /// The graph whose nodes are the groups.
    fn merged(&self, groups: &Partition) -> Self {
        let group_of = groups.groups();
        let mut degrees = vec![0; groups.count()];
        let mut edges: Vec<(usize, usize, u64)> = Vec::new();
        for (node, neighbours) in self.neighbours.iter().enumerate() {
            let own = group_of[node] as usize;
            degrees[own] += self.degrees[node];
            let across = neighbours.iter().map(|&(other, weight)| (own, group_of[other] as usize, weight));
            edges.extend(across.filter(|&(own, other, _)| own != other));
        }
        edges.sort_unstable();
        let mut neighbours: Vec<Vec<(usize, u64)>> = vec![Vec::new(); groups.count()];
        for (own, other, weight) in edges {
            match neighbours[own].last_mut() {
                Some((last, sum)) if *last == other => *sum += weight,
                _ => neighbours[own].push((other, weight)),
            }
        }
        Self { neighbours, degrees }
    }
}

/// Weight by label, for the few labels around one node.
struct Tally {
    weights: Vec<u64>,
    listed: Vec<bool>,
    labels: Vec<usize>,
}

impl Tally {
    fn new(labels: usize) -> Self {
        Self { weights: vec![0; labels], listed: vec![false; labels], labels: Vec::new() }
    }

    fn add(&mut self, label: usize, weight: u64) {
        if !self.listed[label] {
            self.listed[label] = true;
            self.labels.push(label);
        }
        self.weights[label] += weight;
    }

    fn weight_of(&self, label: usize) -> u64 {
        self.weights[label]
    }

    fn entries(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.labels.iter().map(|&label| (label, self.weights[label]))
    }

    fn clear(&mut self) {
        for label in self.labels.drain(..) {
            self.weights[label] = 0;
            self.listed[label] = false;
        }
    }
}
