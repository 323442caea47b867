//! The two seams every task author implements: [`PretextTask`] makes questions, [`Verifier`] scores answers.
//!
//! Laws, held by the [conformance kit](crate::conformance): the same stream gives the same bytes; the oracle's
//! completion scores exactly 1; text that answers nothing scores 0 and never panics; the truth survives JSON; no constant
//! answer beats the stated chance.
//!
//! ```
//! use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, verifiers::ExactText};
//!
//! /// Which of two numbers is larger?
//! struct Larger { verifier: ExactText }
//!
//! impl PretextTask for Larger {
//!     const NAME: &'static str = "demo/larger";
//!     const SUMMARY: &'static str = "pick the larger of two numbers";
//!     type Config = ();
//!     type Input = u64; // numbers are below this bound
//!     type Truth = String;
//!     type Verifier = ExactText;
//!
//!     fn new(_config: ()) -> Result<Self, TaskError> {
//!         Ok(Self { verifier: ExactText })
//!     }
//!     fn make(&self, bound: &u64, rng: &mut TaskRng) -> Option<Sample<String>> {
//!         let (left, right) = (rng.below(*bound as usize), rng.below(*bound as usize));
//!         (left != right).then(|| Sample {
//!             prompt: vec![Part::Text(format!("Which is larger, {left} or {right}?"))],
//!             truth: left.max(right).to_string(),
//!         })
//!     }
//!     fn verifier(&self) -> &ExactText { &self.verifier }
//!     fn oracle(&self, truth: &String) -> String { format!("<answer>{truth}</answer>") }
//!     fn chance(&self, _truth: &String) -> f32 { 0.5 }
//! }
//! # let task = Larger::new(()).unwrap();
//! # let mut rng = TaskRng::new(1, Larger::NAME, ssl4rl_tasks::Split::Train, 0);
//! # let sample = task.make(&100, &mut rng).unwrap();
//! # use ssl4rl_tasks::Verifier;
//! # assert_eq!(task.verifier().verify(&task.oracle(&sample.truth), &sample.truth).score, 1.0);
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::verifiers::ChoiceTruth;
use super::{TaskRng, in_words};

/// A family of self-supervised questions over one kind of input.
pub trait PretextTask: Send + Sync + Sized + 'static {
    /// Registry key, also used in seeds, file names and metric keys: `modality/kebab-case`.
    const NAME: &'static str;
    /// One line for listings.
    const SUMMARY: &'static str;
    /// Whether the answer's text may stand in the prompt: true where options are listed, or where the answer is a small
    /// number that stands in most prompts by accident. A task with open answers says false, and the conformance kit checks it.
    const ANSWER_SHOWN: bool = true;
    /// Whether a run that names no task draws from this one too, where the input can carry it.
    const BY_DEFAULT: bool = true;
    /// Every knob, with its default; `deny_unknown_fields`. Its schema hands the knobs' documentation on to users.
    type Config: Serialize + DeserializeOwned + Default + JsonSchema;
    /// What a question is made from. The core never looks inside.
    type Input: Send + Sync + 'static;
    /// What the verifier needs to score an answer. Stored with the rollout, so that it can be scored again offline.
    type Truth: Serialize + DeserializeOwned;
    /// Scores completions of this task.
    type Verifier: Verifier<Truth = Self::Truth>;

    /// Validates the configuration; nothing else may fail later because of it.
    fn new(config: Self::Config) -> Result<Self, TaskError>;

    /// Makes one question, a pure function of `input` and `rng`.
    ///
    /// `None` says that this draw led nowhere; callers draw again from the same stream a bounded number of times.
    fn make(&self, input: &Self::Input, rng: &mut TaskRng) -> Option<Sample<Self::Truth>>;

    /// The verifier of this task's answers.
    fn verifier(&self) -> &Self::Verifier;

    /// A completion that scores exactly 1.
    fn oracle(&self, truth: &Self::Truth) -> String;

    /// Expected score of blind guessing on this question, in `[0, 1)`.
    fn chance(&self, truth: &Self::Truth) -> f32;

    /// The same settings at every level of difficulty, easiest first; empty where the task has no levels. A curriculum moves
    /// along them.
    fn levels(_config: &Self::Config) -> Vec<Self::Config> {
        Vec::new()
    }

    /// Why `input` can never carry this task, in words for the user; `None` when it can.
    fn unusable(&self, _input: &Self::Input) -> Option<String> {
        None
    }
}

/// Scores a completion against a truth: pure, total, and without panics, whatever the text.
pub trait Verifier: Send + Sync {
    /// How an answer is scored, one phrase for listings: `F1 of the set given`.
    const SCORING: &'static str;
    /// What an answer is compared with.
    type Truth;

    /// Reads the answer out of `completion` (see [`protocol`](crate::protocol)) and scores it.
    fn verify(&self, completion: &str, truth: &Self::Truth) -> Verdict;

    /// The options among which the answer chooses; `None` where the answer is open. The conformance kit checks that the
    /// right one's position and length give nothing away.
    fn choice<'truth>(&self, _truth: &'truth Self::Truth) -> Option<&'truth ChoiceTruth> {
        None
    }
}

/// A question and the truth that answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample<Truth> {
    /// What the model is shown.
    pub prompt: Vec<Part>,
    /// What the verifier compares with.
    pub truth: Truth,
}

