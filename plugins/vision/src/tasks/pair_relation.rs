//! `vision/pair-relation`: where one tile of a picture lies from another.
//!
//! Both tiles are cut from a grid; the relation is uniform over four or eight directions. Neighbours are asked about, or tiles at any
//! distance along the direction.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::question::{Grid, Places, Reworded, Show, knobs, nearly_equal, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`PairRelation`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PairRelationConfig {
    /// How pictures are shown; the size is that of the whole picture, which is not shown.
    pub show: Show,
    /// Rows and columns of tiles, 2 to 6.
    pub grid: usize,
    /// Whether the four diagonal directions are asked for too.
    pub diagonals: bool,
    /// Side of a tile as shown, in pixels, 28 to 2048.
    pub piece: usize,
    /// Whether the answer is a direction or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for PairRelationConfig {
    fn default() -> Self {
        Self { show: Show::default(), grid: 2, diagonals: false, piece: 56, answer_style: AnswerStyle::Text }
    }
}

/// Directions as names and as steps right and down; the first four are the straight ones.
const DIRECTIONS: [(&str, i64, i64); 8] = [
    ("left", -1, 0),
    ("right", 1, 0),
    ("above", 0, -1),
    ("below", 0, 1),
    ("above-left", -1, -1),
    ("above-right", 1, -1),
    ("below-left", -1, 1),
    ("below-right", 1, 1),
];

const VERIFIER: Reworded<Places> = Reworded(Places::DIRECTIONS);

/// Where does one tile lie from another?
pub struct PairRelation {
    config: PairRelationConfig,
    grid: Grid,
}

impl PretextTask for PairRelation {
    const NAME: &'static str = "vision/pair-relation";
    const SUMMARY: &'static str = "where one tile of a picture lies from another";
    type Config = PairRelationConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Reworded<Places>;

    fn new(config: PairRelationConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "grid", &config.grid, 2..=6)?;
        knobs::check(Self::NAME, "piece", &config.piece, knobs::SIDES)?;
        let grid = Grid::square(config.grid);
        Ok(Self { config, grid })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let directions = &DIRECTIONS[..if self.config.diagonals { 8 } else { 4 }];
        let at = rng.below(directions.len());
        let (_, right, down) = directions[at];
        let (first, second) = self.neighbours(right, down, rng);
        let size = self.config.show.size;
        let picked = album.draw(size, rng)?;
        let tiles = [first, second].map(|cell| picked.picture.crop(self.grid.area(cell, size, size)));
        if tiles.iter().any(crate::picture::Picture::is_flat) {
            return album.reject(Rejection::Flat);
        }
        if nearly_equal(&tiles[0], &tiles[1]) {
            return album.reject(Rejection::SelfSimilar);
        }
        let shown = tiles.map(|tile| tile.resized(self.config.piece, self.config.piece));
        let truth = ChoiceTruth::new(directions.iter().map(|(name, ..)| *name), at, self.config.answer_style);
        let question = "Both pictures are tiles of one picture. Where does picture 2 lie from picture 1?";
        let prompt = self.config.show.ask_choice(&shown, question, &truth, "direction")?;
        Some(Sample { prompt, truth })
    }

    fn verifier(&self) -> &Reworded<Places> {
        &VERIFIER
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &PairRelationConfig) -> Vec<PairRelationConfig> {
        [(2, false), (3, false), (3, true), (4, true)]
            .map(|(grid, diagonals)| PairRelationConfig { grid, diagonals, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

impl PairRelation {
    /// Two neighbouring cells, the second `right` and `down` of the first.
    fn neighbours(&self, right: i64, down: i64, rng: &mut TaskRng) -> (usize, usize) {
        let side = self.grid.columns as i64;
        let mut place = |step: i64| rng.below((side - step.abs()) as usize) as i64 + (-step).max(0);
        let (x, y) = (place(right), place(down));
        ((y * side + x) as usize, ((y + down) * side + x + right) as usize)
    }
}
