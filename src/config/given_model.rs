//! Defaults that depend on the policy: [`Config::default`] is for the small one that is made from scratch; a model that was
//! trained before begins as it is, has room for its words, and learns in small steps.
//!
//! ```
//! use ssl4rl::config::{Config, Overrides};
//! let flags = Overrides { model: Some("Qwen/Qwen2.5-0.5B-Instruct".into()), ..Overrides::default() };
//! let config = Config::resolve(None, &flags)?;
//! assert_eq!((config.warm_start.max_batches, config.optimizer.learning_rate), (0, 1e-6));
//! # Ok::<(), ssl4rl::config::ConfigError>(())
//! ```

use super::{Config, ConfigError};

const WEIGHTS: &str = include_str!("presets/given-model.toml");
const ADAPTERS: &str = include_str!("presets/given-model-adapters.toml");

impl Config {
    /// These defaults for a model other than the one that they name, trained as a whole or by adapters alone.
    pub(super) fn for_given_model(&self, adapts: bool) -> Result<Self, ConfigError> {
        let files = [WEIGHTS, ADAPTERS];
        let files = if adapts { &files[..] } else { &files[..1] };
        files.iter().try_fold(self.clone(), |below, text| {
            let settings = toml::from_str(text).map_err(|error| ConfigError::NotToml { message: error.to_string() })?;
            below.overlaid(&settings).map_err(|message| ConfigError::NotToml { message })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Overrides;

    fn resolved(model: &str, set: &[&str]) -> Config {
        let set = set.iter().map(ToString::to_string).collect();
        Config::resolve(None, &Overrides { model: Some(model.into()), set, ..Overrides::default() }).unwrap()
    }

    #[test]
    fn the_small_policy_keeps_the_defaults_and_every_other_model_has_its_own() {
        assert_eq!(resolved("tiny", &[]), Config::default());
        let given = resolved("models/mine", &[]);
        assert_eq!((given.rollout.max_new_tokens, given.optimizer.learning_rate), (256, 1e-6));
        assert_eq!(given.rollout.group_size, Config::default().rollout.group_size);
        let adapters = resolved("models/mine", &["lora.rank=16"]);
        assert_eq!((adapters.optimizer.learning_rate, adapters.warm_start.learning_rate), (1e-5, 2e-4));
        assert_eq!(adapters.rollout, given.rollout);
    }

    #[test]
    fn the_model_may_be_named_in_the_file_and_file_and_flags_stay_above_its_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.toml");
        let text = "[policy]\nmodel = \"models/mine\"\n[lora]\nrank = 4\n[warm_start]\nmax_batches = 20\n";
        std::fs::write(&file, text).unwrap();
        let set = vec!["rollout.max_new_tokens=32".into()];
        let config = Config::resolve(Some(&file), &Overrides { set, ..Overrides::default() }).unwrap();
        assert_eq!((config.warm_start.max_batches, config.warm_start.learning_rate), (20, 2e-4));
        assert_eq!((config.rollout.max_new_tokens, config.optimizer.learning_rate), (32, 1e-5));
    }

    #[test]
    fn a_preset_is_above_the_defaults_of_a_model() {
        let flags = Overrides { model: Some("m".into()), preset: Some("paper".into()), ..Overrides::default() };
        assert_eq!(Config::resolve(None, &flags).unwrap().rollout.max_new_tokens, 2048);
    }

    #[test]
    fn no_knob_of_them_is_unknown() {
        for text in [WEIGHTS, ADAPTERS] {
            Config::parse(text, Path::new("defaults")).unwrap().validate().unwrap();
        }
    }
}
