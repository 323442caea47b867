//! The candidates among themselves do not tell which of them is the right one.

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use ssl4rl_tasks::{DynSample, DynTask};
use ssl4rl_vision::picture::{Picture, correlation};
use ssl4rl_vision::source::open;

use super::super::{answer, distance, numbers, samples, shown, task};
use super::albums::{noise, of_any_hue};
use super::{MEASURES, Picked};

/// Questions for one of several candidates, and how many pictures stand before these. In `odd-one-out` the rest are views of one
/// picture, and in tasks that order or name what was done to a picture the measures are what is asked for.
const MATCHES: [(&str, &str, usize); 8] = [
    ("vision/instance-match", "{}", 1),
    ("vision/inpainting-match", "{}", 1),
    ("vision/inpainting-match", r#"{ "close": true, "options": 4 }"#, 1),
    ("vision/inpainting-match", r#"{ "hole": 0.6 }"#, 1),
    ("vision/adjacency", "{}", 1),
    ("vision/adjacency", r#"{ "same_picture": true, "options": 4 }"#, 1),
    ("vision/colour-match", r#"{ "least_colour": 4.0 }"#, 0),
    ("vision/colour-match", r#"{ "least_colour": 4.0, "grey": true }"#, 1),
];

/// The candidates of a question, of which the first `before` pictures are none, and the place of the right one among them.
fn candidates(task: &dyn DynTask, sample: &DynSample, before: usize) -> (Vec<Picture>, usize) {
    let right = numbers(&answer(task, sample))[0] - 1 - before;
    (shown(sample).split_off(before), right)
}

#[test]
fn no_measure_of_the_candidates_tells_the_right_one() {
    const QUESTIONS: u64 = 300;
    let (scenes, of_any_hue) = (open("scenes:count=400").unwrap(), of_any_hue());
    let told = MATCHES.into_par_iter().flat_map_iter(|(name, settings, before)| {
        let task = task(name, serde_json::from_str(settings).unwrap());
        let mut picked = Picked::default();
        // Which hue is the natural one is what is asked for; here every hue is as natural as any other.
        let album = if name == "vision/colour-match" { &of_any_hue } else { &scenes };
        for sample in samples(&*task, album, QUESTIONS) {
            let (candidates, right) = candidates(&*task, &sample, before);
            (picked.questions, picked.chance) = (picked.questions + 1.0, 1.0 / candidates.len() as f64);
            for (name, measure) in &MEASURES {
                picked.by(name, &candidates.iter().map(measure).collect::<Vec<_>>(), &[right]);
            }
            // The one that the others were made from, or that alone is of another picture.
            let apart = |one: &Picture| candidates.iter().map(|other| distance(one, other)).sum();
            picked.by("distance from the others", &candidates.iter().map(apart).collect::<Vec<f64>>(), &[right]);
            let likeness = |one: &Picture| candidates.iter().map(|other| correlation(one, other)).sum();
            picked.by("likeness to the others", &candidates.iter().map(likeness).collect::<Vec<f64>>(), &[right]);
        }
        picked.told(&format!("{name} {settings}"))
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{told:#?}");
}

/// Number of different colours.
fn colours(picture: &Picture) -> f64 {
    let colours: BTreeSet<&[u8]> = picture.rgb().chunks_exact(3).collect();
    colours.len() as f64
}

/// Share of the pixels whose middle channel lies a number of sixteenths of the way from the smallest to the largest: hues that are
/// multiples of 1/96 of the circle, where their rounding leaves no rest.
fn sixteenths(picture: &Picture) -> f64 {
    let whole = picture.rgb().chunks_exact(3).filter(|pixel| {
        let mut channels = [pixel[0], pixel[1], pixel[2]].map(u32::from);
        channels.sort_unstable();
        let [least, middle, most] = channels;
        most == least || (16 * (middle - least)).is_multiple_of(most - least)
    });
    whole.count() as f64
}

/// Colours of photographs are anything; only those of the wrong candidates are made. If the true ones were left as they are, or hues
/// were rounded to places that the others are turned away from, counting would tell which they are.
#[test]
fn the_rounding_of_colours_does_not_tell_the_true_ones() {
    let task = task("vision/colour-match", serde_json::json!({ "least_colour": 4.0 }));
    let mut picked = Picked::default();
    for sample in samples(&*task, &noise(1, 20), 120) {
        let (candidates, right) = candidates(&*task, &sample, 0);
        (picked.questions, picked.chance) = (picked.questions + 1.0, 1.0 / candidates.len() as f64);
        for (name, measure) in [("number of colours", colours as fn(&Picture) -> f64), ("sixteenths", sixteenths)] {
            picked.by(name, &candidates.iter().map(measure).collect::<Vec<_>>(), &[right]);
        }
    }
    let told = picked.told("vision/colour-match");
    assert!(told.is_empty(), "{told:#?}");
}
