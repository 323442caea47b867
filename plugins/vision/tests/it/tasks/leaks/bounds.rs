//! How near the channels of a colouring come to their bounds does not tell the true one: no hue leaves less room in the pictures shown
//! than another.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::json;
use ssl4rl_vision::picture::Picture;
use ssl4rl_vision::source::open;

use super::super::{answer, numbers, samples, shown, task};
use super::albums::of_any_hue;
use super::{Measure, Picked};

/// Somebody who counts what lies at the bounds.
const AT_BOUNDS: [Measure; 3] = [
    ("number of channels at a bound", |picture| count(picture, |level| level == 0 || level == 255)),
    ("number of channels at 0", |picture| count(picture, |level| level == 0)),
    ("number of channels at 255", |picture| count(picture, |level| level == 255)),
];

/// Somebody who looks how near the channels come to the bounds, which depends on the hue alone.
const NEAR_BOUNDS: [Measure; 3] = [
    ("number of channels near a bound", |picture| count(picture, |level| !(16..240).contains(&level))),
    ("saturation", |picture| mean(picture, |[least, most]| f64::from(most - least) / f64::from(most.max(1)))),
    ("room left", |picture| mean(picture, |[least, most]| f64::from(least.min(255 - most)))),
];

fn count(picture: &Picture, is: fn(u8) -> bool) -> f64 {
    picture.rgb().iter().filter(|level| is(**level)).count() as f64
}

/// Mean over the pixels, each given by its smallest and largest channel.
fn mean(picture: &Picture, of: fn([u8; 2]) -> f64) -> f64 {
    let values = picture.rgb().chunks_exact(3).map(|pixel| {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]];
        of([red.min(green).min(blue), red.max(green).max(blue)])
    });
    values.sum::<f64>() / (picture.rgb().len() / 3) as f64
}

#[test]
fn the_bounds_of_channels_do_not_tell_the_true_colours() {
    const QUESTIONS: u64 = 250;
    let (scenes, of_any_hue) = (open("scenes:count=400").unwrap(), of_any_hue());
    let settings =
        [2, 3, 4, 6].map(|options| [json!({ "options": options }), json!({ "options": options, "grey": true })]);
    let told = settings.as_flattened().into_par_iter().flat_map_iter(|settings| {
        let task = task("vision/colour-match", settings.clone());
        let mut picked = Picked::default();
        let mut ask = |album, name: &str, measures: &[Measure]| {
            for sample in samples(&*task, album, QUESTIONS) {
                let before = usize::from(settings.get("grey").is_some());
                let candidates = shown(&sample).split_off(before);
                let right = numbers(&answer(&*task, &sample))[0] - 1 - before;
                picked.chance = 1.0 / candidates.len() as f64;
                for (measure, of) in measures {
                    let values: Vec<f64> = candidates.iter().map(of).collect();
                    picked.by(&format!("{measure} of {name}"), &values, &[right]);
                }
            }
        };
        ask(&scenes, "scenes", &AT_BOUNDS);
        // Which hue is the natural one is what is asked for; here every hue is as natural as any other.
        ask(&of_any_hue, "pictures of any hue", &AT_BOUNDS);
        ask(&of_any_hue, "pictures of any hue", &NEAR_BOUNDS);
        picked.questions = QUESTIONS as f64;
        picked.told(&format!("vision/colour-match {settings}"))
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{told:#?}");
}
