//! What can go wrong between rewards and an update.

use tch::{TchError, Tensor};
use thiserror::Error;

/// Why an advantage, a loss or an optimizer step could not be computed.
#[derive(Debug, Error)]
pub enum RlError {
    /// libtorch refused an operation: kinds or devices do not fit, or memory ran out.
    #[error("libtorch: {0}")]
    Torch(#[from] TchError),
    /// A tensor has another shape than its neighbours.
    #[error("`{what}` has shape {got:?}, expected {expected:?}")]
    Shape {
        /// The argument.
        what: &'static str,
        /// The shape that its neighbours ask for.
        expected: Vec<i64>,
        /// The shape it has.
        got: Vec<i64>,
    },
    /// Rewards do not split into groups that can be compared.
    #[error(
        "{rewards} rewards do not split into groups of {group_size}; a group needs at least 2 completions (1 with `grpo.advantage=reinforce_pp`), and every group the same number"
    )]
    Group {
        /// Completions a group.
        group_size: usize,
        /// Rewards given.
        rewards: usize,
    },
    /// Lists that belong to the same completions have different lengths.
    #[error("`{what}` has {got} entries, expected {expected}")]
    Lengths {
        /// The list.
        what: &'static str,
        /// Entries that its neighbours ask for.
        expected: usize,
        /// Entries it has.
        got: usize,
    },
    /// A reward is infinite or not a number.
    #[error("reward {index} is {value}; rewards must be finite")]
    Reward {
        /// Position in the batch.
        index: usize,
        /// The reward.
        value: f64,
    },
    /// The KL has weight in the loss, but nothing to be measured from.
    #[error(
        "`kl_coefficient` is {kl_coefficient}, but there are no log-probs of a reference policy; give them or set it to 0"
    )]
    NoReference {
        /// The weight of the KL.
        kl_coefficient: f64,
    },
    /// A setting lies outside its range.
    #[error("`{name}` is {got}, expected {expected}")]
    Setting {
        /// The setting or argument.
        name: &'static str,
        /// The range, in words.
        expected: &'static str,
        /// The value given.
        got: f64,
    },
    /// A tensor that the optimizer cannot update.
    #[error("parameter `{name}` cannot be optimized: {reason}")]
    Parameter {
        /// Name of the parameter.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The gradient overflowed; no parameter was changed.
    #[error(
        "the gradient norm is {norm} at optimizer step {step}; no parameter was changed; lower the learning rate or the temperature, or look for extreme log-ratios"
    )]
    Gradient {
        /// The norm found.
        norm: f64,
        /// The step that was not taken, counted from 1.
        step: u64,
    },
    /// A saved optimizer state does not belong to these parameters.
    #[error("optimizer state `{name}`: {reason}; the state must come from an optimizer over the same parameters")]
    State {
        /// Name of the entry.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Refuses `tensor` unless it has the shape of `like`.
pub(super) fn same_shape(what: &'static str, tensor: &Tensor, like: &Tensor) -> Result<(), RlError> {
    shape(what, tensor, &like.size())
}

/// Refuses `tensor` unless its shape is `expected`.
pub(super) fn shape(what: &'static str, tensor: &Tensor, expected: &[i64]) -> Result<(), RlError> {
    let got = tensor.size();
    if got == expected { Ok(()) } else { Err(RlError::Shape { what, expected: expected.to_vec(), got }) }
}

/// Refuses a setting that is not `valid`.
pub(super) fn setting(name: &'static str, got: f64, expected: &'static str, valid: bool) -> Result<(), RlError> {
    if valid { Ok(()) } else { Err(RlError::Setting { name, expected, got }) }
}
