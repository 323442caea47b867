//! `vision/correspondence`: which of several marked points of a second view is the one marked in the first.
//!
//! Both views show the same picture, the second cropped and recoloured by itself. Points lie apart, and their surroundings can be told
//! apart. Marks are coloured rings that leave the point itself free.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{PretextTask, Sample, TaskError, TaskRng, protocol};

use crate::picture::{Area, Paint, Picture, Shape, UNITS, ViewSettings};
use crate::question::{Show, knobs, nearly_equal, too_few};
use crate::source::{Album, Rejection};

/// Settings of [`Correspondence`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorrespondenceConfig {
    /// How pictures are shown.
    pub show: Show,
    /// Marked points of the second view, 2 to 4.
    pub points: usize,
    /// Least side of the second view's crop, as a share of the picture's, 0.6 to 1.
    pub crop: f64,
    /// Whether colours of the second view are changed.
    pub recolour: bool,
    /// Whether the answer is the mark's colour or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for CorrespondenceConfig {
    fn default() -> Self {
        Self { show: Show::default(), points: 3, crop: 0.75, recolour: false, answer_style: AnswerStyle::Text }
    }
}

const MARKS: [(&str, [u8; 3]); 4] =
    [("red", [255, 0, 0]), ("blue", [0, 60, 255]), ("yellow", [255, 255, 0]), ("magenta", [255, 0, 255])];
const WHITE: [u8; 3] = [255, 255, 255];
/// Distance between points at least, as one part of so many of the picture's side.
const APART: usize = 4;

/// Which mark is at the same point?
pub struct Correspondence {
    config: CorrespondenceConfig,
}

impl PretextTask for Correspondence {
    const NAME: &'static str = "vision/correspondence";
    const SUMMARY: &'static str = "which marked point of a second view is the one marked in the first";
    type Config = CorrespondenceConfig;
    type Input = Album;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: CorrespondenceConfig) -> Result<Self, TaskError> {
        config.show.check(Self::NAME)?;
        knobs::check(Self::NAME, "points", &config.points, 2..=4)?;
        knobs::check(Self::NAME, "crop", &config.crop, 0.6..=1.0)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let size = self.config.show.size;
        let picked = album.draw(size, rng)?;
        let crop = self.crop(size, rng);
        let points = self.points(crop, rng)?;
        let around: Vec<Picture> = points.iter().map(|&(x, y)| picked.picture.crop(surroundings(x, y, size))).collect();
        if around.iter().any(Picture::is_flat) {
            return album.reject(Rejection::Flat);
        }
        if around[1..].iter().any(|other| nearly_equal(other, &around[0])) {
            return album.reject(Rejection::SelfSimilar);
        }
        let mut first = Picture::clone(&picked.picture);
        mark(&mut first, points[0], picked.picture.area(), WHITE);
        let mut second = picked.picture.crop(crop).resized(size, size);
        if self.config.recolour {
            second = ViewSettings { mirror: 0.0, ..ViewSettings::WEAK }.recoloured(second, rng);
        }
        // The right point has any of the colours.
        let colours = rng.permutation(self.config.points);
        for (&point, &colour) in points.iter().zip(&colours) {
            mark(&mut second, point, crop, MARKS[colour].1);
        }
        let names = MARKS[..self.config.points].iter().map(|(name, _)| *name);
        let truth = ChoiceTruth::new(names, colours[0], self.config.answer_style);
        let question = "Picture 2 is a part of picture 1, enlarged. Which ring of picture 2 is at the point of the white ring of \
                        picture 1?";
        let prompt = self.config.show.ask_choice(&[first, second], question, &truth, "colour")?;
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

    fn levels(config: &CorrespondenceConfig) -> Vec<CorrespondenceConfig> {
        [(2, 0.9, false), (3, 0.75, false), (4, 0.6, false), (4, 0.6, true)]
            .map(|(points, crop, recolour)| CorrespondenceConfig { points, crop, recolour, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

impl Correspondence {
    /// What the second view shows.
    fn crop(&self, size: usize, rng: &mut TaskRng) -> Area {
        let least = (size as f64 * self.config.crop) as usize;
        let length = least + rng.below(size - least + 1);
        Area::new(rng.below(size - length + 1), rng.below(size - length + 1), length, length)
    }

    /// Points within the crop, away from its edge and from one another.
    fn points(&self, crop: Area, rng: &mut TaskRng) -> Option<Vec<(usize, usize)>> {
        const DRAWS: usize = 64;
        let edge = crop.width / 8;
        let room = crop.width - 2 * edge;
        let mut points: Vec<(usize, usize)> = Vec::with_capacity(self.config.points);
        for _ in 0..DRAWS {
            let (x, y) = (crop.left + edge + rng.below(room), crop.top + edge + rng.below(room));
            let far = |&(other_x, other_y): &(usize, usize)| {
                x.abs_diff(other_x).pow(2) + y.abs_diff(other_y).pow(2) >= (crop.width / APART).pow(2)
            };
            if points.iter().all(far) {
                points.push((x, y));
            }
            if points.len() == self.config.points {
                return Some(points);
            }
        }
        None
    }
}

/// The pixels by which a point is known again.
fn surroundings(x: usize, y: usize, size: usize) -> Area {
    let reach = (size / 10).max(3);
    Area::new(x.saturating_sub(reach), y.saturating_sub(reach), 2 * reach, 2 * reach)
}

/// Draws a ring of dots around a point, which is given in pixels of the whole of which `picture` shows `area`.
fn mark(picture: &mut Picture, (x, y): (usize, usize), area: Area, colour: [u8; 3]) {
    const RADIUS: i64 = UNITS / 16;
    const DOT: i64 = UNITS / 72;
    let place = |at: usize, start: usize, length: usize| (2 * (at - start) as i64 + 1) * UNITS / (2 * length as i64);
    let (x, y) = (place(x, area.left, area.width), place(y, area.top, area.height));
    // Eight points of a circle, in hundredths of the radius.
    let ring = [(100, 0), (71, 71), (0, 100), (-71, 71), (-100, 0), (-71, -71), (0, -100), (71, -71)];
    let at = |(right, down): (i64, i64)| (x + right * RADIUS / 100, y + down * RADIUS / 100);
    for (radius, colour) in [(DOT * 8 / 5, [0; 3]), (DOT, colour)] {
        for (from, to) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            picture.draw(&Shape::Line { from: at(*from), to: at(*to), radius }, Paint::solid(colour));
        }
    }
}
