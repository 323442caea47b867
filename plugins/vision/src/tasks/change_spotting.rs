//! `vision/change-spotting`: which cell of a picture differs from its copy.
//!
//! The cell shows the same place of another picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Area, Picture};
use crate::question::{Grid, Show, knobs, nearly_equal, numbered, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`ChangeSpotting`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeSpottingConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Rows and columns of cells, 2 to 6.
    pub grid: usize,
    /// Side of what changes, as a share of the cell's side, 0.3 to 1.
    pub change: f64,
    /// Whether the answer is the cell's number or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for ChangeSpottingConfig {
    fn default() -> Self {
        Self { show: Show::default(), grid: 2, change: 0.8, answer_style: AnswerStyle::Text }
    }
}

/// Which cell differs?
pub struct ChangeSpotting {
    config: ChangeSpottingConfig,
    grid: Grid,
}

impl PretextTask for ChangeSpotting {
    const NAME: &'static str = "vision/change-spotting";
    const SUMMARY: &'static str = "which cell of a picture differs from its copy";
    type Config = ChangeSpottingConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: ChangeSpottingConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "grid", &config.grid, 2..=6)?;
        knobs::check(Self::NAME, "change", &config.change, 0.3..=1.0)?;
        let grid = Grid::square(config.grid);
        Ok(Self { config, grid })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let size = self.config.show.size;
        let cell = rng.below(self.grid.count());
        let area = self.changed(cell, rng);
        let picked = album.draw(size, rng)?;
        let other = album.draw_other(&[picked.index], size, rng)?;
        let patch = other.picture.crop(area);
        if nearly_equal(&patch, &picked.picture.crop(area)) {
            return album.reject(Rejection::SelfSimilar);
        }
        let mut copy = Picture::clone(&picked.picture);
        copy.paste(&patch, area.left, area.top);
        let truth = numbered(1, self.grid.count(), cell, self.config.answer_style);
        let question = format!("In which cell do these two pictures differ? Cells are numbered {}.", self.grid.plan());
        // The changed one comes first as often as second.
        let mut shown = [&*picked.picture, &copy];
        rng.shuffle(&mut shown);
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

    fn levels(config: &ChangeSpottingConfig) -> Vec<ChangeSpottingConfig> {
        [(2, 1.0), (2, 0.6), (3, 0.8), (4, 0.8), (4, 0.5)]
            .map(|(grid, change)| ChangeSpottingConfig { grid, change, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 2)
    }
}

impl ChangeSpotting {
    /// What changes, within a cell.
    fn changed(&self, cell: usize, rng: &mut TaskRng) -> Area {
        let size = self.config.show.size;
        let whole = self.grid.area(cell, size, size);
        let part = |side: usize| ((side as f64 * self.config.change) as usize).max(1);
        let (width, height) = (part(whole.width), part(whole.height));
        let left = whole.left + rng.below(whole.width - width + 1);
        let top = whole.top + rng.below(whole.height - height + 1);
        Area::new(left, top, width, height)
    }
}
