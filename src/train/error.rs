//! Why a run stops.

use crate::model::ModelError;
use crate::model::hub::HubError;
use crate::rl::RlError;
use crate::tasks::TaskError;

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A question could not be made or scored.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The policy could not be made, run or saved.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The policy could not be had from the hub.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// An advantage, a loss or an update could not be computed.
    #[error(transparent)]
    Rl(#[from] RlError),
    /// The run folder could not be written.
    #[error(transparent)]
    Report(#[from] crate::report::RunFolderError),
    /// The policy cache cannot be used.
    #[error("{path}: {source}", path = path.display())]
    Cache {
        /// File or folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// libtorch refused an operation.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// The run would take more memory than there is.
    #[error("the run takes memory, {summary}; {available} are available\nhint: {savings}")]
    DoesNotFit {
        /// The estimate, part by part.
        summary: String,
        /// What there is.
        available: String,
        /// Settings that take less, and how much.
        savings: String,
    },
    /// Not even the shortest prompt could be asked: an answer may be as long as the context.
    #[error(
        "`rollout.max_new_tokens` is {max_new_tokens}, which leaves no room for a prompt in the context of {context} tokens of \
         `{model}`\nhint: a smaller `rollout.max_new_tokens`, or with `--model` a model with a longer context"
    )]
    NoRoom {
        /// `policy.model`.
        model: String,
        /// `max_position_embeddings` of the model.
        context: i64,
        /// Longest answer, in tokens.
        max_new_tokens: i64,
    },
    /// No question can be asked: prompt and answer together are longer than the model's context.
    #[error(
        "none of {skipped} questions fits the model: the shortest prompt has {shortest} tokens, and of a context of \
         {context} an answer of {max_new_tokens} leaves {room}\nhint: choose task settings that make shorter prompts, a \
         smaller `rollout.max_new_tokens`, a larger `rollout.max_prompt_tokens`, or a model with a longer context"
    )]
    PromptsTooLong {
        /// Questions drawn.
        skipped: u64,
        /// Tokens of the shortest prompt.
        shortest: i64,
        /// Tokens that a prompt may have.
        room: i64,
        /// `max_position_embeddings` of the model.
        context: i64,
        /// Longest answer, in tokens.
        max_new_tokens: i64,
    },
    /// The policy that a resumed run began with is another one now.
    #[error(
        "the policy `{model}` is not the one that the run began with, {use_of_it}\nhint: put the folder back as it was; a policy \
         made here comes out equal with the version and the `--threads` that the run began with"
    )]
    OtherStart {
        /// `policy.model`.
        model: String,
        /// What the run needs it for.
        use_of_it: &'static str,
    },
    /// A reward is not a number that can be compared.
    #[error(
        "{task}: the reward of an answer to question {index} is {value}; rewards must be finite\nhint: the task's verifier must return a score from 0 to 1, and `reward.weights` must not overflow it"
    )]
    Reward {
        /// Task name.
        task: &'static str,
        /// Index of the question in the task's stream.
        index: u64,
        /// The reward.
        value: f32,
    },
    /// Numbers kept overflowing, and no update could be made.
    #[error(
        "{what} was not finite, and {skipped} updates in a row were skipped, the last of them in step {step}; its batch is in {path}\nhint: lower the learning rate, the temperature or `grpo.kl_coefficient`, or look for extreme log-probs in that file; `grpo.max_skipped` says how many such updates a run may skip",
        path = path.display()
    )]
    NotFinite {
        /// What the last update failed on.
        what: &'static str,
        /// Updates skipped in a row.
        skipped: u64,
        /// Step of the last one.
        step: u64,
        /// JSON lines of its batch.
        path: std::path::PathBuf,
    },
    /// A prompt cannot be given to the policy.
    #[error("{task}: question {index} cannot be given to this policy: {source}")]
    Prompt {
        /// Task name.
        task: &'static str,
        /// Index of the sample.
        index: u64,
        /// Why.
        source: Box<ModelError>,
    },
}
