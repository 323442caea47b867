//! What the kit found: one finding a law.

use std::fmt;

use serde::Serialize;

use crate::counted;

/// The state of one law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Held,
    /// It does not.
    Broken,
    /// It does not apply, or another broken law makes it meaningless.
    NotRun,
}

/// One law, its state, and what shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Name of the law, as listed in the [module](super).
    pub law: &'static str,
    /// Its state.
    pub outcome: Outcome,
    /// What was seen.
    pub evidence: String,
}

/// Every law's finding for one task over one input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Task name.
    pub task: String,
    /// Training questions that were made.
    pub samples: usize,
    /// One a law, in a fixed order.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether no law is broken.
    pub fn holds(&self) -> bool {
        self.broken().next().is_none()
    }

    /// The broken laws.
    pub fn broken(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.outcome == Outcome::Broken)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let broken = self.broken().count();
        let verdict = if broken == 0 { "conforms".to_owned() } else { format!("breaks {broken} of the laws") };
        writeln!(formatter, "{} {verdict} ({})", self.task, counted(self.samples as u64, "question", "questions"))?;
        let width = self.findings.iter().map(|finding| finding.law.len()).max().unwrap_or_default();
        for finding in &self.findings {
            let state = match finding.outcome {
                Outcome::Held => "held",
                Outcome::Broken => "BROKEN",
                Outcome::NotRun => "not run",
            };
            writeln!(formatter, "  {state:<7}  {:<width$}  {}", finding.law, finding.evidence)?;
        }
        Ok(())
    }
}
