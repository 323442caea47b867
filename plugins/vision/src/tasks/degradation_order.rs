//! `vision/degradation-order`: copies of a picture from the best to the worst.
//!
//! All copies are worse than the picture in one way (blur, noise, compression, darkness, contrast, fading, mosaic), each to another
//! degree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{OrderCredit, Ordering, OrderingTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Degradation, Picture};
use crate::question::{Show, knobs, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`DegradationOrder`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DegradationOrderConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Copies, 2 to 5.
    pub copies: usize,
    /// What an order that is right in part earns.
    pub credit: OrderCredit,
}

impl Default for DegradationOrderConfig {
    fn default() -> Self {
        Self { show: Show::default(), copies: 3, credit: OrderCredit::Pairs }
    }
}

/// Degrees of a degradation.
const DEGREES: usize = 5;
/// Mean difference between largest and smallest channel, in levels, below which fading shows nothing.
const LEAST_COLOUR: f64 = 24.0;

/// Copies from the best to the worst.
pub struct DegradationOrder {
    config: DegradationOrderConfig,
}

impl PretextTask for DegradationOrder {
    const NAME: &'static str = "vision/degradation-order";
    const SUMMARY: &'static str = "copies of a picture from the best to the worst";
    type Config = DegradationOrderConfig;
    type Input = Album;
    type Truth = OrderingTruth;
    type Verifier = Ordering;

    fn new(config: DegradationOrderConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "copies", &config.copies, 2..=DEGREES)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<OrderingTruth>> {
        let picked = album.draw(self.config.show.size, rng)?;
        if picked.picture.deviation() < super::LEAST_DEVIATION {
            return album.reject(Rejection::Flat);
        }
        let degradation = Degradation::ALL[rng.below(Degradation::ALL.len())];
        if degradation == Degradation::Saturation && picked.picture.colourfulness() < LEAST_COLOUR {
            return album.reject(Rejection::Colourless);
        }
        let mut degrees: Vec<usize> = (1..=DEGREES).collect();
        let mut chosen = rng.sample_front(&mut degrees, self.config.copies).to_vec();
        chosen.sort_unstable();
        let copies: Vec<Picture> = chosen
            .into_iter()
            .map(|degree| degradation.applied(&picked.picture, degree, rng))
            .collect::<Option<_>>()?;
        if copies.windows(2).any(|pair| pair[0] == pair[1]) {
            return album.reject(Rejection::Flat);
        }
        let (shown, order) = super::ordered(copies, rng);
        let truth = OrderingTruth::new(order, self.config.credit);
        let question = format!(
            "These are copies of one picture with different amounts of {}. Order them from the least to the most.",
            degradation.name()
        );
        let prompt = self.config.show.ask(&shown, &question, "numbers")?;
        Some(Sample { prompt, truth })
    }

    fn verifier(&self) -> &Ordering {
        &Ordering
    }

    fn oracle(&self, truth: &OrderingTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &OrderingTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &DegradationOrderConfig) -> Vec<DegradationOrderConfig> {
        [2, 3, 4, 5].map(|copies| DegradationOrderConfig { copies, ..config.clone() }).to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}
