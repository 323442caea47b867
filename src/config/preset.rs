//! Presets: published algorithms and other trainers' defaults, each a settings file of its own in `presets/`.
//!
//! `--preset NAME`, `--set preset=NAME` or `preset = "NAME"` in the settings file lays one between the defaults and all
//! that the file and the flags say. It sets every knob of the algorithm; the resolved file that is saved with the run shows
//! each with its final value.
//!
//! ```
//! use ssl4rl::config::{Config, Overrides};
//! let flags = Overrides { preset: Some("dapo".into()), set: vec!["grpo.clip_high=0.3".into()], ..Overrides::default() };
//! let config = Config::resolve(None, &flags)?;
//! assert_eq!((config.preset.as_str(), config.grpo.clip_high, config.grpo.dynamic_sampling), ("dapo", 0.3, 10));
//! # Ok::<(), ssl4rl::config::ConfigError>(())
//! ```

use serde_json::Value;

use super::{Config, ConfigError};
use crate::tasks::{lay_over, nearest};

/// Name and settings file of every preset.
const PRESETS: [(&str, &str); 10] = [
    ("grpo", include_str!("presets/grpo.toml")),
    ("dr-grpo", include_str!("presets/dr-grpo.toml")),
    ("dapo", include_str!("presets/dapo.toml")),
    ("gspo", include_str!("presets/gspo.toml")),
    ("cispo", include_str!("presets/cispo.toml")),
    ("rloo", include_str!("presets/rloo.toml")),
    ("reinforce-pp", include_str!("presets/reinforce-pp.toml")),
    ("trl", include_str!("presets/trl.toml")),
    ("verl", include_str!("presets/verl.toml")),
    ("paper", include_str!("presets/paper.toml")),
];

/// The names of all presets.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// The settings file of a preset: what it sets, and where that comes from.
pub fn text(name: &str) -> Result<&'static str, ConfigError> {
    let found = PRESETS.iter().find(|(preset, _)| *preset == name);
    found.map(|(_, text)| *text).ok_or_else(|| {
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("the presets are {}", names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
            }
        };
        ConfigError::UnknownPreset { name: name.to_owned(), hint }
    })
}

impl Config {
    /// These settings with a preset laid over them.
    pub(super) fn with_preset(&self, name: &str) -> Result<Self, ConfigError> {
        let malformed = |message: String| ConfigError::NotToml { message: format!("preset `{name}`: {message}") };
        let preset: Value = toml::from_str(text(name)?).map_err(|error| malformed(error.to_string()))?;
        let preset = Self { preset: name.to_owned(), ..self.overlaid(&preset).map_err(malformed)? };
        Ok(preset)
    }

    /// These settings where `settings`, a tree of some of the knobs, does not say otherwise.
    pub(super) fn overlaid(&self, settings: &Value) -> Result<Self, String> {
        let mut whole = serde_json::to_value(self).map_err(|error| error.to_string())?;
        lay_over(&mut whole, settings);
        serde_json::from_value(whole).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Overrides;

    /// Knobs of `[grpo]` that say how long to train and when to give up, not what the algorithm is.
    const NOT_OF_THE_ALGORITHM: [&str; 3] = ["steps", "mini_batches", "max_skipped"];

    #[test]
    fn every_preset_sets_every_knob_of_the_algorithm_within_its_range() {
        let defaults = serde_json::to_value(Config::default()).unwrap();
        for name in names() {
            let config = Config::default().with_preset(name).unwrap();
            config.validate().expect(name);
            Config::parse(text(name).unwrap(), Path::new(name)).expect("no unknown knob");
            let preset: Value = toml::from_str(text(name).unwrap()).unwrap();
            for knob in defaults["grpo"].as_object().unwrap().keys() {
                let set = preset["grpo"].get(knob).is_some();
                assert!(set || NOT_OF_THE_ALGORITHM.contains(&knob.as_str()), "{name} does not set grpo.{knob}");
            }
        }
    }

    #[test]
    fn the_file_overrides_the_preset_and_flags_override_both() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.toml");
        std::fs::write(&file, "preset = \"dapo\"\n[grpo]\nclip_low = 0.1\nkl = \"k2\"\n").unwrap();
        let resolved = |overrides: Overrides| Config::resolve(Some(&file), &overrides).unwrap();
        let config = resolved(Overrides { set: vec!["grpo.kl=k1".into()], ..Overrides::default() });
        let mut expected = Config::default().with_preset("dapo").unwrap();
        expected.grpo.clip_low = 0.1;
        expected.grpo.kl = crate::config::KlKind::K1;
        assert_eq!(config, expected);
        // A preset of the command line takes the place of the file's; the file's own knobs stay above it.
        for flags in [
            Overrides { preset: Some("verl".into()), ..Overrides::default() },
            Overrides { set: vec!["preset=verl".into()], ..Overrides::default() },
        ] {
            let config = resolved(flags);
            assert_eq!((config.preset.as_str(), config.grpo.dual_clip, config.grpo.clip_low), ("verl", 3.0, 0.1));
            assert_eq!((config.grpo.clip_high, config.grpo.dynamic_sampling), (0.2, 0));
        }
        // What a run saves reads back as it was.
        assert_eq!(Config::parse(&config.to_toml().unwrap(), &file).unwrap(), config);
    }

    #[test]
    fn an_unknown_preset_names_its_neighbour() {
        let refusal = |flags: Overrides| Config::resolve(None, &flags).unwrap_err().to_string();
        let by_flag = |name: &str| refusal(Overrides { preset: Some(name.into()), ..Overrides::default() });
        assert_eq!(by_flag("dapoo"), "unknown preset `dapoo`; did you mean `dapo`?");
        assert!(by_flag("xyzzy").starts_with("unknown preset `xyzzy`; the presets are `grpo`, `dr-grpo`, "));
        let set = Overrides { set: vec!["preset=gpso".into()], ..Overrides::default() };
        assert_eq!(refusal(set), "unknown preset `gpso`; did you mean `gspo`?");
    }
}
