//! `vision/inpainting-match`: which piece fits the hole of a picture.
//!
//! The pieces are places of the same picture, drawn together, of which one is then chosen to be the hole: nothing about the pieces
//! among themselves sets the right one apart. They share at most a quarter of their pixels; asked for by `close`, they lie side by
//! side and share up to three quarters. Where the picture has too few that can be told apart, all pieces are of different pictures.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Area, Picture};
use crate::question::{Show, knobs, nearly_equal, numbered, too_few};
use crate::source::{Album, Picked, Rejection};

/// Settings of [`InpaintingMatch`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InpaintingMatchConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Pieces to choose from, 2 to 6.
    pub options: usize,
    /// Side of the hole, as a share of the picture's, 0.2 to 0.6.
    pub hole: f64,
    /// Side of a piece as shown, in pixels, 28 to 2048.
    pub piece: usize,
    /// Whether pieces come from places near the hole, which is harder, instead of from anywhere in the picture.
    pub close: bool,
    /// Whether the answer is the piece's number or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for InpaintingMatchConfig {
    fn default() -> Self {
        Self { show: Show::default(), options: 3, hole: 0.4, piece: 56, close: false, answer_style: AnswerStyle::Text }
    }
}

/// Which piece fits the hole?
pub struct InpaintingMatch {
    config: InpaintingMatchConfig,
}

impl PretextTask for InpaintingMatch {
    const NAME: &'static str = "vision/inpainting-match";
    const SUMMARY: &'static str = "which piece fits the hole of a picture";
    type Config = InpaintingMatchConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: InpaintingMatchConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "options", &config.options, 2..=6)?;
        knobs::check(Self::NAME, "hole", &config.hole, 0.2..=0.6)?;
        knobs::check(Self::NAME, "piece", &config.piece, knobs::SIDES)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let size = self.config.show.size;
        let length = (size as f64 * self.config.hole) as usize;
        let picked = album.draw(size, rng)?;
        if picked.picture.is_flat() {
            return album.reject(Rejection::Flat);
        }
        let places = self.places(&picked.picture, length, rng);
        let places = if places.is_some() { places } else { self.of_other_pictures(album, &picked, length, rng) };
        let Some(places) = places else { return album.reject(Rejection::SelfSimilar) };
        let at = rng.below(places.len());
        let truth = numbered(2, places.len(), at, self.config.answer_style);
        let (whole, hole) = &places[at];
        let mut holed = Picture::clone(whole);
        holed.fill(*hole, [128; 3]);
        let pieces = places.iter().map(|(picture, area)| {
            let piece = picture.crop(*area);
            piece.resized(self.config.piece, self.config.piece)
        });
        let shown: Vec<Picture> = std::iter::once(holed).chain(pieces).collect();
        let question = "Which of the other pictures fits the grey hole of picture 1?";
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

    fn levels(config: &InpaintingMatchConfig) -> Vec<InpaintingMatchConfig> {
        [(2, false), (3, false), (4, false), (4, true), (6, true)]
            .map(|(options, close)| InpaintingMatchConfig { options, close, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

/// Places with the pictures that they are of.
type Places = Vec<(Arc<Picture>, Area)>;

/// Most places that are drawn.
const DRAWS: usize = 64;

impl InpaintingMatch {
    /// Places of one picture whose pieces can be told apart; `None` where there are too few.
    fn places(&self, picture: &Arc<Picture>, length: usize, rng: &mut TaskRng) -> Option<Places> {
        let size = picture.width();
        let window = if self.config.close { (2 * length).min(size) } else { size };
        let (across, down) = (rng.below(size - window + 1), rng.below(size - window + 1));
        let room = window - length + 1;
        let mut chosen = Chosen::default();
        for _ in 0..DRAWS {
            let area = Area::new(across + rng.below(room), down + rng.below(room), length, length);
            let apart = |other: &Area| {
                let shift = area.left.abs_diff(other.left).max(area.top.abs_diff(other.top));
                if self.config.close { 4 * shift >= length } else { 4 * area.overlap(other) < area.size() }
            };
            if chosen.places.iter().all(|(_, other)| apart(other)) {
                chosen.add(picture, area);
            }
            if chosen.places.len() == self.config.options {
                return Some(chosen.places);
            }
        }
        None
    }

    /// The same place of as many different pictures; `None` where there are too few.
    fn of_other_pictures(&self, album: &Album, first: &Picked, length: usize, rng: &mut TaskRng) -> Option<Places> {
        let room = self.config.show.size - length + 1;
        let area = Area::new(rng.below(room), rng.below(room), length, length);
        let mut chosen = Chosen::default();
        chosen.add(&first.picture, area);
        let mut taken = vec![first.index];
        while chosen.places.len() < self.config.options && taken.len() < DRAWS {
            let other = album.draw_other(&taken, self.config.show.size, rng)?;
            taken.push(other.index);
            chosen.add(&other.picture, area);
        }
        (chosen.places.len() == self.config.options).then_some(chosen.places)
    }
}

/// Places whose pieces are not flat and can be told apart.
#[derive(Default)]
struct Chosen {
    places: Places,
    pieces: Vec<Picture>,
}

impl Chosen {
    /// Takes a place, unless its piece is flat or like one that is there.
    fn add(&mut self, picture: &Arc<Picture>, area: Area) {
        let piece = picture.crop(area);
        if !piece.is_flat() && !self.pieces.iter().any(|other| nearly_equal(other, &piece)) {
            self.places.push((Arc::clone(picture), area));
            self.pieces.push(piece);
        }
    }
}
