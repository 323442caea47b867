//! `vision/odd-one-out`: which of several views shows another picture than the rest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use super::contrastive::{Strength, alike};
use crate::picture::Picture;
use crate::question::{Show, knobs, shuffled_pictures, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`OddOneOut`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OddOneOutConfig {
    /// How pictures are shown; every view has this size.
    pub show: Show,
    /// Views in all, 3 to 8.
    pub options: usize,
    /// How far views differ from their picture.
    pub strength: Strength,
    /// Whether the answer is the view's number or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for OddOneOutConfig {
    fn default() -> Self {
        Self { show: Show::default().sized(56), options: 4, strength: Strength::Mild, answer_style: AnswerStyle::Text }
    }
}

/// Which view shows another picture?
pub struct OddOneOut {
    config: OddOneOutConfig,
}

impl PretextTask for OddOneOut {
    const NAME: &'static str = "vision/odd-one-out";
    const SUMMARY: &'static str = "which of several views shows another picture than the rest";
    type Config = OddOneOutConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: OddOneOutConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "options", &config.options, 3..=8)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let size = self.config.show.size;
        let settings = self.config.strength.settings();
        let common = album.draw(size, rng)?;
        let other = album.draw_other(&[common.index], size, rng)?;
        if alike(&common.picture, &other.picture) {
            return album.reject(Rejection::SelfSimilar);
        }
        let odd = settings.draw(&other.picture, size, rng);
        let rest: Vec<Picture> = (1..self.config.options).map(|_| settings.draw(&common.picture, size, rng)).collect();
        if std::iter::once(&odd).chain(&rest).any(Picture::is_flat) {
            return album.reject(Rejection::Flat);
        }
        let (shown, truth) = shuffled_pictures(odd, rest, 0, self.config.answer_style, rng);
        let question = "All but one of these pictures were cut from the same picture. Which one was not?";
        let prompt = self.config.show.ask_choice(&shown, question, &truth, "number")?;
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

    fn levels(config: &OddOneOutConfig) -> Vec<OddOneOutConfig> {
        [(3, Strength::Mild), (4, Strength::Mild), (5, Strength::Weak), (6, Strength::Strong)]
            .map(|(options, strength)| OddOneOutConfig { options, strength, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 2)
    }
}
