//! What the section `[policy]` of a run's settings says of the policy that it names: where that comes from, the kind of its numbers,
//! how it is asked.

use tch::{Device, Kind};

use crate::config::{Config, Dtype, PolicyConfig};
use crate::model::{ModelConfig, ModelError, Tokenizer, libtorch, media, random};

/// What `policy.model` calls the default policy.
const TINY: &str = "tiny";

/// Whether `model` names a small policy that is made on this machine, of text or of a plugin's media.
pub fn is_tiny(model: &str) -> bool {
    model == TINY || media::family_of_tiny(model).is_some()
}

/// Whether the policy that a run of `config` begins with is a model's weights after a warm start, so that it lies nowhere.
pub(super) fn is_warm_started_model(config: &Config) -> bool {
    config.warm_start.is_on() && !config.lora.is_on() && !is_tiny(&config.policy.model)
}

/// Whether `policy.model` names a policy that is made on this machine, `tiny` or random weights.
pub fn is_made_here(model: &str) -> bool {
    is_tiny(model) || model.starts_with(random::PREFIX)
}

/// The kind that the policy of these settings computes in on `device`.
pub fn kind(settings: &PolicyConfig, device: Device) -> Kind {
    match settings.dtype {
        // What it does for a user's first look should not depend on the device more than it must.
        Dtype::Auto if is_tiny(&settings.model) => Kind::Float,
        dtype => libtorch::kind(dtype, device),
    }
}

/// Tells the tokenizer of a policy of shape `shape` what `settings` say of its chat template and of how it reads media.
pub fn ask_as_told(tokenizer: &mut Tokenizer, shape: &ModelConfig, settings: &PolicyConfig) -> Result<(), ModelError> {
    tokenizer.set_template_variables(&settings.chat_template_kwargs);
    tokenizer.set_preprocessor(shape, &settings.preprocessor)
}
