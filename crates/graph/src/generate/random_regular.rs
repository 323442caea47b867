//! Random regular graphs: every node has exactly d neighbours.
//!
//! Each node holds d stubs, and stubs are paired at random. Up to three stubs, any loop or repeated edge makes all start over,
//! so that every regular graph is equally likely. With more, that would take too many starts: such pairs are drawn again, and
//! all start over only where none is left that fits (Steger and Wormald 1999: close to uniform). Dense graphs are complements
//! of sparse ones.

use std::collections::HashSet;

use super::{GenerateError, Generator, Knob, Values, relabelled};
use crate::Graph;
use ssl4rl_tasks::TaskRng;

/// Fresh starts before a spec counts as hopeless. With three stubs one start in about seven succeeds.
const MAX_STARTS: usize = 1000;
/// Largest degree for which pairs are never drawn again.
const MAX_UNIFORM_DEGREE: usize = 3;

/// The generator `regular`.
pub(super) struct RandomRegular;

impl Generator for RandomRegular {
    fn name(&self) -> &'static str {
        "regular"
    }

    fn summary(&self) -> &'static str {
        "random regular: every node has d neighbours"
    }

    fn knobs(&self) -> &'static [Knob] {
        const {
            &[
                Knob::count("n", "number of nodes", None, 1.0),
                Knob::count("d", "neighbours of each node", Some(3.0), 0.0),
            ]
        }
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let (node_count, degree) = (values.count("n"), values.count("d"));
        if degree >= node_count || node_count % 2 == 1 && degree % 2 == 1 {
            let reason = format!("`d` must be below `n` and one of them even, got d={degree} and n={node_count}");
            return Err(values.conflict(reason));
        }
        values.check_edge_count(node_count as f64 * degree as f64 / 2.0)?;
        let complement = degree > node_count / 2;
        let drawn = if complement { node_count - 1 - degree } else { degree };
        let joined = (0..MAX_STARTS)
            .find_map(|_| pair_stubs(node_count, drawn, rng))
            .ok_or_else(|| values.conflict(format!("no graph came up in {MAX_STARTS} starts; use another seed")))?;
        let edges = if complement {
            let pairs = (0..node_count).flat_map(|high| (0..high).map(move |low| (low, high)));
            pairs.filter(|pair| !joined.pairs.contains(pair)).collect()
        } else {
            joined.edges
        };
        relabelled(name, node_count, edges, rng)
    }
}

/// Edges in the order in which they were drawn, and the same as a set; the lower node first.
#[derive(Default)]
struct Joined {
    edges: Vec<(usize, usize)>,
    pairs: HashSet<(usize, usize)>,
}

/// A graph in which every node has this degree, or `None` where the last stubs do not fit together.
fn pair_stubs(node_count: usize, degree: usize, rng: &mut TaskRng) -> Option<Joined> {
    let mut joined = Joined::default();
    let mut stubs: Vec<usize> = (0..node_count).flat_map(|node| std::iter::repeat_n(node, degree)).collect();
    while !stubs.is_empty() {
        rng.shuffle(&mut stubs);
        let mut left_over = Vec::new();
        for pair in stubs.chunks_exact(2) {
            let pair = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            if pair.0 != pair.1 && joined.pairs.insert(pair) {
                joined.edges.push(pair);
            } else {
                left_over.extend([pair.0, pair.1]);
            }
        }
        if degree <= MAX_UNIFORM_DEGREE && !left_over.is_empty() {
            return None;
        }
        // Only a round without progress makes it worth asking whether any pair still fits.
        if left_over.len() == stubs.len() && !some_pair_fits(&left_over, &joined) {
            return None;
        }
        stubs = left_over;
    }
    Some(joined)
}

fn some_pair_fits(stubs: &[usize], joined: &Joined) -> bool {
    stubs.iter().enumerate().any(|(at, &left)| {
        let fits = |right: usize| left != right && !joined.pairs.contains(&(left.min(right), left.max(right)));
        stubs[at + 1..].iter().any(|&right| fits(right))
    })
}
