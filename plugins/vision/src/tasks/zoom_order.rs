//! `vision/zoom-order`: views of one picture from the widest to the closest.
//!
//! The views are nested crops around one point, shown at one size. All are taken from the detail that the closest has, so that
//! sharpness tells nothing: before they are cut, wide views are as coarse as the closest one is after scaling.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{OrderCredit, Ordering, OrderingTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Area, Picture};
use crate::question::{Show, knobs, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`ZoomOrder`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ZoomOrderConfig {
    /// How pictures are shown; the size is that of the whole picture, which is not shown.
    pub show: Show,
    /// Views, 2 to 6.
    pub views: usize,
    /// Side of a view as a share of the next wider one's, 0.4 to 0.95.
    pub ratio: f64,
    /// Side of a view as shown, in pixels, 28 to 2048.
    pub piece: usize,
    /// What an order that is right in part earns.
    pub credit: OrderCredit,
}

impl Default for ZoomOrderConfig {
    fn default() -> Self {
        Self { show: Show::default(), views: 3, ratio: 0.7, piece: 56, credit: OrderCredit::Pairs }
    }
}

/// Least side of the widest view, as a share of the picture's.
const NARROWEST: f64 = 0.875;
/// Least side of the closest view, in pixels of the picture.
const SHORTEST: f64 = 10.0;

/// Views from the widest to the closest.
pub struct ZoomOrder {
    config: ZoomOrderConfig,
}

impl PretextTask for ZoomOrder {
    const NAME: &'static str = "vision/zoom-order";
    const SUMMARY: &'static str = "views of one picture from the widest to the closest";
    type Config = ZoomOrderConfig;
    type Input = Album;
    type Truth = OrderingTruth;
    type Verifier = Ordering;

    fn new(config: ZoomOrderConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "views", &config.views, 2..=6)?;
        knobs::check(Self::NAME, "ratio", &config.ratio, 0.4..=0.95)?;
        knobs::check(Self::NAME, "piece", &config.piece, knobs::SIDES)?;
        let closest = config.show.size as f64 * NARROWEST * config.ratio.powi(config.views as i32 - 1);
        if closest < SHORTEST {
            let expected = format!("so large that the closest view has {SHORTEST} pixels, not {closest:.1}");
            return Err(knobs::invalid(Self::NAME, "show.size", expected, config.show.size.to_string()));
        }
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<OrderingTruth>> {
        let size = self.config.show.size;
        let picked = album.draw(size, rng)?;
        let areas = self.nested(size, rng);
        let closest = areas.last()?.width;
        let views: Vec<Picture> = areas
            .iter()
            .map(|area| {
                let detail = picked.picture.crop(*area).resized(closest, closest);
                detail.resized(self.config.piece, self.config.piece)
            })
            .collect();
        if views.iter().any(Picture::is_flat) {
            return album.reject(Rejection::Flat);
        }
        let (shown, order) = super::ordered(views, rng);
        let truth = OrderingTruth::new(order, self.config.credit);
        let question =
            "These pictures show one place from near and far. Order them from the widest view to the closest.";
        let prompt = self.config.show.ask(&shown, question, "numbers")?;
        Some(Sample { prompt, truth })
    }

    fn verifier(&self) -> &Ordering {
        &Ordering
    }

    fn oracle(&self, truth: &OrderingTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &OrderingTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &ZoomOrderConfig) -> Vec<ZoomOrderConfig> {
        [(2, 0.6), (3, 0.7), (4, 0.75), (5, 0.8)]
            .map(|(views, ratio)| ZoomOrderConfig { views, ratio, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

impl ZoomOrder {
    /// Squares from the widest to the closest, each within the one before.
    fn nested(&self, size: usize, rng: &mut TaskRng) -> Vec<Area> {
        let narrowest = (size as f64 * NARROWEST) as usize;
        let widest = narrowest + rng.below(size - narrowest + 1);
        let mut area = Area::new(rng.below(size - widest + 1), rng.below(size - widest + 1), widest, widest);
        let mut areas = vec![area];
        for _ in 1..self.config.views {
            let length = ((area.width as f64 * self.config.ratio) as usize).max(1);
            // Not at the very edge of the wider one, which would not show what surrounds it.
            let room = area.width - length;
            let place = |rng: &mut TaskRng| room / 4 + rng.below(room / 2 + 1);
            area = Area::new(area.left + place(rng), area.top + place(rng), length, length);
            areas.push(area);
        }
        areas
    }
}
