//! What stands on the ground: houses, trees, people, and smaller things.

use ssl4rl_tasks::TaskRng;

use super::land::Land;
use crate::picture::{Paint, Picture, Shape};

/// Where a thing stands and how tall it is, in units of the picture.
pub(super) struct Stand {
    pub(super) x: i64,
    /// Height of the ground under it, from the top.
    pub(super) base: i64,
    pub(super) height: i64,
}

/// A kind of thing.
#[derive(Clone, Copy)]
pub(super) enum Thing {
    House,
    Tower,
    RoundTree,
    Pine,
    Person,
    Bush,
    Fence,
    Flower,
}

const WALLS: [[u8; 3]; 5] = [[226, 206, 168], [204, 92, 74], [236, 232, 222], [126, 156, 190], [232, 190, 86]];
const ROOFS: [[u8; 3]; 4] = [[150, 58, 44], [88, 66, 58], [70, 84, 104], [112, 40, 62]];
const LEAVES: [[u8; 3]; 4] = [[52, 122, 50], [86, 148, 46], [168, 112, 40], [34, 96, 72]];
const CLOTHES: [[u8; 3]; 6] =
    [[206, 48, 52], [44, 88, 186], [240, 186, 44], [130, 64, 156], [24, 140, 132], [240, 120, 40]];
const BARK: [u8; 3] = [96, 66, 42];
const SKIN: [[u8; 3]; 3] = [[240, 202, 170], [176, 122, 84], [110, 74, 52]];

impl Thing {
    pub(super) const ALL: [Self; 8] =
        [Self::House, Self::Tower, Self::RoundTree, Self::Pine, Self::Person, Self::Bush, Self::Fence, Self::Flower];

    /// Height beside a tree's, in percent.
    pub(super) fn tallness(self) -> i64 {
        match self {
            Self::House | Self::RoundTree => 100,
            Self::Tower => 130,
            Self::Pine => 120,
            Self::Person => 62,
            Self::Bush => 42,
            Self::Fence => 34,
            Self::Flower => 38,
        }
    }

    pub(super) fn draw(self, picture: &mut Picture, stand: &Stand, land: &Land, rng: &mut TaskRng) {
        let mut brush = Brush { picture, stand, land, mirrored: rng.coin() };
        match self {
            Self::House => house(&mut brush, rng),
            Self::Tower => tower(&mut brush, rng),
            Self::RoundTree => round_tree(&mut brush, rng),
            Self::Pine => pine(&mut brush, rng),
            Self::Person => person(&mut brush, rng),
            Self::Bush => bush(&mut brush, rng),
            Self::Fence => fence(&mut brush),
            Self::Flower => flower(&mut brush, rng),
        }
    }
}

/// Draws in hundredths of a thing's height: to the right of its middle, up from the ground.
struct Brush<'scene> {
    picture: &'scene mut Picture,
    stand: &'scene Stand,
    land: &'scene Land,
    mirrored: bool,
}

impl Brush<'_> {
    fn at(&self, right: i64, up: i64) -> (i64, i64) {
        let right = if self.mirrored { -right } else { right };
        (self.stand.x + right * self.stand.height / 100, self.stand.base - up * self.stand.height / 100)
    }

    fn paint(&mut self, shape: &Shape, colour: [u8; 3]) {
        self.picture.draw(shape, Paint::solid(self.land.lit(colour)));
    }

    fn block(&mut self, left: i64, right: i64, bottom: i64, top: i64, colour: [u8; 3]) {
        let ((x, y), (other_x, other_y)) = (self.at(left, bottom), self.at(right, top));
        let shape = Shape::Box { left: x.min(other_x), right: x.max(other_x), top: other_y, bottom: y };
        self.paint(&shape, colour);
    }

    fn disc(&mut self, right: i64, up: i64, across: i64, down: i64, colour: [u8; 3]) {
        let (x, y) = self.at(right, up);
        let size = |part: i64| (part * self.stand.height / 100).max(1);
        self.paint(&Shape::Ellipse { x, y, across: size(across), down: size(down) }, colour);
    }

    fn corners(&mut self, corners: &[(i64, i64)], colour: [u8; 3]) {
        let shape = Shape::Polygon(corners.iter().map(|&(right, up)| self.at(right, up)).collect());
        self.paint(&shape, colour);
    }

    fn line(&mut self, from: (i64, i64), to: (i64, i64), radius: i64, colour: [u8; 3]) {
        let radius = (radius * self.stand.height / 100).max(8);
        self.paint(&Shape::Line { from: self.at(from.0, from.1), to: self.at(to.0, to.1), radius }, colour);
    }
}

fn one_of<const COUNT: usize>(colours: &[[u8; 3]; COUNT], rng: &mut TaskRng) -> [u8; 3] {
    colours[rng.below(COUNT)]
}

fn darker(colour: [u8; 3]) -> [u8; 3] {
    colour.map(|level| (u16::from(level) * 3 / 4) as u8)
}

