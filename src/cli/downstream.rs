//! [`Downstream`]: a benchmark that a policy sits before and after its training; the scores go into `eval.jsonl`.

use super::{AsUsage, Printer, benchmark, exit};
use crate::config::Config;
use crate::model::Policy;
use crate::report::RunFolder;
use crate::tasks::exam::{Exam, Outcome, Sitting};
use crate::tasks::{Place, Registry};
use crate::train::examinee::Examinee;

/// A benchmark ready to be sat.
pub(super) struct Downstream {
    name: String,
    exam: Box<dyn Exam>,
}

impl Downstream {
    /// The benchmark that the settings name, if any.
    pub(super) fn prepare(
        registry: &Registry,
        config: &Config,
        place: &Place,
        printer: &mut Printer,
    ) -> anyhow::Result<Option<Self>> {
        let name = &config.eval.bench;
        if name.is_empty() {
            return Ok(None);
        }
        let modality = registry.modality(&config.data.modality).usage()?;
        let exam = exit::opened(modality.exam(name, place))?;
        for note in exam.notes() {
            printer.note(&note);
        }
        Ok(Some(Self { name: name.clone(), exam }))
    }

    /// Examines `policy` as it is after `step`, prints its scores as a note and records them.
    pub(super) fn examine(
        &self,
        policy: &Policy,
        folder: &RunFolder,
        step: u64,
        printer: &mut Printer,
    ) -> anyhow::Result<()> {
        let mut config = folder.config().clone();
        config.rollout.max_new_tokens = config.eval.bench_max_new_tokens;
        let mut examinee = Examinee { policy, config: &config, progress: printer.progress() };
        let Sitting { mut rows, submission } = self.exam.examine(&mut examinee)?;
        rows.append(&mut self.exam.baselines()?);
        let outcome = Outcome {
            benchmark: self.name.clone(),
            dataset: config.data.dataset.clone(),
            setting: None,
            settings: self.exam.settings(),
            rows,
        };
        printer.note(&benchmark::after_step(step, &outcome));
        if let Some(submission) = submission {
            let path = folder.record_submission(step, &submission.file, &submission.bytes)?;
            let (answers, path) = (submission.answers, path.display());
            printer.note(&format!("{answers} answers whose right ones are hidden, for those who keep them: {path}"));
        }
        Ok(folder.record_benchmark(step, outcome)?)
    }
}
