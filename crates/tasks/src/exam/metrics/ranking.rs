//! [`Ranks`]: where an answer stands among other candidates, whatever ties do; [`Ranking`]: means over many queries.
//!
//! With `better` candidates above the answer and `equal` others beside it, the optimistic rank is `1 + better`, the
//! pessimistic `1 + better + equal`, and the realistic the mean of the two (Sun et al. 2020; Berrendorf et al. 2020). A scorer
//! that gives everything the same score has optimistic rank 1: scores are published by the realistic rank.
//!
//! ```
//! use ssl4rl_tasks::exam::metrics::Ranks;
//! let ranks = Ranks::among([0.9, 0.5, 0.5, 0.1], 0.5);
//! assert_eq!((ranks.optimistic(), ranks.realistic(), ranks.pessimistic()), (2.0, 3.0, 4.0));
//! ```

use std::cmp::Ordering;

use super::Estimate;

/// Ranks up to which hits are counted.
pub const HITS: [u32; 3] = [1, 3, 10];

/// Candidates above and beside an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ranks {
    /// Other candidates with a higher score.
    pub better: usize,
    /// Other candidates with the same score.
    pub equal: usize,
}

impl Ranks {
    /// The ranks of an answer scored `answer` among `others`.
    pub fn among(others: impl IntoIterator<Item = f64>, answer: f64) -> Self {
        let mut ranks = Self::default();
        for other in others {
            match other.partial_cmp(&answer) {
                Some(Ordering::Less) => {}
                Some(Ordering::Equal) => ranks.equal += 1,
                // What cannot be compared is never to the answer's advantage.
                Some(Ordering::Greater) | None => ranks.better += 1,
            }
        }
        ranks
    }

    /// As if the answer stood first among its equals.
    pub fn optimistic(self) -> f64 {
        1.0 + self.better as f64
    }

    /// As if the answer stood last among its equals.
    pub fn pessimistic(self) -> f64 {
        self.optimistic() + self.equal as f64
    }

    /// The mean of the two: what a random order of equals gives on average.
    pub fn realistic(self) -> f64 {
        self.optimistic() + self.equal as f64 / 2.0
    }
}

/// Ranks of many queries. Queries of one triple are a group, since they are not independent of each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranking {
    groups: Vec<Vec<Ranks>>,
}

impl Ranking {
    /// Of groups of queries.
    pub fn of(groups: impl IntoIterator<Item = Vec<Ranks>>) -> Self {
        Self { groups: groups.into_iter().filter(|group| !group.is_empty()).collect() }
    }

    /// Number of queries.
    pub fn queries(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }

    /// Mean reciprocal rank, by the rank that `rank` takes.
    pub fn mean_reciprocal(&self, rank: impl Fn(Ranks) -> f64) -> Estimate {
        self.mean(|ranks| 1.0 / rank(ranks))
    }

    /// Share of queries with a realistic rank of at most `limit`.
    pub fn hits(&self, limit: u32) -> Estimate {
        self.mean(|ranks| f64::from(u8::from(ranks.realistic() <= f64::from(limit))))
    }

    /// The mean over groups of the mean within, which is that over queries where groups are equally large.
    fn mean(&self, value: impl Fn(Ranks) -> f64) -> Estimate {
        let of_group = |group: &Vec<Ranks>| group.iter().map(|&ranks| value(ranks)).sum::<f64>() / group.len() as f64;
        let values: Vec<f64> = self.groups.iter().map(of_group).collect();
        Estimate::mean(&values)
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the ranks are exact by hand calculation")]
mod tests {
    use super::*;

    #[test]
    fn means_by_hand() {
        // Realistic ranks 1 and 3 of one triple, 2 and 2 of another.
        let ranks = |better, equal| Ranks { better, equal };
        let ranking = Ranking::of([vec![ranks(0, 0), ranks(2, 0)], vec![ranks(0, 2), ranks(1, 0)]]);
        let realistic = ranking.mean_reciprocal(Ranks::realistic);
        // Means of 1 and 1/3, and of 1/2 and 1/2: 2/3 and 1/2.
        assert!((realistic.value - 7.0 / 12.0).abs() < 1e-15);
        // Two values 1/6 apart: standard deviation (1/6) / sqrt 2, over sqrt 2.
        assert!((realistic.standard_error - 1.0 / 12.0).abs() < 1e-15);
        // Optimistic ranks 1, 3, 1, 2: (1 + 1/3 + 1 + 1/2) / 4; pessimistic 1, 3, 3, 2.
        assert!((ranking.mean_reciprocal(Ranks::optimistic).value - 17.0 / 24.0).abs() < 1e-15);
        assert!((ranking.mean_reciprocal(Ranks::pessimistic).value - 13.0 / 24.0).abs() < 1e-15);
        assert!((ranking.hits(1).value - 0.25).abs() < 1e-15 && (ranking.hits(3).value - 1.0).abs() < 1e-15);
        assert_eq!(ranking.queries(), 4);
    }

    #[test]
    fn what_is_no_number_is_ranked_last() {
        let nothing = f64::NAN;
        assert_eq!(Ranks::among([0.1, 0.2, 0.3], nothing).realistic(), 4.0);
        assert_eq!(Ranks::among([0.1, nothing, nothing], 0.2).realistic(), 3.0);
    }

    #[test]
    fn a_constant_scorer_is_first_and_last() {
        let ranks = Ranks::among([0.0; 99], 0.0);
        assert_eq!([ranks.optimistic(), ranks.realistic(), ranks.pessimistic()], [1.0, 50.5, 100.0]);
    }
}
