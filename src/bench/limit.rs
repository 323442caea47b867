//! What the machine does at best: a large matrix product, and a large copy.

use std::time::Instant;

use serde::Serialize;
use tch::{Cuda, Device, Kind, Tensor};

use crate::kernels;
use crate::model::ModelError;

/// Seconds spent on repeating one measurement; the best repetition counts.
const PATIENCE: f64 = 0.25;

/// What the machine does at best.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limit {
    /// 10^9 floating-point operations a second of a square matrix product, weights transposed as in a linear layer.
    pub gflop_per_s: f64,
    /// 10^9 bytes a second, read and written, of a copy larger than the caches.
    pub gigabytes_per_s: f64,
}

impl Limit {
    /// Measures it, in a second or so.
    pub fn measure(kind: Kind, device: Device) -> Result<Self, ModelError> {
        let _guard = tch::no_grad_guard();
        let (size, copied): (i64, i64) = if device.is_cuda() { (8192, 1 << 30) } else { (1024, 1 << 24) };
        let options = (kernels::widened(kind, device), device);
        // Of numbers with many different digits: a processor at its limit of power is quicker with ones.
        let left = Tensor::f_arange(size * size, (Kind::Float, device))?.f_sin_()?.f_view([size, size])?;
        let (left, right) = (left.f_to_kind(options.0)?, left.f_cos()?.f_to_kind(options.0)?);
        let product = best_seconds(device, || left.f_linear(&right, None::<&Tensor>))?;
        let source = Tensor::f_ones([copied], (Kind::Float, device))?;
        let mut target = source.f_zeros_like()?;
        let copy = best_seconds(device, || target.f_copy_(&source))?;
        Ok(Self {
            gflop_per_s: 2.0 * (size as f64).powi(3) / product / 1e9,
            gigabytes_per_s: 2.0 * 4.0 * copied as f64 / copy / 1e9,
        })
    }
}

fn best_seconds<Done>(
    device: Device,
    mut operation: impl FnMut() -> Result<Done, tch::TchError>,
) -> Result<f64, ModelError> {
    operation()?; // the first touches fresh memory
    let begun = Instant::now();
    let mut best = f64::INFINITY;
    while best.is_infinite() || begun.elapsed().as_secs_f64() < PATIENCE {
        let started = Instant::now();
        operation()?;
        if let Device::Cuda(index) = device {
            Cuda::synchronize(index as i64);
        }
        best = best.min(started.elapsed().as_secs_f64());
    }
    Ok(best)
}
