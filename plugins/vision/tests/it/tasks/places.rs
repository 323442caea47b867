//! Where a crop, a tile or a point lies: found again by its pixels.

use serde_json::json;
use ssl4rl_vision::picture::{Area, Picture};
use ssl4rl_vision::question::Grid;
use ssl4rl_vision::source::open;

use super::{answer, distance, found, numbers, samples, shown, squares, task};

const QUADRANTS: [&str; 4] = ["top-left", "top-right", "bottom-left", "bottom-right"];

#[test]
fn a_crop_lies_in_the_part_that_the_answer_names() {
    let album = open("scenes:count=60").unwrap();
    // A crop of the whole part, shown as large as it is.
    for (grid, piece) in [(2, 42), (3, 28)] {
        let task = task("vision/position", json!({ "grid": grid, "crop": [1.0, 1.0], "piece": piece }));
        for sample in samples(&*task, &album, 20) {
            let pictures = shown(&sample);
            let answer = answer(&*task, &sample);
            let cell = QUADRANTS.iter().position(|name| *name == answer).unwrap_or_else(|| numbers(&answer)[0] - 1);
            let part = pictures[0].crop(Grid::square(grid).area(cell, 84, 84));
            assert_eq!(part, pictures[1]);
        }
    }
}

#[test]
fn quadrants_of_the_paper_are_those_of_the_whole_picture() {
    let album = open("scenes:count=30,size=140").unwrap();
    let task = task("vision/position", json!({ "construction": "paper" }));
    for sample in samples(&*task, &album, 10) {
        let pictures = shown(&sample);
        let cell = QUADRANTS.iter().position(|name| *name == answer(&*task, &sample)).unwrap();
        let quadrant = pictures[0].crop(Grid::square(2).area(cell, 140, 140));
        assert!(found(&quadrant, &pictures[1]) < 1e-9);
        assert!(pictures[1].width() >= 28 && pictures[1].width() <= 56);
    }
}

#[test]
fn the_box_is_what_was_cut() {
    let album = open("scenes:count=60").unwrap();
    let task = task("vision/crop-box", json!({}));
    for sample in samples(&*task, &album, 20) {
        let pictures = shown(&sample);
        let corners = numbers(&answer(&*task, &sample));
        let area = Area::new(corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]);
        let crop = pictures[0].crop(area);
        assert_eq!(crop.resized(pictures[1].width(), pictures[1].height()), pictures[1]);
        let aspect = |width: usize, height: usize| width as f64 / height as f64;
        assert!(
            (aspect(area.width, area.height) / aspect(pictures[1].width(), pictures[1].height()) - 1.0).abs() < 0.06
        );
    }
}

#[test]
fn thousandths_are_of_the_sides() {
    let album = open("scenes:count=60").unwrap();
    let [pixels, thousandths] = ["pixels", "thousandths"].map(|unit| task("vision/crop-box", json!({ "unit": unit })));
    for (left, right) in samples(&*pixels, &album, 10).zip(samples(&*thousandths, &album, 10)) {
        let (left, right) = (numbers(&answer(&*pixels, &left)), numbers(&answer(&*thousandths, &right)));
        for (pixel, thousandth) in left.into_iter().zip(right) {
            assert_eq!(thousandth, (pixel as f64 * 1000.0 / 84.0).round() as usize);
        }
    }
}

#[test]
fn a_tile_lies_where_the_answer_says() {
    let album = open("scenes:count=20,size=112").unwrap();
    let squares = squares(&album, 112);
    for diagonals in [false, true] {
        let settings = json!({ "grid": 2, "diagonals": diagonals, "show": { "size": 112 } });
        let task = task("vision/pair-relation", settings);
        for sample in samples(&*task, &album, 20) {
            let pictures = shown(&sample);
            let cell =
                |tile: &Picture, whole: &Picture| Grid::square(2).tiles(whole).iter().position(|own| own == tile);
            let cells = squares.iter().find_map(|whole| cell(&pictures[0], whole).zip(cell(&pictures[1], whole)));
            let (first, second) = cells.unwrap();
            let down = ["above", "", "below"][1 + second / 2 - first / 2];
            let right = ["left", "", "right"][1 + second % 2 - first % 2];
            let name = [down, right].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
            assert_eq!(name, answer(&*task, &sample));
        }
    }
}

