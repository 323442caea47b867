//! Which device this process computes on.
//!
//! The program links the CPU part of libtorch. Where the CUDA part of the same version can be found at start, it is opened
//! globally; its kernels then register themselves, and the same binary computes on the GPU.

use tch::{Cuda, Device};

/// The first GPU where the CUDA part of libtorch can be loaded and finds one, else the CPU.
pub fn best_device() -> Device {
    if load_cuda() && Cuda::is_available() { Device::Cuda(0) } else { Device::Cpu }
}

/// Sets the threads of one operation on the CPU.
pub fn set_threads(threads: usize) {
    tch::set_num_threads(i32::try_from(threads.max(1)).unwrap_or(i32::MAX));
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
