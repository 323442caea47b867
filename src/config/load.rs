//! Reading settings from TOML and writing them back, with the place of every mistake.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::knobs::{self, Knob};
use super::{Config, ConfigError};
use crate::tasks::in_words;

impl Config {
    /// Reads a settings file; what it leaves out is its preset's, or the default. Bounds are checked by
    /// [`Config::validate`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::default().with_file(path, None)
    }

    /// These settings where a settings file, read as if it named `preset` where that is given, does not say otherwise.
    pub(super) fn with_file(&self, path: &Path, preset: Option<&str>) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        self.with_text(&text, path, preset)
    }

    /// Reads settings from text; `path` is only named in errors.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        Self::default().with_text(text, path, None)
    }

    fn with_text(&self, text: &str, path: &Path, preset: Option<&str>) -> Result<Self, ConfigError> {
        let malformed = |error: &toml::de::Error| {
            let (line, column) = position(text, error.span());
            ConfigError::Malformed { path: path.to_owned(), line, column, message: in_words(error.message()) }
        };
        let table = DeTable::parse(text).map_err(|error| malformed(&error))?;
        if let Some(unknown) = first_unknown(table.get_ref(), &mut Vec::new()) {
            let (line, column) = position(text, Some(unknown.span));
            let (path, knob, hint) = (path.to_owned(), unknown.knob, unknown.hint);
            return Err(ConfigError::UnknownInFile { path, line, column, knob, hint });
        }
        if let Some((number, span)) = first_not_finite(table.get_ref()) {
            let (line, column) = position(text, Some(span));
            let message = format!("expected a finite number, got `{number}`");
            return Err(ConfigError::Malformed { path: path.to_owned(), line, column, message });
        }
        let plain: Self = toml::from_str(text).map_err(|error| malformed(&error))?;
        let preset = preset.unwrap_or(&plain.preset);
        let settings: serde_json::Value = toml::from_str(text).map_err(|error| malformed(&error))?;
        // Tasks named in a file are those of the run, not additions to the defaults'.
        let own_tasks = settings.get("tasks").is_some();
        let defaults = if own_tasks { Self { tasks: BTreeMap::new(), ..self.clone() } } else { self.clone() };
        let below = if preset.is_empty() { defaults } else { defaults.with_preset(preset)? };
        let whole = below.overlaid(&settings).map_err(|message| ConfigError::NotToml { message })?;
        Ok(Self { preset: preset.to_owned(), ..whole })
    }

    /// The settings as TOML, every knob written out.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        let mut settings = self.clone();
        for config in settings.task.values_mut() {
            drop_nulls(config);
        }
        toml::to_string(&settings).map_err(|error| ConfigError::NotToml { message: error.to_string() })
    }

    /// Writes the settings to a file.
    pub fn save(&self, path: &Path) -> Result<(), ConfigError> {
        let text = self.to_toml()?;
        fs::write(path, text).map_err(|source| ConfigError::Unwritable { path: path.to_owned(), source })
    }
}

struct Unknown {
    knob: String,
    hint: String,
    span: Range<usize>,
}

fn first_unknown<'table>(table: &'table DeTable<'_>, path: &mut Vec<&'table str>) -> Option<Unknown> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        path.push(key.get_ref());
        match knobs::find(path) {
            Knob::Unknown { hint } => return Some(Unknown { knob: path.join("."), hint, span: key.span() }),
            Knob::Known => {
                if let DeValue::Table(below) = value.get_ref()
                    && let Some(unknown) = first_unknown(below, path)
                {
                    return Some(unknown);
                }
            }
            Knob::Open => {}
        }
        path.pop();
    }
    None
}

/// The first number below a table that no knob can be, since JSON, which settings pass through, has no such numbers.
fn first_not_finite(table: &DeTable<'_>) -> Option<(String, Range<usize>)> {
    table.values().filter_map(not_finite).min_by_key(|(_, span)| span.start)
}

fn not_finite(value: &Spanned<DeValue<'_>>) -> Option<(String, Range<usize>)> {
    match value.get_ref() {
        DeValue::Float(number) => {
            let finite = number.as_str().parse().is_ok_and(f64::is_finite);
            (!finite).then(|| (number.as_str().to_owned(), value.span()))
        }
        DeValue::Array(items) => items.iter().find_map(not_finite),
        DeValue::Table(below) => first_not_finite(below),
        _ => None,
    }
}

