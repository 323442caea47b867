//! Views of the same picture and of others.

use serde_json::json;
use ssl4rl_tasks::TaskRng;
use ssl4rl_tasks::{Split, TaskError};
use ssl4rl_vision::picture::{Area, Picture};
use ssl4rl_vision::source::{Album, AlbumOptions, open};

use super::{answer, distance, numbers, samples, shown, squares, task};

/// Two pictures that differ in one pixel, each in a file of its own, in every split.
fn twins() -> Album {
    let scene = open("scenes:count=1").unwrap().picture(0).unwrap();
    let files = (0..8_u8).map(|index| {
        let mut copy = Picture::clone(&scene);
        copy.set(usize::from(index), 0, [index, 1, 2]);
        (format!("{index}"), copy.encode_png().unwrap())
    });
    Album::of_files("twins", files, AlbumOptions::default()).unwrap()
}

#[test]
fn nearly_equal_pictures_are_no_different_ones() {
    let album = twins();
    assert_eq!(album.len(), 8);
    let contrastive = task("vision/contrastive", json!({}));
    assert!(samples(&*contrastive, &album, 40).all(|sample| answer(&*contrastive, &sample) == "same"));
    let odd = task("vision/odd-one-out", json!({}));
    let error = odd.sample(&album, &mut TaskRng::new(1, odd.name(), Split::Train, 0), 0).unwrap_err();
    assert!(matches!(error, TaskError::NoSample { .. }), "{error}");
}

#[test]
fn equal_files_are_one_picture() {
    let file = Picture::filled(30, 30, [7; 3]).unwrap().encode_png().unwrap();
    let files = (0..5).map(|index| (format!("{index}"), file.clone()));
    let album = Album::of_files("copies", files, AlbumOptions::default()).unwrap();
    assert_eq!((album.len(), album.repeated()), (1, 4));
    let contrastive = task("vision/contrastive", json!({}));
    let error = contrastive.check_input(&album).unwrap_err().to_string();
    assert!(error.contains("2 of each are needed"), "{error}");
}

#[test]
fn without_changes_views_are_parts_of_their_pictures() {
    // Mean colours of a scene and of a mild view of it are near, those of other scenes farther, in most cases.
    let album = open("scenes:count=8").unwrap();
    let squares = squares(&album, 56);
    let task = task("vision/instance-match", json!({ "options": 4 }));
    let own = |view: &Picture| {
        let far = |picture: &Picture| distance(&picture.resized(3, 3), &view.resized(3, 3));
        (0..squares.len()).min_by(|left, right| far(&squares[*left]).total_cmp(&far(&squares[*right])))
    };
    let right = samples(&*task, &album, 60).filter(|sample| {
        let pictures = shown(sample);
        own(&pictures[0]) == own(&pictures[numbers(&answer(&*task, sample))[0] - 1])
    });
    let right = right.count();
    assert!(right > 30, "{right} of 60");
}

#[test]
fn the_right_piece_fills_the_hole() {
    let album = open("scenes:count=30,size=140").unwrap();
    let squares = squares(&album, 140);
    for close in [false, true] {
        let settings = json!({ "close": close, "options": 4, "show": { "size": 140 } });
        let task = task("vision/inpainting-match", settings);
        for sample in samples(&*task, &album, 12) {
            let pictures = shown(&sample);
            let grey = |x: usize, y: usize| pictures[0].pixel(x, y) == [128; 3];
            let hole =
                (0..140 * 140).map(|at| (at % 140, at / 140)).find(|&(x, y)| grey(x, y) && grey(x + 1, y + 1)).unwrap();
            let area = Area::new(hole.0, hole.1, 56, 56);
            let whole = squares
                .iter()
                .find(|own| {
                    let mut holed = Picture::clone(own);
                    holed.fill(area, [128; 3]);
                    holed == pictures[0]
                })
                .unwrap();
            let missing = whole.crop(area);
            let nearest = (1..pictures.len())
                .min_by(|left, right| {
                    let far = |at: usize| distance(&missing, &pictures[at].resized(56, 56));
                    far(*left).total_cmp(&far(*right))
                })
                .unwrap();
            assert_eq!((nearest + 1).to_string(), answer(&*task, &sample), "close = {close}");
        }
    }
}
