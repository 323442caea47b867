//! What the program needs of libtorch and tch does not offer, called through `extension.cpp`.
//!
//! - [`flash_attention`]: attention of packed sequences of any lengths, on a GPU
//! - [`rms_norm_backward`]: the way back through the norm, in one kernel
//! - [`gpu_memory`]: what a GPU has, and what tensors took of it
//! - [`leave_default_stream`], [`graph_begin`] and what follows: recording work of a GPU; see [`super::device_graph`]

#![expect(unsafe_code, reason = "the one place where C++ of our own is called")]

use std::ffi::{CStr, c_char, c_void};
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
    fn ssl4rl_leave_default_stream(index: i8) -> *mut c_char;
    fn ssl4rl_graph_pool(first: *mut u64, second: *mut u64) -> *mut c_char;
    fn ssl4rl_graph_pool_free(first: u64, second: u64) -> *mut c_char;
    fn ssl4rl_graph_begin(first: u64, second: u64, graph: *mut *mut c_void) -> *mut c_char;
    fn ssl4rl_graph_end(graph: *mut c_void) -> *mut c_char;
    fn ssl4rl_graph_replay(graph: *mut c_void) -> *mut c_char;
    fn ssl4rl_graph_free(graph: *mut c_void) -> *mut c_char;
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
        finished(ssl4rl_gpu_memory(index as i8, &raw mut available_bytes, &raw mut total_bytes, &raw mut peak_bytes))?;
    }
    Ok(GpuMemory { available_bytes, total_bytes, peak_bytes })
}

/// Makes a stream of the GPU number `index` other than the default one this thread's current stream.
pub(super) fn leave_default_stream(index: usize) -> Result<(), TchError> {
    // SAFETY: a number goes in, a message comes back.
    unsafe { finished(ssl4rl_leave_default_stream(index as i8)) }
}

/// Where the memory of graphs comes from.
pub(super) type GraphPool = (u64, u64);

/// A new pool.
pub(super) fn graph_pool() -> Result<GraphPool, TchError> {
    let mut pool = (0, 0);
    // SAFETY: two numbers are written.
    unsafe { finished(ssl4rl_graph_pool(&raw mut pool.0, &raw mut pool.1))? };
    Ok(pool)
}

/// Gives the memory of a pool back.
pub(super) fn graph_pool_free(pool: GraphPool) -> Result<(), TchError> {
    // SAFETY: the allocator gives back what no tensor and no graph holds.
    unsafe { finished(ssl4rl_graph_pool_free(pool.0, pool.1)) }
}

/// Begins to record what this thread asks of the GPU; the graph is the caller's to free.
pub(super) fn graph_begin(pool: GraphPool) -> Result<*mut c_void, TchError> {
    let mut graph = ptr::null_mut();
    // SAFETY: a graph is written where none fails.
    unsafe { finished(ssl4rl_graph_begin(pool.0, pool.1, &raw mut graph))? };
    Ok(graph)
}

/// Ends the recording.
pub(super) fn graph_end(graph: *mut c_void) -> Result<(), TchError> {
    // SAFETY: the graph is one that `graph_begin` gave and that was not freed, here and below.
    unsafe { finished(ssl4rl_graph_end(graph)) }
}

/// Does what was recorded.
pub(super) fn graph_replay(graph: *mut c_void) -> Result<(), TchError> {
    // SAFETY: as above.
    unsafe { finished(ssl4rl_graph_replay(graph)) }
}

/// Frees a graph.
pub(super) fn graph_free(graph: *mut c_void) -> Result<(), TchError> {
    // SAFETY: as above, and its only owner frees it.
    unsafe { finished(ssl4rl_graph_free(graph)) }
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
