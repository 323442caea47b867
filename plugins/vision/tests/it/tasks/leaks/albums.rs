//! Pictures without a direction, or of any hue, about which nothing can be guessed.

use ssl4rl_tasks::{Split, TaskRng};
use ssl4rl_vision::picture::{Paint, Picture, Shape};
use ssl4rl_vision::source::{Album, AlbumOptions, open};

/// Discs of many sizes, whose edges have every direction equally often.
pub(super) fn discs() -> Album {
    let files = (0..20).map(|index| {
        let mut rng = TaskRng::new(5, "test/discs", Split::Train, index);
        let mut picture = Picture::filled(168, 168, [90, 120, 150]).unwrap();
        for _ in 0..60 {
            let (x, y, radius) = (rng.below(4096) as i64, rng.below(4096) as i64, 60 + rng.below(400) as i64);
            let colour = [rng.below(256) as u8, rng.below(256) as u8, rng.below(256) as u8];
            picture.draw(&Shape::Ellipse { x, y, across: radius, down: radius }, Paint::solid(colour));
        }
        (format!("{index}"), picture.encode_png().unwrap())
    });
    Album::of_files("discs", files, AlbumOptions::default()).unwrap()
}

/// Scenes with their hues turned by any twelfth of the circle, of colours that all twelve have room for.
pub(super) fn of_any_hue() -> Album {
    let scenes = open("scenes:count=300,size=56").unwrap();
    let turns: Vec<i32> = (0..12).map(|turn| 128 * turn).collect();
    let files = (0..scenes.len()).map(|index| {
        let mut rng = TaskRng::new(8, "test/hues", Split::Train, index as u64);
        let turned = &scenes.picture(index).unwrap().recolourings(&turns)[rng.below(12)];
        (format!("{index}"), turned.encode_png().unwrap())
    });
    Album::of_files("of any hue", files, AlbumOptions::default()).unwrap()
}

/// Noise with as much at every scale as at any other.
pub(super) fn grain() -> Album {
    const SIDE: usize = 168;
    let files = (0..20).map(|index| {
        let mut rng = TaskRng::new(6, "test/grain", Split::Train, index);
        let octaves: Vec<Vec<u8>> = (0..6).map(|_| (0..SIDE * SIDE).map(|_| rng.below(40) as u8).collect()).collect();
        let level = |x: usize, y: usize| {
            let levels = octaves.iter().enumerate().map(|(octave, noise)| noise[(y >> octave) * SIDE + (x >> octave)]);
            [levels.sum::<u8>(); 3]
        };
        (format!("{index}"), Picture::from_pixels(SIDE, SIDE, level).unwrap().encode_png().unwrap())
    });
    Album::of_files("grain", files, AlbumOptions::default()).unwrap()
}

/// Squares of `side` pixels in colours of their own, none of them strong: every large part is as bright, and as coloured, as any other.
pub(super) fn noise(side: usize, pictures: u64) -> Album {
    const SIDE: usize = 84;
    let across = SIDE.div_ceil(side);
    let files = (0..pictures).map(|index| {
        let mut rng = TaskRng::new(9, "test/noise", Split::Train, index);
        let squares: Vec<[u8; 3]> =
            (0..across * across).map(|_| std::array::from_fn(|_| 80 + rng.below(96) as u8)).collect();
        let colour = |x: usize, y: usize| squares[y / side * across + x / side];
        (format!("{index}"), Picture::from_pixels(SIDE, SIDE, colour).unwrap().encode_png().unwrap())
    });
    Album::of_files("noise", files, AlbumOptions::default()).unwrap()
}
