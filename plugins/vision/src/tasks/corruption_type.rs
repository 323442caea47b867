//! `vision/corruption-type`: what was done to a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::Degradation;
use crate::question::{Show, knobs, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`CorruptionType`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorruptionTypeConfig {
    /// How pictures are shown.
    pub show: Show,
    /// How strong the corruption is, 1 to 5.
    pub strength: usize,
    /// Whether the picture as it was is shown first.
    pub pair: bool,
    /// Whether the answer is a word or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for CorruptionTypeConfig {
    fn default() -> Self {
        Self { show: Show::default(), strength: 4, pair: false, answer_style: AnswerStyle::Text }
    }
}

/// Mean difference between largest and smallest channel, in levels, below which fading shows nothing.
const LEAST_COLOUR: f64 = 24.0;

/// What was done to a picture?
pub struct CorruptionType {
    config: CorruptionTypeConfig,
}

impl PretextTask for CorruptionType {
    const NAME: &'static str = "vision/corruption-type";
    const SUMMARY: &'static str = "what was done to a picture: blur, noise, compression and the like";
    type Config = CorruptionTypeConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: CorruptionTypeConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "strength", &config.strength, 1..=5)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let at = rng.below(Degradation::ALL.len());
        let picked = album.draw(self.config.show.size, rng)?;
        // For all kinds alike, so that what is left out does not tell the kind.
        if picked.picture.deviation() < super::LEAST_DEVIATION {
            return album.reject(Rejection::Flat);
        }
        if picked.picture.colourfulness() < LEAST_COLOUR {
            return album.reject(Rejection::Colourless);
        }
        let corrupted = Degradation::ALL[at].applied(&picked.picture, self.config.strength, rng)?;
        let truth = ChoiceTruth::new(Degradation::ALL.map(Degradation::name), at, self.config.answer_style);
        let show = &self.config.show;
        let prompt = if self.config.pair {
            let question = "What was done to picture 1 to give picture 2?";
            show.ask_choice(&[&*picked.picture, &corrupted], question, &truth, "word")?
        } else {
            show.ask_choice(&[corrupted], "What was done to this picture?", &truth, "word")?
        };
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

    fn levels(config: &CorruptionTypeConfig) -> Vec<CorruptionTypeConfig> {
        [5, 4, 3, 2, 1].map(|strength| CorruptionTypeConfig { strength, ..config.clone() }).to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}
