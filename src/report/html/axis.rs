//! [`Axis`]: a range of numbers with round ticks, and numbers in few characters.
//!
//! Ticks are whole multiples of 1, 2 or 5 times a power of ten.
//!
//! ```text
//! 0.13 to 0.87, at most 5 ticks   ->   0  0.2  0.4  0.6  0.8  1.0
//! ```

use crate::tasks::exam::metrics::fixed;

/// Larger numbers are taken for none at all: a span of two of them must stay a number.
const LARGEST: f64 = 1e100;
/// Smaller differences are none.
const TINIEST: f64 = 1e-200;

/// The value, where it can be drawn.
pub(super) fn drawable(value: f64) -> Option<f64> {
    (value.abs() <= LARGEST).then_some(value)
}

/// A range of numbers with ticks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// From `low` to `high`, widened to whole ticks that cut the range into about `pieces`.
    pub(super) fn around(low: f64, high: f64, pieces: u32) -> Self {
        let (low, high) = apart(low, high);
        let step = round_step((high - low) / f64::from(pieces));
        // What misses a tick by rounding alone is not one more step away.
        let slack = 1e-9;
        Self { low: (low / step + slack).floor() * step, high: (high / step - slack).ceil() * step, step }
    }

    /// From `low` to `high` exactly, with ticks that are whole numbers.
    pub(super) fn of_steps(low: f64, high: f64, pieces: u32) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, step: round_step((high - low) / f64::from(pieces)).max(1.0) }
    }

    /// The same with ticks that are whole numbers.
    pub(super) fn whole(self) -> Self {
        if self.step >= 1.0 { self } else { Self { low: self.low.floor(), high: self.high.ceil(), step: 1.0 } }
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub(super) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The ticks within the range and what stands at them.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let slack = 1e-9;
        let (first, last) = ((self.low / self.step - slack).ceil(), (self.high / self.step + slack).floor());
        let count = (last - first).clamp(0.0, 100.0) as u32;
        let at = |number: u32| (first + f64::from(number)) * self.step;
        (0..=count).map(|number| (at(number), label(at(number), self.step))).collect()
    }
}

/// A range that is not a single point.
fn apart(low: f64, high: f64) -> (f64, f64) {
    let smallest = 1e-9 * low.abs().max(high.abs());
    if high - low > smallest.max(TINIEST) {
        return (low, high);
    }
    let half = if low.abs() < TINIEST { 0.5 } else { low.abs() * 0.5 };
    (low - half, low + half)
}

/// The least of 1, 2 and 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let exponent = least.log10().floor();
    let power = power_of_ten(exponent as i32);
    let ratio = least / power;
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| ratio <= factor * (1.0 + 1e-9));
    factor.map_or_else(|| power_of_ten(exponent as i32 + 1), |factor| factor * power)
}

fn power_of_ten(exponent: i32) -> f64 {
    10_f64.powi(exponent)
}

/// What stands at a tick, given the distance to the next.
fn label(value: f64, step: f64) -> String {
    let digits = step.log10() + 1e-9;
    let exponent = digits.floor() as i32;
    match exponent {
        _ if value.abs() < step * 0.5 => "0".to_owned(),
        -3..=2 => fixed(value, (-exponent).max(0) as usize),
        3..=5 => format!("{}k", fixed(value / 1e3, 0)),
        6..=8 => format!("{}M", fixed(value / 1e6, 0)),
        9..=11 => format!("{}G", fixed(value / 1e9, 0)),
        _ => {
            let own = (value.abs().log10() + 1e-9).floor() as i32;
            let mantissa = value / power_of_ten(own);
            format!("{}e{own}", fixed(mantissa, (own - exponent).clamp(0, 9) as usize))
        }
    }
}

/// A number in four significant digits.
///
/// ```text
/// 0.327439 -> 0.3274    13952.7 -> 13,953    0.0000090599 -> 9.06e-6    400 -> 400
/// ```
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "-".to_owned()
    } else if size != 0.0 && !(1e-3..1e9).contains(&size) {
        format!("{value:.2e}")
    } else if size >= 1000.0 {
        thousands(value)
    } else if value.fract() == 0.0 {
        fixed(value, 0)
    } else {
        let decimals = 3 - size.log10().floor().clamp(-3.0, 3.0) as i32;
        fixed(value, decimals as usize)
    }
}

