//! `vision/channel-order`: in which order the colour channels of a picture are shown.
//!
//! `BGR` says that blue is shown as red, green as green and red as blue. All orders asked for are equally likely, the natural one among
//! them. Pictures with little colour are left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::Channels;
use crate::question::{Initials, Reworded, Show, knobs, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`ChannelOrder`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelOrderConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Whether the picture in its own colours is shown first.
    pub pair: bool,
    /// Mean difference between the largest and smallest channel that a picture must have, 0 to 255 levels.
    pub least_colour: f64,
    /// Whether the answer is the order or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for ChannelOrderConfig {
    fn default() -> Self {
        Self { show: Show::default(), pair: true, least_colour: 24.0, answer_style: AnswerStyle::Text }
    }
}

/// In which order are the channels?
pub struct ChannelOrder {
    config: ChannelOrderConfig,
}

impl PretextTask for ChannelOrder {
    const NAME: &'static str = "vision/channel-order";
    const SUMMARY: &'static str = "in which order the colour channels of a picture are shown";
    type Config = ChannelOrderConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Reworded<Initials>;

    fn new(config: ChannelOrderConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "least_colour", &config.least_colour, 0.0..=255.0)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let at = rng.below(Channels::ALL.len());
        let picked = album.draw(self.config.show.size, rng)?;
        if picked.picture.colourfulness() < self.config.least_colour {
            return album.reject(Rejection::Colourless);
        }
        let changed = picked.picture.with_channels(Channels::ALL[at]);
        let truth = ChoiceTruth::new(Channels::ALL.map(Channels::name), at, self.config.answer_style);
        let show = &self.config.show;
        let prompt = if self.config.pair {
            let question = "Which channels of picture 1 are red, green and blue of picture 2?";
            show.ask_choice(&[&*picked.picture, &changed], question, &truth, "order")?
        } else {
            let question =
                "The channels of this picture may have changed places. Which ones are shown as red, green and blue?";
            show.ask_choice(&[changed], question, &truth, "order")?
        };
        Some(Sample { prompt, truth })
    }

    fn verifier(&self) -> &Reworded<Initials> {
        &Reworded(Initials)
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}
