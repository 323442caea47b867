//! Nothing but what is on the pictures tells the answer: not their sizes, files or borders, not the text, not how busy, bright or
//! sharp the right one is.

use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::json;
use ssl4rl_tasks::{DynSample, DynTask, Registry, Split, TaskRng, prompt_text};
use ssl4rl_vision::picture::{Area, Paint, Picture, Shape, correlation};
use ssl4rl_vision::source::{Album, AlbumOptions, open};
use ssl4rl_vision::tasks::registry;

use super::{answer, files, numbers, sample, samples, shown, task};

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
        let area = Area::new(0, 0, 100 + index, 168 - 2 * index);
        (format!("{index}"), scene.crop(area).encode_png().unwrap())
    });
    Album::of_files("shapes", files, AlbumOptions::default()).unwrap()
}

/// The settings under which every task is looked at: its own, and with letters where it has them.
fn variants(registry: &Registry, name: &str) -> Vec<Box<dyn DynTask>> {
    let defaults = registry.default_config(name).unwrap();
    let mut variants = vec![registry.build(name, None).unwrap()];
    if defaults.get("answer_style").is_some() {
        variants.push(registry.build(name, Some(json!({ "answer_style": "letter" }))).unwrap());
    }
    variants
}

/// Kind and length of every chunk of a PNG file.
fn chunks(file: &[u8]) -> Vec<(String, usize)> {
    let (mut found, mut at) = (Vec::new(), 8);
    while at < file.len() {
        let length = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        found.push((String::from_utf8(file[at + 4..at + 8].to_vec()).unwrap(), length));
        at += 12 + length;
    }
    found
}

#[test]
fn files_tell_nothing_but_the_size_of_their_picture() {
    let album = open("scenes:count=80").unwrap();
    let registry = registry().unwrap();
    let mut by_size: BTreeMap<(usize, usize), Vec<(String, usize)>> = BTreeMap::new();
    for (name, _) in registry.tasks() {
        for sample in samples(&*registry.build(name, None).unwrap(), &album, 12) {
            for (file, picture) in files(&sample).into_iter().zip(shown(&sample)) {
                let chunks = chunks(file);
                let kinds: Vec<&str> = chunks.iter().map(|(kind, _)| kind.as_str()).collect();
                assert!(
                    kinds.len() >= 3 && kinds[0] == "IHDR" && kinds[kinds.len() - 1] == "IEND",
                    "{name}: {kinds:?}"
                );
                assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == "IDAT"), "{name}: {kinds:?}");
                let size = (picture.width(), picture.height());
                assert_eq!(*by_size.entry(size).or_insert_with(|| chunks.clone()), chunks, "{name}");
            }
        }
    }
}

/// Whoever learned by heart, from half of the questions, which answer goes with which text knows nothing of the other half.
#[test]
fn the_text_alone_does_not_tell() {
    const LEARNED: u64 = 160;
    let album = open("scenes:count=300").unwrap();
    let registry = registry().unwrap();
    let names: Vec<&str> = registry.tasks().map(|(name, _)| name).collect();
    names.into_par_iter().for_each(|name| {
        for task in variants(&registry, name) {
            let mut answers: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
            for sample in samples(&*task, &album, LEARNED) {
                let counts = answers.entry(prompt_text(&sample.prompt)).or_default();
                *counts.entry(task.oracle(&sample.truth).unwrap()).or_default() += 1;
            }
            let learned =
                |text: &str| answers.get(text)?.iter().max_by_key(|(_, count)| **count).map(|(answer, _)| answer);
            let gains: Vec<f64> = (LEARNED..2 * LEARNED)
                .map(|index| sample(&*task, &album, Split::Train, index))
                .filter_map(|sample| {
                    let verdict = task.verify(learned(&prompt_text(&sample.prompt))?, &sample.truth).unwrap();
                    Some(f64::from(verdict.score) - f64::from(sample.chance))
                })
                .collect();
            assert!(gains.len() as u64 > LEARNED / 2, "{name}: texts hardly ever come again");
            let (mean, error) = mean_and_error(&gains);
            assert!(mean < 4.0 * error, "{name}: {mean:.3} above chance, error {error:.3}");
        }
    });
}

