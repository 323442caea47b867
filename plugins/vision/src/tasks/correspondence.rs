//! `vision/correspondence`: which of several marked points of a second view is the one marked in the first.
//!
//! Both views show the same picture, the second cropped and recoloured by itself. Points lie apart, and their surroundings can be told
//! apart. Marks are coloured rings that leave the point itself free.
//!
//! The place of the first ring and those of the others are drawn before one of these is chosen to be the right one, which puts the crop
//! where it must lie for that. There is room for such a crop, and a question, whichever is chosen, so that places tell nothing.

use std::ops::Range;

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
    /// Side of the second view's crop, as a share of the picture's, 0.3 to 0.6.
    pub crop: f64,
    /// Whether colours of the second view are changed.
    pub recolour: bool,
    /// Whether the answer is the mark's colour or its letter.
    pub answer_style: AnswerStyle,
}

impl Default for CorrespondenceConfig {
    fn default() -> Self {
        Self { show: Show::default(), points: 3, crop: 0.5, recolour: false, answer_style: AnswerStyle::Text }
    }
}

const MARKS: [(&str, [u8; 3]); 4] =
    [("red", [255, 0, 0]), ("blue", [0, 60, 255]), ("yellow", [255, 255, 0]), ("magenta", [255, 0, 255])];
const WHITE: [u8; 3] = [255, 255, 255];
/// Distance between points at least, and from the edge, as one part of so many of the crop's side.
const APART: usize = 4;
const EDGE: usize = 8;

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
        knobs::check(Self::NAME, "crop", &config.crop, 0.3..=0.6)?;
        Ok(Self { config })
    }

    fn make(&self, album: &Album, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let size = self.config.show.size;
        let picked = album.draw(size, rng)?;
        let places = match self.places(&picked.picture, rng)? {
            Ok(places) => places,
            Err(reason) => return album.reject(reason),
        };
        let right = rng.below(self.config.points);
        let (crop, points) = (places.crop(right), places.points(right));
        let mut first = Picture::clone(&picked.picture);
        mark(&mut first, places.marked, picked.picture.area(), WHITE);
        let mut second = picked.picture.crop(crop).resized(size, size);
        if self.config.recolour {
            second = ViewSettings { mirror: 0.0, ..ViewSettings::WEAK }.recoloured(second, rng);
        }
        for (&point, (_, colour)) in points.iter().zip(MARKS) {
            mark(&mut second, point, crop, colour);
        }
        let names = MARKS[..self.config.points].iter().map(|(name, _)| *name);
        let truth = ChoiceTruth::new(names, right, self.config.answer_style);
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
        [(2, 0.6, false), (3, 0.5, false), (4, 0.4, false), (4, 0.4, true)]
            .map(|(points, crop, recolour)| CorrespondenceConfig { points, crop, recolour, ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, album: &Album) -> Option<String> {
        too_few(album, 1)
    }
}

/// A point, in pixels from the left and from the top.
type Point = (usize, usize);

/// Where marks lie before one of the rings is chosen to be the right one.
struct Places {
    /// The point marked in the first view.
    marked: Point,
    /// The rings, from the corner of the second view's crop.
    rings: Vec<Point>,
    /// The crop's side.
    length: usize,
}

impl Places {
    /// What the second view shows if the ring at `right` is the right one.
    fn crop(&self, right: usize) -> Area {
        let (x, y) = self.rings[right];
        Area::new(self.marked.0 - x, self.marked.1 - y, self.length, self.length)
    }

    /// The points of the rings then.
    fn points(&self, right: usize) -> Vec<Point> {
        let crop = self.crop(right);
        self.rings.iter().map(|(x, y)| (crop.left + x, crop.top + y)).collect()
    }

    /// Why there is no question where the ring at `right` is the right one.
    fn unfit(&self, right: usize, picture: &Picture) -> Option<Rejection> {
        let around = |point: &Point| picture.crop(surroundings(*point, picture.width()));
        let mut others: Vec<Picture> = self.points(right).iter().map(around).collect();
        let own = others.swap_remove(right);
        if own.is_flat() || others.iter().any(Picture::is_flat) {
            return Some(Rejection::Flat);
        }
        others.iter().any(|other| nearly_equal(other, &own)).then_some(Rejection::SelfSimilar)
    }
}

impl Correspondence {
    /// Places of which any ring may be the right one: drawn a few times, so that a picture is given up only where it has few.
    fn places(&self, picture: &Picture, rng: &mut TaskRng) -> Option<Result<Places, Rejection>> {
        const DRAWS: usize = 16;
        let mut reason = None;
        for _ in 0..DRAWS {
            let Some(places) = self.drawn(picture.width(), rng) else { continue };
            reason = (0..self.config.points).find_map(|right| places.unfit(right, picture));
            if reason.is_none() {
                return Some(Ok(places));
            }
        }
        reason.map(Err)
    }

    /// The point of the first ring, and where the others lie.
    fn drawn(&self, size: usize, rng: &mut TaskRng) -> Option<Places> {
        let length = (size as f64 * self.config.crop) as usize;
        // A crop with the point in its middle fits into the picture.
        let mut place = || length / 2 + rng.below(size - length + 1);
        let marked = (place(), place());
        let [across, down] = [marked.0, marked.1].map(|at| reach(at, length, size));
        let rings = self.rings(&across, &down, length, rng)?;
        Some(Places { marked, rings, length })
    }

    /// Rings within these places, away from one another, in any order.
    fn rings(
        &self,
        across: &Range<usize>,
        down: &Range<usize>,
        length: usize,
        rng: &mut TaskRng,
    ) -> Option<Vec<Point>> {
        const DRAWS: usize = 64;
        let mut rings: Vec<Point> = Vec::with_capacity(self.config.points);
        for _ in 0..DRAWS {
            let (x, y) = (across.start + rng.below(across.len()), down.start + rng.below(down.len()));
            let far = |&(other_x, other_y): &Point| {
                x.abs_diff(other_x).pow(2) + y.abs_diff(other_y).pow(2) >= (length / APART).pow(2)
            };
            if rings.iter().all(far) {
                rings.push((x, y));
            }
            if rings.len() == self.config.points {
                rng.shuffle(&mut rings);
                return Some(rings);
            }
        }
        None
    }
}

/// Where within a crop, away from its edge, the point at `at` may lie so that the crop lies within the picture.
fn reach(at: usize, length: usize, size: usize) -> Range<usize> {
    let edge = length / EDGE;
    edge.max((at + length).saturating_sub(size))..(length - edge).min(at + 1)
}

/// The pixels by which a point is known again.
fn surroundings((x, y): Point, size: usize) -> Area {
    let reach = (size / 10).max(3);
    Area::new(x.saturating_sub(reach), y.saturating_sub(reach), 2 * reach, 2 * reach)
}

/// Draws a ring of dots around a point, which is given in pixels of the whole of which `picture` shows `area`.
fn mark(picture: &mut Picture, (x, y): Point, area: Area, colour: [u8; 3]) {
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