/// A rounded number with a comma between thousands.
fn thousands(value: f64) -> String {
    let text = fixed(value.abs(), 0);
    let mut grouped = String::new();
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && (text.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 { format!("-{grouped}") } else { grouped }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> String {
        axis.ticks().into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_by_hand() {
        // A span of 0.74 in 5 pieces is 0.148 each: 0.2.
        assert_eq!(labels(&Axis::around(0.13, 0.87, 5)), "0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(labels(&Axis::around(0.0, 1.0, 5)), "0 0.2 0.4 0.6 0.8 1.0");
        // 4.6 in 5: 0.92, 1.
        assert_eq!(labels(&Axis::around(-0.3, 4.3, 5)), "-1 0 1 2 3 4 5");
        // 4e-4 in 5: 8e-5, 1e-4.
        assert_eq!(labels(&Axis::around(0.0, 4e-4, 5)), "0 1e-4 2e-4 3e-4 4e-4");
        // 1e-6 in 5: 2e-7, from 8.0e-6 to 9.0e-6.
        assert_eq!(labels(&Axis::around(8e-6, 9e-6, 5)), "8.0e-6 8.2e-6 8.4e-6 8.6e-6 8.8e-6 9.0e-6");
        // 13,952 in 5: 2,790, 5,000.
        assert_eq!(labels(&Axis::around(0.0, 13_952.0, 5)), "0 5k 10k 15k");
        assert_eq!(labels(&Axis::around(0.0, 3e9, 5)), "0 1G 2G 3G");
        assert_eq!(labels(&Axis::around(110.0, 290.0, 4)), "100 150 200 250 300");
    }

    #[test]
    fn steps_are_whole() {
        // 399 in 5: 79.8, 100.
        assert_eq!(labels(&Axis::of_steps(1.0, 400.0, 5)), "100 200 300 400");
        assert_eq!(labels(&Axis::of_steps(0.0, 3.0, 5)), "0 1 2 3");
        assert_eq!(labels(&Axis::of_steps(7.0, 7.0, 5)), "7 8");
        assert_eq!(labels(&Axis::around(0.0, 2.0, 5).whole()), "0 1 2");
    }

    #[test]
    fn a_single_value_is_in_the_middle() {
        let axis = Axis::around(3.0, 3.0, 5);
        assert!((axis.place(3.0) - 0.5).abs() < 0.2, "{axis:?}");
        assert_eq!(labels(&Axis::around(0.0, 0.0, 5)), "-0.6 -0.4 -0.2 0 0.2 0.4 0.6");
    }

    #[test]
    fn every_range_has_a_few_ticks_and_holds_its_ends() {
        let numbers = [-1e100, -3e9, -1.0, -1e-300, 0.0, 5e-324, 1e-12, 0.1, 1.0, 1.0 + 1e-15, 7e5, 1e100];
        for low in numbers {
            for high in numbers.into_iter().filter(|high| *high >= low) {
                let axis = Axis::around(low, high, 5);
                let ticks = axis.ticks();
                assert!((2..=8).contains(&ticks.len()), "{low} to {high}: {ticks:?}");
                for end in [low, high] {
                    assert!((-0.01..=1.01).contains(&axis.place(end)), "{end} in {axis:?}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (0.327_439, "0.3274"),
            (0.001_234, "0.001234"),
            (13_952.689, "13,953"),
            (1_234_567.0, "1,234,567"),
            (-2048.0, "-2,048"),
            (9.0599e-6, "9.06e-6"),
            (400.0, "400"),
            (12.346, "12.35"),
            (2e12, "2.00e12"),
            (f64::NAN, "-"),
        ];
        for (value, expected) in cases {
            assert_eq!(short(value), expected);
        }
        assert_eq!((drawable(f64::INFINITY), drawable(f64::NAN), drawable(2.0)), (None, None, Some(2.0)));
    }
}
