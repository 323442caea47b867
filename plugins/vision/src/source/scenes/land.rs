//! Sky, sun, clouds, hills and ground.

use ssl4rl_tasks::TaskRng;

use crate::picture::{Paint, Picture, Shape, UNITS};

/// Where the sky ends, and the colours of the hour.
pub(super) struct Land {
    /// Height of the horizon, in units from the top.
    pub(super) horizon: i64,
    hour: Hour,
}

/// Colours of a time of day.
#[derive(Clone, Copy)]
struct Hour {
    zenith: [u8; 3],
    horizon: [u8; 3],
    sun: [u8; 3],
    cloud: [u8; 3],
    hill: [u8; 3],
    near: [u8; 3],
    far: [u8; 3],
    /// Light on things, in parts of 256.
    light: i32,
}

const HOURS: [Hour; 5] = [
    Hour {
        zenith: [58, 120, 206],
        horizon: [176, 214, 240],
        sun: [255, 236, 120],
        cloud: [250, 250, 252],
        hill: [96, 136, 120],
        near: [84, 148, 60],
        far: [138, 182, 96],
        light: 256,
    },
    Hour {
        zenith: [74, 62, 128],
        horizon: [244, 150, 96],
        sun: [255, 196, 92],
        cloud: [232, 150, 140],
        hill: [92, 74, 110],
        near: [86, 92, 52],
        far: [150, 118, 82],
        light: 216,
    },
    Hour {
        zenith: [148, 168, 190],
        horizon: [214, 222, 228],
        sun: [246, 244, 226],
        cloud: [188, 196, 206],
        hill: [112, 130, 134],
        near: [104, 132, 82],
        far: [150, 168, 124],
        light: 232,
    },
    Hour {
        zenith: [18, 24, 60],
        horizon: [56, 74, 122],
        sun: [240, 240, 222],
        cloud: [74, 84, 120],
        hill: [34, 44, 66],
        near: [36, 62, 46],
        far: [52, 76, 66],
        light: 150,
    },
    Hour {
        zenith: [86, 154, 214],
        horizon: [214, 232, 246],
        sun: [255, 240, 150],
        cloud: [246, 250, 255],
        hill: [176, 190, 206],
        near: [214, 188, 132],
        far: [236, 218, 172],
        light: 256,
    },
];

impl Land {
    pub(super) fn drawn(rng: &mut TaskRng) -> Self {
        Self { horizon: 1700 + rng.below(900) as i64, hour: HOURS[rng.below(HOURS.len())] }
    }

    /// A colour of a thing in the light of the hour.
    pub(super) fn lit(&self, colour: [u8; 3]) -> [u8; 3] {
        colour.map(|level| (i32::from(level) * self.hour.light / 256) as u8)
    }

    /// Everything on which nothing stands yet.
    pub(super) fn backdrop(&self, size: usize, rng: &mut TaskRng) -> Option<Picture> {
        let sky_line = (self.horizon * size as i64 / UNITS) as usize;
        let mut picture = Picture::from_pixels(size, size, |_, y| {
            mixed(self.hour.zenith, self.hour.horizon, y as i64, sky_line.max(1) as i64)
        })?;
        self.draw_sun(&mut picture, rng);
        for _ in 0..=rng.below(3) {
            self.draw_cloud(&mut picture, rng);
        }
        for _ in 0..2 + rng.below(2) {
            self.draw_hill(&mut picture, rng);
        }
        let ground = (size - sky_line).max(1) as i64;
        for y in sky_line..size {
            let colour = mixed(self.hour.far, self.hour.near, (y - sky_line) as i64, ground);
            picture.fill(crate::picture::Area::new(0, y, size, 1), colour);
        }
        self.draw_tufts(&mut picture, rng);
        Some(picture)
    }

    fn draw_sun(&self, picture: &mut Picture, rng: &mut TaskRng) {
        let (x, y) = (300 + rng.below(3500) as i64, 300 + rng.below(self.horizon as usize - 900) as i64);
        let radius = 200 + rng.below(140) as i64;
        let disc = |radius| Shape::Ellipse { x, y, across: radius, down: radius };
        picture.draw(&disc(radius * 7 / 4), Paint { colour: self.hour.sun, opacity: 70 });
        picture.draw(&disc(radius), Paint::solid(self.hour.sun));
    }

    fn draw_cloud(&self, picture: &mut Picture, rng: &mut TaskRng) {
        let (x, y) = (rng.below(UNITS as usize) as i64, 200 + rng.below(self.horizon as usize - 700) as i64);
        let size = 240 + rng.below(260) as i64;
        for (across, up, share) in [(-90, 0, 70), (-20, 35, 90), (60, 20, 75), (120, -5, 50)] {
            let puff = Shape::Ellipse {
                x: x + across * size / 100,
                y: y - up * size / 100,
                across: size * share / 100,
                down: size * share * 6 / 1000,
            };
            picture.draw(&puff, Paint { colour: self.hour.cloud, opacity: 225 });
        }
    }

    fn draw_hill(&self, picture: &mut Picture, rng: &mut TaskRng) {
        let across = 700 + rng.below(1100) as i64;
        let hill = Shape::Ellipse {
            x: rng.below(UNITS as usize) as i64,
            y: self.horizon + 60,
            across,
            down: across * (30 + rng.below(35) as i64) / 100,
        };
        let shade = 226 + rng.below(60) as i32;
        let colour = self.hour.hill.map(|level| (i32::from(level) * shade / 256).min(255) as u8);
        picture.draw(&hill, Paint::solid(colour));
    }

    /// Blades and stones, larger towards the foreground: they tell apart places of the ground.
    fn draw_tufts(&self, picture: &mut Picture, rng: &mut TaskRng) {
        let ground = UNITS - self.horizon;
        for _ in 0..26 + rng.below(14) {
            let depth = rng.below(1000) as i64;
            let (x, y) = (rng.below(UNITS as usize) as i64, self.horizon + 40 + depth * (ground - 80) / 1000);
            let size = 30 + depth * 9 / 100;
            let shade = if rng.coin() { 190 } else { 300 };
            let colour = self.hour.near.map(|level| (i32::from(level) * shade / 256).min(255) as u8);
            let tuft = if rng.coin() {
                Shape::Polygon(vec![(x - size, y), (x + size, y), (x + size / 4, y - 2 * size)])
            } else {
                Shape::Ellipse { x, y, across: size * 3 / 2, down: size * 3 / 4 }
            };
            picture.draw(&tuft, Paint::solid(colour));
        }
    }
}

/// `part / whole` of the way from one colour to another.
fn mixed(from: [u8; 3], to: [u8; 3], part: i64, whole: i64) -> [u8; 3] {
    let part = part.clamp(0, whole);
    std::array::from_fn(|channel| {
        let (from, to) = (i64::from(from[channel]), i64::from(to[channel]));
        (from + (to - from) * part / whole) as u8
    })
}