fn house(brush: &mut Brush<'_>, rng: &mut TaskRng) {
    let (wall, roof) = (one_of(&WALLS, rng), one_of(&ROOFS, rng));
    brush.block(22, 36, 60, 96, darker(roof));
    brush.block(-46, 46, 0, 58, wall);
    brush.corners(&[(-58, 56), (58, 56), (34, 92), (-34, 92)], roof);
    brush.block(-30, -10, 0, 36, darker(roof));
    let pane = [250, 240, 170];
    brush.block(8, 32, 18, 42, [246, 246, 246]);
    brush.block(11, 29, 21, 39, if rng.coin() { pane } else { [110, 150, 190] });
}

fn tower(brush: &mut Brush<'_>, rng: &mut TaskRng) {
    let wall = one_of(&WALLS, rng);
    brush.block(-20, 20, 0, 74, wall);
    brush.block(6, 20, 0, 74, darker(wall));
    brush.corners(&[(-27, 74), (27, 74), (0, 104)], one_of(&ROOFS, rng));
    for floor in 0..3 {
        brush.block(-12, -2, 14 + 20 * floor, 25 + 20 * floor, [60, 66, 88]);
    }
    brush.line((0, 104), (0, 116), 1, [70, 60, 60]);
    brush.corners(&[(0, 116), (0, 106), (16, 111)], one_of(&CLOTHES, rng));
}

fn round_tree(brush: &mut Brush<'_>, rng: &mut TaskRng) {
    let leaf = one_of(&LEAVES, rng);
    brush.block(-6, 6, 0, 50, BARK);
    brush.line((0, 36), (20, 56), 3, BARK);
    brush.disc(0, 68, 36, 30, darker(leaf));
    brush.disc(-14, 72, 24, 22, leaf);
    brush.disc(14, 80, 20, 18, leaf);
    if rng.coin() {
        for (right, up) in [(-20, 66), (4, 60), (18, 76), (-4, 86)] {
            brush.disc(right, up, 4, 4, [214, 40, 46]);
        }
    }
}

fn pine(brush: &mut Brush<'_>, rng: &mut TaskRng) {
    let needle = darker(one_of(&LEAVES, rng));
    brush.block(-5, 5, 0, 20, BARK);
    for (half, bottom, top) in [(34, 14, 56), (27, 38, 78), (19, 62, 100)] {
        brush.corners(&[(-half, bottom), (half, bottom), (0, top)], needle);
        brush.corners(&[(half / 6, bottom), (half, bottom), (0, top)], darker(needle));
    }
}

fn person(brush: &mut Brush<'_>, rng: &mut TaskRng) {
    let (shirt, trousers, skin) = (one_of(&CLOTHES, rng), darker(one_of(&CLOTHES, rng)), one_of(&SKIN, rng));
    brush.line((-8, 42), (-10, 4), 6, trousers);
    brush.line((8, 42), (12, 4), 6, trousers);
    brush.line((-14, 68), (-26, 44), 5, shirt);
    // One arm is raised.
    brush.line((14, 68), (30, 88), 5, shirt);
    brush.disc(30, 90, 5, 5, skin);
    brush.block(-15, 15, 38, 72, shirt);
    brush.disc(0, 85, 14, 14, skin);
    brush.disc(0, 94, 13, 7, [60, 40, 30]);
}

fn bush(brush: &mut Brush<'_>, rng: &mut TaskRng) {
    let leaf = one_of(&LEAVES, rng);
    brush.disc(-40, 36, 46, 38, darker(leaf));
    brush.disc(44, 30, 42, 32, darker(leaf));
    brush.disc(6, 56, 50, 44, leaf);
    let blossom = one_of(&CLOTHES, rng);
    for (right, up) in [(-44, 44), (-8, 72), (24, 50), (50, 30)] {
        brush.disc(right, up, 8, 8, blossom);
    }
}

fn fence(brush: &mut Brush<'_>) {
    let wood = [222, 206, 178];
    for post in -3..=3 {
        brush.block(50 * post - 9, 50 * post + 9, 0, 84, wood);
        brush.corners(&[(50 * post - 9, 84), (50 * post + 9, 84), (50 * post, 100)], wood);
    }
    brush.block(-170, 170, 22, 36, darker(wood));
    brush.block(-170, 170, 56, 70, darker(wood));
}

fn flower(brush: &mut Brush<'_>, rng: &mut TaskRng) {
    brush.line((0, 0), (4, 62), 4, [46, 110, 44]);
    brush.line((2, 24), (24, 42), 5, [62, 134, 52]);
    let petal = one_of(&CLOTHES, rng);
    for (right, up) in [(-15, 74), (23, 74), (4, 92), (-8, 88), (16, 88), (4, 60)] {
        brush.disc(right, up, 12, 12, petal);
    }
    brush.disc(4, 76, 11, 11, [250, 214, 80]);
}
