//! Repeating a step, and what its times and memory were.

use std::time::Instant;

use indicatif::BinaryBytes;
use serde::Serialize;
use tch::{Cuda, Device};

use crate::model::libtorch;
use crate::report::{peak_memory_bytes, resident_memory_bytes};

/// How often a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repetitions {
    /// Steps before timing.
    pub warmup: u64,
    /// Timed steps, at least 1.
    pub steps: u64,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    warmup: u64,
    warmup_s: f64,
    /// Seconds of each timed step.
    pub steps: Vec<f64>,
    /// Memory of the process.
    pub memory: Memory,
}

/// Seconds of a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Seconds {
    /// Steps before timing.
    pub warmup: u64,
    /// Seconds of all of them.
    pub warmup_s: f64,
    /// Timed steps.
    pub steps: u64,
    /// Median.
    pub step_s: f64,
    /// Shortest.
    pub step_s_min: f64,
    /// Longest.
    pub step_s_max: f64,
}

/// Memory of the process, in bytes; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Largest resident size.
    pub peak_bytes: Option<u64>,
    /// Resident size after the first timed step.
    pub resident_first_bytes: Option<u64>,
    /// Resident size after the last.
    pub resident_last_bytes: Option<u64>,
    /// The most that tensors took on a GPU, what the allocator kept for tensors to come among it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu_peak_bytes: Option<u64>,
}

impl Measurement {
    /// Does `step(index)` as often as asked and times it; waits for the device after each.
    pub fn of<Error>(
        repetitions: Repetitions,
        device: Device,
        mut step: impl FnMut(u64) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut timed = |index: u64| -> Result<f64, Error> {
            let started = Instant::now();
            step(index)?;
            if let Device::Cuda(index) = device {
                Cuda::synchronize(index as i64);
            }
            Ok(started.elapsed().as_secs_f64())
        };
        let mut warmup_s = 0.0;
        for index in 0..repetitions.warmup {
            warmup_s += timed(index)?;
        }
        let mut steps = Vec::new();
        let mut memory = Memory::default();
        for index in 0..repetitions.steps {
            steps.push(timed(repetitions.warmup + index)?);
            memory.resident_last_bytes = resident_memory_bytes();
            memory.resident_first_bytes = memory.resident_first_bytes.or(memory.resident_last_bytes);
        }
        memory.peak_bytes = peak_memory_bytes();
        memory.gpu_peak_bytes = libtorch::gpu_memory(device).map(|memory| memory.peak_bytes);
        Ok(Self { warmup: repetitions.warmup, warmup_s, steps, memory })
    }

    /// Median and range.
    pub fn seconds(&self) -> Seconds {
        let extreme = |better: fn(f64, f64) -> f64| self.steps.iter().copied().reduce(better).unwrap_or(f64::NAN);
        Seconds {
            warmup: self.warmup,
            warmup_s: self.warmup_s,
            steps: self.steps.len() as u64,
            step_s: median(&self.steps),
            step_s_min: extreme(f64::min),
            step_s_max: extreme(f64::max),
        }
    }
}

/// Middle value; the mean of the two middle ones of an even number. Not a number when there is none.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

impl Memory {
    /// One line for people.
    pub fn line(&self) -> String {
        let told = |bytes: Option<u64>| bytes.map_or("unknown".into(), |bytes| BinaryBytes(bytes).to_string());
        let growth = match (self.resident_first_bytes, self.resident_last_bytes) {
            (Some(first), Some(last)) => format!(" ({:+.1} %)", 100.0 * (last as f64 / first as f64 - 1.0)),
            _ => String::new(),
        };
        let on_gpu = self.gpu_peak_bytes.map(|bytes| format!("{} on the GPU; here ", BinaryBytes(bytes)));
        format!(
            "memory     {}peak {}, resident {} after the first timed step, {} after the last{growth}",
            on_gpu.unwrap_or_default(),
            told(self.peak_bytes),
            told(self.resident_first_bytes),
            told(self.resident_last_bytes)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_by_hand() {
        let equal = |one: f64, other: f64| (one - other).abs() < f64::EPSILON;
        assert!(equal(median(&[3.0, 1.0, 2.0]), 2.0));
        assert!(equal(median(&[4.0, 1.0, 2.0, 3.0]), 2.5));
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn warm_up_steps_are_not_timed() {
        let mut seen = Vec::new();
        let measured = Measurement::of(Repetitions { warmup: 2, steps: 3 }, Device::Cpu, |index| {
            seen.push(index);
            Ok::<(), ()>(())
        });
        assert_eq!((seen, measured.unwrap().steps.len()), (vec![0, 1, 2, 3, 4], 3));
    }
}
