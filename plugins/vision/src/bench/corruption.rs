//! [`Corruption`]: images of a benchmark made worse by known degrees, so that what a policy loses by it can be measured.
//!
//! Noise, blur, JPEG and brightness, each at five strengths, after `ImageNet-C` (Hendrycks & Dietterich, 2019); the degrees are those
//! of [`Degradation`]. What is done to an image is a function of the benchmark, the question and the corruption alone.

use std::fmt;

use ssl4rl_tasks::{Split, TaskRng};

use crate::picture::{Degradation, decode};

/// The strongest.
const STRONGEST: usize = 5;

/// What is done, and how strongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corruption {
    name: &'static str,
    degradation: Degradation,
    strength: usize,
}

impl Corruption {
    /// All of them, by kind and then by strength.
    pub fn all() -> impl Iterator<Item = Self> {
        let kinds = [
            ("noise", Degradation::Noise),
            ("blur", Degradation::Blur),
            ("jpeg", Degradation::Jpeg),
            ("brightness", Degradation::Dark),
        ];
        kinds
            .into_iter()
            .flat_map(|(name, degradation)| (1..=STRONGEST).map(move |strength| Self { name, degradation, strength }))
    }

    /// The images of question `index`, corrupted. What is no image stays as it is, and is refused where it is read.
    pub(super) fn applied(self, bench: &str, index: usize, images: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let mut rng = TaskRng::new(0, &format!("{bench}/{self}"), Split::HeldOut, index as u64);
        let mut corrupted = |file: &Vec<u8>| {
            let picture = decode(file).ok()?;
            self.degradation.applied(&picture, self.strength, &mut rng)?.encode_png().ok()
        };
        images.into_iter().map(|file| corrupted(&file).unwrap_or(file)).collect()
    }
}

impl fmt::Display for Corruption {
    /// `noise 3`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.name, self.strength)
    }
}
