//! `vision/flipped-tile`: which tile of a picture was mirrored or turned.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Flip, Picture};
use crate::question::{Grid, Show, knobs, nearly_equal, numbered, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`FlippedTile`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FlippedTileConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Rows and columns of tiles, 2 to 6.
    pub grid: usize,
    /// Whether tiles may be mirrored left to right and turned by quarters too, instead of upside down only.
    pub any_change: bool,
    /// Whether the answer is the tile's number or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for FlippedTileConfig {
    fn default() -> Self {
        Self { show: Show::default(), grid: 2, any_change: false, answer_style: AnswerStyle::Text }
    }
}

/// Which tile was mirrored or turned?
pub struct FlippedTile {
    config: FlippedTileConfig,
    grid: Grid,
}

impl PretextTask for FlippedTile {
    const NAME: &'static str = "vision/flipped-tile";
    const SUMMARY: &'static str = "which tile of a picture was mirrored or turned";
    type Config = FlippedTileConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: FlippedTileConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "grid", &config.grid, 2..=6)?;
        let grid = Grid::square(config.grid);
        Ok(Self { config, grid })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        // A picture that the grid divides: at the right and below nothing is left out.
        let size = self.config.show.size / self.config.grid * self.config.grid;
        let cell = rng.below(self.grid.count());
        let picked = album.draw(size, rng)?;
        let mut tiles = self.grid.tiles(&picked.picture);
        let changed = self.changed(&tiles[cell], rng);
        if nearly_equal(&changed, &tiles[cell]) {
            return album.reject(Rejection::Symmetric);
        }
        tiles[cell] = changed;
        let truth = numbered(1, self.grid.count(), cell, self.config.answer_style);
        let how = if self.config.any_change { "mirrored or turned" } else { "mirrored top to bottom" };
        let question =
            format!("One tile of this picture was {how}. Tiles are numbered {}. Which one?", self.grid.plan());
        let prompt = self.config.show.ask_choice(&[self.grid.joined(&tiles, 0)?], &question, &truth, "number")?;
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

    fn levels(config: &FlippedTileConfig) -> Vec<FlippedTileConfig> {
        [(2, false), (3, false), (3, true), (4, true)]
            .map(|(grid, any_change)| FlippedTileConfig { grid, any_change, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

impl FlippedTile {
    fn changed(&self, tile: &Picture, rng: &mut TaskRng) -> Picture {
        let change = if self.config.any_change { rng.below(5) } else { 0 };
        match change {
            0 => tile.flipped(Flip::TopBottom),
            1 => tile.flipped(Flip::LeftRight),
            quarters => tile.quarter_turned(quarters - 1),
        }
    }
}
