//! Nothing but what is on the pictures tells the answer: not their sizes, files or borders, not the text, not how busy, bright or
//! sharp the right one is.

mod albums;
mod bounds;
mod candidates;
mod cells;
mod changed;
mod files;
mod rings;
mod turned;

use std::collections::BTreeMap;

use ssl4rl_vision::picture::{Area, Picture};

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

/// How often each rule picks what is asked for, compared with picking anything: what has the largest value, and what has the smallest. Of
/// several with the same value one is picked at random.
#[derive(Default)]
struct Picked {
    questions: f64,
    chance: f64,
    rules: BTreeMap<String, f64>,
}

impl Picked {
    fn by(&mut self, measure: &str, values: &[f64], right: &[usize]) {
        let extreme = |rule: fn(f64, f64) -> f64| values.iter().copied().reduce(rule).unwrap();
        for (rule, extreme) in [("largest", extreme(f64::max)), ("smallest", extreme(f64::min))] {
            let taken = values.iter().filter(|value| value.total_cmp(&extreme).is_eq()).count();
            let right = right.iter().filter(|at| values[**at].total_cmp(&extreme).is_eq()).count();
            *self.rules.entry(format!("{rule} {measure}")).or_default() += right as f64 / taken as f64;
        }
    }

    fn told(&self, name: &str) -> Vec<String> {
        let error = (self.chance * (1.0 - self.chance) / self.questions).sqrt();
        let shares = self.rules.iter().map(|(rule, count)| (rule, count / self.questions));
        let told = shares.filter(|(_, share)| *share > self.chance + 4.0 * error);
        told.map(|(rule, share)| format!("{name}: the {rule} is right in {share:.3}")).collect()
    }
}
