//! `vision/rotation`: by how many degrees a picture was turned counter-clockwise.
//!
//! The angle is uniform over the multiples of the step, 0 among them. Both pictures of a pair are square, at one scale and equally
//! soft, so that neither shape nor corners nor sharpness tell the angle. Pictures that look alike when turned are left out.
//!
//! The paper's construction shows the picture as it is and the whole of it turned, whose sides are exchanged at 90 and 270
//! degrees.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth, read_number};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng};

use crate::picture::{Picture, correlation};
use crate::question::{
    Construction, Either, EitherTruth, PaperTruth, Reworded, Rewording, Show, knobs, prompt, too_few,
};
use crate::source::{Album, Rejection};

/// Settings of [`Rotation`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RotationConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Angles are multiples of this many degrees: 15, 30, 45 or 90.
    pub step: usize,
    /// Whether the upright picture is shown beside the turned one; without it only what is seen says which way is up.
    pub pair: bool,
    /// Pictures are left out whose correlation with themselves, turned, is above this, 0 to 1.
    pub most_alike: f64,
    /// Whether the answer is the angle or its letter.
    pub answer_style: AnswerStyle,
    /// Mended, or as in the paper's code (a pair, of any shape).
    pub construction: Construction,
}

impl Default for RotationConfig {
    fn default() -> Self {
        Self {
            show: Show::default(),
            step: 90,
            pair: false,
            most_alike: 0.9,
            answer_style: AnswerStyle::Text,
            construction: Construction::Mended,
        }
    }
}

/// Side of the small picture by which the ambiguous ones are told.
const THUMBNAIL: usize = 56;

/// An angle that is said to be clockwise, `90 degrees clockwise`, the other way round.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clockwise;

impl Rewording for Clockwise {
    fn usual(&self, answer: &str) -> Option<String> {
        let any = |is: fn(&str) -> bool| answer.split(|symbol: char| !symbol.is_alphabetic()).any(is);
        let clockwise = any(|word| matches!(word, "clockwise" | "cw"));
        let counter = any(|word| word.starts_with("counter") || word.starts_with("anti") || word == "ccw");
        let degrees = read_number(answer).filter(|_| clockwise && !counter)?;
        Some((360.0 - degrees).rem_euclid(360.0).to_string())
    }
}

/// By how many degrees was a picture turned?
pub struct Rotation {
    config: RotationConfig,
    angles: Vec<usize>,
    verifier: Either<Reworded<Clockwise>>,
}

impl PretextTask for Rotation {
    const NAME: &'static str = "vision/rotation";
    const SUMMARY: &'static str = "by how many degrees a picture was turned counter-clockwise";
    type Config = RotationConfig;
    type Input = Album;
    type Truth = EitherTruth<ChoiceTruth>;
    type Verifier = Either<Reworded<Clockwise>>;

    fn new(config: RotationConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "most_alike", &config.most_alike, 0.0..=1.0)?;
        if ![15, 30, 45, 90].contains(&config.step) {
            return Err(knobs::invalid(Self::NAME, "step", "15, 30, 45 or 90", config.step.to_string()));
        }
        let angles = (0..360).step_by(config.step).collect();
        Ok(Self { config, angles, verifier: Either::default() })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<Self::Truth>> {
        let at = rng.below(self.angles.len());
        match self.config.construction {
            Construction::Mended => self.mended(album, at, rng),
            Construction::Paper => self.as_in_the_paper(album, self.angles[at], rng),
        }
    }

    fn verifier(&self) -> &Either<Reworded<Clockwise>> {
        &self.verifier
    }

    fn oracle(&self, truth: &Self::Truth) -> String {
        truth.oracle(ChoiceTruth::right_answer)
    }

    fn chance(&self, _truth: &Self::Truth) -> f32 {
        1.0 / self.angles.len() as f32
    }