/// The colours of rings by their names.
pub(super) const RINGS: [(&str, [u8; 3]); 4] =
    [("red", [255, 0, 0]), ("blue", [0, 60, 255]), ("yellow", [255, 255, 0]), ("magenta", [255, 0, 255])];

/// From the left and from the top, as parts of a picture's sides.
pub(super) type Place = (f64, f64);

/// Middle of the ring of a colour that other pixels may have too: halfway between the outermost of those that lie on the circle which
/// most of them lie on.
pub(super) fn middle(picture: &Picture, colour: [u8; 3]) -> Place {
    let side = picture.width();
    let radius = side as f64 / 16.0;
    let own = (0..side * side).map(|at| (at % side, at / side)).filter(|(x, y)| picture.pixel(*x, *y) == colour);
    let own: Vec<Place> = own.map(|(x, y)| (x as f64 + 0.5, y as f64 + 0.5)).collect();
    // Every pixel is tried as the one farthest to the left.
    let on_circle = |&(left, y): &Place| {
        let on = |&&(x, other_y): &&Place| ((x - left - radius).hypot(other_y - y) - radius).abs() < 2.0;
        own.iter().filter(on).copied().collect::<Vec<Place>>()
    };
    let ring = own.iter().map(on_circle).max_by_key(Vec::len).expect("there is a ring");
    let halfway = |place: fn(&Place) -> f64| {
        let (least, most) =
            ring.iter().map(place).fold((f64::MAX, 0.0_f64), |(least, most), at| (least.min(at), most.max(at)));
        (least + most) / (2 * side) as f64
    };
    (halfway(|place| place.0), halfway(|place| place.1))
}

/// The corner of the square of `length` pixels of the first picture that the second shows enlarged, found by what no ring covers.
fn corner_of_the_second(pictures: &[Picture], length: usize) -> (usize, usize) {
    let side = pictures[0].width();
    let small = pictures[1].resized(length, length);
    let scaled = |(x, y): Place, side: usize| (x * side as f64, y * side as f64);
    let white = scaled(middle(&pictures[0], [255; 3]), side);
    let rings: Vec<Place> =
        RINGS[..3].iter().map(|(_, colour)| scaled(middle(&pictures[1], *colour), length)).collect();
    let covers = |ring: &Place, x: usize, y: usize, side: usize| {
        (ring.0 - x as f64 - 0.5).hypot(ring.1 - y as f64 - 0.5) < side as f64 / 16.0 + 2.5
    };
    let unlike = |left: usize, top: usize| {
        let inside = (0..length * length).map(|at| (at % length, at / length));
        let free = inside.filter(|&(x, y)| {
            !covers(&white, left + x, top + y, side) && !rings.iter().any(|ring| covers(ring, x, y, length))
        });
        let differences = free.map(|(x, y)| {
            let (one, other) = (pictures[0].pixel(left + x, top + y), small.pixel(x, y));
            one.iter().zip(other).map(|(one, other)| f64::from(one.abs_diff(other))).sum::<f64>()
        });
        let (sum, count) = differences.fold((0.0, 0.0), |(sum, count), difference| (sum + difference, count + 1.0));
        sum / count
    };
    let corners = (0..=side - length).flat_map(|top| (0..=side - length).map(move |left| (left, top)));
    corners.min_by(|one, other| unlike(one.0, one.1).total_cmp(&unlike(other.0, other.1))).unwrap()
}

