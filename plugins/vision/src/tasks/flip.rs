//! `vision/flip`: whether and how a picture was mirrored.
//!
//! Unchanged, left-right and top-bottom are equally likely. Pictures that look nearly the same mirrored are left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Flip, correlation};
use crate::question::{Axes, Reworded, Show, knobs, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`Mirror`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MirrorConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Whether the picture as it was is shown beside the mirrored one. Without it only top-bottom and unchanged are asked for:
    /// left and right are hardly ever to be seen.
    pub pair: bool,
    /// Pictures are left out whose correlation with their mirror image is above this, 0 to 1.
    pub most_alike: f64,
    /// Whether the answer is a word or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for MirrorConfig {
    fn default() -> Self {
        Self { show: Show::default(), pair: true, most_alike: 0.9, answer_style: AnswerStyle::Text }
    }
}

/// Side of the small picture by which the ambiguous ones are told.
const THUMBNAIL: usize = 56;

/// How was a picture mirrored?
pub struct Mirror {
    config: MirrorConfig,
}

const FLIPS: [(Flip, &str); 3] =
    [(Flip::None, "unchanged"), (Flip::TopBottom, "top-bottom"), (Flip::LeftRight, "left-right")];

impl PretextTask for Mirror {
    const NAME: &'static str = "vision/flip";
    const SUMMARY: &'static str = "whether and how a picture was mirrored";
    type Config = MirrorConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Reworded<Axes>;

    fn new(config: MirrorConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "most_alike", &config.most_alike, 0.0..=1.0)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let flips = self.flips();
        let at = rng.below(flips.len());
        let picked = album.draw(self.config.show.size, rng)?;
        let picture = &*picked.picture;
        let small = picture.shrunk(THUMBNAIL);
        if small.is_flat() {
            return album.reject(Rejection::Flat);
        }
        let alike = |&(flip, _): &(Flip, &str)| correlation(&small, &small.flipped(flip)) > self.config.most_alike;
        if flips[1..].iter().any(alike) {
            return album.reject(Rejection::Symmetric);
        }
        let mirrored = picture.flipped(flips[at].0);
        let truth = ChoiceTruth::new(flips.iter().map(|(_, name)| *name), at, self.config.answer_style);
        let show = &self.config.show;
        let prompt = if self.config.pair {
            show.ask_choice(&[picture, &mirrored], "How was picture 1 mirrored to give picture 2?", &truth, "word")?
        } else {
            show.ask_choice(&[mirrored], "Was this picture mirrored, top to bottom?", &truth, "word")?
        };
        Some(Sample { prompt, truth })
    }

    fn verifier(&self) -> &Reworded<Axes> {
        &Reworded(Axes)
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

impl Mirror {
    fn flips(&self) -> &'static [(Flip, &'static str)] {
        if self.config.pair { &FLIPS } else { &FLIPS[..2] }
    }
}
