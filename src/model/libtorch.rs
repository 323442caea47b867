//! Which device this process computes on.
//!
//! The program links the CPU part of libtorch. Where the CUDA part of the same version can be found at start, it is opened
//! globally; its kernels then register themselves, and the same binary computes on the GPU.

use tch::{Cuda, Device, Kind, Tensor};

pub use super::extension::GpuMemory;
use super::{device_graph, extension};
use crate::config::Dtype;

/// The first GPU where the CUDA part of libtorch can be loaded and finds one, else the CPU.
pub fn best_device() -> Device {
    if !load_cuda() || !Cuda::is_available() {
        return Device::Cpu;
    }
    // Before any tensor: the memory of tensors belongs to the stream that they were made on. Where it fails, nothing is recorded.
    let _left = device_graph::leave_default_stream(0);
    Device::Cuda(0)
}

/// Memory of `device`, where that is a GPU and libtorch tells.
pub fn gpu_memory(device: Device) -> Option<GpuMemory> {
    let Device::Cuda(index) = device else { return None };
    // Its allocator begins with the first tensor.
    let _first = Tensor::f_zeros([1], (Kind::Float, device)).ok()?;
    extension::gpu_memory(index).ok()
}

/// The kind that `dtype` means on `device`.
pub fn kind(dtype: Dtype, device: Device) -> Kind {
    match dtype {
        Dtype::Auto if device.is_cuda() => Kind::BFloat16,
        Dtype::Auto | Dtype::Float32 => Kind::Float,
        Dtype::Bfloat16 => Kind::BFloat16,
    }
}

/// Sets the threads of one operation on the CPU.
pub fn set_threads(threads: usize) {
    tch::set_num_threads(i32::try_from(threads.max(1)).unwrap_or(i32::MAX));
}

/// Makes the allocator keep what tensors free, for the tensors of the next operation.
///
/// By default it gives large blocks back to the system, which then clears every page again when it is touched anew.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    keep_freed_memory_in_glibc();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator's parameters are set through C")]
fn keep_freed_memory_in_glibc() {
    /// The largest that glibc accepts; larger blocks are always mapped on their own.
    const LARGEST_MAPPING_THRESHOLD: libc::c_int = 32 << 20;
    // SAFETY: mallopt sets two numbers of the allocator, under its own lock. A refusal leaves the defaults.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST_MAPPING_THRESHOLD);
        libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
    }
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "loading a shared library runs its initialisers")]
fn load_cuda() -> bool {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
    // SAFETY: the initialisers of libtorch_cuda only register kernels; the library stays loaded until the process ends.
    let opened = unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) };
    opened.map(std::mem::forget).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn load_cuda() -> bool {
    false
}