#[test]
fn the_right_ring_is_at_the_same_point() {
    const SIDE: usize = 84;
    let album = open("scenes:count=60").unwrap();
    for (crop, length) in [(0.3, 25), (0.5, 42), (0.6, 50)] {
        let task = task("vision/correspondence", json!({ "crop": crop }));
        for sample in samples(&*task, &album, 8) {
            let pictures = shown(&sample);
            let answer = answer(&*task, &sample);
            let (left, top) = corner_of_the_second(&pictures, length);
            let white = middle(&pictures[0], [255; 3]);
            let pixels_off = |(_, colour): &(&str, [u8; 3])| {
                let (x, y) = middle(&pictures[1], *colour);
                let point = (left as f64 + x * length as f64, top as f64 + y * length as f64);
                (point.0 - white.0 * SIDE as f64).hypot(point.1 - white.1 * SIDE as f64)
            };
            for ring in &RINGS[..3] {
                assert_eq!(pixels_off(ring) < 2.0, ring.0 == answer, "{crop}: {ring:?} is {} off", pixels_off(ring));
            }
        }
    }
}

#[test]
fn the_right_piece_goes_on() {
    let album = open("scenes:count=12,size=70").unwrap();
    let squares = squares(&album, 70);
    let settings = json!({ "gap": 0.0, "piece": 28, "show": { "size": 70 } });
    let task = task("vision/adjacency", settings);
    let mut prompts = 0;
    for sample in samples(&*task, &album, 8) {
        let pictures = shown(&sample);
        let next = &pictures[numbers(&answer(&*task, &sample))[0] - 1];
        let text = ssl4rl_tasks::prompt_text(&sample.prompt);
        let beside = |first: &Picture, second: &Picture| {
            Grid { rows: 1, columns: 2 }.joined(&[first.clone(), second.clone()], 0)
        };
        let below = |first: &Picture, second: &Picture| {
            Grid { rows: 2, columns: 1 }.joined(&[first.clone(), second.clone()], 0)
        };
        let joined = match text.split("its ").nth(1).unwrap().split(' ').next().unwrap() {
            "right" => beside(&pictures[0], next),
            "left" => beside(next, &pictures[0]),
            "bottom" => below(&pictures[0], next),
            _ => below(next, &pictures[0]),
        };
        let joined = joined.unwrap();
        assert!(squares.iter().any(|whole| found(whole, &joined) < 1e-9), "{text}");
        prompts += 1;
    }
    assert_eq!(prompts, 8);
}

#[test]
fn the_factor_is_the_one_at_which_the_crop_is_found() {
    let album = open("scenes:count=60").unwrap();
    let task = task("vision/scale-estimate", json!({}));
    for sample in samples(&*task, &album, 10) {
        let pictures = shown(&sample);
        let fit = |factor: f64| {
            let side = (84.0 / factor) as usize;
            found(&pictures[0], &pictures[1].resized(side, side))
        };
        let stated: f64 = answer(&*task, &sample).parse().unwrap();
        let best = [1.0, 1.5, 2.25].into_iter().min_by(|left, right| fit(*left).total_cmp(&fit(*right)));
        assert_eq!(best, Some(stated));
    }
}

#[test]
fn views_are_ordered_from_the_widest() {
    let album = open("scenes:count=60").unwrap();
    let task = task("vision/zoom-order", json!({ "views": 3, "ratio": 0.6, "show": { "size": 140 } }));
    for sample in samples(&*task, &album, 10) {
        let pictures = shown(&sample);
        let order = numbers(&answer(&*task, &sample));
        // Reduced by the ratio, the closer view is found in the wider one, and not the other way round.
        let inside = |outer: usize, inner: usize| {
            let reduced = pictures[order[inner] - 1].resized(34, 34);
            found(&pictures[order[outer] - 1], &reduced)
        };
        assert!(inside(0, 1) < inside(1, 0) && inside(1, 2) < inside(2, 1), "{order:?}");
    }
}

#[test]
fn distance_is_of_equal_sizes() {
    let [small, large] = [3, 4].map(|side| Picture::filled(side, 3, [9; 3]).unwrap());
    assert!(distance(&small, &large).is_infinite() && distance(&small, &small).abs() < 1e-9);
}
