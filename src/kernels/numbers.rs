//! Tensors as slices of numbers.

use std::marker::PhantomData;
use std::ops::Range;

use tch::{Device, Kind, Tensor};

/// The numbers of a tensor that [`suits`](super::suits).
#[expect(unsafe_code, reason = "libtorch gives a pointer")]
pub(super) fn numbers(tensor: &Tensor) -> &[f32] {
    debug_assert!(tensor.kind() == Kind::Float && tensor.is_contiguous());
    // SAFETY: a contiguous float32 tensor on the CPU is that many numbers in a row, and lives as long as the handle. Nothing
    // writes to it meanwhile: kernels write to tensors of their own, or through a handle that the caller lends mutably.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<f32>(), tensor.numel()) }
}

/// The upper half of a float32.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub(super) struct BFloat16(u16);

/// A number that float32 holds exactly.
pub(super) trait Number: Copy + Sync {
    fn wide(self) -> f32;
}

impl Number for f32 {
    fn wide(self) -> f32 {
        self
    }
}

impl Number for BFloat16 {
    fn wide(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
}

/// The numbers of a contiguous bfloat16 tensor on the CPU.
#[expect(unsafe_code, reason = "libtorch gives a pointer")]
pub(super) fn brief_numbers(tensor: &Tensor) -> &[BFloat16] {
    assert!(tensor.kind() == Kind::BFloat16 && tensor.is_contiguous() && tensor.device() == Device::Cpu);
    // SAFETY: as in `numbers`; the kind has been looked at, and a `BFloat16` is those 16 bits.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<BFloat16>(), tensor.numel()) }
}

/// The whole numbers of a contiguous tensor on the CPU.
#[expect(unsafe_code, reason = "libtorch gives a pointer")]
pub(super) fn whole_numbers(tensor: &Tensor) -> &[i64] {
    assert!(tensor.kind() == Kind::Int64 && tensor.is_contiguous() && tensor.device() == Device::Cpu);
    // SAFETY: as in `numbers`; the kind has been looked at.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<i64>(), tensor.numel()) }
}

/// A new tensor, its numbers not yet written.
pub(super) fn blank(size: &[i64]) -> Tensor {
    Tensor::empty(size, (Kind::Float, Device::Cpu))
}

/// A tensor that several threads write, each its own part.
pub(super) struct Target<'tensor> {
    start: *mut f32,
    length: usize,
    tensor: PhantomData<&'tensor mut Tensor>,
}

#[expect(unsafe_code, reason = "threads write into one tensor")]
// SAFETY: it only hands out parts, and who asks for one promises that nobody else has it.
unsafe impl Sync for Target<'_> {}

impl<'tensor> Target<'tensor> {
    /// The numbers of `tensor`, contiguous float32 on the CPU.
    pub(super) fn of(tensor: &'tensor mut Tensor) -> Self {
        debug_assert!(tensor.kind() == Kind::Float && tensor.is_contiguous());
        Self { start: tensor.data_ptr().cast::<f32>(), length: tensor.numel(), tensor: PhantomData }
    }

    /// The numbers of a slice.
    pub(super) fn of_numbers(numbers: &'tensor mut [f32]) -> Self {
        Self { start: numbers.as_mut_ptr(), length: numbers.len(), tensor: PhantomData }
    }

    /// The numbers at `range`.
    ///
    /// # Safety
    ///
    /// No two parts in use at the same time overlap.
    #[expect(unsafe_code, reason = "that parts are disjoint is the caller's promise")]
    pub(super) unsafe fn part(&self, range: Range<usize>) -> &'tensor mut [f32] {
        assert!(range.start <= range.end && range.end <= self.length, "a part outside its tensor");
        // SAFETY: within the tensor, and nobody else's.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }
}
