//! Where the rings of `vision/correspondence` lie does not tell which of them is at the point of the white one.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::json;
use ssl4rl_vision::source::open;

use super::super::places::{Place, RINGS, middle};
use super::super::{answer, samples, shown, task};
use super::Picked;

fn apart(one: Place, other: Place) -> f64 {
    (one.0 - other.0).hypot(one.1 - other.1)
}

#[test]
fn the_places_of_rings_do_not_tell_the_right_one() {
    const QUESTIONS: u64 = 400;
    let album = open("scenes:count=400").unwrap();
    let settings = [
        json!({ "points": 2 }),
        json!({ "points": 3 }),
        json!({ "points": 4 }),
        json!({ "points": 2, "crop": 0.6 }),
        json!({ "points": 4, "crop": 0.6 }),
        json!({ "points": 4, "crop": 0.3, "recolour": true }),
    ];
    let told = settings.into_par_iter().flat_map_iter(|settings| {
        let task = task("vision/correspondence", settings.clone());
        let rings = &RINGS[..settings["points"].as_u64().unwrap() as usize];
        let mut picked = Picked { chance: 1.0 / rings.len() as f64, ..Picked::default() };
        for sample in samples(&*task, &album, QUESTIONS) {
            let (pictures, answer) = (shown(&sample), answer(&*task, &sample));
            let white = middle(&pictures[0], [255; 3]);
            let right = rings.iter().position(|(name, _)| *name == answer).unwrap();
            let places: Vec<Place> = rings.iter().map(|(_, colour)| middle(&pictures[1], *colour)).collect();
            let mut by = |measure: &str, of: &dyn Fn(Place) -> f64| {
                picked.by(measure, &places.iter().map(|place| of(*place)).collect::<Vec<f64>>(), &[right]);
            };
            by("distance from the white ring's place", &|place| apart(place, white));
            by("distance from the middle", &|place| apart(place, (0.5, 0.5)));
            by("distance from the other rings", &|place| places.iter().map(|other| apart(place, *other)).sum());
            by("place from left to right", &|place| place.0);
            by("place from top to bottom", &|place| place.1);
            picked.questions += 1.0;
        }
        picked.told(&format!("vision/correspondence {settings}"))
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{told:#?}");
}
