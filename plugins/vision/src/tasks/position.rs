//! `vision/position`: in which part of a picture a crop of it lies.
//!
//! The part is uniform; the crop lies within it, with a side drawn as a share of the part's. Crops are shown at one size, whatever
//! theirs was. Pictures are left out where the crop is flat or would fit elsewhere as well. The prompt speaks of changed
//! colours where these are changed.
//!
//! The paper's construction takes quadrants of the picture as it is, and crops of 0.2 to 0.8 of a quadrant's sides, shown as
//! large as they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng};

use crate::picture::{Area, Picture, ViewSettings};
use crate::question::{
    Construction, Either, EitherTruth, Grid, PaperTruth, Places, Reworded, Show, knobs, prompt, too_few,
};
use crate::source::{Album, Rejection};

/// Settings of [`Position`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PositionConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Parts across and down, 2 to 6. Two make quadrants with names, more make numbered cells.
    pub grid: usize,
    /// Least and most side of the crop, as a share of the part's side, 0.1 to 1.
    pub crop: (f64, f64),
    /// Side of the crop as shown, in pixels, 28 to 2048.
    pub piece: usize,
    /// Whether the crop's colours are changed (jitter, grey, blur) and it may be mirrored.
    pub augment: bool,
    /// Whether the answer is the part's name or its letter.
    pub answer_style: AnswerStyle,
    /// Mended, or as in the paper's code.
    pub construction: Construction,
}

impl Default for PositionConfig {
    fn default() -> Self {
        Self {
            show: Show::default(),
            grid: 2,
            crop: (0.5, 0.9),
            piece: 56,
            augment: false,
            answer_style: AnswerStyle::Text,
            construction: Construction::Mended,
        }
    }
}

/// Names of quadrants, row by row.
const QUADRANTS: [&str; 4] = ["top-left", "top-right", "bottom-left", "bottom-right"];
/// The paper's least and most side of a crop, as a share of the quadrant's.
const PAPER_CROP: (f64, f64) = (0.2, 0.8);

/// Where in a picture does a crop lie?
pub struct Position {
    config: PositionConfig,
    grid: Grid,
    verifier: Either<Reworded<Places>>,
}

impl PretextTask for Position {
    const NAME: &'static str = "vision/position";
    const SUMMARY: &'static str = "in which part of a picture a crop of it lies";
    type Config = PositionConfig;
    type Input = Album;
    type Truth = EitherTruth<ChoiceTruth>;
    type Verifier = Either<Reworded<Places>>;

    fn new(config: PositionConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "grid", &config.grid, 2..=6)?;
        knobs::check(Self::NAME, "piece", &config.piece, knobs::SIDES)?;
        knobs::check(Self::NAME, "crop", &config.crop.0, 0.1..=1.0)?;
        knobs::check(Self::NAME, "crop", &config.crop.1, config.crop.0..=1.0)?;
        if config.construction == Construction::Paper && config.grid != 2 {
            return Err(knobs::invalid(Self::NAME, "grid", "2 in the paper's construction", config.grid.to_string()));
        }
        let grid = Grid::square(config.grid);
        Ok(Self { config, grid, verifier: Either(Reworded(Places::QUADRANTS)) })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<Self::Truth>> {
        let cell = rng.below(self.grid.count());
        match self.config.construction {
            Construction::Mended => self.mended(album, cell, rng),
            Construction::Paper => self.as_in_the_paper(album, cell, rng),
        }
    }

    fn verifier(&self) -> &Either<Reworded<Places>> {
        &self.verifier
    }

    fn oracle(&self, truth: &Self::Truth) -> String {
        truth.oracle(ChoiceTruth::right_answer)
    }

    fn chance(&self, _truth: &Self::Truth) -> f32 {
        1.0 / self.grid.count() as f32
    }

