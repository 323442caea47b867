//! [`Separation`]: how well scores tell positives from negatives.
//!
//! The area under the ROC curve is the share of pairs of a positive and a negative in which the positive has the higher score,
//! ties counted half; its standard error is that of `DeLong` et al. 1988. Hits@k is OGB's: the share of positives with a score
//! above the k-th highest of all negatives (all of them, where there are fewer than k).
//!
//! ```
//! use ssl4rl_tasks::exam::metrics::Separation;
//! let scores = Separation { positives: vec![0.9, 0.5], negatives: vec![0.6, 0.5, 0.1] };
//! // Of six pairs 3 + 1 are won and one is tied: 4.5 of 6.
//! assert_eq!(scores.area().value, 0.75);
//! assert_eq!((scores.hits(1).value, scores.hits(3).value, scores.hits(9).value), (0.5, 1.0, 1.0));
//! ```

use super::Estimate;
use super::estimate::variance;

/// Scores of positives and of negatives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Separation {
    /// Scores that should be high.
    pub positives: Vec<f64>,
    /// Scores that should be low.
    pub negatives: Vec<f64>,
}

impl Separation {
    /// Area under the ROC curve; 1/2 where either kind is absent.
    pub fn area(&self) -> Estimate {
        if self.positives.is_empty() || self.negatives.is_empty() {
            return Estimate { value: 0.5, standard_error: 0.0 };
        }
        let won = |score: f64, sorted: &[f64]| {
            let below = sorted.partition_point(|&other| other < score);
            let not_above = sorted.partition_point(|&other| other <= score);
            (below + not_above) as f64 / 2.0 / sorted.len() as f64
        };
        let (positives, negatives) = (sorted(&self.positives), sorted(&self.negatives));
        let of_positives: Vec<f64> = positives.iter().map(|&score| won(score, &negatives)).collect();
        let of_negatives: Vec<f64> = negatives.iter().map(|&score| won(score, &positives)).collect();
        let value = of_positives.iter().sum::<f64>() / positives.len() as f64;
        let of = |shares: &[f64]| variance(shares) / shares.len() as f64;
        Estimate { value, standard_error: (of(&of_positives) + of(&of_negatives)).sqrt() }
    }

    /// Positives above the `limit`-th highest negative, over all positives.
    pub fn hits(&self, limit: usize) -> Estimate {
        let negatives = sorted(&self.negatives);
        let threshold = negatives.len().checked_sub(limit.max(1)).map_or(f64::NEG_INFINITY, |place| negatives[place]);
        Estimate::share(self.positives.iter().map(|&score| score > threshold))
    }
}

fn sorted(scores: &[f64]) -> Vec<f64> {
    let mut scores = scores.to_vec();
    scores.sort_unstable_by(f64::total_cmp);
    scores
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the shares are exact by hand calculation")]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_the_area_by_hand() {
        // 0.9 beats 3 of 3; 0.5 beats one and ties with one: 1/2.
        // Variance of (1, 1/2) is 1/8, over 2: 1/16. Negatives lose to: 0.6 to 1/2, 0.5 to 3/4, 0.1 to 1: variance 1/16, over 3.
        let scores = Separation { positives: vec![0.5, 0.9], negatives: vec![0.1, 0.6, 0.5] };
        let expected = (1.0_f64 / 16.0 + 1.0 / 48.0).sqrt();
        assert!((scores.area().standard_error - expected).abs() < 1e-15);
    }

    #[test]
    fn equal_scores_separate_nothing() {
        let constant = Separation { positives: vec![0.0; 5], negatives: vec![0.0; 7] };
        assert_eq!((constant.area().value, constant.hits(3).value), (0.5, 0.0));
        assert_eq!(Separation::default().area().value, 0.5);
    }
}
