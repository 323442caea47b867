//! Tiles laid as the answer says make a picture of the album.

use serde_json::json;
use ssl4rl_tasks::Split;
use ssl4rl_vision::picture::Picture;
use ssl4rl_vision::question::Grid;
use ssl4rl_vision::source::{Album, AlbumOptions, open};

use super::{answer, numbers, sample, samples, shown, squares, task};

#[test]
fn the_answer_puts_the_picture_together() {
    let album = open("scenes:count=40").unwrap();
    let whole = squares(&album, 84);
    for (rows, columns, in_place) in [(2, 2, false), (2, 3, false), (3, 3, true), (1, 2, true)] {
        let grid = Grid { rows, columns };
        let task = task("vision/jigsaw", json!({ "rows": rows, "columns": columns, "in_place": in_place }));
        for sample in samples(&*task, &album, 20) {
            let pictures = shown(&sample);
            let tiles = if in_place { grid.tiles(&pictures[0]) } else { pictures };
            let order = numbers(&answer(&*task, &sample));
            let laid: Vec<Picture> = order.iter().map(|number| tiles[number - 1].clone()).collect();
            let joined = grid.joined(&laid, 0).unwrap();
            assert!(whole.iter().any(|whole| **whole == joined), "{rows} by {columns}");
        }
    }
}

#[test]
fn the_paper_reads_the_order_the_same_way() {
    let album = open("scenes:count=40").unwrap();
    let whole = squares(&album, 84);
    let task = task("vision/jigsaw", json!({ "construction": "paper" }));
    for sample in samples(&*task, &album, 20) {
        let tiles = shown(&sample);
        let order: Vec<usize> = answer(&*task, &sample).split(',').map(|number| number.parse().unwrap()).collect();
        let laid: Vec<Picture> = order.iter().map(|number| tiles[number - 1].clone()).collect();
        let joined = Grid::square(2).joined(&laid, 0).unwrap();
        assert!(whole.iter().any(|whole| **whole == joined));
        // The fault that the mended construction does not have.
        let constant = task.verify("<answer>1,1,1,1</answer>", &sample.truth).unwrap();
        assert!((constant.score - 0.25).abs() < 1e-6);
    }
}

#[test]
fn only_permutations_earn_anything() {
    let album = open("scenes:count=40").unwrap();
    let task = task("vision/jigsaw", json!({}));
    let sample = sample(&*task, &album, Split::Train, 0);
    for answer in ["1, 1, 1, 1", "1, 2, 3", "1, 2, 3, 4, 1", "0, 1, 2, 3", "tiles"] {
        assert!(
            task.verify(&format!("<answer>{answer}</answer>"), &sample.truth).unwrap().score.abs() < 1e-9,
            "{answer}"
        );
    }
}

#[test]
fn equal_tiles_may_stand_for_each_other() {
    // The two upper tiles are one colour; the lower ones differ.
    let picture = |shade: u8| {
        Picture::from_pixels(84, 84, |x, y| if y < 42 { [shade; 3] } else { [x as u8 * 3, y as u8 * 2, 200] })
            .unwrap()
            .encode_png()
            .unwrap()
    };
    let files = (0..8).map(|shade| (format!("{shade}"), picture(shade * 30)));
    let album = Album::of_files("flat sky", files, AlbumOptions::default()).unwrap();
    let task = task("vision/jigsaw", json!({}));
    let sample = sample(&*task, &album, Split::Train, 0);
    let mut order = numbers(&answer(&*task, &sample));
    order.swap(0, 1);
    let other: Vec<String> = order.iter().map(usize::to_string).collect();
    assert!(task.verify(&format!("<answer>{}</answer>", other.join(", ")), &sample.truth).unwrap().exact);
    order.swap(1, 2);
    let wrong: Vec<String> = order.iter().map(usize::to_string).collect();
    assert!(!task.verify(&format!("<answer>{}</answer>", wrong.join(", ")), &sample.truth).unwrap().exact);
    assert!(sample.chance > 0.25);
}
