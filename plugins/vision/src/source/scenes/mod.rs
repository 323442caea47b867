//! Drawn scenes: sky above, ground below, a sun, hills, and houses, trees and people that stand one behind the other.
//!
//! Which way is up is unmistakable, nothing is mirror-symmetric, and what is nearer hides what is farther. A scene is a function of
//! `(seed, index)` and its size; every step is integer arithmetic, so that it has the same pixels on every platform.
//!
//! ```
//! use ssl4rl_vision::source::scenes::Scenes;
//! let scenes: Scenes = "size=56,count=10".parse().unwrap();
//! let scene = scenes.draw(3).unwrap();
//! assert_eq!((scene.width(), scene.height()), (56, 56));
//! let brightness = |y: usize| scene.row(y).iter().map(|&level| u64::from(level)).sum::<u64>();
//! assert_ne!(brightness(0), brightness(55));
//! ```

mod land;
mod things;

use std::fmt;
use std::str::FromStr;

use ssl4rl_tasks::{Split, TaskRng};

use super::SourceError;
use crate::picture::{Picture, UNITS};
use land::Land;
use things::{Stand, Thing};

/// What the source is called.
pub const NAME: &str = "scenes";

/// Which scenes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenes {
    /// Pixels of a side, 28 to 2048.
    pub size: usize,
    /// How many there are, 1 to 1,000,000.
    pub count: u64,
    /// Another seed, other scenes.
    pub seed: u64,
}

impl Default for Scenes {
    fn default() -> Self {
        Self { size: 84, count: 4096, seed: 0 }
    }
}

impl fmt::Display for Scenes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{NAME}:size={},count={},seed={}", self.size, self.count, self.seed)
    }
}

impl FromStr for Scenes {
    type Err = SourceError;

    /// Reads `size=84,count=4096,seed=0`; what is not named has its default.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        Self::default().with(text)
    }
}

impl Scenes {
    /// As many as there are by default, of another seed.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// With the settings that `text` names, in the form of [`Scenes::from_str`].
    pub fn with(mut self, text: &str) -> Result<Self, SourceError> {
        for setting in text.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
            let refused = |expected: &str| SourceError::Scenes { setting: setting.into(), expected: expected.into() };
            let (name, value) = setting.split_once('=').ok_or_else(|| refused("`knob=value`"))?;
            let value: u64 = value.trim().parse().map_err(|_| refused("a whole number"))?;
            match name.trim() {
                "size" if (28..=2048).contains(&value) => self.size = value as usize,
                "size" => return Err(refused("a size from 28 to 2048 pixels")),
                "count" if (1..=1_000_000).contains(&value) => self.count = value,
                "count" => return Err(refused("a count from 1 to 1000000")),
                "seed" => self.seed = value,
                _ => return Err(refused("`size`, `count` or `seed`")),
            }
        }
        Ok(self)
    }

    /// Draws a scene.
    pub fn draw(&self, index: u64) -> Option<Picture> {
        let mut rng = TaskRng::new(self.seed, "vision/scenes", Split::Train, index);
        let land = Land::drawn(&mut rng);
        let mut picture = land.backdrop(self.size, &mut rng)?;
        // From the horizon to the foreground, so that the nearer hides the farther.
        let mut stands: Vec<(Stand, Thing)> = (0..4 + rng.below(4)).map(|_| placed(&land, &mut rng)).collect();
        stands.sort_by_key(|(stand, _)| stand.base);
        for (stand, thing) in stands {
            thing.draw(&mut picture, &stand, &land, &mut rng);
        }
        Some(picture)
    }
}

/// A thing somewhere on the ground, the larger the nearer.
fn placed(land: &Land, rng: &mut TaskRng) -> (Stand, Thing) {
    let depth = rng.below(1000) as i64;
    let ground = UNITS - land.horizon;
    let base = land.horizon + ground / 12 + depth * (ground - ground / 6) / 1000;
    let thing = Thing::ALL[rng.below(Thing::ALL.len())];
    let height = (700 + depth * 3 / 2) * thing.tallness() / 100;
    (Stand { x: rng.below(UNITS as usize) as i64, base, height }, thing)
}
