//! What was changed, undone: the picture of the album comes back.

use serde_json::json;
use ssl4rl_vision::picture::{Channels, Flip, Picture};
use ssl4rl_vision::question::Grid;
use ssl4rl_vision::source::open;

use super::{answer, distance, numbers, samples, shown, squares, task};

#[test]
fn mirrored_back_it_is_the_picture() {
    let album = open("scenes:count=60").unwrap();
    for pair in [true, false] {
        let squares = squares(&album, 84);
        let task = task("vision/flip", json!({ "pair": pair }));
        for sample in samples(&*task, &album, 30) {
            let pictures = shown(&sample);
            let flip = match answer(&*task, &sample).as_str() {
                "unchanged" => Flip::None,
                "top-bottom" => Flip::TopBottom,
                _ => Flip::LeftRight,
            };
            let back = pictures[pictures.len() - 1].flipped(flip);
            assert!(squares.iter().any(|own| **own == back));
            assert!(!pair || back == pictures[0]);
        }
    }
}

#[test]
fn tiles_swapped_back_make_the_picture() {
    let album = open("scenes:count=60").unwrap();
    let squares = squares(&album, 84);
    for side in [2, 3] {
        let task = task("vision/swapped-tiles", json!({ "grid": side }));
        for sample in samples(&*task, &album, 20) {
            let mut tiles = Grid::square(side).tiles(&shown(&sample)[0]);
            let swapped = numbers(&answer(&*task, &sample));
            tiles.swap(swapped[0] - 1, swapped[1] - 1);
            let back = Grid::square(side).joined(&tiles, 0).unwrap();
            assert!(squares.iter().any(|own| **own == back));
        }
    }
}

#[test]
fn a_tile_changed_back_makes_the_picture() {
    let album = open("scenes:count=60").unwrap();
    let squares = squares(&album, 84);
    for any_change in [false, true] {
        let task = task("vision/flipped-tile", json!({ "grid": 3, "any_change": any_change }));
        for sample in samples(&*task, &album, 20) {
            let tiles = Grid::square(3).tiles(&shown(&sample)[0]);
            let cell = numbers(&answer(&*task, &sample))[0] - 1;
            let undone = |change: &dyn Fn(&Picture) -> Picture| {
                let mut tiles = tiles.clone();
                tiles[cell] = change(&tiles[cell]);
                let back = Grid::square(3).joined(&tiles, 0).unwrap();
                squares.iter().any(|own| **own == back)
            };
            let flips = [Flip::TopBottom, Flip::LeftRight].into_iter().any(|flip| undone(&|tile| tile.flipped(flip)));
            assert!(flips || (1..4).any(|quarters| undone(&|tile| tile.quarter_turned(quarters))));
        }
    }
}

#[test]
fn copies_get_worse_in_the_order_of_the_answer() {
    let album = open("scenes:count=12").unwrap();
    let squares = squares(&album, 84);
    let task = task("vision/degradation-order", json!({ "copies": 5 }));
    for sample in samples(&*task, &album, 20) {
        let pictures = shown(&sample);
        let order = numbers(&answer(&*task, &sample));
        let best = &pictures[order[0] - 1];
        let original =
            squares.iter().min_by(|left, right| distance(left, best).total_cmp(&distance(right, best))).unwrap();
        let distances: Vec<f64> = order.iter().map(|number| distance(original, &pictures[number - 1])).collect();
        assert!(distances.is_sorted(), "{} {distances:?}", ssl4rl_tasks::prompt_text(&sample.prompt));
    }
}

#[test]
fn the_true_colours_are_those_of_the_album() {
    let album = open("scenes:count=60").unwrap();
    let squares = squares(&album, 56);
    for grey in [true, false] {
        let task = task("vision/colour-match", json!({ "grey": grey, "options": 4 }));
        for sample in samples(&*task, &album, 20) {
            let pictures = shown(&sample);
            let right = numbers(&answer(&*task, &sample))[0] - 1 - usize::from(grey);
            let candidates = &pictures[usize::from(grey)..];
            let off: Vec<f64> = candidates
                .iter()
                .map(|picture| squares.iter().map(|own| distance(own, picture)).fold(f64::INFINITY, f64::min))
                .collect();
            assert!((0..off.len()).all(|at| at == right || off[at] > off[right] + 3.0), "{right} of {off:?}");
            // All are as bright as the picture, pixel by pixel, within rounding.
            let brightness = candidates[right].grey();
            assert!(candidates.iter().all(|picture| distance(&picture.grey(), &brightness) < 1.0));
            assert!(!grey || distance(&brightness, &pictures[0]) < 1.0);
        }
    }
}

#[test]
fn channels_are_in_the_order_of_the_answer() {
    let album = open("scenes:count=60").unwrap();
    let task = task("vision/channel-order", json!({}));
    for sample in samples(&*task, &album, 20) {
        let pictures = shown(&sample);
        let name = answer(&*task, &sample);
        let channels: Vec<usize> = name.chars().map(|initial| "RGB".find(initial).unwrap()).collect();
        let order = Channels(channels.try_into().unwrap());
        assert_eq!(pictures[0].with_channels(order), pictures[1]);
    }
}

#[test]
fn pictures_differ_in_the_named_cell_alone() {
    let album = open("scenes:count=60").unwrap();
    let task = task("vision/change-spotting", json!({ "grid": 3 }));
    for sample in samples(&*task, &album, 20) {
        let pictures = shown(&sample);
        let cell = numbers(&answer(&*task, &sample))[0] - 1;
        let [first, second] = [0, 1].map(|at| Grid::square(3).tiles(&pictures[at]));
        let different: Vec<usize> = (0..9).filter(|&cell| first[cell] != second[cell]).collect();
        assert_eq!(different, [cell]);
    }
}
