//! What holds on images where neither flags nor a settings file say otherwise.

use ssl4rl::cli::{AsUsage, RunArgs};
use ssl4rl::config::Config;

/// For the small policy.
const OF_SMALL_POLICY: &str = include_str!("defaults.toml");
/// For other models.
const OF_GIVEN_MODEL: &str = include_str!("defaults-given-model.toml");

/// The settings for the policy that `arguments` name, with those of a reward.
pub(super) fn defaults(arguments: &RunArgs, reward: &str) -> anyhow::Result<Config> {
    let parsed = |text: &str| Config::parse(&format!("{text}\n{reward}"), "the defaults of vision".as_ref()).usage();
    let small = parsed(OF_SMALL_POLICY)?;
    let named = arguments.config_over(&small).usage()?.policy.model;
    if named == small.policy.model { Ok(small) } else { parsed(OF_GIVEN_MODEL) }
}

#[cfg(test)]
mod tests {
    use ssl4rl::config::Overrides;

    use super::*;

    fn resolved(model: Option<&str>) -> Config {
        let overrides = Overrides { model: model.map(str::to_owned), ..Overrides::default() };
        let arguments = RunArgs { overrides, ..RunArgs::default() };
        arguments.config_over(&defaults(&arguments, "").unwrap()).unwrap()
    }

    #[test]
    fn pictures_are_small_and_imitation_is_on_for_the_small_policy_alone() {
        let small = resolved(None);
        assert_eq!((small.policy.model.as_str(), small.data.dataset.as_str()), ("tiny-vl", "scenes:size=56"));
        assert!(small.warm_start.max_batches > 0 && !small.task.is_empty());
        let given = resolved(Some("Qwen/Qwen2.5-VL-3B-Instruct"));
        assert_eq!((given.data.modality.as_str(), given.data.dataset.as_str()), ("vision", "scenes:size=448"));
        assert_eq!((given.warm_start.max_batches, given.task.len(), &given.tasks), (0, 0, &small.tasks));
    }
}
