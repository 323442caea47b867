//! `vision/contrastive`: whether two augmented views show the same picture.
//!
//! Views of the same picture and of two different ones are equally likely. Two views of one picture share a part of it, and
//! pictures that look nearly the same are no pair of different ones, whatever their files.
//!
//! The paper's construction draws views of 224 pixels without either care, from the weak or the strong setting of its data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng};

use crate::picture::{Picture, ViewSettings, correlation};
use crate::question::{Construction, Either, EitherTruth, PaperTruth, Show, prompt, too_few};
use crate::source::{Album, Picked, Rejection};

/// How far views differ from their picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// At least half of the picture, colours a little off.
    #[default]
    Mild,
    /// The paper's weak setting: crops from 8 % of the picture, strong jitter, some grey and blurred.
    Weak,
    /// The paper's strong setting: crops of 8 to 30 %, mostly grey, blurred, solarised and equalised.
    Strong,
}

impl Strength {
    /// The settings of the views.
    pub(super) fn settings(self) -> ViewSettings {
        match self {
            Self::Mild => ViewSettings::MILD,
            Self::Weak => ViewSettings::WEAK,
            Self::Strong => ViewSettings::STRONG,
        }
    }
}

/// Settings of [`Contrastive`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContrastiveConfig {
    /// How pictures are shown; both views have this size.
    pub show: Show,
    /// How far views differ from their picture.
    pub strength: Strength,
    /// The other picture of a different pair is the most similar in colour of so many drawn ones, 1 to 16.
    pub hard: usize,
    /// Whether the answer is a word or its letter.
    pub answer_style: AnswerStyle,
    /// Mended, or as in the paper's code.
    pub construction: Construction,
}

impl Default for ContrastiveConfig {
    fn default() -> Self {
        Self {
            show: Show::default(),
            strength: Strength::Mild,
            hard: 1,
            answer_style: AnswerStyle::Text,
            construction: Construction::Mended,
        }
    }
}

/// Side of the paper's views.
const PAPER_SIZE: usize = 224;
/// Share of the smaller crop that two views of one picture have in common at least.
const SHARED: f64 = 0.25;

/// Do two views show the same picture?
pub struct Contrastive {
    config: ContrastiveConfig,
    verifier: Either<Choice>,
}

impl PretextTask for Contrastive {
    const NAME: &'static str = "vision/contrastive";
    const SUMMARY: &'static str = "whether two augmented views show the same picture";
    type Config = ContrastiveConfig;
    type Input = Album;
    type Truth = EitherTruth<ChoiceTruth>;
    type Verifier = Either<Choice>;

    fn new(config: ContrastiveConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        crate::question::knobs::check(Self::NAME, "hard", &config.hard, 1..=16)?;
        Ok(Self { config, verifier: Either::default() })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<Self::Truth>> {
        let same = rng.coin();
        match self.config.construction {
            Construction::Mended => self.mended(album, same, rng),
            Construction::Paper => self.as_in_the_paper(album, same, rng),
        }
    }

    fn verifier(&self) -> &Either<Choice> {
        &self.verifier
    }

    fn oracle(&self, truth: &Self::Truth) -> String {
        truth.oracle(ChoiceTruth::right_answer)
    }

    fn chance(&self, _truth: &Self::Truth) -> f32 {
        0.5
    }

    fn levels(config: &ContrastiveConfig) -> Vec<ContrastiveConfig> {
        [(Strength::Mild, 1), (Strength::Mild, 4), (Strength::Weak, 4), (Strength::Strong, 4)]
            .map(|(strength, hard)| ContrastiveConfig { strength, hard, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 2)
    }
}

impl Contrastive {
    fn mended(&self, album: &Album, same: bool, rng: &mut TaskRng) -> Option<Sample<EitherTruth<ChoiceTruth>>> {
        let size = self.config.show.size;
        let one = album.draw(size, rng)?;
        if one.picture.is_flat() {
            return album.reject(Rejection::Flat);
        }
        let settings = self.config.strength.settings();
        let views = if same {
            settings.draw_overlapping(&one.picture, size, SHARED, rng)
        } else {
            let other = self.different(album, &one, rng)?;
            [&one.picture, &other.picture].map(|picture| settings.draw(picture, size, rng))
        };
        if views.iter().any(Picture::is_flat) {
            return album.reject(Rejection::Flat);
        }
        let truth = ChoiceTruth::new(["same", "different"], usize::from(!same), self.config.answer_style);
        let question = "Were these two pictures cut from the same picture, or from different ones?";
        let prompt = self.config.show.ask_choice(&views, question, &truth, "word")?;
        Some(Sample { prompt, truth: EitherTruth::Mended(truth) })
    }

    /// A picture that is not the same in another file.
    fn different(&self, album: &Album, one: &Picked, rng: &mut TaskRng) -> Option<Picked> {
        let mut nearest: Option<(u32, Picked)> = None;
        for _ in 0..self.config.hard {
            let other = album.draw_other(&[one.index], self.config.show.size, rng)?;
            if alike(&one.picture, &other.picture) {
                return album.reject(Rejection::SelfSimilar);
            }
            let distance = colour_distance(&one.picture, &other.picture);
            if nearest.as_ref().is_none_or(|(least, _)| distance < *least) {
                nearest = Some((distance, other));
            }
        }
        nearest.map(|(_, other)| other)
    }

    fn as_in_the_paper(
        &self,
        album: &Album,
        same: bool,
        rng: &mut TaskRng,
    ) -> Option<Sample<EitherTruth<ChoiceTruth>>> {
        let own = album.of_split(rng.split());
        if own.len() < 2 {
            return None;
        }
        let first = rng.below(own.len());
        // Two different rows, as the paper draws them; here rows are pictures.
        let second = if same { first } else { (first + 1 + rng.below(own.len() - 1)) % own.len() };
        let settings = match self.config.strength {
            Strength::Strong => ViewSettings::STRONG,
            Strength::Mild | Strength::Weak => ViewSettings::WEAK,
        };
        let mut views = Vec::with_capacity(2);
        for at in [first, second] {
            let whole = album.picture(own[at]).or_else(|| album.reject(Rejection::Unreadable))?;
            views.push(settings.draw(&whole, PAPER_SIZE, rng));
        }
        let text = "Two pictures are shown, each cropped and changed at random. The answer is positive if they come from one \
                    picture and negative if they come from two.\nThink about it step by step and give your answer in this \
                    form:\n<think> your reasoning </think> <answer> positive or negative </answer>";
        let word = if same { "positive" } else { "negative" };
        Some(Sample { prompt: prompt(&views, text.into())?, truth: EitherTruth::Paper(PaperTruth::Text(word.into())) })
    }
}

/// Side of the small pictures by which two are told to be the same.
const THUMBNAIL: usize = 24;

/// Whether two pictures look nearly the same.
pub(super) fn alike(one: &Picture, other: &Picture) -> bool {
    const ALIKE: f64 = 0.95;
    correlation(&one.shrunk(THUMBNAIL), &other.shrunk(THUMBNAIL)) > ALIKE
}

/// Sum of differences of the mean colours of 3 by 3 parts.
fn colour_distance(one: &Picture, other: &Picture) -> u32 {
    const PARTS: usize = 3;
    let [one, other] = [one, other].map(|picture| picture.shrunk(PARTS));
    one.rgb().iter().zip(other.rgb()).map(|(left, right)| u32::from(left.abs_diff(*right))).sum()
}
