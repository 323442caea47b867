//! `vision/colour-match`: which colouring of a grey picture is the true one.
//!
//! The wrong ones are the true one with its hues turned. The angles keep apart and were drawn before one was chosen to be the true
//! one, so that they among themselves do not tell it. All are equally bright and equally coloured at
//! every pixel, to the last level, so that neither the grey picture nor contrast tells, and no stronger coloured than every hue has
//! room for, so that none reaches the least or the greatest level. Pictures with little colour are left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::question::{Show, knobs, numbered, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`ColourMatch`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ColourMatchConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Colourings to choose from, 2 to 6.
    pub options: usize,
    /// Whether the grey picture is shown before them.
    pub grey: bool,
    /// Mean difference between the largest and smallest channel that a picture must have as it is shown, 0 to 255 levels.
    pub least_colour: f64,
    /// Whether the answer is the colouring's number or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for ColourMatchConfig {
    fn default() -> Self {
        Self {
            show: Show::default().sized(56),
            options: 3,
            grey: false,
            least_colour: 24.0,
            answer_style: AnswerStyle::Text,
        }
    }
}

/// Parts of the colour circle: six edges of 256.
const CIRCLE: usize = 1536;

/// Which colouring is the true one?
pub struct ColourMatch {
    config: ColourMatchConfig,
}

impl PretextTask for ColourMatch {
    const NAME: &'static str = "vision/colour-match";
    const SUMMARY: &'static str = "which colouring of a picture is the true one";
    type Config = ColourMatchConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: ColourMatchConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "options", &config.options, 2..=6)?;
        knobs::check(Self::NAME, "least_colour", &config.least_colour, 0.0..=255.0)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let picked = album.draw(self.config.show.size, rng)?;
        // Equal steps around the circle, each place moved by up to a quarter of a step; one of them is then chosen to be the true one.
        let step = CIRCLE / self.config.options;
        let mut places: Vec<i32> =
            (0..self.config.options).map(|at| (at * step + rng.below(step / 4 + 1)) as i32).collect();
        rng.shuffle(&mut places);
        let at = rng.below(places.len());
        let turns: Vec<i32> = places.iter().map(|place| place - places[at]).collect();
        let coloured = picked.picture.recolourings(&turns);
        if coloured[at].colourfulness() < self.config.least_colour {
            return album.reject(Rejection::Colourless);
        }
        let before = usize::from(self.config.grey);
        let truth = numbered(before + 1, places.len(), at, self.config.answer_style);
        let mut shown = Vec::with_capacity(before + places.len());
        let question = if self.config.grey {
            shown.push(picked.picture.grey());
            "Picture 1 has lost its colours. Which of the others has its true colours?"
        } else {
            "Which of these pictures has its true colours?"
        };
        shown.extend(coloured);
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

    fn levels(config: &ColourMatchConfig) -> Vec<ColourMatchConfig> {
        [2, 3, 4, 6].map(|options| ColourMatchConfig { options, ..config.clone() }).to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}
