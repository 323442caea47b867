//! Patches and shapes counted by their pixels.

use serde_json::json;
use ssl4rl_vision::picture::Picture;
use ssl4rl_vision::source::{Album, AlbumOptions};

use super::{answer, samples, shown, task};

/// Pictures in colours that no overlay has.
fn plain_album() -> Album {
    let picture = |shade: u8| Picture::from_pixels(168, 168, |x, y| [shade, x as u8 / 2, 60 + y as u8 / 4]);
    let files = (0..10).map(|shade| (format!("{shade}"), picture(shade * 9).unwrap().encode_png().unwrap()));
    Album::of_files("plain", files, AlbumOptions::default()).unwrap()
}

/// Numbers of pixels of each connected region of any of the colours, with the pixels of its bounding box.
fn regions(picture: &Picture, colours: &[[u8; 3]]) -> Vec<(usize, usize)> {
    let (width, height) = (picture.width(), picture.height());
    let mut open: Vec<bool> =
        (0..width * height).map(|at| colours.contains(&picture.pixel(at % width, at / width))).collect();
    let mut found = Vec::new();
    for start in 0..open.len() {
        let (mut stack, mut size) = (vec![start], 0);
        let (mut left, mut top, mut right, mut bottom) = (width, height, 0, 0);
        while let Some(at) = stack.pop() {
            if !std::mem::replace(&mut open[at], false) {
                continue;
            }
            let (x, y) = (at % width, at / width);
            size += 1;
            (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x), bottom.max(y));
            stack.extend((x + 1 < width).then_some(at + 1));
            stack.extend((x > 0).then(|| at - 1));
            stack.extend((y + 1 < height).then_some(at + width));
            stack.extend((y > 0).then(|| at - width));
        }
        if size > 0 {
            found.push((size, (right + 1 - left) * (bottom + 1 - top)));
        }
    }
    found
}

#[test]
fn patches_are_as_many_as_the_answer_says() {
    let album = plain_album();
    let task = task("vision/region-count", json!({ "most": 9, "show": { "size": 168 } }));
    for sample in samples(&*task, &album, 40) {
        let count = regions(&shown(&sample)[0], &[[255, 0, 255]]).len();
        assert_eq!(count.to_string(), answer(&*task, &sample));
    }
}

#[test]
fn shapes_are_as_many_as_the_answer_says() {
    let album = plain_album();
    let task = task("vision/shape-count", json!({ "most": 4, "show": { "size": 168 } }));
    let colours = [[255, 0, 255], [0, 255, 255], [255, 255, 0], [255, 90, 0]];
    for sample in samples(&*task, &album, 40) {
        let text = ssl4rl_tasks::prompt_text(&sample.prompt);
        // A circle fills 79 % of the box around it, a triangle half; edges are mixed colours.
        let wanted = if text.contains("circles") {
            0.65..0.88
        } else if text.contains("squares") {
            0.88..1.01
        } else {
            0.0..0.65
        };
        let all = regions(&shown(&sample)[0], &colours);
        let count = all.iter().filter(|(size, bounds)| wanted.contains(&(*size as f64 / *bounds as f64))).count();
        assert_eq!(count.to_string(), answer(&*task, &sample), "{text} {all:?}");
    }
}
