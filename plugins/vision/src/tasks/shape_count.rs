//! `vision/shape-count`: how many shapes of one kind lie on a picture, among shapes of other kinds.
//!
//! Circles, squares and triangles in several colours, apart from one another; the kind asked for is uniform, and so is its number.
//! The number of the others is drawn by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{Number, NumberCredit, NumberTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use super::overlay::{MOST, Spot, spots};
use crate::picture::{Paint, Picture, Shape};
use crate::question::{Show, knobs, too_few};
use crate::source::Album;

/// Settings of [`ShapeCount`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShapeCountConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Most shapes of the kind asked for, 1 to 4; the number is uniform from 0. Of the other kinds there are 1 to `9 - most`.
    pub most: usize,
    /// What a near miss earns.
    pub credit: NumberCredit,
}

impl Default for ShapeCountConfig {
    fn default() -> Self {
        Self { show: Show::default(), most: 3, credit: NumberCredit::Exact }
    }
}

/// A kind of shape by its name and its drawing.
type Kind = (&'static str, fn(&Spot) -> Shape);

const KINDS: [Kind; 3] = [("circles", Spot::disc), ("squares", Spot::square), ("triangles", Spot::triangle)];
const COLOURS: [[u8; 3]; 4] = [[255, 0, 255], [0, 255, 255], [255, 255, 0], [255, 90, 0]];

/// How many shapes of a kind?
pub struct ShapeCount {
    config: ShapeCountConfig,
    chance: f32,
}

impl PretextTask for ShapeCount {
    const NAME: &'static str = "vision/shape-count";
    const SUMMARY: &'static str = "how many shapes of one kind lie on a picture, among others";
    type Config = ShapeCountConfig;
    type Input = Album;
    type Truth = NumberTruth;
    type Verifier = Number;

    fn new(config: ShapeCountConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "most", &config.most, 1..=4)?;
        let truths: Vec<NumberTruth> =
            (0..=config.most).map(|count| NumberTruth::integer(count as u64, config.credit)).collect();
        let chance = NumberTruth::best_constant(&truths).map_or(0.0, |(_, score)| score as f32);
        Ok(Self { config, chance })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<NumberTruth>> {
        let count = rng.below(self.config.most + 1);
        let asked = rng.below(KINDS.len());
        let others = 1 + rng.below(MOST - self.config.most);
        let picked = album.draw(self.config.show.size, rng)?;
        let mut laid = Picture::clone(&picked.picture);
        for (at, spot) in spots(count + others, rng).iter().enumerate() {
            let kind = if at < count { asked } else { (asked + 1 + rng.below(KINDS.len() - 1)) % KINDS.len() };
            laid.draw(&(KINDS[kind].1)(spot), Paint::solid(COLOURS[rng.below(COLOURS.len())]));
        }
        let truth = NumberTruth::integer(count as u64, self.config.credit);
        let question = format!("How many {} were laid over this picture, 0 to {}?", KINDS[asked].0, self.config.most);
        Some(Sample { prompt: self.config.show.ask(&[laid], &question, "number")?, truth })
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

    fn levels(config: &ShapeCountConfig) -> Vec<ShapeCountConfig> {
        [1, 2, 3, 4].map(|most| ShapeCountConfig { most, ..config.clone() }).to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}