    fn levels(config: &PositionConfig) -> Vec<PositionConfig> {
        // The paper's construction has quadrants alone and crops of its own: nothing there is harder or easier.
        if config.construction == Construction::Paper {
            return Vec::new();
        }
        [(2, (0.7, 1.0)), (2, (0.5, 0.9)), (2, (0.3, 0.7)), (3, (0.5, 0.9)), (4, (0.5, 0.9))]
            .map(|(grid, crop)| PositionConfig { grid, crop, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

impl Position {
    fn mended(&self, album: &Album, cell: usize, rng: &mut TaskRng) -> Option<Sample<EitherTruth<ChoiceTruth>>> {
        let size = self.config.show.size;
        let picked = album.draw(size, rng)?;
        let part = self.grid.area(cell, size, size);
        let length = share(part.width, self.config.crop, rng).max(4);
        let area = within(part, length, length, rng);
        let crop = picked.picture.crop(area);
        if crop.is_flat() {
            return album.reject(Rejection::Flat);
        }
        if super::search::fits_elsewhere(&picked.picture, area, self.grid) {
            return album.reject(Rejection::SelfSimilar);
        }
        let piece = self.augmented(crop.resized(self.config.piece, self.config.piece), rng);
        let truth = self.choice(cell);
        let named = if self.config.grid == 2 { "quadrant" } else { "cell" };
        let plan = if self.config.grid == 2 { String::new() } else { format!(" (cells {})", self.grid.plan()) };
        let changed = if self.config.augment { ", recoloured and perhaps mirrored" } else { "" };
        let question = format!("In which {named} of picture 1{plan} does picture 2, a crop of it{changed}, lie?");
        let shown = [&*picked.picture, &piece];
        let prompt = self.config.show.ask_choice(&shown, &question, &truth, named)?;
        Some(Sample { prompt, truth: EitherTruth::Mended(truth) })
    }

    fn choice(&self, cell: usize) -> ChoiceTruth {
        let style = self.config.answer_style;
        if self.config.grid == 2 {
            ChoiceTruth::new(QUADRANTS, cell, style)
        } else {
            ChoiceTruth::new((1..=self.grid.count()).map(|number| number.to_string()), cell, style)
        }
    }

    fn augmented(&self, piece: Picture, rng: &mut TaskRng) -> Picture {
        if self.config.augment { ViewSettings::WEAK.recoloured(piece, rng) } else { piece }
    }

    fn as_in_the_paper(
        &self,
        album: &Album,
        cell: usize,
        rng: &mut TaskRng,
    ) -> Option<Sample<EitherTruth<ChoiceTruth>>> {
        let whole = album.draw_whole(rng)?.picture.reduced(PaperTruth::LONGEST_SIDE);
        let part = self.grid.area(cell, whole.width(), whole.height());
        if part.width.min(part.height) < PaperTruth::SHORTEST_SIDE {
            return album.reject(Rejection::Small);
        }
        let height = share(part.height, PAPER_CROP, rng).max(PaperTruth::SHORTEST_SIDE);
        let width = share(part.width, PAPER_CROP, rng).max(PaperTruth::SHORTEST_SIDE);
        let piece = self.augmented(whole.crop(within(part, width, height, rng)), rng);
        let changed = if self.config.augment { " and changed in colour" } else { "" };
        let text = format!(
            "The second picture was cut from the first{changed}. In which quadrant of the first picture does it lie: top-left, \
             top-right, bottom-left or bottom-right?\nThink about it step by step and give your answer in this form:\n<think> \
             your reasoning </think> <answer> the quadrant </answer>"
        );
        let truth = EitherTruth::Paper(PaperTruth::Text(QUADRANTS[cell].into()));
        Some(Sample { prompt: prompt(&[whole, piece], text)?, truth })
    }
}

/// A uniform whole number of pixels between two shares of a side.
fn share(length: usize, (least, most): (f64, f64), rng: &mut TaskRng) -> usize {
    let (least, most) = ((length as f64 * least) as usize, (length as f64 * most) as usize);
    least + rng.below(most.saturating_sub(least) + 1)
}

/// A rectangle of this size somewhere within `part`.
fn within(part: Area, width: usize, height: usize, rng: &mut TaskRng) -> Area {
    let (width, height) = (width.min(part.width), height.min(part.height));
    let left = part.left + rng.below(part.width - width + 1);
    let top = part.top + rng.below(part.height - height + 1);
    Area::new(left, top, width, height)
}