/// Mean and its standard error, of which a little is left where all values are one.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, (variance.max(1.0 / count) / count).sqrt())
}

/// A number by which somebody who does not look at what is shown might choose.
type Measure = (&'static str, fn(&Picture) -> f64);

const MEASURES: [Measure; 6] = [
    ("compressed length", |picture| picture.encode_png().unwrap().len() as f64),
    ("brightness", |picture| f64::from(picture.grey().mean_colour()[0])),
    ("contrast", Picture::deviation),
    ("sharpness", Picture::edge_energy),
    ("colour", Picture::colourfulness),
    ("border", |picture| {
        let (width, height) = (picture.width(), picture.height());
        let inner = picture.crop(Area::new(2, 2, width - 4, height - 4));
        picture.edge_energy() - inner.edge_energy()
    }),
];

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

/// How often each rule picks the right candidate, compared with picking any: the candidate with the largest value, and the one with
/// the smallest. Of several with the same value one is picked at random.
#[derive(Default)]
struct Picked {
    questions: f64,
    chance: f64,
    rules: BTreeMap<String, f64>,
}

impl Picked {
    fn by(&mut self, measure: &str, values: &[f64], right: usize) {
        let extreme = |rule: fn(f64, f64) -> f64| values.iter().copied().reduce(rule).unwrap();
        for (rule, extreme) in [("largest", extreme(f64::max)), ("smallest", extreme(f64::min))] {
            let taken = values.iter().filter(|value| value.total_cmp(&extreme).is_eq()).count();
            let share = if values[right].total_cmp(&extreme).is_eq() { 1.0 / taken as f64 } else { 0.0 };
            *self.rules.entry(format!("{rule} {measure}")).or_default() += share;
        }
    }

    fn told(&self, name: &str) -> Vec<String> {
        let error = (self.chance * (1.0 - self.chance) / self.questions).sqrt();
        let shares = self.rules.iter().map(|(rule, count)| (rule, count / self.questions));
        let told = shares.filter(|(_, share)| *share > self.chance + 4.0 * error);
        told.map(|(rule, share)| format!("{name}: the {rule} is right in {share:.3}")).collect()
    }
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
                picked.by(name, &candidates.iter().map(measure).collect::<Vec<_>>(), right);
            }
            // The one that the others were made from, or that alone is of another picture.
            let apart = |one: &Picture| candidates.iter().map(|other| super::distance(one, other)).sum();
            picked.by("distance from the others", &candidates.iter().map(apart).collect::<Vec<f64>>(), right);
            let likeness = |one: &Picture| candidates.iter().map(|other| correlation(one, other)).sum();
            picked.by("likeness to the others", &candidates.iter().map(likeness).collect::<Vec<f64>>(), right);
        }
        picked.told(&format!("{name} {settings}"))
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{told:#?}");
}

/// How well the questions of the second half are answered by the best rule that the first half shows: the answer that is most common
/// above or below the median of one measure.
fn best_stump(task: &dyn DynTask, album: &Album, count: u64, at: usize) -> Vec<(&'static str, f64, f64)> {
    let questions: Vec<(Vec<f64>, String)> = samples(task, album, count)
        .map(|sample| {
            let picture = &shown(&sample)[at];
            (MEASURES.iter().map(|(_, measure)| measure(picture)).collect(), answer(task, &sample))
        })
        .collect();
    let (learned, asked) = questions.split_at(questions.len() / 2);
    let rule = |(measure, (name, _)): (usize, &Measure)| {
        let mut values: Vec<f64> = learned.iter().map(|(values, _)| values[measure]).collect();
        values.sort_by(f64::total_cmp);
        let median = values[values.len() / 2];
        let common = |above: bool| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for (_, answer) in learned.iter().filter(|(values, _)| (values[measure] > median) == above) {
                *counts.entry(answer).or_default() += 1;
            }
            counts.into_iter().max_by_key(|(_, count)| *count).map(|(answer, _)| answer)
        };
        let [below, above] = [common(false), common(true)];
        let right = asked.iter().filter(|(values, answer)| {
            let guess = if values[measure] > median { above } else { below };
            guess == Some(answer.as_str())
        });
        let share = right.count() as f64 / asked.len() as f64;
        (*name, share, (share * (1.0 - share) / asked.len() as f64).sqrt())
    };
    MEASURES.iter().enumerate().map(rule).collect()
}

