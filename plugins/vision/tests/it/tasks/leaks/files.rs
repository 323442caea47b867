//! Sizes, files and text.

use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::json;
use ssl4rl_tasks::{DynTask, Registry, Split, prompt_text};
use ssl4rl_vision::picture::Area;
use ssl4rl_vision::source::{Album, AlbumOptions, open};
use ssl4rl_vision::tasks::registry;

use super::super::{files, sample, samples, shown};
use super::mean_and_error;

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
