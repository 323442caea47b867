//! Eight numbers in one register, and sixteen in two.
//!
//! Loops over arrays become these instructions only while the compiler can see through every array; where sums must stay in
//! registers from the first factor to the last, they are asked for by name.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps};

use super::LANES;

/// Numbers that two registers hold.
pub(super) const SIXTEEN: usize = 2 * LANES;

/// Sixteen numbers in two registers.
#[derive(Clone, Copy)]
pub(super) struct Sixteen([Eight; 2]);

impl Sixteen {
    #[inline]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    pub(super) fn zeros() -> Self {
        Self([Eight::spread(0.0); 2])
    }

    #[inline]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    pub(super) fn load(numbers: &[f32; SIXTEEN]) -> Self {
        let (halves, _) = numbers.as_chunks::<LANES>();
        Self([Eight::load(&halves[0]), Eight::load(&halves[1])])
    }

    #[inline]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    pub(super) fn store(self, numbers: &mut [f32; SIXTEEN]) {
        let (halves, _) = numbers.as_chunks_mut::<LANES>();
        self.0[0].store(&mut halves[0]);
        self.0[1].store(&mut halves[1]);
    }

    #[inline]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    pub(super) fn plus(self, other: Self) -> Self {
        Self([self.0[0].plus(other.0[0]), self.0[1].plus(other.0[1])])
    }

    /// `factor * others + self`, rounded once.
    #[inline]
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
    pub(super) fn plus_product(self, factor: f32, others: Self) -> Self {
        let factor = Eight::spread(factor);
        Self([factor.times_plus(others.0[0], self.0[0]), factor.times_plus(others.0[1], self.0[1])])
    }
}

#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Eight(__m256);

#[cfg(target_arch = "x86_64")]
impl Eight {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn spread(number: f32) -> Self {
        Self(_mm256_set1_ps(number))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn load(numbers: &[f32; LANES]) -> Self {
        #[expect(unsafe_code, reason = "the instruction takes a pointer")]
        // SAFETY: eight numbers are there.
        Self(unsafe { _mm256_loadu_ps(numbers.as_ptr()) })
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn store(self, numbers: &mut [f32; LANES]) {
        #[expect(unsafe_code, reason = "the instruction takes a pointer")]
        // SAFETY: there is room for eight numbers.
        unsafe {
            _mm256_storeu_ps(numbers.as_mut_ptr(), self.0);
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn plus(self, other: Self) -> Self {
        Self(_mm256_add_ps(self.0, other.0))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn times_plus(self, factors: Self, sum: Self) -> Self {
        Self(_mm256_fmadd_ps(self.0, factors.0, sum.0))
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy)]
struct Eight([f32; LANES]);

#[cfg(not(target_arch = "x86_64"))]
impl Eight {
    fn spread(number: f32) -> Self {
        Self([number; LANES])
    }

    fn load(numbers: &[f32; LANES]) -> Self {
        Self(*numbers)
    }

    fn store(self, numbers: &mut [f32; LANES]) {
        *numbers = self.0;
    }

    fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] + other.0[lane]))
    }

    fn times_plus(self, factors: Self, sum: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].mul_add(factors.0[lane], sum.0[lane])))
    }
}
