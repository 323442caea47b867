//! Two layers of the simplest graph convolution: every embedding becomes the sum of its neighbours'.

use super::problem::{self, Problem};
use ssl4rl_tasks::Verdict;

/// Layers that every published question asks for.
const LAYERS: usize = 2;

/// The embeddings after the last layer, by node.
pub(super) struct Convolution {
    start: Vec<(usize, usize)>,
    after: Vec<(usize, usize)>,
}

impl Convolution {
    /// Reads lines such as `node 0: [0,1]`, and the edges.
    pub(super) fn read(question: &str) -> Option<Self> {
        if !question.contains("after two layers") {
            return None;
        }
        let nodes = problem::node_count(question)?;
        let start = embeddings(question);
        if start.len() != nodes || start.iter().enumerate().any(|(place, &(node, _))| place != node) {
            return None;
        }
        let start: Vec<(usize, usize)> = start.into_iter().map(|(_, embedding)| embedding).collect();
        let edges = problem::pairs(question);
        if edges.iter().any(|&(left, right)| left.max(right) >= nodes) {
            return None;
        }
        let layer = |before: Vec<(usize, usize)>| {
            let mut after = vec![(0, 0); nodes];
            for &(left, right) in &edges {
                for (to, from) in [(left, right), (right, left)] {
                    after[to] = (after[to].0 + before[from].0, after[to].1 + before[from].1);
                }
            }
            after
        };
        let after = (0..LAYERS).fold(start.clone(), |embeddings, _| layer(embeddings));
        Some(Self { start, after })
    }
}

impl Problem for Convolution {
    fn verify(&self, answer: &str) -> Verdict {
        let found = embeddings(answer);
        if found.is_empty() {
            return Verdict::unreadable("no embeddings");
        }
        let mut right = vec![false; self.after.len()];
        let mut named = vec![false; self.after.len()];
        for (node, embedding) in found {
            match named.get_mut(node) {
                Some(fresh @ false) => *fresh = true,
                _ => return Verdict::wrong(answer, "a node that is repeated or not there"),
            }
            right[node] = self.after[node] == embedding;
        }
        let share = right.iter().filter(|&&right| right).count() as f32 / right.len() as f32;
        if right.iter().all(|&right| right) {
            return Verdict::right(answer);
        }
        Verdict::partial(share, answer, "some embeddings are others")
    }

    fn blind_answers(&self) -> Vec<(&'static str, String)> {
        let line =
            |(node, embedding): (usize, &(usize, usize))| format!("node {node}: [{},{}]", embedding.0, embedding.1);
        vec![("embeddings as given", self.start.iter().enumerate().map(line).collect::<Vec<_>>().join("\n"))]
    }
}

/// Every `node 0: [0,1]` in a text.
fn embeddings(text: &str) -> Vec<(usize, (usize, usize))> {
    let lower = text.to_lowercase();
    let of = |piece: &str| {
        let (node, rest) = piece.split_once(": [")?;
        Some((node.trim().parse().ok()?, problem::two(rest.split_once(']')?.0)?))
    };
    lower.split("node ").skip(1).filter_map(of).collect()
}