    fn levels(config: &RotationConfig) -> Vec<RotationConfig> {
        [90, 45, 30, 15].map(|step| RotationConfig { step, ..config.clone() }).to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

impl Rotation {
    fn mended(&self, album: &Album, at: usize, rng: &mut TaskRng) -> Option<Sample<EitherTruth<ChoiceTruth>>> {
        let picked = album.draw(self.config.show.size, rng)?;
        let upright = &*picked.picture;
        let small = upright.shrunk(THUMBNAIL);
        if small.is_flat() {
            return album.reject(Rejection::Flat);
        }
        if looks_alike_turned(&small, self.config.most_alike) {
            return album.reject(Rejection::Symmetric);
        }
        let turned = self.turned(upright, self.angles[at]);
        let names = self.angles.iter().map(usize::to_string);
        let truth = ChoiceTruth::new(names, at, self.config.answer_style);
        let (show, meaning) = (&self.config.show, "degrees");
        let prompt = if self.config.pair {
            let question = "Picture 2 is picture 1 turned counter-clockwise. By how many degrees?";
            show.ask_choice(&[self.turned(upright, 0), turned], question, &truth, meaning)?
        } else {
            let question = "By how many degrees was this picture turned counter-clockwise?";
            show.ask_choice(&[turned], question, &truth, meaning)?
        };
        Some(Sample { prompt, truth: EitherTruth::Mended(truth) })
    }

    /// Quarter turns keep every pixel; among other angles all pictures are sampled alike, within the circle that all fill.
    fn turned<'picture>(&self, upright: &'picture Picture, degrees: usize) -> Cow<'picture, Picture> {
        if self.config.step == 90 {
            return match degrees / 90 {
                0 => Cow::Borrowed(upright),
                quarters => Cow::Owned(upright.quarter_turned(quarters)),
            };
        }
        // The square within the inscribed circle: the side over the square root of two.
        let side = upright.width() * 46341 / 65536;
        Cow::Owned(upright.turned_centre(degrees, side, side).resized(upright.width(), upright.height()))
    }

    fn as_in_the_paper(
        &self,
        album: &Album,
        degrees: usize,
        rng: &mut TaskRng,
    ) -> Option<Sample<EitherTruth<ChoiceTruth>>> {
        let whole = album.draw_whole(rng)?.picture;
        let upright = whole.reduced(PaperTruth::LONGEST_SIDE);
        let turned = if degrees.is_multiple_of(90) {
            upright.quarter_turned(degrees / 90)
        } else {
            let (width, height) = upright.filled_when_turned(degrees);
            upright.turned_centre(degrees, width, height)
        };
        if turned.width().min(turned.height()) < PaperTruth::SHORTEST_SIDE {
            return album.reject(Rejection::Small);
        }
        let angles: Vec<String> = self.angles.iter().map(usize::to_string).collect();
        let text = format!(
            "The second picture is the first one after a rotation. By how many degrees was it rotated counter-clockwise? \
             The angle is a multiple of {} degrees, one of {}.\nThink about it step by step and give your answer in this \
             form:\n<think> your reasoning </think> <answer> the angle, a bare number </answer>",
            self.config.step,
            angles.join(", ")
        );
        let prompt = prompt(&[upright, turned], text)?;
        Some(Sample { prompt, truth: EitherTruth::Paper(PaperTruth::Text(degrees.to_string())) })
    }
}

/// Whether a quarter, half or three-quarter turn hardly changes the picture.
fn looks_alike_turned(upright: &Picture, most_alike: f64) -> bool {
    // A quarter and a three-quarter turn correlate equally.
    (1..=2).any(|quarters| correlation(upright, &upright.quarter_turned(quarters)) > most_alike)
}

#[cfg(test)]
mod tests {
    use ssl4rl_tasks::{Verifier, protocol};

    use super::*;

    #[test]
    fn an_angle_that_is_said_to_be_clockwise_is_turned_round() {
        let truth = ChoiceTruth::new(["0", "90", "180", "270"].map(str::to_owned), 1, AnswerStyle::Text);
        for (answer, right) in [
            ("90", true),
            ("90 degrees", true),
            ("90 degrees counter-clockwise", true),
            ("90 degrees anticlockwise", true),
            ("270 clockwise", true),
            ("270 degrees clockwise", true),
            ("90 clockwise", false),
            ("90 degrees clockwise.", false),
            ("90° counter-clockwise", true),
            ("90.0", true),
            ("90.0 degrees", true),
            ("clockwise by 270 degrees", true),
            ("270° cw", true),
            ("90 ccw", true),
            ("90° clockwise", false),
            ("clockwise by 90 degrees", false),
            ("90 cw", false),
            ("90 or 95", false),
            ("90 or 270 clockwise", false),
            ("not 270 clockwise", false),
            ("270", false),
            ("clockwise", false),
        ] {
            assert_eq!(Reworded(Clockwise).verify(&protocol::wrap(answer), &truth).exact, right, "{answer}");
        }
        let upright = ChoiceTruth::new(["0", "90", "180", "270"].map(str::to_owned), 0, AnswerStyle::Text);
        assert!(Reworded(Clockwise).verify(&protocol::wrap("0 degrees clockwise"), &upright).exact);
    }
}
