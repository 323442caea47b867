//! `vision/instance-match`: which of several views shows the same picture as the first.
//!
//! Every view is cropped and recoloured by itself. The wrong ones show other pictures, none of which looks nearly the same.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use super::contrastive::{Strength, alike};
use crate::picture::Picture;
use crate::question::{Show, knobs, shuffled_pictures, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`InstanceMatch`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InstanceMatchConfig {
    /// How pictures are shown; every view has this size.
    pub show: Show,
    /// Views to choose from, 2 to 8.
    pub options: usize,
    /// How far views differ from their picture.
    pub strength: Strength,
    /// Whether the answer is the view's number or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for InstanceMatchConfig {
    fn default() -> Self {
        Self { show: Show::default().sized(56), options: 3, strength: Strength::Mild, answer_style: AnswerStyle::Text }
    }
}

/// Share of the smaller crop that two views of one picture have in common at least.
const SHARED: f64 = 0.25;

/// Which view shows the same picture?
pub struct InstanceMatch {
    config: InstanceMatchConfig,
}

impl PretextTask for InstanceMatch {
    const NAME: &'static str = "vision/instance-match";
    const SUMMARY: &'static str = "which of several views shows the same picture as the first";
    type Config = InstanceMatchConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: InstanceMatchConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "options", &config.options, 2..=8)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let size = self.config.show.size;
        let settings = self.config.strength.settings();
        let own = album.draw(size, rng)?;
        let [query, right] = settings.draw_overlapping(&own.picture, size, SHARED, rng);
        let mut taken = vec![own.index];
        let mut wrong = Vec::new();
        for _ in 1..self.config.options {
            // Small albums show other parts of the same few pictures.
            let other = album.draw_other(&taken, size, rng).or_else(|| album.draw_other(&taken[..1], size, rng))?;
            if alike(&own.picture, &other.picture) {
                return album.reject(Rejection::SelfSimilar);
            }
            taken.push(other.index);
            wrong.push(settings.draw(&other.picture, size, rng));
        }
        if [&query, &right].into_iter().chain(&wrong).any(Picture::is_flat) {
            return album.reject(Rejection::Flat);
        }
        let (candidates, truth) = shuffled_pictures(right, wrong, 1, self.config.answer_style, rng);
        let shown: Vec<Picture> = std::iter::once(query).chain(candidates).collect();
        let question = "Picture 1 was cut from the same picture as one of the others. Which one?";
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

    fn levels(config: &InstanceMatchConfig) -> Vec<InstanceMatchConfig> {
        [(2, Strength::Mild), (3, Strength::Mild), (4, Strength::Weak), (6, Strength::Strong)]
            .map(|(options, strength)| InstanceMatchConfig { options, strength, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 2)
    }
}
