//! `vision/jigsaw`: which tile of a cut and shuffled picture belongs to each place.
//!
//! The order is uniform over all permutations. The answer names, row by row, the number of the tile that belongs to each place,
//! which an example in the prompt makes plain; only permutations earn anything, and tiles that are equal pixel for pixel may stand
//! for each other. Pictures are left out in which different tiles can hardly be told apart.
//!
//! The paper's construction cuts the picture as it is, words the same order as the paper's data does, and pays every right
//! place, whatever else the answer holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng};

use crate::picture::Picture;
use crate::question::{
    Construction, Either, EitherTruth, Grid, PaperTruth, Show, TileCredit, TileTruth, Tiles, knobs, nearly_equal,
    prompt, too_few,
};
use crate::source::{Album, Rejection};

/// Settings of [`Jigsaw`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JigsawConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Rows of tiles, 1 to 6.
    pub rows: usize,
    /// Columns of tiles, 1 to 6; two tiles at least.
    pub columns: usize,
    /// Whether the shuffled tiles are shown as one picture, each in another's place, instead of one by one.
    pub in_place: bool,
    /// Share of a tile's side that is cut away all around, so that edges do not meet, 0 to 0.4.
    pub margin: f64,
    /// What an order that is right in part earns.
    pub credit: TileCredit,
    /// Mended, or as in the paper's code (tiles one by one, of any shape).
    pub construction: Construction,
}

impl Default for JigsawConfig {
    fn default() -> Self {
        Self {
            show: Show::default(),
            rows: 2,
            columns: 2,
            in_place: false,
            margin: 0.0,
            credit: TileCredit::Positions,
            construction: Construction::Mended,
        }
    }
}

/// Smallest side of a tile that is cut at all.
const SHORTEST: usize = 6;

/// Which tile belongs to each place?
pub struct Jigsaw {
    config: JigsawConfig,
    grid: Grid,
    verifier: Either<Tiles>,
}

impl PretextTask for Jigsaw {
    const NAME: &'static str = "vision/jigsaw";
    const SUMMARY: &'static str = "which tile of a cut and shuffled picture belongs to each place";
    type Config = JigsawConfig;
    type Input = Album;
    type Truth = EitherTruth<TileTruth>;
    type Verifier = Either<Tiles>;

    fn new(config: JigsawConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "rows", &config.rows, 1..=6)?;
        knobs::check(Self::NAME, "columns", &config.columns, 1..=6)?;
        knobs::check(Self::NAME, "margin", &config.margin, 0.0..=0.4)?;
        let grid = Grid { rows: config.rows, columns: config.columns };
        if grid.count() < 2 {
            return Err(knobs::invalid(Self::NAME, "columns", "2 or more where there is one row", "1"));
        }
        if config.show.size / config.rows.max(config.columns) < SHORTEST {
            let expected = format!("{SHORTEST} pixels or more for each tile");
            return Err(knobs::invalid(Self::NAME, "show.size", expected, config.show.size.to_string()));
        }
        Ok(Self { config, grid, verifier: Either::default() })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<Self::Truth>> {
        match self.config.construction {
            Construction::Mended => self.mended(album, rng),
            Construction::Paper => self.as_in_the_paper(album, rng),
        }
    }

    fn verifier(&self) -> &Either<Tiles> {
        &self.verifier
    }

    fn oracle(&self, truth: &Self::Truth) -> String {
        truth.oracle(TileTruth::right_answer)
    }

    fn chance(&self, truth: &Self::Truth) -> f32 {
        match truth {
            EitherTruth::Mended(truth) => truth.blind_score(),
            EitherTruth::Paper(_) => 1.0 / self.grid.count() as f32,
        }
    }

