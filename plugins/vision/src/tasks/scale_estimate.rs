//! `vision/scale-estimate`: how many times a crop of a picture was enlarged.
//!
//! Every crop is shown with less detail than the smallest one has, so that sharpness does not tell the factor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::Area;
use crate::question::{Show, knobs, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`ScaleEstimate`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScaleEstimateConfig {
    /// How pictures are shown; the crop is enlarged to the same size.
    pub show: Show,
    /// Factors to choose from, 2 to 6: 1, `ratio`, `ratio` squared…
    pub factors: usize,
    /// Ratio of one factor to the one before, 1.2 to 3.
    pub ratio: f64,
    /// Whether the answer is the factor or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for ScaleEstimateConfig {
    fn default() -> Self {
        Self { show: Show::default(), factors: 3, ratio: 1.5, answer_style: AnswerStyle::Text }
    }
}

/// Greatest factor: beyond, a crop is a few pixels.
const GREATEST: f64 = 10.0;

/// Pixels across what is shown of a crop, as a share of those across the smallest crop.
const DETAIL: f64 = 0.75;

/// How many times was a crop enlarged?
pub struct ScaleEstimate {
    config: ScaleEstimateConfig,
    factors: Vec<f64>,
}

impl PretextTask for ScaleEstimate {
    const NAME: &'static str = "vision/scale-estimate";
    const SUMMARY: &'static str = "how many times a crop of a picture was enlarged";
    type Config = ScaleEstimateConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: ScaleEstimateConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "factors", &config.factors, 2..=6)?;
        knobs::check(Self::NAME, "ratio", &config.ratio, 1.2..=3.0)?;
        let factors: Vec<f64> =
            std::iter::successors(Some(1.0), |factor| Some(factor * config.ratio)).take(config.factors).collect();
        let greatest = factors.last().copied().unwrap_or(1.0);
        if greatest > GREATEST {
            let expected = format!("so small that the greatest factor is at most {GREATEST}");
            return Err(knobs::invalid(Self::NAME, "ratio", expected, format!("{} ({greatest:.1})", config.ratio)));
        }
        Ok(Self { config, factors })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let size = self.config.show.size;
        let at = rng.below(self.factors.len());
        let picked = album.draw(size, rng)?;
        let length = ((size as f64 / self.factors[at]) as usize).max(1);
        let crop =
            picked.picture.crop(Area::new(rng.below(size - length + 1), rng.below(size - length + 1), length, length));
        if crop.is_flat() {
            return album.reject(Rejection::Flat);
        }
        let names = self.factors.iter().map(|factor| format!("{factor:.2}"));
        let truth = ChoiceTruth::new(names, at, self.config.answer_style);
        let question = "Picture 2 is a crop of picture 1. How many times was it enlarged?";
        let detail = ((size as f64 * DETAIL / self.factors[self.factors.len() - 1]) as usize).max(1);
        let enlarged = crop.resized(detail, detail).resized(size, size);
        let prompt = self.config.show.ask_choice(&[&*picked.picture, &enlarged], question, &truth, "factor")?;
        Some(Sample { prompt, truth })
    }

    fn verifier(&self) -> &Choice {
        &Choice
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &ScaleEstimateConfig) -> Vec<ScaleEstimateConfig> {
        [(2, 2.5), (3, 1.7), (4, 1.5), (5, 1.35)]
            .map(|(factors, ratio)| ScaleEstimateConfig { factors, ratio, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}
