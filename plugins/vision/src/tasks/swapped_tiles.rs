//! `vision/swapped-tiles`: which two tiles of a picture have changed places.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::question::{Grid, NumberSet, NumberSetTruth, Show, knobs, nearly_equal, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`SwappedTiles`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SwappedTilesConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Rows and columns of tiles, 2 to 6.
    pub grid: usize,
    /// Whether one right tile earns a half.
    pub partial: bool,
}

impl Default for SwappedTilesConfig {
    fn default() -> Self {
        Self { show: Show::default(), grid: 2, partial: false }
    }
}

/// Which two tiles changed places?
pub struct SwappedTiles {
    config: SwappedTilesConfig,
    grid: Grid,
}

impl PretextTask for SwappedTiles {
    const NAME: &'static str = "vision/swapped-tiles";
    const SUMMARY: &'static str = "which two tiles of a picture have changed places";
    type Config = SwappedTilesConfig;
    type Input = Album;
    type Truth = NumberSetTruth;
    type Verifier = NumberSet;

    fn new(config: SwappedTilesConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "grid", &config.grid, 2..=6)?;
        let grid = Grid::square(config.grid);
        Ok(Self { config, grid })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<NumberSetTruth>> {
        let picked = album.draw(self.config.show.size, rng)?;
        let mut tiles = self.grid.tiles(&picked.picture);
        let cells = rng.permutation(tiles.len());
        let (first, second) = (cells[0], cells[1]);
        if nearly_equal(&tiles[first], &tiles[second]) {
            return album.reject(Rejection::SelfSimilar);
        }
        tiles.swap(first, second);
        let truth = NumberSetTruth {
            numbers: BTreeSet::from([first + 1, second + 1]),
            among: tiles.len(),
            partial: self.config.partial,
        };
        let question = format!(
            "Two tiles of this picture have changed places. Tiles are numbered {}. Which two?",
            self.grid.plan()
        );
        let prompt = self.config.show.ask(&[self.grid.joined(&tiles, 0)?], &question, "numbers")?;
        Some(Sample { prompt, truth })
    }

    fn verifier(&self) -> &NumberSet {
        &NumberSet
    }

    fn oracle(&self, truth: &NumberSetTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &NumberSetTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &SwappedTilesConfig) -> Vec<SwappedTilesConfig> {
        [2, 3, 4, 5].map(|grid| SwappedTilesConfig { grid, ..config.clone() }).to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}
