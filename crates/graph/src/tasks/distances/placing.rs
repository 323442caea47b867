//! [`place`]: a small graph in which given distances occur.
//!
//! The distances are drawn before the graph, so that every answer is as likely as the task wants it, whatever the data
//! looks like. A few graphs are cut out and searched; if none has the distances, the last one is bent: its nodes are put
//! into layers, edges that skip a layer are removed, and every node gets a link to the layer before its own.

use crate::count::SmallGraph;
use crate::question::Cut;
use crate::sample::Subgraph;
use crate::{Edge, Graph};
use ssl4rl_tasks::TaskRng;

/// Graphs searched before one is bent.
const SEARCHED: usize = 4;
/// Times that edges of the last one are changed, each with other nodes at the wanted distances.
const BENT: usize = 32;

/// A small graph, a node of it, and nodes at the wanted distances from that node.
pub(super) struct Placed {
    pub(super) subgraph: Subgraph,
    /// The node from which distances count.
    pub(super) root: u32,
    /// One node a wanted distance, all distinct, none of them the root.
    pub(super) targets: Vec<u32>,
}

/// A graph of `cut` with a node at each of the `wanted` distances, 1 or more, from a root; `None` wants a node that no path
/// leads to. Where `apart`, the graph falls into at least two pieces, else every graph found is in one piece if `cut`'s are.
pub(super) fn place(
    cut: &Cut,
    graph: &Graph,
    wanted: &[Option<u32>],
    apart: bool,
    rng: &mut TaskRng,
) -> Option<Placed> {
    let mut last = None;
    for _ in 0..SEARCHED {
        let mut subgraph = cut.draw(graph, rng)?;
        if apart {
            separate(&mut subgraph, rng);
        }
        let small = SmallGraph::of(&subgraph).ok()?;
        for root in rng.permutation(subgraph.len()) {
            let root = root as u32;
            if let Some(targets) = targets(&small.distances(root), root, wanted, rng) {
                return Some(Placed { subgraph, root, targets });
            }
        }
        last = Some(subgraph);
    }
    let last = last?;
    (0..BENT).find_map(|_| bend(last.clone(), wanted, apart, rng))
}

/// Distinct nodes at the wanted distances, each uniform among those left.
fn targets(distances: &[Option<u32>], root: u32, wanted: &[Option<u32>], rng: &mut TaskRng) -> Option<Vec<u32>> {
    let mut found: Vec<u32> = Vec::with_capacity(wanted.len());
    for distance in wanted {
        let fits = |&node: &u32| node != root && distances[node as usize] == *distance && !found.contains(&node);
        let candidates: Vec<u32> = (0..distances.len() as u32).filter(fits).collect();
        found.push(*rng.choose(&candidates)?);
    }
    Some(found)
}

/// Removes the edges between a random connected part and the rest.
fn separate(subgraph: &mut Subgraph, rng: &mut TaskRng) {
    let size = 1 + rng.below(subgraph.len().saturating_sub(1));
    let mut part = 1_u64 << rng.below(subgraph.len());
    let crosses = |part: u64, edge: &Edge| (part >> edge.source & 1) != (part >> edge.target & 1);
    while (part.count_ones() as usize) < size {
        let rim: Vec<&Edge> = subgraph.edges.iter().filter(|edge| crosses(part, edge)).collect();
        let Some(edge) = rng.choose(&rim) else { break };
        part |= 1 << edge.source | 1 << edge.target;
    }
    subgraph.edges.retain(|edge| !crosses(part, edge));
}

/// Changes edges until the wanted distances occur; `None` where there are too few nodes, or an edge is needed that none may be.
fn bend(mut subgraph: Subgraph, wanted: &[Option<u32>], apart: bool, rng: &mut TaskRng) -> Option<Placed> {
    let order: Vec<u32> = rng.permutation(subgraph.len()).into_iter().map(|id| id as u32).collect();
    let (&root, others) = order.split_first()?;
    let targets = others.get(..wanted.len())?.to_vec();
    let deepest = wanted.iter().flatten().copied().max().unwrap_or(1);
    let mut layers: Vec<Option<u32>> = vec![None; subgraph.len()];
    layers[root as usize] = Some(0);
    for (&target, distance) in targets.iter().zip(wanted) {
        layers[target as usize] = *distance;
    }
    let mut rest = others[wanted.len()..].iter();
    for layer in (1..=deepest).filter(|layer| !wanted.contains(&Some(*layer))) {
        layers[*rest.next()? as usize] = Some(layer);
    }
    for &node in rest {
        let layer = 1 + rng.below(deepest as usize + usize::from(apart)) as u32;
        layers[node as usize] = (layer <= deepest).then_some(layer);
    }
    join_layers(&mut subgraph, &layers, rng)?;
    Some(Placed { subgraph, root, targets })
}

/// Makes every node's layer its distance from the one node of layer 0; nodes without a layer are out of reach. `None` where a
/// node [may not be linked](Subgraph::may_link) to any of the layer before.
fn join_layers(subgraph: &mut Subgraph, layers: &[Option<u32>], rng: &mut TaskRng) -> Option<()> {
    let layer = |node: u32| layers[node as usize];
    subgraph.edges.retain(|edge| match (layer(edge.source), layer(edge.target)) {
        (Some(one), Some(other)) => one.abs_diff(other) <= 1,
        (one, other) => one == other,
    });
    for node in 0..layers.len() as u32 {
        let Some(before) = layer(node).and_then(|own| own.checked_sub(1)) else { continue };
        let reached = subgraph.edges.iter().any(|edge| {
            edge.source == node && layer(edge.target) == Some(before)
                || edge.target == node && layer(edge.source) == Some(before)
        });
        if !reached {
            let nearer = |other: &u32| layer(*other) == Some(before) && subgraph.may_link(node, *other);
            let nearer: Vec<u32> = (0..layers.len() as u32).filter(nearer).collect();
            let &target = rng.choose(&nearer)?;
            subgraph.edges.push(Edge { source: node, target, relation: 0 });
        }
    }
    rng.shuffle(&mut subgraph.edges);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;
    use crate::question::{CutConfig, Source};
    use ssl4rl_tasks::Split;

    #[test]
    fn the_wanted_distances_occur_in_every_kind_of_graph() {
        let graph = generate::from_spec("ba:n=200,m=4", 1).unwrap().unwrap();
        for source in [Source::Walk, Source::Tree, Source::Random] {
            let cut = Cut::new("test", &CutConfig { source, degree: 6.0, ..CutConfig::default() }).unwrap();
            let mut rng = TaskRng::new(1, "test", Split::Train, 0);
            for round in 0..300_u32 {
                let wanted = [Some(1 + round % 4), Some(1 + round % 3), (round % 2 == 0).then_some(2)];
                let placed = place(&cut, &graph, &wanted, round % 2 == 1, &mut rng).unwrap();
                let distances = SmallGraph::of(&placed.subgraph).unwrap().distances(placed.root);
                let found: Vec<Option<u32>> = placed.targets.iter().map(|&node| distances[node as usize]).collect();
                assert_eq!(found, wanted);
                let mut distinct = placed.targets.clone();
                distinct.push(placed.root);
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), 4);
            }
        }
    }
}