    fn levels(config: &JigsawConfig) -> Vec<JigsawConfig> {
        [(1, 2), (1, 3), (2, 2), (2, 3), (3, 3), (4, 4)]
            .map(|(rows, columns)| JigsawConfig { rows, columns, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

impl Jigsaw {
    fn mended(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<EitherTruth<TileTruth>>> {
        let picked = album.draw(self.config.show.size, rng)?;
        let tiles: Vec<Picture> = self.grid.tiles(&picked.picture).iter().map(|tile| self.trimmed(tile)).collect();
        for (at, tile) in tiles.iter().enumerate() {
            if tiles[..at].iter().any(|other| other != tile && nearly_equal(other, tile)) {
                return album.reject(Rejection::SelfSimilar);
            }
        }
        let (shown, order) = shuffled(&tiles, rng);
        let alike =
            shown.iter().map(|tile| shown.iter().position(|other| other == tile).map_or(0, |at| at + 1)).collect();
        let truth =
            TileTruth { alike, ..TileTruth::new((self.grid.rows, self.grid.columns), order, self.config.credit) };
        // Where every tile is the same any order is right.
        if truth.blind_score() >= 1.0 {
            return album.reject(Rejection::Flat);
        }
        let question = self.question();
        let prompt = if self.config.in_place {
            self.config.show.ask(&[self.grid.joined(&shown, 0)?], &question, "numbers")?
        } else {
            self.config.show.ask(&shown, &question, "numbers")?
        };
        Some(Sample { prompt, truth: EitherTruth::Mended(truth) })
    }

    /// The tile without its margin.
    fn trimmed(&self, tile: &Picture) -> Picture {
        let cut = |side: usize| (side as f64 * self.config.margin / 2.0) as usize;
        let mut inner = tile.area();
        (inner.left, inner.top) = (cut(inner.width), cut(inner.height));
        (inner.width, inner.height) = (inner.width - 2 * inner.left, inner.height - 2 * inner.top);
        tile.crop(inner)
    }

    fn question(&self) -> String {
        let count = self.grid.count();
        let example: Vec<String> = (1..=count).rev().map(|number| number.to_string()).collect();
        let how = if self.config.in_place {
            format!("The tiles of this picture were shuffled. They are numbered {} as shown.", self.grid.plan())
        } else {
            format!(
                "These {count} pictures are the tiles of one, cut into {} by {} (rows by columns) and shuffled.",
                self.grid.rows, self.grid.columns
            )
        };
        format!(
            "{how} Which tile belongs to each place, row by row? For example, {} puts tile {count} first, at the top left.",
            example.join(", ")
        )
    }

    fn as_in_the_paper(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<EitherTruth<TileTruth>>> {
        let whole = album.draw_whole(rng)?.picture;
        let tiles = self.grid.tiles(&whole);
        if tiles.iter().any(|tile| tile.width().min(tile.height()) < PaperTruth::SHORTEST_SIDE) {
            return album.reject(Rejection::Small);
        }
        let (shown, order) = shuffled(&tiles, rng);
        let text = format!(
            "A picture was cut into {} rows and {} columns of tiles, and the tiles were shuffled; they are shown above. For every \
             place of the picture, row by row, give the number of the shown tile that belongs there (the first is 1), separated \
             by commas.\nThink about it step by step and give your answer in this form:\n<think> your reasoning </think> <answer> \
             the numbers </answer>",
            self.grid.rows, self.grid.columns
        );
        let list = order.into_iter().map(|number| number as i64).collect();
        Some(Sample { prompt: prompt(&shown, text)?, truth: EitherTruth::Paper(PaperTruth::List(list)) })
    }
}

/// The tiles in random order, and for every place the number of the shown tile that belongs there.
fn shuffled(tiles: &[Picture], rng: &mut TaskRng) -> (Vec<Picture>, Vec<usize>) {
    let places = rng.permutation(tiles.len());
    let shown = places.iter().map(|&place| tiles[place].clone()).collect();
    let mut order = vec![0; tiles.len()];
    for (at, &place) in places.iter().enumerate() {
        order[place] = at + 1;
    }
    (shown, order)
}
