//! Knobs of generators: declared once in a table, parsed and checked from it.

use std::collections::BTreeMap;

use super::MAX_EDGES;
use crate::GraphError;
use ssl4rl_tasks::nearest;

/// One number that a generator takes.
#[derive(Debug, Clone, Copy)]
pub struct Knob {
    /// What a spec calls it: `p_in`.
    pub name: &'static str,
    /// What it means.
    pub summary: &'static str,
    /// Value where the spec names none; `None` must be named.
    pub default: Option<f64>,
    /// Smallest and largest value.
    pub range: (f64, f64),
    /// Whether only whole numbers make sense.
    pub whole: bool,
}

impl Knob {
    /// A probability.
    pub(super) const fn probability(name: &'static str, summary: &'static str, default: Option<f64>) -> Self {
        Self { name, summary, default, range: (0.0, 1.0), whole: false }
    }

    /// A whole number from `least` to a million.
    pub(super) const fn count(name: &'static str, summary: &'static str, default: Option<f64>, least: f64) -> Self {
        Self { name, summary, default, range: (least, 1e6), whole: true }
    }
}

/// The value of every knob of a generator, each within its range.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    generator: &'static str,
    of_knob: BTreeMap<&'static str, f64>,
}

impl Values {
    /// Reads `knob=value,knob=value`; an empty text takes every default.
    pub(super) fn parse(generator: &'static str, knobs: &'static [Knob], text: &str) -> Result<Self, GenerateError> {
        let mut of_knob = BTreeMap::new();
        for setting in text.split(',').filter(|setting| !setting.is_empty()) {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| GenerateError::Malformed { generator, setting: setting.into() })?;
            let name = name.trim();
            let knob =
                knobs.iter().find(|knob| knob.name == name).ok_or_else(|| unknown_knob(generator, knobs, name))?;
            if of_knob.insert(knob.name, read_value(generator, knob, value.trim())?).is_some() {
                return Err(GenerateError::Repeated { generator, knob: knob.name });
            }
        }
        for knob in knobs {
            if !of_knob.contains_key(knob.name) {
                let missing = || GenerateError::Missing { generator, knob: knob.name, summary: knob.summary };
                of_knob.insert(knob.name, knob.default.ok_or_else(missing)?);
            }
        }
        Ok(Self { generator, of_knob })
    }

    /// A knob's value. Generators ask only for knobs that they declare.
    pub fn real(&self, knob: &str) -> f64 {
        self.of_knob.get(knob).copied().unwrap_or_default()
    }

    /// A whole knob's value.
    pub fn count(&self, knob: &str) -> usize {
        self.real(knob) as usize
    }

    /// An error about several knobs that do not go together.
    pub fn conflict(&self, reason: String) -> GenerateError {
        GenerateError::Conflict { generator: self.generator, reason }
    }

    /// Refuses graphs that would not fit into memory.
    pub fn check_edge_count(&self, expected: f64) -> Result<(), GenerateError> {
        if expected <= MAX_EDGES {
            return Ok(());
        }
        Err(self.conflict(format!("about {expected:.0} edges are too many; at most {MAX_EDGES:.0} are made")))
    }
}

fn unknown_knob(generator: &'static str, knobs: &'static [Knob], name: &str) -> GenerateError {
    let names = || knobs.iter().map(|knob| knob.name);
    let hint = match nearest(name, names()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if knobs.is_empty() => "it has none; `sbm` makes such graphs and has".into(),
        None => format!("known are {}", names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    GenerateError::UnknownKnob { generator, knob: name.into(), hint }
}

fn read_value(generator: &'static str, knob: &Knob, text: &str) -> Result<f64, GenerateError> {
    let (least, most) = knob.range;
    match text.parse::<f64>() {
        Ok(value) if (least..=most).contains(&value) && (!knob.whole || value.fract() == 0.0) => Ok(value),
        _ => Err(GenerateError::BadValue {
            generator,
            knob: knob.name,
            kind: if knob.whole { "a whole number" } else { "a number" },
            least,
            most,
            got: text.into(),
        }),
    }
}

/// Why a graph cannot be generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The generator has no such knob.
    #[error("generator `{generator}`: unknown knob `{knob}`; {hint}")]
    UnknownKnob {
        /// The generator.
        generator: &'static str,
        /// The knob asked for.
        knob: String,
        /// The nearest knob, or all of them.
        hint: String,
    },
    /// A setting has no equals sign.
    #[error("generator `{generator}`: expected `knob=value`, got `{setting}`")]
    Malformed {
        /// The generator.
        generator: &'static str,
        /// The setting.
        setting: String,
    },
    /// A knob is set twice.
    #[error("generator `{generator}`: `{knob}` is set twice; keep one")]
    Repeated {
        /// The generator.
        generator: &'static str,
        /// The knob.
        knob: &'static str,
    },
    /// A knob without a default is not set.
    #[error("generator `{generator}`: `{knob}` ({summary}) is missing; add `{knob}=…`")]
    Missing {
        /// The generator.
        generator: &'static str,
        /// The knob.
        knob: &'static str,
        /// What it means.
        summary: &'static str,
    },
    /// A value is no number, not whole, or out of range.
    #[error("generator `{generator}`: `{knob}` must be {kind} from {least} to {most}, got `{got}`")]
    BadValue {
        /// The generator.
        generator: &'static str,
        /// The knob.
        knob: &'static str,
        /// The kind of number.
        kind: &'static str,
        /// Smallest value.
        least: f64,
        /// Largest value.
        most: f64,
        /// What the spec says.
        got: String,
    },
    /// Knobs that are fine alone do not go together.
    #[error("generator `{generator}`: {reason}")]
    Conflict {
        /// The generator.
        generator: &'static str,
        /// What contradicts what.
        reason: String,
    },
    /// The graph's own checks failed.
    #[error(transparent)]
    Graph(#[from] GraphError),
}