/// One piece of a prompt. The core never decodes a blob.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Part {
    /// Text, shown as it is.
    Text(String),
    /// Encoded media, for instance a PNG file.
    Blob {
        /// Media type such as `image/png`.
        mime: String,
        /// The file's bytes.
        bytes: Vec<u8>,
        /// What it was made from, for people: the policy is not shown it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
}

/// Which blob a prompt held, without its bytes. What made the sample makes the blob again, and the hash tells that it is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobReference {
    /// Media type.
    pub mime: String,
    /// Length in bytes.
    pub length: u64,
    /// BLAKE3 of the bytes, in hexadecimal.
    pub blake3: String,
    /// What it was made from, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The blobs of a prompt, in order.
#[must_use]
pub fn blob_references(prompt: &[Part]) -> Vec<BlobReference> {
    let reference = |part: &Part| match part {
        Part::Text(_) => None,
        Part::Blob { mime, bytes, source } => Some(BlobReference {
            mime: mime.clone(),
            length: bytes.len() as u64,
            blake3: blake3::hash(bytes).to_hex().to_string(),
            source: source.clone(),
        }),
    };
    prompt.iter().filter_map(reference).collect()
}

/// The text of a prompt, parts joined in order; blobs appear as `[image/png]`.
#[must_use]
pub fn prompt_text(prompt: &[Part]) -> String {
    let mut text = String::new();
    for part in prompt {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Blob { mime, .. } => {
                text.push('[');
                text.push_str(mime);
                text.push(']');
            }
        }
    }
    text
}

/// What a verifier says of one completion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// In `[0, 1]`.
    pub score: f32,
    /// The answer is right as a whole, not only in part.
    pub exact: bool,
    /// The answer as it was understood; `None` when none could be read.
    pub parsed: Option<String>,
    /// One phrase of explanation for logs and reports.
    pub why: String,
}

impl Verdict {
    /// The right answer: score 1.
    pub fn right(parsed: impl Into<String>) -> Self {
        Self { score: 1.0, exact: true, parsed: Some(parsed.into()), why: "right".into() }
    }

    /// A readable answer that earns nothing.
    pub fn wrong(parsed: impl Into<String>, why: impl Into<String>) -> Self {
        Self { score: 0.0, exact: false, parsed: Some(parsed.into()), why: why.into() }
    }

    /// A readable answer that is right in part; `score` is clamped to `[0, 1)`, since only [`Verdict::right`] earns 1.
    pub fn partial(score: f32, parsed: impl Into<String>, why: impl Into<String>) -> Self {
        let score = if score.is_finite() { score.clamp(0.0, 1.0_f32.next_down()) } else { 0.0 };
        Self { score, exact: false, parsed: Some(parsed.into()), why: why.into() }
    }

    /// No answer could be read: score 0.
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self { score: 0.0, exact: false, parsed: None, why: why.into() }
    }
}

/// Why a task cannot be made or cannot make a question.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// A knob is out of its range.
    #[error("{task}: `{field}` must be {expected}, got {got}")]
    InvalidConfig {
        /// Task name.
        task: &'static str,
        /// Knob.
        field: &'static str,
        /// Allowed values.
        expected: String,
        /// The value given.
        got: String,
    },
    /// The configuration does not parse: an unknown knob or a value of the wrong type.
    #[error(
        "{task}: the task's settings do not parse: {}\nhint: `ssl4rl tasks show {task} --config` lists every knob with its default",
        in_words(&source.to_string())
    )]
    UnreadableConfig {
        /// Task name.
        task: &'static str,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// One knob has a value of the wrong type.
    #[error("{task}: `{knob}` must be {expected}, got {got}\nhint: {about}")]
    RefusedValue {
        /// Task name.
        task: &'static str,
        /// Knob, with the sections it lies in.
        knob: String,
        /// What it may be.
        expected: String,
        /// The value given.
        got: String,
        /// Meaning, unit and range.
        about: String,
    },
    /// A knob that the task does not have.
    #[error(
        "{task}: unknown knob `{knob}`; {hint}\nhint: `ssl4rl tasks show {task} --config` lists every knob with its default"
    )]
    UnknownKnob {
        /// Task name.
        task: &'static str,
        /// Knob, with the sections it lies in.
        knob: String,
        /// The nearest knob, or all of them.
        hint: String,
    },
    /// The task was given an input of another modality.
    #[error("{task}: expects an input of type {expected}")]
    WrongInput {
        /// Task name.
        task: &'static str,
        /// Type the task works on.
        expected: &'static str,
    },
    /// The input cannot carry the task at all.
    #[error(
        "{task} cannot be made from this data: {reason}\nhint: other settings may do; `ssl4rl tasks show {task} --config` lists them"
    )]
    Unusable {
        /// Task name.
        task: &'static str,
        /// Why, in words for the user.
        reason: String,
    },
    /// Every draw of a sample led nowhere.
    #[error(
        "{task}: no question could be made in {attempts} draws (sample {index}); the data is too small for the settings, or they contradict each other"
    )]
    NoSample {
        /// Task name.
        task: &'static str,
        /// Draws made.
        attempts: usize,
        /// Sample index.
        index: u64,
    },
    /// A stored truth does not have the task's form.
    #[error("{task}: stored truth does not parse: {source}")]
    UnreadableTruth {
        /// Task name.
        task: &'static str,
        /// What the parser said.
        source: serde_json::Error,
    },
}
