//! Turns, flips, crops and degradations keep the laws that define them.

use proptest::prelude::*;
use ssl4rl_tasks::{Split, TaskRng};
use ssl4rl_vision::picture::{Area, Channels, Degradation, Flip, Paint, Picture, Shape, correlation};

fn pictures() -> impl Strategy<Value = Picture> {
    (1_usize..12, 1_usize..12)
        .prop_flat_map(|(width, height)| {
            (Just((width, height)), proptest::collection::vec(any::<u8>(), width * height * 3))
        })
        .prop_map(|((width, height), rgb)| Picture::new(width, height, rgb).unwrap())
}

proptest! {
    #[test]
    fn four_quarters_are_a_whole_turn(picture in pictures(), first in 0_usize..4, second in 0_usize..4) {
        let both = picture.quarter_turned(first).quarter_turned(second);
        prop_assert_eq!(both, picture.quarter_turned((first + second) % 4));
    }

    #[test]
    fn a_half_turn_is_both_flips(picture in pictures()) {
        let flipped = picture.flipped(Flip::LeftRight).flipped(Flip::TopBottom);
        prop_assert_eq!(&flipped, &picture.quarter_turned(2));
        prop_assert_eq!(picture.flipped(Flip::LeftRight).flipped(Flip::LeftRight), picture);
    }

    #[test]
    fn png_keeps_every_pixel(picture in pictures()) {
        prop_assert_eq!(ssl4rl_vision::picture::decode(&picture.encode_png().unwrap()).unwrap(), picture);
    }

    #[test]
    fn a_crop_pasted_where_it_was_changes_nothing(
        picture in pictures(), left in 0_usize..12, top in 0_usize..12, width in 0_usize..14, height in 0_usize..14,
    ) {
        let cut = picture.crop(Area::new(left, top, width, height));
        prop_assert!(cut.width() >= 1 && cut.width() <= picture.width() && cut.height() <= picture.height());
        if left + cut.width() <= picture.width() && top + cut.height() <= picture.height() {
            let mut pasted = picture.clone();
            pasted.paste(&cut, left, top);
            prop_assert_eq!(pasted, picture);
        }
    }

    #[test]
    fn scaling_keeps_a_flat_colour(colour in any::<[u8; 3]>(), from in 1_usize..40, to in 1_usize..40) {
        let flat = Picture::filled(from, 3, colour).unwrap();
        prop_assert_eq!(flat.resized(to, 5), Picture::filled(to, 5, colour).unwrap());
    }

    #[test]
    fn degradations_never_fail(picture in pictures(), strength in 0_usize..9) {
        let mut rng = TaskRng::new(1, "test/degradation", Split::Train, 0);
        for degradation in Degradation::ALL {
            let worse = degradation.applied(&picture, strength, &mut rng).unwrap();
            prop_assert_eq!((worse.width(), worse.height()), (picture.width(), picture.height()));
        }
    }

    #[test]
    fn correlation_is_of_brightness_up_to_scale(picture in pictures()) {
        let own = correlation(&picture, &picture);
        prop_assert!((own - 1.0).abs() < 1e-6 || own.abs() < 1e-6);
    }
}

#[test]
fn turns_by_other_angles_meet_quarter_turns() {
    // A ramp is not changed by sampling, away from the edge.
    let ramp = Picture::from_pixels(40, 40, |x, y| [4 * x as u8, 4 * y as u8, 100]).unwrap();
    for quarters in 0..4 {
        let sampled = ramp.turned_centre(90 * quarters, 20, 20);
        let exact = ramp.quarter_turned(quarters).crop(Area::new(10, 10, 20, 20));
        let furthest = sampled.rgb().iter().zip(exact.rgb()).map(|(left, right)| left.abs_diff(*right)).max();
        assert!(furthest <= Some(1), "{quarters} quarters: {furthest:?}");
    }
    // 45 degrees: what was right of the centre is above right of it.
    let mut dot = Picture::filled(41, 41, [0; 3]).unwrap();
    dot.draw(&Shape::Ellipse { x: 3072, y: 2048, across: 200, down: 200 }, Paint::solid([255; 3]));
    let turned = dot.turned_centre(45, 41, 41);
    assert!(turned.pixel(20 + 7, 20 - 7)[0] > 128 && turned.pixel(20 + 7, 20 + 7)[0] == 0);
}

#[test]
fn what_a_turn_fills_is_known() {
    let picture = Picture::filled(100, 50, [9; 3]).unwrap();
    assert_eq!(picture.filled_when_turned(0), (100, 50));
    assert_eq!(picture.filled_when_turned(270), (50, 100));
    // Half-constrained: 25 / sin 45 on both sides.
    assert_eq!(picture.filled_when_turned(45), (35, 35));
    let square = Picture::filled(100, 100, [9; 3]).unwrap();
    // 100 / (cos 30 + sin 30) on both sides of a square.
    assert_eq!(square.filled_when_turned(30), (73, 73));
}

#[test]
fn degradations_grow_with_strength() {
    let mut rng = TaskRng::new(1, "test/degradation", Split::Train, 0);
    let scene = ssl4rl_vision::source::open("scenes:count=4").unwrap().picture(1).unwrap();
    let distance = |worse: &Picture| {
        let steps = scene.rgb().iter().zip(worse.rgb()).map(|(left, right)| u64::from(left.abs_diff(*right)));
        steps.sum::<u64>()
    };
    for degradation in Degradation::ALL {
        let distances: Vec<u64> =
            (1..=5).map(|strength| distance(&degradation.applied(&scene, strength, &mut rng).unwrap())).collect();
        assert!(distances.is_sorted() && distances[0] < distances[4], "{degradation:?}: {distances:?}");
    }
}

#[test]
fn channels_have_six_orders() {
    let picture = Picture::filled(1, 1, [1, 2, 3]).unwrap();
    let shown: std::collections::BTreeSet<[u8; 3]> =
        Channels::ALL.iter().map(|&order| picture.with_channels(order).pixel(0, 0)).collect();
    assert_eq!(shown.len(), 6);
    assert_eq!(picture.with_channels(Channels::ALL[0]), picture);
}

#[test]
fn impossible_sizes_make_no_picture() {
    assert!(Picture::new(0, 4, vec![]).is_none());
    assert!(Picture::new(2, 2, vec![0; 11]).is_none());
    assert!(Picture::new(usize::MAX, usize::MAX, vec![0; 3]).is_none());
    assert!(Picture::filled(3, 0, [0; 3]).is_none());
}
