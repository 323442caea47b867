//! Things laid over a picture: apart from one another, in colours that pictures hardly have.

use ssl4rl_tasks::TaskRng;

use crate::picture::{Shape, UNITS};

/// A colour that stands out of most pictures.
pub(super) const MAGENTA: [u8; 3] = [255, 0, 255];
/// Rows and columns of places; things lie in different ones.
const PLACES: usize = 4;
/// Most things at once.
pub(super) const MOST: usize = 9;

/// A place with room around it, in units of the picture.
pub(super) struct Spot {
    /// Middle, from the left.
    pub(super) x: i64,
    /// Middle, from the top.
    pub(super) y: i64,
    /// Half the side of what may lie there.
    pub(super) reach: i64,
}

impl Spot {
    /// A rectangle that fills the spot in one direction at least.
    pub(super) fn block(&self, rng: &mut TaskRng) -> Shape {
        let short = self.reach * (55 + rng.below(46) as i64) / 100;
        let (across, down) = if rng.coin() { (self.reach, short) } else { (short, self.reach) };
        Shape::Box { left: self.x - across, right: self.x + across, top: self.y - down, bottom: self.y + down }
    }

    /// A disc.
    pub(super) fn disc(&self) -> Shape {
        Shape::Ellipse { x: self.x, y: self.y, across: self.reach, down: self.reach }
    }

    /// A square as large as the disc.
    pub(super) fn square(&self) -> Shape {
        let half = self.reach * 9 / 10;
        Shape::Box { left: self.x - half, right: self.x + half, top: self.y - half, bottom: self.y + half }
    }

    /// A triangle that stands on its base.
    pub(super) fn triangle(&self) -> Shape {
        let corner = |across: i64, down: i64| (self.x + across * self.reach / 100, self.y + down * self.reach / 100);
        Shape::Polygon(vec![corner(-110, 95), corner(110, 95), corner(0, -105)])
    }
}

/// `count` spots, none of which touches another; at most as many as there are places.
pub(super) fn spots(count: usize, rng: &mut TaskRng) -> Vec<Spot> {
    let side = UNITS / PLACES as i64;
    let mut places = rng.permutation(PLACES * PLACES);
    places.truncate(count);
    places
        .into_iter()
        .map(|place| {
            let reach = side * (26 + rng.below(11) as i64) / 100;
            let room = side / 2 - reach * 115 / 100;
            let mut shifted =
                |cell: usize| cell as i64 * side + side / 2 + rng.below((2 * room + 1) as usize) as i64 - room;
            Spot { x: shifted(place % PLACES), y: shifted(place / PLACES), reach }
        })
        .collect()
}
