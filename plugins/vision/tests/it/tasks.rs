//! What the conformance kit cannot know: that the answers are right, and that nothing but the pixels tells them.

mod changes;
mod counting;
mod jigsaw;
mod leaks;
mod matching;
mod paper;
mod places;
mod rotation;
mod settings;

use std::sync::Arc;

use ssl4rl_tasks::{DynSample, DynTask, Part, Split, TaskRng};
use ssl4rl_vision::picture::{Area, Picture, decode};
use ssl4rl_vision::source::Album;
use ssl4rl_vision::tasks::registry;

/// A task with settings of its own.
fn task(name: &str, settings: serde_json::Value) -> Box<dyn DynTask> {
    registry().unwrap().build(name, Some(settings)).unwrap()
}

fn sample(task: &dyn DynTask, album: &Album, split: Split, index: u64) -> DynSample {
    task.sample(album, &mut TaskRng::new(7, task.name(), split, index), index).unwrap()
}

/// Training questions.
fn samples<'run>(task: &'run dyn DynTask, album: &'run Album, count: u64) -> impl Iterator<Item = DynSample> + 'run {
    (0..count).map(|index| sample(task, album, Split::Train, index))
}

/// The pictures of a prompt.
fn shown(sample: &DynSample) -> Vec<Picture> {
    files(sample).iter().map(|file| decode(file).unwrap()).collect()
}

/// The files of a prompt's pictures.
fn files(sample: &DynSample) -> Vec<&[u8]> {
    let blobs = sample.prompt.iter().filter_map(|part| match part {
        Part::Blob { bytes, .. } => Some(bytes.as_slice()),
        Part::Text(_) => None,
    });
    blobs.collect()
}

/// The answer of the task's oracle.
fn answer(task: &dyn DynTask, sample: &DynSample) -> String {
    let oracle = task.oracle(&sample.truth).unwrap();
    ssl4rl_tasks::protocol::answer(&oracle).unwrap().to_owned()
}

/// The numbers of an answer.
fn numbers(answer: &str) -> Vec<usize> {
    answer.split(", ").map(|number| number.parse().unwrap()).collect()
}

/// Every picture of the album, squared.
fn squares(album: &Album, side: usize) -> Vec<Arc<Picture>> {
    (0..album.len()).map(|index| album.square(index, side).unwrap()).collect()
}

/// Sum of differences of all channels, per channel; infinite where sizes differ.
fn distance(left: &Picture, right: &Picture) -> f64 {
    if (left.width(), left.height()) != (right.width(), right.height()) {
        return f64::INFINITY;
    }
    let sum: u64 = left.rgb().iter().zip(right.rgb()).map(|(left, right)| u64::from(left.abs_diff(*right))).sum();
    sum as f64 / left.rgb().len() as f64
}

/// The least distance of `part` from any place of `whole`.
fn found(whole: &Picture, part: &Picture) -> f64 {
    let mut least = f64::INFINITY;
    for top in 0..=whole.height() - part.height() {
        for left in 0..=whole.width() - part.width() {
            let place = whole.crop(Area::new(left, top, part.width(), part.height()));
            least = least.min(distance(&place, part));
        }
    }
    least
}
