//! [`Either`]: one task, two ways of scoring: the mended one and the paper's.

use serde::{Deserialize, Serialize};
use ssl4rl_tasks::verifiers::ChoiceTruth;
use ssl4rl_tasks::{Verdict, Verifier, protocol};

use super::{Paper, PaperTruth};

/// A truth of the mended construction or of the paper's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EitherTruth<Truth> {
    /// For the task's own verifier.
    Mended(Truth),
    /// For [`Paper`].
    Paper(PaperTruth),
}

impl<Truth> EitherTruth<Truth> {
    /// A completion that gives the right answer, which `own` reads from a truth of the mended construction.
    pub fn oracle(&self, own: impl FnOnce(&Truth) -> String) -> String {
        protocol::wrap(&match self {
            Self::Mended(truth) => own(truth),
            Self::Paper(truth) => truth.right_answer(),
        })
    }
}

/// Scores with `Own` what is mended, and with [`Paper`] what is the paper's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Either<Own>(pub Own);

impl<Own: Verifier> Verifier for Either<Own> {
    const SCORING: &'static str = Own::SCORING;
    type Truth = EitherTruth<Own::Truth>;

    fn verify(&self, completion: &str, truth: &Self::Truth) -> Verdict {
        match truth {
            EitherTruth::Mended(truth) => self.0.verify(completion, truth),
            EitherTruth::Paper(truth) => Paper.verify(completion, truth),
        }
    }

    fn choice<'truth>(&self, truth: &'truth Self::Truth) -> Option<&'truth ChoiceTruth> {
        match truth {
            EitherTruth::Mended(truth) => self.0.choice(truth),
            EitherTruth::Paper(_) => None,
        }
    }
}
