//! Augmented views, as contrastive learning draws them (crop, colour jitter, grey, blur, solarise, equalise, flip).
//!
//! Numbers of the weak and the strong setting are those of the paper's configuration files.

use ssl4rl_tasks::TaskRng;

use super::colour::WHOLE;
use super::{Area, Flip, Picture};

/// How far a view may differ from its picture. Probabilities and shares are in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ViewSettings {
    /// Least and most share of the picture's pixels that the crop holds; aspect ratio 3/4 to 4/3.
    pub crop: (f64, f64),
    /// Probability of jitter in brightness, contrast, saturation and hue.
    pub jitter: f64,
    /// How far jitter goes: the factors of brightness, contrast and saturation up to so much from 1, the hue up to a quarter of it
    /// of the colour circle.
    pub reach: f64,
    /// Probability of grey.
    pub grey: f64,
    /// Probability of blur.
    pub blur: f64,
    /// Probability that bright colours are inverted.
    pub solarise: f64,
    /// Probability that levels are spread evenly.
    pub equalise: f64,
    /// Probability that left and right change places.
    pub mirror: f64,
}

impl ViewSettings {
    /// The paper's weak setting.
    pub const WEAK: Self = Self {
        crop: (0.08, 1.0),
        jitter: 0.8,
        reach: 0.8,
        grey: 0.2,
        blur: 0.5,
        solarise: 0.0,
        equalise: 0.0,
        mirror: 0.5,
    };
    /// The paper's strong setting.
    pub const STRONG: Self = Self {
        crop: (0.08, 0.3),
        jitter: 0.8,
        reach: 0.8,
        grey: 0.8,
        blur: 0.8,
        solarise: 0.8,
        equalise: 0.8,
        mirror: 0.5,
    };
    /// A view that stays easy to know again: most of the picture, a little jitter.
    pub const MILD: Self = Self {
        crop: (0.5, 1.0),
        jitter: 0.5,
        reach: 0.3,
        grey: 0.0,
        blur: 0.0,
        solarise: 0.0,
        equalise: 0.0,
        mirror: 0.0,
    };

    /// A view of `size` by `size` pixels.
    pub fn draw(&self, picture: &Picture, size: usize, rng: &mut TaskRng) -> Picture {
        let cropped = picture.crop(random_crop(picture, self.crop, rng));
        self.recoloured(cropped.resized(size, size), rng)
    }

    /// Two views of one picture whose crops have at least `shared` of the smaller one in common; the second is the middle of the
    /// first where 16 draws do not.
    pub fn draw_overlapping(&self, picture: &Picture, size: usize, shared: f64, rng: &mut TaskRng) -> [Picture; 2] {
        const DRAWS: usize = 16;
        let first = random_crop(picture, self.crop, rng);
        let second = (0..DRAWS)
            .map(|_| random_crop(picture, self.crop, rng))
            .find(|second| first.overlap(second) as f64 >= shared * first.size().min(second.size()) as f64);
        let [left, top, width, height] = [first.left + first.width / 8, first.top + first.height / 8, 3, 3];
        let middle = Area::new(left, top, first.width * width / 4, first.height * height / 4);
        [first, second.unwrap_or(middle)].map(|crop| self.recoloured(picture.crop(crop).resized(size, size), rng))
    }

    /// The picture with everything but the crop.
    pub fn recoloured(&self, picture: Picture, rng: &mut TaskRng) -> Picture {
        let mut view = picture;
        if rng.unit() < self.jitter {
            view = jittered(view, self.reach, rng);
        }
        if rng.unit() < self.grey {
            view = view.grey();
        }
        if rng.unit() < self.blur {
            // A deviation of 0.1 to 2 pixels in a view of 224.
            let deviation = 0.1 + 1.9 * rng.unit();
            view = view.blurred((deviation * view.width() as f64 / 224.0).round() as usize);
        }
        if rng.unit() < self.solarise {
            view = view.solarised(128);
        }
        if rng.unit() < self.equalise {
            view = view.equalised();
        }
        if rng.unit() < self.mirror {
            view = view.flipped(Flip::LeftRight);
        }
        view
    }
}

/// A rectangle with a share of the picture's pixels within `share` and an aspect ratio of 3/4 to 4/3; the largest centred
/// square where ten draws do not fit.
fn random_crop(picture: &Picture, share: (f64, f64), rng: &mut TaskRng) -> Area {
    const DRAWS: usize = 10;
    let (width, height) = (picture.width(), picture.height());
    for _ in 0..DRAWS {
        let pixels = (share.0 + (share.1 - share.0) * rng.unit()) * (width * height) as f64;
        // Uniform between 1 and 4/3, then upright or lying: no logarithm, which platforms round differently.
        let stretch = 1.0 + rng.unit() / 3.0;
        let aspect = if rng.coin() { stretch } else { 1.0 / stretch };
        let (crop_width, crop_height) =
            ((pixels * aspect).sqrt().round() as usize, (pixels / aspect).sqrt().round() as usize);
        if (1..=width).contains(&crop_width) && (1..=height).contains(&crop_height) {
            let (left, top) = (rng.below(width - crop_width + 1), rng.below(height - crop_height + 1));
            return Area::new(left, top, crop_width, crop_height);
        }
    }
    Area::centre_square(width, height)
}

/// Brightness, contrast, saturation and hue moved, in random order.
fn jittered(picture: Picture, reach: f64, rng: &mut TaskRng) -> Picture {
    // Parts of the colour circle.
    const CIRCLE: f64 = 1536.0;
    let mut view = picture;
    for change in rng.permutation(4) {
        let off = reach * (2.0 * rng.unit() - 1.0);
        let factor = (f64::from(WHOLE) * (1.0 + off)) as i32;
        view = match change {
            0 => view.brightened(factor),
            1 => view.contrasted(factor),
            2 => view.saturated(factor),
            _ => view.hue_turned((CIRCLE * off / 4.0) as i32),
        };
    }
    view
}
