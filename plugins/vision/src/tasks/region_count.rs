//! `vision/region-count`: how many patches cover a picture.
//!
//! Patches of one colour are laid on the picture without touching one another. The number is uniform.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{Number, NumberCredit, NumberTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Paint, Picture};
use crate::question::{Show, knobs, too_few};
use crate::source::Album;

/// Settings of [`RegionCount`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegionCountConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Most patches, 1 to 9; the number is uniform from 0.
    pub most: usize,
    /// What a near miss earns.
    pub credit: NumberCredit,
}

impl Default for RegionCountConfig {
    fn default() -> Self {
        Self { show: Show::default(), most: 4, credit: NumberCredit::Exact }
    }
}

/// How many patches cover a picture?
pub struct RegionCount {
    config: RegionCountConfig,
    chance: f32,
}

impl PretextTask for RegionCount {
    const NAME: &'static str = "vision/region-count";
    const SUMMARY: &'static str = "how many patches cover a picture";
    type Config = RegionCountConfig;
    type Input = Album;
    type Truth = NumberTruth;
    type Verifier = Number;

    fn new(config: RegionCountConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "most", &config.most, 1..=super::overlay::MOST)?;
        let truths: Vec<NumberTruth> =
            (0..=config.most).map(|count| NumberTruth::integer(count as u64, config.credit)).collect();
        let chance = NumberTruth::best_constant(&truths).map_or(0.0, |(_, score)| score as f32);
        Ok(Self { config, chance })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<NumberTruth>> {
        let count = rng.below(self.config.most + 1);
        let picked = album.draw(self.config.show.size, rng)?;
        let mut covered = Picture::clone(&picked.picture);
        for spot in super::overlay::spots(count, rng) {
            covered.draw(&spot.block(rng), Paint::solid(super::overlay::MAGENTA));
        }
        let truth = NumberTruth::integer(count as u64, self.config.credit);
        let question = format!("How many magenta patches cover this picture, 0 to {}?", self.config.most);
        Some(Sample { prompt: self.config.show.ask(&[covered], &question, "number")?, truth })
    }

    fn verifier(&self) -> &Number {
        &Number
    }

    fn oracle(&self, truth: &NumberTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, _truth: &NumberTruth) -> f32 {
        self.chance
    }

    fn levels(config: &RegionCountConfig) -> Vec<RegionCountConfig> {
        [2, 4, 6, 9].map(|most| RegionCountConfig { most, ..config.clone() }).to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}