/// Line and column, from 1, of the start of `span`.
fn position(text: &str, span: Option<Range<usize>>) -> (usize, usize) {
    let start = span.map_or(0, |span| span.start).min(text.len());
    let before: String = text.char_indices().take_while(|(at, _)| *at < start).map(|(_, letter)| letter).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    (line, column)
}

/// TOML has no null; a knob that is absent reads as its default, which is what null stands for.
fn drop_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(table) => {
            table.retain(|_, below| !below.is_null());
            table.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Config::parse(text, Path::new("run.toml")).expect_err("refused").to_string()
    }

    #[test]
    fn what_is_left_out_keeps_its_default() {
        let config = Config::parse("seed = 7\n[grpo]\nsteps = 3\n", Path::new("run.toml")).unwrap();
        let mut expected = Config { seed: 7, ..Config::default() };
        expected.grpo.steps = 3;
        assert_eq!(config, expected);
    }

    #[test]
    fn saved_settings_read_back_equal() {
        let mut config = Config { seed: 5, ..Config::default() };
        config.tasks.insert("graph/edge-prediction".into(), 0.1);
        config.task.insert("graph/motif".into(), serde_json::json!({"size": 3, "limit": null, "kinds": ["a", "b"]}));
        config.reward.weights.format = 0.1;
        let read = Config::parse(&config.to_toml().unwrap(), Path::new("config.toml")).unwrap();
        config.task.insert("graph/motif".into(), serde_json::json!({"size": 3, "kinds": ["a", "b"]}));
        assert_eq!(read, config);
    }

    #[test]
    fn unknown_knobs_name_place_and_neighbour() {
        assert_eq!(
            refusal("seed = 1\n\n[rollout]\nprompts = 2\n  grup_size = 8\n"),
            "run.toml:5:3: unknown knob `rollout.grup_size`; did you mean `rollout.group_size`?"
        );
        assert_eq!(
            refusal("group_size = 8"),
            "run.toml:1:1: unknown knob `group_size`; did you mean `rollout.group_size`?"
        );
        assert_eq!(
            refusal("[eval]\nxyzzy = 8"),
            "run.toml:2:1: unknown knob `eval.xyzzy`; `eval` has `samples`, `every`, `patience`, `bench`, \
             `bench_max_new_tokens`, `min_delta`"
        );
        assert!(
            refusal("[qwerty]\n")
                .starts_with("run.toml:1:2: unknown knob `qwerty`; the sections are `seed`, `preset`, `data`")
        );
    }

    #[test]
    fn mistakes_of_type_and_syntax_name_their_place() {
        assert_eq!(
            refusal("[grpo]\nsteps = \"many\"\n"),
            "run.toml:2:9: invalid type: string \"many\", expected a whole number, 0 or more"
        );
        assert!(refusal("[grpo]\nsteps = -1\n").starts_with("run.toml:2:9: "));
        assert!(refusal("[grpo\nsteps = 1\n").starts_with("run.toml:1:"));
        assert!(refusal("[grpo]\nsteps = 1\nsteps = 2\n").starts_with("run.toml:3:1: duplicate key"));
    }

    #[test]
    fn numbers_that_are_not_finite_name_their_place() {
        assert_eq!(
            refusal("[grpo]\nsteps = 1\n\n[optimizer]\nlearning_rate = nan\n"),
            "run.toml:5:17: expected a finite number, got `nan`"
        );
        assert_eq!(refusal("[tasks]\n\"a/b\" = -inf"), "run.toml:2:9: expected a finite number, got `-inf`");
        let in_a_list = "[policy]\nchat_template_kwargs = { a = [1.0, 1e999] }";
        assert_eq!(refusal(in_a_list), "run.toml:2:36: expected a finite number, got `1e999`");
        assert!(Config::parse("[optimizer]\nlearning_rate = 1_0.5e-1_0", Path::new("run.toml")).is_ok());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Config::load(Path::new("/nonexistent/run.toml")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read the settings file `/nonexistent/run.toml`: "), "{error}");
    }
}
