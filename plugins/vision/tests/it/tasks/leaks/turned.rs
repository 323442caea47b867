//! Turned and enlarged pictures are as soft as one another, and have no empty corners.

use std::collections::BTreeMap;

use serde_json::json;
use ssl4rl_vision::picture::Picture;
use ssl4rl_vision::source::{Album, AlbumOptions};

use super::super::{answer, distance, numbers, samples, shown, task};
use super::albums::{discs, grain};

/// Above the least factor, sharpness alone does not tell how far a crop was enlarged.
#[test]
fn enlarged_crops_are_equally_soft() {
    let album = grain();
    let task = task("vision/scale-estimate", json!({ "show": { "size": 168 } }));
    let mut by_factor: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for sample in samples(&*task, &album, 90) {
        by_factor.entry(answer(&*task, &sample)).or_default().push(fine_energy(&shown(&sample)[1]));
    }
    let means: Vec<f64> = by_factor.values().map(|all| all.iter().sum::<f64>() / all.len() as f64).collect();
    let (least, most) = (means.iter().copied().fold(f64::MAX, f64::min), means.iter().copied().fold(0.0, f64::max));
    assert_eq!(means.len(), 3);
    assert!(most < 1.35 * least, "{means:?}");
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

/// What the finest details hold: the distance from the picture without them.
fn fine_energy(picture: &Picture) -> f64 {
    distance(picture, &picture.blurred(1)) / picture.deviation()
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
