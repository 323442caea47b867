//! The exponential, written so that a loop over it becomes vector instructions.

use super::LANES;
use super::dots::sum_of_lanes;

/// `e^x` in float32, within 2 units in the last place: 0 below -87.3, where the result would be subnormal, and `e^88` above 88.
#[inline(always)]
pub(super) fn exponential(x: f32) -> f32 {
    const LEAST: f32 = -87.3;
    const MOST: f32 = 88.0;
    /// Added to a small number and taken away again it rounds to a whole one, which then lies in the lowest bits.
    const ROUNDER: f32 = 12_582_912.0;
    // ln 2 in two parts, the first with so few digits that its multiples are exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    /// `1 / n!` from 6 down; with 1/5040 before them, what is left out is below 1e-8.
    const SERIES: [f32; 7] = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let within = x.clamp(LEAST, MOST);
    let shifted = within.mul_add(std::f32::consts::LOG2_E, ROUNDER);
    let twos = shifted - ROUNDER;
    let rest = twos.mul_add(-LN_2_LOW, twos.mul_add(-LN_2_HIGH, within)); // from -ln 2 / 2 to ln 2 / 2
    let mut sum = 1.0 / 5040.0_f32;
    for term in SERIES {
        sum = sum.mul_add(rest, term);
    }
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23); // 2^twos
    if x < LEAST { 0.0 } else { sum * power }
}

/// Turns numbers into `e^(scale (number - largest))`, and returns their sum.
#[inline(always)]
pub(super) fn powers(numbers: &mut [f32], largest: f32, scale: f32) -> f32 {
    // Summing in the same loop would keep it from becoming vector instructions.
    for number in numbers.iter_mut() {
        *number = exponential((*number - largest) * scale);
    }
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    rest.iter().fold(sum_of_lanes(&sums), |sum, power| sum + power)
}

/// The largest number; minus infinity where there is none.
#[inline(always)]
pub(super) fn largest(numbers: &[f32]) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut largest = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (largest, number) in largest.iter_mut().zip(chunk) {
            *largest = if *number > *largest { *number } else { *largest };
        }
    }
    largest.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_exponential_in_float64() {
        for step in -87_000..88_000_i32 {
            let x = step as f32 * 1e-3;
            let exact = f64::from(x).exp();
            assert!((f64::from(exponential(x)) / exact - 1.0).abs() < 2.5e-7, "{x}");
        }
        assert!(exponential(0.0).to_bits() == 1.0_f32.to_bits());
        assert!(exponential(f32::NEG_INFINITY) == 0.0 && exponential(-90.0) == 0.0);
        assert!(exponential(f32::NAN).is_nan());
    }
}
