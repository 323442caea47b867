//! [`Estimate`]: a measured number with its standard error.
//!
//! ```
//! use ssl4rl_tasks::exam::metrics::Estimate;
//! // Mean 1/2; squares 2 (1/2)², over n - 1 = 1, over n = 2, root: 1/2.
//! assert_eq!(Estimate::mean(&[1.0, 0.0]), Estimate { value: 0.5, standard_error: 0.5 });
//! ```

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Split, TaskRng};

/// Samples that a bootstrap draws.
const RESAMPLES: u64 = 400;

/// A measured value with its standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value; not a number, in JSON null, where nothing was measured.
    #[serde(deserialize_with = "number_or_null")]
    pub value: f64,
    /// Its standard error.
    #[serde(deserialize_with = "number_or_null")]
    pub standard_error: f64,
}

fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Estimate {
    /// What is known where nothing was measured.
    pub const UNKNOWN: Self = Self { value: f64::NAN, standard_error: f64::NAN };

    /// The mean; its error is the sample standard deviation over the root of the count, 0 for fewer than two values.
    pub fn mean(values: &[f64]) -> Self {
        // The sum of no numbers is -0.
        let value = values.iter().fold(0.0, |sum, value| sum + value) / values.len().max(1) as f64;
        Self { value, standard_error: (variance(values) / values.len().max(1) as f64).sqrt() }
    }

    /// The share of true ones.
    pub fn share(hits: impl IntoIterator<Item = bool>) -> Self {
        let values: Vec<f64> = hits.into_iter().map(|hit| f64::from(u8::from(hit))).collect();
        Self::mean(&values)
    }

    /// A statistic of `count` items, given their positions, with the error of a seeded bootstrap.
    pub fn bootstrap(count: usize, statistic: impl Fn(&[usize]) -> f64) -> Self {
        let all: Vec<usize> = (0..count).collect();
        let resampled: Vec<f64> = (0..RESAMPLES)
            .map(|resample| {
                let mut rng = TaskRng::new(0, "bootstrap", Split::HeldOut, resample);
                let positions: Vec<usize> = (0..count).map(|_| rng.below(count)).collect();
                statistic(&positions)
            })
            .collect();
        let standard_error = if count < 2 { 0.0 } else { variance(&resampled).sqrt() };
        Self { value: statistic(&all), standard_error }
    }

    /// The difference to another estimate. The errors are added as if the two were independent; where both are made on the
    /// same questions, the true error is usually smaller.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        let standard_error = self.standard_error.hypot(other.standard_error);
        Self { value: self.value - other.value, standard_error }
    }

    /// `0.730 ± 0.020`, or `-` where nothing was measured.
    pub fn text(self) -> String {
        if self.value.is_nan() {
            return "-".to_owned();
        }
        format!("{} ± {:.3}", fixed(self.value, 3), self.standard_error)
    }

    /// `+0.264 ± 0.030`
    pub fn signed_text(self) -> String {
        let text = self.text();
        if text.starts_with('-') { text } else { format!("+{text}") }
    }
}

/// A number with this many decimals; what rounds to zero has no sign.
///
/// ```
/// use ssl4rl_tasks::exam::metrics::fixed;
/// assert_eq!((fixed(-0.004, 2), fixed(-0.006, 2)), ("0.00".into(), "-0.01".into()));
/// ```
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| b"0.".contains(&byte)) => zero.to_owned(),
        _ => text,
    }
}

/// Sample variance; 0 for fewer than two values.
pub(super) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_the_error_of_a_mean() {
        // One of four: squares 9/16 + 3/16, over 3, over 4: root of 1/16.
        let share = Estimate::share([true, false, false, false]);
        assert!((share.value - 0.25).abs() < 1e-15 && (share.standard_error - 0.25).abs() < 1e-15);
        assert_eq!(Estimate::mean(&[]), Estimate::default());
    }

    #[test]
    fn the_bootstrap_of_a_mean_is_near_its_error() {
        let values: Vec<f64> = (0..100).map(|value| f64::from(value % 2)).collect();
        let mean = |positions: &[usize]| positions.iter().map(|&at| values[at]).sum::<f64>() / positions.len() as f64;
        let (drawn, exact) = (Estimate::bootstrap(100, mean), Estimate::mean(&values));
        assert!((drawn.value - 0.5).abs() < 1e-15);
        // The error of an error from 400 resamples is 1 / sqrt(800) of it.
        assert!((drawn.standard_error / exact.standard_error - 1.0).abs() < 4.0 / 800.0_f64.sqrt());
    }

    #[test]
    fn differences_add_errors_in_squares() {
        let [left, right] =
            [(0.9, 0.04), (0.4, 0.03)].map(|(value, standard_error)| Estimate { value, standard_error });
        assert_eq!(left.minus(right).signed_text(), "+0.500 ± 0.050");
        assert_eq!(left.text(), "0.900 ± 0.040");
        let slightly_less = Estimate { value: -0.0004, standard_error: 0.0 };
        assert_eq!(
            (slightly_less.text(), slightly_less.signed_text()),
            ("0.000 ± 0.000".into(), "+0.000 ± 0.000".into())
        );
    }

    #[test]
    fn what_was_not_measured_is_null() {
        let unknown = serde_json::to_string(&Estimate::UNKNOWN).unwrap();
        assert_eq!((&*unknown, &*Estimate::UNKNOWN.text()), (r#"{"value":null,"standard_error":null}"#, "-"));
        assert!(serde_json::from_str::<Estimate>(&unknown).unwrap().value.is_nan());
        assert_eq!(Estimate::mean(&[]).text(), "0.000 ± 0.000");
    }
}
