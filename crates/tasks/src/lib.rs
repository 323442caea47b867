//! Pretext tasks and verifiers: the modality-agnostic core, without libtorch.
//!
//! A [`PretextTask`] turns an input (a graph, an image) into a question and the truth that answers it; its [`Verifier`]
//! scores any completion against that truth. The [`Registry`] holds tasks by name, a [`Modality`] finds what they are made from, a [`Mixture`] draws from several, a
//! [`Curriculum`] moves them along their levels of difficulty, and the [conformance kit](conformance) holds every task to
//! the same laws. An [exam] asks what was never trained on.

pub mod conformance;
mod counted;
mod curriculum;
mod dynamic;
pub mod exam;
mod examples;
mod faults;
pub mod gallery;
mod knobs;
mod mixture;
mod modality;
pub mod protocol;
pub mod ranges;
mod reading;
mod registry;
mod reward;
mod settings;
mod stream;
mod task;
pub mod verifiers;

pub use counted::{counted, noun};
pub use curriculum::{Curriculum, CurriculumConfig, Measured, Standing};
pub use dynamic::{Audit, DynSample, DynTask};
pub use knobs::Knob;
pub use mixture::{DrawnSample, LeftOut, Mixture, MixtureError, makes_any_sample};
pub use modality::{Modality, OpenError, Opened, Place};
pub use reading::Reading;
pub use registry::{Registry, RegistryError, nearest};
pub use reward::{RewardTerms, RewardWeights};
pub use settings::{Fault, in_words, lay_over};
pub use stream::{Split, TaskRng};
pub use task::{BlobReference, Part, PretextTask, Sample, TaskError, Verdict, Verifier, blob_references, prompt_text};
