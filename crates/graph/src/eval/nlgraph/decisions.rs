//! Connectivity and cycle questions: yes or no, by union of sets.

use petgraph::unionfind::UnionFind;

use super::problem::{self, Problem};
use ssl4rl_tasks::Verdict;

/// A question whose answer is yes or no.
pub(super) struct Decision {
    yes: bool,
}

impl Decision {
    /// Whether a path joins two nodes.
    pub(super) fn connectivity(question: &str) -> Option<Self> {
        let (left, right) = problem::ends(question)?;
        let edges = problem::pairs(question);
        let mut sets = sets(&edges, left.max(right))?;
        for (from, to) in edges {
            sets.union(from, to);
        }
        Some(Self { yes: sets.equiv(left, right) })
    }

    /// Whether the graph has a cycle: an edge that joins what was joined already.
    pub(super) fn cycle(question: &str) -> Option<Self> {
        let edges = problem::pairs(question);
        let mut sets = sets(&edges, problem::node_count(question)?)?;
        let closes = edges.iter().map(|&(from, to)| !sets.union(from, to)).fold(false, |any, closes| any | closes);
        Some(Self { yes: closes })
    }
}

/// Most nodes of a question; none of the published ones has more than a few dozen.
const MOST_NODES: usize = 100_000;

fn sets(edges: &[(usize, usize)], highest: usize) -> Option<UnionFind<usize>> {
    let highest = edges.iter().map(|&(from, to)| from.max(to)).max().unwrap_or(0).max(highest);
    (highest < MOST_NODES).then(|| UnionFind::new(highest + 1))
}

impl Problem for Decision {
    fn verify(&self, answer: &str) -> Verdict {
        let said = |word: &str| {
            let mut words = answer.split(|symbol: char| !symbol.is_alphanumeric());
            words.any(|other| other.eq_ignore_ascii_case(word))
        };
        match (said("yes"), said("no") || said("not")) {
            (true, true) => Verdict::wrong(answer, "yes and no"),
            (false, false) => Verdict::unreadable("neither yes nor no"),
            (yes, _) if yes == self.yes => Verdict::right(if yes { "yes" } else { "no" }),
            (yes, _) => Verdict::wrong(if yes { "yes" } else { "no" }, "the other way round"),
        }
    }

    fn blind_answers(&self) -> Vec<(&'static str, String)> {
        vec![("always yes", "yes".into()), ("always no", "no".into())]
    }
}