#[test]
fn no_measure_of_a_changed_picture_tells_how_it_was_changed() {
    let (scenes, discs) = (open("scenes:count=400").unwrap(), discs());
    let mut told = Vec::new();
    for (name, settings, at, chance, album) in [
        // Pictures without a direction: turned or mirrored they look as they did, and no part of them differs from another.
        ("vision/rotation", json!({}), 0, 0.25, &discs),
        ("vision/rotation", json!({ "pair": true }), 1, 0.25, &discs),
        ("vision/rotation", json!({ "step": 45 }), 0, 0.125, &discs),
        ("vision/rotation", json!({ "step": 15 }), 0, 1.0 / 24.0, &discs),
        ("vision/flip", json!({ "pair": false }), 0, 0.5, &discs),
        ("vision/flip", json!({ "pair": true }), 1, 1.0 / 3.0, &discs),
        ("vision/jigsaw", json!({ "rows": 1, "columns": 2, "in_place": true }), 0, 0.5, &discs),
        ("vision/position", json!({}), 0, 0.25, &discs),
        ("vision/position", json!({}), 1, 0.25, &discs),
        ("vision/pair-relation", json!({}), 0, 0.25, &discs),
        ("vision/flipped-tile", json!({}), 0, 0.25, &discs),
        ("vision/swapped-tiles", json!({}), 0, 1.0 / 6.0, &discs),
        ("vision/contrastive", json!({}), 0, 0.5, &scenes),
        ("vision/contrastive", json!({}), 1, 0.5, &scenes),
        ("vision/correspondence", json!({ "points": 3 }), 0, 1.0 / 3.0, &scenes),
        ("vision/correspondence", json!({ "points": 3 }), 1, 1.0 / 3.0, &scenes),
        ("vision/change-spotting", json!({}), 0, 0.25, &scenes),
        ("vision/change-spotting", json!({}), 1, 0.25, &scenes),
        ("vision/channel-order", json!({}), 0, 1.0 / 6.0, &scenes),
    ] {
        let task = task(name, settings);
        for (measure, share, error) in best_stump(&*task, album, 300, at) {
            if share > chance + 4.0 * error.max(0.025) {
                told.push(format!("{name}, picture {}: {measure} answers {share:.3} of the questions", at + 1));
            }
        }
    }
    assert!(told.is_empty(), "{told:#?}");
}

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

/// Scenes with their hues turned by any twelfth of the circle, of colours that all twelve have room for.
fn of_any_hue() -> Album {
    let scenes = open("scenes:count=300,size=56").unwrap();
    let turns: Vec<i32> = (0..12).map(|turn| 128 * turn).collect();
    let files = (0..scenes.len()).map(|index| {
        let mut rng = TaskRng::new(8, "test/hues", Split::Train, index as u64);
        let turned = &scenes.picture(index).unwrap().recolourings(&turns)[rng.below(12)];
        (format!("{index}"), turned.encode_png().unwrap())
    });
    Album::of_files("of any hue", files, AlbumOptions::default()).unwrap()
}

/// Noise with as much at every scale as at any other.
fn grain() -> Album {
    const SIDE: usize = 168;
    let files = (0..20).map(|index| {
        let mut rng = TaskRng::new(6, "test/grain", Split::Train, index);
        let octaves: Vec<Vec<u8>> = (0..6).map(|_| (0..SIDE * SIDE).map(|_| rng.below(40) as u8).collect()).collect();
        let level = |x: usize, y: usize| {
            let levels = octaves.iter().enumerate().map(|(octave, noise)| noise[(y >> octave) * SIDE + (x >> octave)]);
            [levels.sum::<u8>(); 3]
        };
        (format!("{index}"), Picture::from_pixels(SIDE, SIDE, level).unwrap().encode_png().unwrap())
    });
    Album::of_files("grain", files, AlbumOptions::default()).unwrap()
}

/// What the finest details hold: the distance from the picture without them.
fn fine_energy(picture: &Picture) -> f64 {
    super::distance(picture, &picture.blurred(1)) / picture.deviation()
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
