//! The stated angle is the one by which the picture was turned.

use serde_json::json;
use ssl4rl_tasks::Split;
use ssl4rl_vision::picture::correlation;
use ssl4rl_vision::source::open;

use super::{answer, sample, shown, task};

#[test]
fn turning_the_first_picture_by_the_answer_gives_the_second() {
    let album = open("scenes:count=300").unwrap();
    for settings in [json!({ "pair": true }), json!({ "construction": "paper" })] {
        let task = task("vision/rotation", settings);
        for index in 0..40 {
            let sample = sample(&*task, &album, Split::Train, index);
            let pictures = shown(&sample);
            let degrees: usize = answer(&*task, &sample).parse().unwrap();
            assert_eq!(pictures[0].quarter_turned(degrees / 90), pictures[1]);
        }
    }
}

#[test]
fn finer_steps_are_turns_too() {
    let album = open("scenes:count=300").unwrap();
    let task = task("vision/rotation", json!({ "pair": true, "step": 30, "show": { "size": 168 } }));
    for index in 0..24 {
        let sample = sample(&*task, &album, Split::Train, index);
        let pictures = shown(&sample);
        let degrees: usize = answer(&*task, &sample).parse().unwrap();
        // Within the circle that both fill, turning on by what is missing to a whole turn brings the first back.
        let side = 84;
        let back = pictures[1].turned_centre(360 - degrees, side, side);
        let wrong = pictures[1].turned_centre(360 - degrees + 30, side, side);
        let upright = pictures[0].turned_centre(0, side, side);
        let (right, wrong) = (correlation(&back, &upright), correlation(&wrong, &upright));
        assert!(right > 0.95 && right > wrong, "{degrees} degrees: {right} against {wrong}");
    }
}

#[test]
fn held_out_questions_show_held_out_pictures() {
    let album = open("scenes:count=60").unwrap();
    let task = task("vision/rotation", json!({}));
    for (split, count) in [(Split::HeldOut, 20), (Split::Train, 60), (Split::Examples, 20)] {
        let own: Vec<_> = album.of_split(split).iter().map(|&index| album.picture(index).unwrap()).collect();
        for index in 0..count {
            let picture = shown(&sample(&*task, &album, split, index)).remove(0);
            let upright = (0..4).any(|quarters| own.iter().any(|own| **own == picture.quarter_turned(quarters)));
            assert!(upright, "{split:?} {index}");
        }
    }
}

#[test]
fn a_round_picture_is_left_out() {
    let disc = ssl4rl_vision::picture::Picture::from_pixels(84, 84, |x, y| {
        let (across, down) = (x as i64 * 2 - 83, y as i64 * 2 - 83);
        [(across * across + down * down).min(255 * 64) as u8 / 64 * 4; 3]
    });
    let file = disc.unwrap().encode_png().unwrap();
    let plain = |shade: u8| ssl4rl_vision::picture::Picture::filled(84, 84, [shade; 3]).unwrap().encode_png().unwrap();
    let files = [("disc".to_owned(), file), ("grey".to_owned(), plain(9)), ("light".to_owned(), plain(200))];
    let album =
        ssl4rl_vision::source::Album::of_files("round", files, ssl4rl_vision::source::AlbumOptions::default()).unwrap();
    let task = task("vision/rotation", json!({}));
    let mut rng = ssl4rl_tasks::TaskRng::new(1, task.name(), Split::Train, 0);
    let error = task.sample(&album, &mut rng, 0).unwrap_err();
    assert!(matches!(error, ssl4rl_tasks::TaskError::NoSample { .. }), "{error}");
    assert!(!album.rejections().is_empty());
}
