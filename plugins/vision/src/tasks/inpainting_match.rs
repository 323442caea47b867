//! `vision/inpainting-match`: which piece fits the hole of a picture.
//!
//! The wrong pieces are other places of the same picture, so that the pieces alone do not tell the right one; where the picture has
//! too few, the same place of another one. Asked for by `close`, they are the right piece turned, mirrored, from closer and from
//! farther. Pieces that can hardly be told from the right one are left out, and all are shown with the detail that the enlarged one
//! has, so that sharpness tells nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Area, Flip, Picture};
use crate::question::{Show, knobs, nearly_equal, shuffled_pictures, too_few};
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
    /// Whether wrong pieces come from the hole's own pixels (turned, mirrored, closer, farther) before those of other places:
    /// harder.
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
        let hole = Area::new(rng.below(size - length + 1), rng.below(size - length + 1), length, length);
        let picked = album.draw(size, rng)?;
        let right = picked.picture.crop(hole);
        if right.is_flat() {
            return album.reject(Rejection::Flat);
        }
        let mut wrong: Vec<Picture> = Vec::new();
        for piece in self.wrong_pieces(album, &picked, hole, rng) {
            let told_apart = |other: &Picture| !nearly_equal(other, &piece);
            if wrong.len() + 1 < self.config.options
                && !piece.is_flat()
                && told_apart(&right)
                && wrong.iter().all(told_apart)
            {
                wrong.push(piece);
            }
        }
        if wrong.len() + 1 < self.config.options {
            return album.reject(Rejection::SelfSimilar);
        }
        let (pieces, truth) = shuffled_pictures(right, wrong, 1, self.config.answer_style, rng);
        let mut holed = Picture::clone(&picked.picture);
        holed.fill(hole, [128; 3]);
        let shown: Vec<Picture> = std::iter::once(holed)
            .chain(pieces.iter().map(|piece| {
                let detail = piece.resized(length / 2, length / 2);
                detail.resized(self.config.piece, self.config.piece)
            }))
            .collect();
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

impl InpaintingMatch {
    /// Wrong pieces in the order in which they are taken.
    fn wrong_pieces(&self, album: &Album, picked: &Picked, hole: Area, rng: &mut TaskRng) -> Vec<Picture> {
        let mut close = own_pixels(&picked.picture, hole, rng);
        rng.shuffle(&mut close);
        let mut far = self.other_places(album, picked, hole, rng);
        if self.config.close {
            [close, far].concat()
        } else {
            far.extend(close);
            far
        }
    }

    /// Places of the same picture that share little with the hole, and the same place of another picture.
    fn other_places(&self, album: &Album, picked: &Picked, hole: Area, rng: &mut TaskRng) -> Vec<Picture> {
        const DRAWS: usize = 24;
        let room = picked.picture.width() - hole.width + 1;
        let drawn: Vec<Area> =
            (0..DRAWS).map(|_| Area { left: rng.below(room), top: rng.below(room), ..hole }).collect();
        let apart = drawn.into_iter().filter(|area| 4 * area.overlap(&hole) < hole.size());
        let mut pieces: Vec<Picture> = apart.map(|area| picked.picture.crop(area)).collect();
        if let Some(other) = album.draw_other(&[picked.index], self.config.show.size, rng) {
            pieces.push(other.picture.crop(hole));
        }
        pieces
    }
}

/// The hole's pixels turned, mirrored, and from closer and farther.
fn own_pixels(picture: &Picture, hole: Area, rng: &mut TaskRng) -> Vec<Picture> {
    let right = picture.crop(hole);
    let length = hole.width;
    let closer = right.crop(Area::new(length / 4, length / 4, length / 2, length / 2)).resized(length, length);
    let wide = (length * 3 / 2).min(picture.width());
    let start = |at: usize| at.saturating_sub(length / 4);
    let farther = picture.crop(Area::new(start(hole.left), start(hole.top), wide, wide)).resized(length, length);
    vec![
        right.quarter_turned(1 + rng.below(3)),
        right.flipped(Flip::LeftRight),
        right.flipped(Flip::TopBottom),
        closer,
        farther,
    ]
}
