//! `vision/crop-box`: the rectangle of a picture that a crop shows.
//!
//! The answer is `left, top, right, bottom` in pixels of the picture as shown, as Qwen2.5-VL writes places, or in thousandths of
//! its sides, as Qwen3-VL does. The score is the overlap over the union. Chance is what the best rectangle earns that is
//! given always, found by trying many on the distribution of crops.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::{PretextTask, Sample, Split, TaskError, TaskRng, protocol};

use crate::picture::Area;
use crate::question::{BoxTruth, Boxes, Grid, Show, knobs, overlap_over_union, too_few};
use crate::source::{Album, Rejection};

/// What places are given in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Pixels of the picture as shown.
    #[default]
    Pixels,
    /// Thousandths of the picture's sides.
    Thousandths,
}

/// Settings of [`CropBox`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CropBoxConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Least and most side of the crop, as a share of the picture's side, 0.1 to 0.9.
    pub crop: (f64, f64),
    /// Longer side of the crop as shown, in pixels, 28 to 2048.
    pub piece: usize,
    /// What places are given in.
    pub unit: Unit,
    /// Overlap over union from which an answer is right, 0.5 to 1.
    pub full: f64,
    /// Overlap over union below which an answer earns nothing, 0 to `full`.
    pub floor: f64,
}

impl Default for CropBoxConfig {
    fn default() -> Self {
        Self { show: Show::default(), crop: (0.3, 0.6), piece: 56, unit: Unit::Pixels, full: 0.9, floor: 0.0 }
    }
}

/// Which rectangle does a crop show?
pub struct CropBox {
    config: CropBoxConfig,
    chance: f32,
}

impl PretextTask for CropBox {
    const NAME: &'static str = "vision/crop-box";
    const SUMMARY: &'static str = "the rectangle of a picture that a crop shows";
    type Config = CropBoxConfig;
    type Input = Album;
    type Truth = BoxTruth;
    type Verifier = Boxes;

    fn new(config: CropBoxConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "piece", &config.piece, knobs::SIDES)?;
        knobs::check(Self::NAME, "crop", &config.crop.0, 0.1..=0.9)?;
        knobs::check(Self::NAME, "crop", &config.crop.1, config.crop.0..=0.9)?;
        knobs::check(Self::NAME, "full", &config.full, 0.5..=1.0)?;
        knobs::check(Self::NAME, "floor", &config.floor, 0.0..=config.full)?;
        let mut task = Self { config, chance: 0.0 };
        task.chance = task.best_constant();
        Ok(task)
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<BoxTruth>> {
        let size = self.config.show.size;
        let area = self.area(rng);
        let picked = album.draw(size, rng)?;
        let crop = picked.picture.crop(area);
        if crop.is_flat() {
            return album.reject(Rejection::Flat);
        }
        if super::search::fits_elsewhere(&picked.picture, area, Grid::square(size.min(SEARCHED))) {
            return album.reject(Rejection::SelfSimilar);
        }
        let longer = area.width.max(area.height);
        let scaled = |length: usize| (length * self.config.piece / longer).max(1);
        let piece = crop.resized(scaled(area.width), scaled(area.height));
        let truth = self.truth(area);
        let unit = match self.config.unit {
            Unit::Pixels => format!("pixels of picture 1, which is {size} by {size}"),
            Unit::Thousandths => "thousandths of picture 1's sides".to_owned(),
        };
        let question = format!("Picture 2 was cut from picture 1. Which rectangle is it, in {unit}?");
        let prompt = self.config.show.ask(&[&*picked.picture, &piece], &question, "left, top, right, bottom")?;
        Some(Sample { prompt, truth })
    }

    fn verifier(&self) -> &Boxes {
        &Boxes
    }

    fn oracle(&self, truth: &BoxTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &BoxTruth) -> f32 {
        truth.chance
    }

    fn levels(config: &CropBoxConfig) -> Vec<CropBoxConfig> {
        [(0.5, 0.8), (0.3, 0.6), (0.2, 0.4), (0.1, 0.3)].map(|crop| CropBoxConfig { crop, ..config.clone() }).to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

/// Cells across the picture that the search for a second place tells apart.
const SEARCHED: usize = 8;

impl CropBox {
    /// A rectangle: sides and place uniform.
    fn area(&self, rng: &mut TaskRng) -> Area {
        let size = self.config.show.size;
        let (least, most) = self.config.crop;
        let (least, most) = ((size as f64 * least) as usize, (size as f64 * most) as usize);
        let mut length = || (least + rng.below(most - least + 1)).clamp(4, size);
        let (width, height) = (length(), length());
        Area::new(rng.below(size - width + 1), rng.below(size - height + 1), width, height)
    }

    fn truth(&self, area: Area) -> BoxTruth {
        let size = self.config.show.size;
        let placed = |at: usize| match self.config.unit {
            Unit::Pixels => at as i64,
            Unit::Thousandths => ((at * 1000 + size / 2) / size) as i64,
        };
        let corners = [area.left, area.top, area.left + area.width, area.top + area.height].map(placed);
        BoxTruth { corners, full: self.config.full, floor: self.config.floor, chance: self.chance }
    }

    /// What the best constant rectangle earns: centred squares and halves of many sizes, on drawn crops.
    fn best_constant(&self) -> f32 {
        const CROPS: u64 = 2000;
        const STEPS: usize = 20;
        let size = self.config.show.size as f64;
        let crops: Vec<[f64; 4]> = (0..CROPS)
            .map(|index| {
                let area = self.area(&mut TaskRng::new(0, "vision/crop-box/chance", Split::Train, index));
                [area.left, area.top, area.left + area.width, area.top + area.height].map(|corner| corner as f64)
            })
            .collect();
        let truth = self.truth(Area::new(0, 0, 1, 1));
        let mut best = 0.0_f64;
        for across in 1..=STEPS {
            for down in across.saturating_sub(2).max(1)..=(across + 2).min(STEPS) {
                let half = |steps: usize| size * steps as f64 / (2 * STEPS) as f64;
                let middle = size / 2.0;
                let given = [middle - half(across), middle - half(down), middle + half(across), middle + half(down)];
                let earned: f64 = crops.iter().map(|crop| truth.credit(overlap_over_union(given, *crop))).sum();
                best = best.max(earned / crops.len() as f64);
            }
        }
        best as f32
    }
}
