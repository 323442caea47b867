//! Nothing but the pixels tells the answer: not sizes, not the length of files, not borders.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use ssl4rl_tasks::{DynTask, Split, TaskRng};
use ssl4rl_vision::picture::{Paint, Picture, Shape};
use ssl4rl_vision::source::{Album, AlbumOptions, open};
use ssl4rl_vision::tasks::registry;

use super::{answer, files, numbers, samples, shown, task};

#[test]
fn sizes_are_the_same_whatever_the_answer() {
    let album = open("scenes:count=200").unwrap();
    let mixed = photographs_of_many_shapes();
    let registry = registry().unwrap();
    for (name, _) in registry.tasks() {
        // The shape of the crop is a part of what its rectangle is.
        if name == "vision/crop-box" {
            continue;
        }
        let task = registry.build(name, None).unwrap();
        for album in [&album, &mixed] {
            let sizes: BTreeSet<Vec<(usize, usize)>> = samples(&*task, album, 24)
                .map(|sample| shown(&sample).iter().map(|picture| (picture.width(), picture.height())).collect())
                .collect();
            assert_eq!(sizes.len(), 1, "{name} over {}: {sizes:?}", album.name());
        }
    }
}

/// Scenes cut to shapes of all kinds.
fn photographs_of_many_shapes() -> Album {
    let scenes = open("scenes:count=40,size=168").unwrap();
    let files = (0..40).map(|index| {
        let scene = scenes.picture(index).unwrap();
        let area = ssl4rl_vision::picture::Area::new(0, 0, 100 + index, 168 - 2 * index);
        (format!("{index}"), scene.crop(area).encode_png().unwrap())
    });
    Album::of_files("shapes", files, AlbumOptions::default()).unwrap()
}

/// Share of questions that a rule on the files' lengths answers rightly, with its standard error.
fn share_right(
    task: &dyn DynTask,
    album: &Album,
    count: u64,
    rule: fn(&[usize]) -> usize,
    before: usize,
) -> (f64, f64) {
    let mut right = 0_u32;
    for sample in samples(task, album, count) {
        let lengths: Vec<usize> = files(&sample).iter().skip(before).map(|file| file.len()).collect();
        right += u32::from(rule(&lengths) + 1 + before == numbers(&answer(task, &sample))[0]);
    }
    let share = f64::from(right) / count as f64;
    (share, (share * (1.0 - share) / count as f64).sqrt())
}

/// In `odd-one-out` the rest are views of one picture, so that their detail, and with it their length, is alike by the question's nature.
#[test]
fn the_length_of_a_file_does_not_tell_the_right_one() {
    fn longest(lengths: &[usize]) -> usize {
        (0..lengths.len()).max_by_key(|&at| lengths[at]).unwrap()
    }
    fn shortest(lengths: &[usize]) -> usize {
        (0..lengths.len()).min_by_key(|&at| lengths[at]).unwrap()
    }
    let album = open("scenes:count=400").unwrap();
    for (name, before, chance) in [
        ("vision/instance-match", 1, 1.0 / 3.0),
        ("vision/inpainting-match", 1, 1.0 / 3.0),
        ("vision/adjacency", 1, 1.0 / 3.0),
        ("vision/colour-match", 0, 1.0 / 3.0),
    ] {
        let task = task(name, json!({}));
        for rule in [longest, shortest] {
            let (share, error) = share_right(&*task, &album, 400, rule, before);
            assert!(share < chance + 4.0 * error, "{name}: {share:.3}, chance is {chance:.3}");
        }
    }
}

#[test]
fn turned_pictures_have_no_empty_corners() {
    // No pixel of these pictures is dark.
    let bright = |shade: u8| {
        Picture::from_pixels(84, 84, |x, y| [150 + shade, 120 + x as u8, 250 - y as u8]).unwrap().encode_png().unwrap()
    };
    let album = Album::of_files("bright", (0..10).map(|at| (format!("{at}"), bright(at * 9))), AlbumOptions::default());
    let album = album.unwrap();
    for step in [90, 45, 30, 15] {
        let task = task("vision/rotation", json!({ "pair": true, "step": step }));
        for sample in samples(&*task, &album, 24) {
            for picture in shown(&sample) {
                assert!(picture.rgb().iter().all(|level| *level > 90), "{step} degrees");
            }
        }
    }
}

/// Discs of many sizes, whose edges have every direction equally often.
fn discs() -> Album {
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

#[test]
fn turned_pictures_are_equally_sharp() {
    let album = discs();
    let task = task("vision/rotation", json!({ "step": 45, "show": { "size": 168 } }));
    let mut by_angle: BTreeMap<bool, Vec<f64>> = BTreeMap::new();
    for sample in samples(&*task, &album, 200) {
        let degrees = numbers(&answer(&*task, &sample))[0];
        by_angle.entry(degrees.is_multiple_of(90)).or_default().push(shown(&sample)[0].edge_energy());
    }
    let means: Vec<f64> = by_angle.values().map(|all| all.iter().sum::<f64>() / all.len() as f64).collect();
    assert!((means[0] / means[1] - 1.0).abs() < 0.05, "{means:?}");
}
