//! Small graphs laid over one another: embeddings by backtracking, names for a second drawing, edge lists as options.

use crate::count::SmallGraph;
use crate::encode::naming;

/// Whether the nodes of `pattern` can be laid on different nodes of `host` so that every edge falls on an edge.
///
/// Backtracking over bit rows; quick for the dozen nodes of a prompt.
pub(super) fn embeds(pattern: &SmallGraph, host: &SmallGraph) -> bool {
    if pattern.node_count() > host.node_count() || pattern.edge_count() > host.edge_count() {
        return false;
    }
    let mut places = vec![0; pattern.node_count()];
    let free = u64::MAX >> (64 - host.node_count().clamp(1, 64));
    laid(pattern, host, &search_order(pattern), free, 0, &mut places)
}

/// Nodes of high degree and nodes next to earlier ones first, so that dead ends show early.
fn search_order(pattern: &SmallGraph) -> Vec<u32> {
    let mut order: Vec<u32> = Vec::with_capacity(pattern.node_count());
    let mut placed = 0_u64;
    for _ in 0..pattern.node_count() {
        let next = (0..pattern.node_count() as u32)
            .filter(|&node| placed >> node & 1 == 0)
            .max_by_key(|&node| ((pattern.neighbours(node) & placed).count_ones(), pattern.degree(node)));
        let Some(next) = next else { break };
        placed |= 1 << next;
        order.push(next);
    }
    order
}

fn laid(pattern: &SmallGraph, host: &SmallGraph, order: &[u32], free: u64, depth: usize, places: &mut [u32]) -> bool {
    let Some(&node) = order.get(depth) else { return true };
    let mut candidates = order[..depth]
        .iter()
        .filter(|&&earlier| pattern.neighbours(node) >> earlier & 1 == 1)
        .fold(free, |candidates, &earlier| candidates & host.neighbours(places[earlier as usize]));
    while candidates != 0 {
        let place = candidates.trailing_zeros();
        candidates &= candidates - 1;
        if host.degree(place) >= pattern.degree(node) {
            places[node as usize] = place;
            if laid(pattern, host, order, free & !(1 << place), depth + 1, places) {
                return true;
            }
        }
    }
    false
}

/// Whether the two are one graph but for the numbering.
pub(super) fn isomorphic(left: &SmallGraph, right: &SmallGraph) -> bool {
    left.node_count() == right.node_count() && left.edge_count() == right.edge_count() && embeds(left, right)
}

/// Names for the nodes of a second drawing, none of which the first has: letters, or numbers where the first has letters.
pub(super) fn second_names(first: &[String]) -> Vec<String> {
    let letters = naming::letters(first.len());
    if letters.iter().any(|letter| first.iter().any(|name| name.eq_ignore_ascii_case(letter))) {
        naming::integers(first.len())
    } else {
        letters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(count: usize, edges: &[(u32, u32)]) -> SmallGraph {
        SmallGraph::new(count, edges.iter().copied()).unwrap()
    }

    #[test]
    fn a_path_lies_in_a_cycle_and_not_the_other_way_round() {
        let path = graph(4, &[(0, 1), (1, 2), (2, 3)]);
        let cycle = graph(4, &[(0, 2), (2, 1), (1, 3), (3, 0)]);
        let star = graph(4, &[(0, 1), (0, 2), (0, 3)]);
        assert!(embeds(&path, &cycle) && !embeds(&cycle, &path) && !embeds(&star, &cycle));
        assert!(isomorphic(&path, &graph(4, &[(3, 1), (0, 3), (2, 0)])) && !isomorphic(&path, &star));
    }

    #[test]
    fn names_of_the_two_drawings_differ() {
        assert_eq!(second_names(&naming::integers(2)), ["A", "B"]);
        assert_eq!(second_names(&naming::letters(2)), ["0", "1"]);
    }
}
