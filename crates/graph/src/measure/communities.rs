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
    /// Where the neighbours of each node start, and where the last one's end: `[nodes + 1]`.
    starts: Vec<usize>,
    /// Neighbours of all nodes, themselves left out.
    neighbours: Vec<u32>,
    /// Weight between the two; empty where all are 1.
    weights: Vec<u64>,
    /// Weight of all edge ends at each node, those of edges within it included.
    degrees: Vec<u64>,
}

impl Level {
    fn of_graph(graph: &Graph) -> Self {
        let lists = graph.neighbour_lists();
        Self {
            starts: lists.starts.iter().map(|&start| start as usize).collect(),
            neighbours: lists.all().to_vec(),
            weights: Vec::new(),
            degrees: graph.degrees().into_iter().map(u64::from).collect(),
        }
    }

    /// Adds the weights between a node and each group.
    fn tally(&self, node: usize, group_of: &[u32], tally: &mut Tally) {
        let entries = self.starts[node]..self.starts[node + 1];
        let groups = self.neighbours[entries.clone()].iter().map(|&other| group_of[other as usize] as usize);
        if self.weights.is_empty() {
            groups.for_each(|group| tally.add(group, 1));
        } else {
            groups.zip(&self.weights[entries]).for_each(|(group, &weight)| tally.add(group, weight));
        }
    }

    /// Moves nodes until no move gains; `None` where none moved at all.
    fn move_nodes(&self, rng: &mut TaskRng) -> Option<Partition> {
        let ends: u64 = self.degrees.iter().sum();
        let gains = Gains { ends, narrow: ends < 1 << 31 };
        let mut group_of: Vec<u32> = (0..self.degrees.len() as u32).collect();
        let mut group_degrees = self.degrees.clone();
        let order = rng.permutation(self.degrees.len());
        let mut tally = Tally::new(self.degrees.len());
        let (mut moved_ever, mut moved) = (false, true);
        while moved {
            moved = false;
            for &node in &order {
                let (own, degree) = (group_of[node] as usize, self.degrees[node]);
                self.tally(node, &group_of, &mut tally);
                group_degrees[own] -= degree;
                let better = gains.better(own, degree, &group_degrees, &tally);
                group_degrees[better.unwrap_or(own)] += degree;
                if let Some(group) = better {
                    group_of[node] = group as u32;
                    (moved, moved_ever) = (true, true);
                }
                tally.clear();
            }
        }
        let labels: Vec<usize> = group_of.into_iter().map(|group| group as usize).collect();
        moved_ever.then(|| Partition::from_labels(&labels))
    }

    /// The graph whose nodes are the groups.
    fn merged(&self, groups: &Partition) -> Self {
        let mut merged = Self {
            starts: vec![0],
            neighbours: Vec::new(),
            weights: Vec::new(),
            degrees: Vec::with_capacity(groups.count()),
        };
        let mut tally = Tally::new(groups.count());
        for (own, members) in groups.members().iter().enumerate() {
            for &node in members {
                self.tally(node as usize, groups.groups(), &mut tally);
            }
            for (group, weight) in tally.entries().filter(|&(group, _)| group != own) {
                merged.neighbours.push(group as u32);
                merged.weights.push(weight);
            }
            tally.clear();
            merged.starts.push(merged.neighbours.len());
            merged.degrees.push(members.iter().map(|&node| self.degrees[node as usize]).sum());
        }
        merged
    }
}

/// What modularity gains by a move of a node from nowhere into a group, times twice the number of edges squared.
struct Gains {
    /// Ends of all edges.
    ends: u64,
    /// Whether gains fit into 64 bits.
    narrow: bool,
}

impl Gains {
    /// The neighbouring group that gains most, if more than the node's own; the smallest of equals.
    fn better(&self, own: usize, degree: u64, group_degrees: &[u64], tally: &Tally) -> Option<usize> {
        let groups = tally.entries().map(|(group, weight)| (group, weight, group_degrees[group]));
        let stay = (own, tally.weight_of(own), group_degrees[own]);
        if self.narrow {
            let (ends, degree) = (self.ends as i64, degree as i64);
            best(groups, stay, |weight, group_degree| ends * weight as i64 - degree * group_degree as i64)
        } else {
            let (ends, degree) = (i128::from(self.ends), i128::from(degree));
            best(groups, stay, |weight, group_degree| ends * i128::from(weight) - degree * i128::from(group_degree))
        }
    }
}

/// Groups with the weight between node and group, and with the degrees of their nodes.
fn best<Gain: Ord>(
    groups: impl Iterator<Item = (usize, u64, u64)>,
    (own, own_weight, own_degree): (usize, u64, u64),
    gain: impl Fn(u64, u64) -> Gain,
) -> Option<usize> {
    let mut best = (gain(own_weight, own_degree), own);
    for (group, weight, group_degree) in groups.filter(|&(group, _, _)| group != own) {
        let gain = gain(weight, group_degree);
        // The own group stays best among equals, and the smallest of others that gain the same.
        if gain > best.0 || (gain == best.0 && best.1 != own && group < best.1) {
            best = (gain, group);
        }
    }
    (best.1 != own).then_some(best.1)
}

/// Weight by label, for the few labels around one node.
struct Tally {
    /// 0 for labels that are not listed.
    weights: Vec<u64>,
    labels: Vec<usize>,
}

impl Tally {
    fn new(labels: usize) -> Self {
        Self { weights: vec![0; labels], labels: Vec::new() }
    }

    /// Adds a weight above 0.
    fn add(&mut self, label: usize, weight: u64) {
        if self.weights[label] == 0 {
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
        }
    }
}
