//! What the program needs of libtorch and tch does not offer, called through `extension.cpp`.
//!
//! - [`flash_attention`]: attention of packed sequences of any lengths, on a GPU
//! - [`rms_norm_backward`]: the way back through the norm, in one kernel
//! - [`gpu_memory`]: what a GPU has, and what tensors took of it

#![expect(unsafe_code, reason = "the one place where C++ of our own is called")]

use std::ffi::{CStr, c_char};
use std::ptr;

use tch::{TchError, Tensor};
use torch_sys::C_tensor;

unsafe extern "C" {
    fn ssl4rl_flash_attention(
        queries: *const C_tensor,
        keys: *const C_tensor,
        values: *const C_tensor,
        query_ends: *const C_tensor,
        key_ends: *const C_tensor,
        longest_query: i64,
        longest_key: i64,
        causal: bool,
        output: *mut *mut C_tensor,
        log_sums: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn ssl4rl_rms_norm_backward(
        gradient: *const C_tensor,
        input: *const C_tensor,
        scale: *const C_tensor,
        weight: *const C_tensor,
        of_weight_too: bool,
        of_input: *mut *mut C_tensor,
        of_weight: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn ssl4rl_gpu_memory(index: i8, available: *mut u64, total: *mut u64, peak: *mut u64) -> *mut c_char;
}

/// Sequences packed one after another: where each ends, int32 `[sequences + 1]` that begins with 0, and the length of the longest.
pub(super) type Packed<'ends> = (&'ends Tensor, i64);

/// What `queries` `[tokens, heads, head_dim]` find among `keys` and `values` `[keys, key_value_heads, head_dim]`, query sequence
/// by key sequence: the output, of the shape of the queries, and of every head and token the logarithm of the sum of its
/// exponentials, float32 `[heads, tokens]`. With `causal`, a query sees keys up to its own place, the last query the last key.
pub(super) fn flash_attention(
    queries: &Tensor,
    (keys, values): (&Tensor, &Tensor),
    (query_ends, longest_query): Packed<'_>,
    (key_ends, longest_key): Packed<'_>,
    causal: bool,
) -> Result<(Tensor, Tensor), TchError> {
    let (mut output, mut log_sums) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the tensors live through the call, and without a message both places hold tensors that are ours.
    unsafe {
        finished(ssl4rl_flash_attention(
            queries.as_ptr(),
            keys.as_ptr(),
            values.as_ptr(),
            query_ends.as_ptr(),
            key_ends.as_ptr(),
            longest_query,
            longest_key,
            causal,
            &raw mut output,
            &raw mut log_sums,
        ))?;
        Ok((Tensor::from_ptr(output), Tensor::from_ptr(log_sums)))
    }
}

/// The gradients of an RMS norm's `input` `[.., width]` and, where that is trained, of its `weight` `[width]`, given that of its
/// output and the `scale` `[.., 1]` that the way forward found.
pub(super) fn rms_norm_backward(
    gradient: &Tensor,
    input: &Tensor,
    scale: &Tensor,
    weight: &Tensor,
) -> Result<(Tensor, Option<Tensor>), TchError> {
    let (mut of_input, mut of_weight) = (ptr::null_mut(), ptr::null_mut());
    let trained = weight.requires_grad();
    // SAFETY: as above; where the weight's gradient is not asked for, its place stays null.
    unsafe {
        finished(ssl4rl_rms_norm_backward(
            gradient.as_ptr(),
            input.as_ptr(),
            scale.as_ptr(),
            weight.as_ptr(),
            trained,
            &raw mut of_input,
            &raw mut of_weight,
        ))?;
        Ok((Tensor::from_ptr(of_input), trained.then(|| Tensor::from_ptr(of_weight))))
    }
}

/// Memory of a GPU, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuMemory {
    /// Free, or kept by this process for tensors to come.
    pub available_bytes: u64,
    /// Installed.
    pub total_bytes: u64,
    /// The most that this process took for tensors so far.
    pub peak_bytes: u64,
}

/// Memory of the GPU number `index`, which has held a tensor of this process before.
pub(super) fn gpu_memory(index: usize) -> Result<GpuMemory, TchError> {
    let (mut available_bytes, mut total_bytes, mut peak_bytes) = (0, 0, 0);
    // SAFETY: three numbers are written.
    unsafe {
        finished(ssl4rl_gpu_memory(
            index as i8,
            &raw mut available_bytes,
            &raw mut total_bytes,
            &raw mut peak_bytes,
        ))?;
    }
    Ok(GpuMemory { available_bytes, total_bytes, peak_bytes })
}

/// The message of a function of the extension as an error; none where it gave none.
///
/// # Safety
///
/// `message` is null or what `strdup` gave.
unsafe fn finished(message: *mut c_char) -> Result<(), TchError> {
    if message.is_null() {
        return Ok(());
    }
    // SAFETY: the caller's promise.
    unsafe {
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        libc::free(message.cast());
        Err(TchError::Torch(text))
    }
}
