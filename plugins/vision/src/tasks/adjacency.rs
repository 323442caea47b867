//! `vision/adjacency`: which of several pieces continues a piece of a picture to one side.
//!
//! The piece and its true neighbour are halves of a square, with a gap between them that is shown nowhere, so that single pixels at
//! the seam do not tell. Wrong pieces are other places of the same size, of the same picture or each of another: as far from one
//! another as from the right one, which the pieces among themselves therefore do not tell.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Area, Picture};
use crate::question::{Show, knobs, nearly_equal, shuffled_pictures, too_few};
use crate::source::{Album, Picked, Rejection};

/// Settings of [`Adjacency`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdjacencyConfig {
    /// How pictures are shown; the size is that of the whole picture, which is not shown.
    pub show: Show,
    /// Pieces to choose from, 2 to 6.
    pub options: usize,
    /// Gap between the piece and its neighbour, as a share of a piece's side, 0 to 0.5.
    pub gap: f64,
    /// Side of a piece as shown, in pixels, 28 to 2048.
    pub piece: usize,
    /// Whether wrong pieces come from the same picture, which is harder, instead of from another.
    pub same_picture: bool,
    /// Whether the answer is the piece's number or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for AdjacencyConfig {
    fn default() -> Self {
        Self {
            show: Show::default(),
            options: 3,
            gap: 0.05,
            piece: 56,
            same_picture: false,
            answer_style: AnswerStyle::Text,
        }
    }
}

/// Side of a piece as a share of the picture's: two and the widest gap fit.
const PIECE_SHARE: f64 = 0.4;
/// Most draws for each wrong piece.
const DRAWS: usize = 24;

/// Which piece goes on to one side?
pub struct Adjacency {
    config: AdjacencyConfig,
}

/// Sides by name and by steps right and down.
const SIDES: [(&str, i64, i64); 4] = [("right", 1, 0), ("left", -1, 0), ("bottom", 0, 1), ("top", 0, -1)];

impl PretextTask for Adjacency {
    const NAME: &'static str = "vision/adjacency";
    const SUMMARY: &'static str = "which piece continues a piece of a picture to one side";
    type Config = AdjacencyConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: AdjacencyConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "options", &config.options, 2..=6)?;
        knobs::check(Self::NAME, "gap", &config.gap, 0.0..=0.5)?;
        knobs::check(Self::NAME, "piece", &config.piece, knobs::SIDES)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let size = self.config.show.size;
        let (name, right, down) = SIDES[rng.below(SIDES.len())];
        let picked = album.draw(size, rng)?;
        let (piece_area, next_area) = self.areas(right, down, rng);
        let mut pieces = [piece_area, next_area].map(|area| Piece { of: picked.clone(), area }).to_vec();
        if pieces.iter().any(|piece| piece.pixels().is_flat()) {
            return album.reject(Rejection::Flat);
        }
        for _ in 0..DRAWS * self.config.options {
            if pieces.len() > self.config.options {
                break;
            }
            let Some(other) = self.elsewhere(album, &pieces, rng) else { continue };
            let pixels = other.pixels();
            if !pixels.is_flat() && !pieces[1..].iter().any(|one| nearly_equal(&one.pixels(), &pixels)) {
                pieces.push(other);
            }
        }
        if pieces.len() <= self.config.options {
            return album.reject(Rejection::SelfSimilar);
        }
        let mut pixels: Vec<Picture> = pieces.iter().map(Piece::pixels).collect();
        let wrong = pixels.split_off(2);
        let (candidates, truth) = shuffled_pictures(pixels.remove(1), wrong, 1, self.config.answer_style, rng);
        let length = self.config.piece;
        let shown: Vec<Picture> =
            pixels.into_iter().chain(candidates).map(|piece| piece.resized(length, length)).collect();
        let question = format!("Which of the other pictures continues picture 1 at its {name} side?");
        let prompt = self.config.show.ask_choice(&shown, &question, &truth, "number")?;
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

    fn levels(config: &AdjacencyConfig) -> Vec<AdjacencyConfig> {
        [(2, false), (3, false), (4, false), (3, true), (4, true)]
            .map(|(options, same_picture)| AdjacencyConfig { options, same_picture, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 2)
    }
}

impl Adjacency {
    /// A piece and its neighbour `right` and `down` of it.
    fn areas(&self, right: i64, down: i64, rng: &mut TaskRng) -> (Area, Area) {
        let size = self.config.show.size as i64;
        let length = (size as f64 * PIECE_SHARE) as i64;
        let step = length + (length as f64 * self.config.gap) as i64;
        let mut place = |direction: i64| {
            let room = size - length - direction.abs() * step;
            let start = if direction < 0 { step } else { 0 };
            start + rng.below((room + 1).max(1) as usize) as i64
        };
        let (left, top) = (place(right), place(down));
        let area = |left: i64, top: i64| Area::new(left as usize, top as usize, length as usize, length as usize);
        (area(left, top), area(left + right * step, top + down * step))
    }

    /// A piece from elsewhere than all of `pieces`: of the same picture, with less than half of its pixels in common with each, or of
    /// a picture that none of them is of, where there is one.
    fn elsewhere(&self, album: &Album, pieces: &[Piece], rng: &mut TaskRng) -> Option<Piece> {
        let size = self.config.show.size;
        let shown = pieces.first()?;
        let room = size - shown.area.width + 1;
        let area = Area { left: rng.below(room), top: rng.below(room), ..shown.area };
        if self.config.same_picture {
            let apart = pieces.iter().all(|one| 2 * one.area.overlap(&area) < area.size());
            return apart.then(|| Piece { of: shown.of.clone(), area });
        }
        let taken: Vec<usize> = pieces.iter().map(|piece| piece.of.index).collect();
        let other = album.draw_other(&taken, size, rng).or_else(|| album.draw_other(&taken[..1], size, rng))?;
        Some(Piece { of: other, area })
    }
}

/// A place of a picture.
#[derive(Clone)]
struct Piece {
    of: Picked,
    area: Area,
}

impl Piece {
    fn pixels(&self) -> Picture {
        self.of.picture.crop(self.area)
    }
}
