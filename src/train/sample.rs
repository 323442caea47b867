//! A step's rollouts: questions are asked, answered by a group of completions each, and verified; again and again where
//! DAPO's dynamic sampling wants groups whose rewards differ (Yu et al. 2025, section 3.2).

use std::collections::BTreeMap;
use std::time::Instant;

use super::ahead::Ahead;
use super::answers::{self, Answer};
use super::ask::Asked;
use super::lesson::Group;
use super::questions::Question;
use super::{Run, TrainError};
use crate::config::Config;
use crate::rollout::{Sampling, generate};
use crate::tasks::{Mixture, Split, TaskRng};

/// All that was asked in a step, whether it is learned from or not.
#[derive(Debug, Default)]
pub(super) struct Rollouts {
    pub(super) questions: Vec<Question>,
    /// `[question][member]`.
    pub(super) answers: Vec<Vec<Answer>>,
    /// Batches of `rollout.prompts` questions; more than 1 only with dynamic sampling.
    pub(super) batches: u64,
    /// Index of the next step's first question.
    pub(super) next_question: u64,
    /// Questions left out because their prompt does not fit the context.
    pub(super) skipped_prompts: u64,
    /// Part of `rollout_seconds` that questions were waited for.
    pub(super) ask_seconds: f64,
    pub(super) rollout_seconds: f64,
    pub(super) verify_seconds: f64,
}

impl Rollouts {
    /// Asks a batch of questions of `mixture`, which is the run's at its levels of today, of which the first has index
    /// `first_question`, and further ones while groups are wanted and `grpo.dynamic_sampling` allows; `last` says that no step
    /// follows.
    pub(super) fn sample(
        run: &Run<'_>,
        mixture: &Mixture,
        ahead: &mut Ahead<'_, '_>,
        first_question: u64,
        last: bool,
    ) -> Result<Self, TrainError> {
        let mut rollouts = Self { next_question: first_question, ..Self::default() };
        let further = run.config.grpo.dynamic_sampling;
        let more = |batches: u64| !last || batches < further;
        rollouts.add_batch(run, mixture, ahead, more(0))?;
        while rollouts.batches <= further && (rollouts.with_contrast().len() as u64) < run.config.rollout.prompts {
            rollouts.add_batch(run, mixture, ahead, more(rollouts.batches))?;
        }
        Ok(rollouts)
    }

    /// The groups that are learned from: all, or under dynamic sampling the first `rollout.prompts` whose rewards differ.
    /// Where no group's do, the step has nothing to learn whichever it takes.
    pub(super) fn learned_from(&self, config: &Config) -> Vec<Group<'_>> {
        let mut groups = if config.grpo.dynamic_sampling > 0 { self.with_contrast() } else { Vec::new() };
        if groups.is_empty() {
            groups = self.groups().collect();
        }
        groups.truncate(config.rollout.prompts as usize);
        groups
    }

    /// Completions and exact ones of every task that was asked, by its position in the mixture.
    pub(super) fn answered(&self) -> BTreeMap<usize, (u64, u64)> {
        let mut answered: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for (question, answers) in self.questions.iter().zip(&self.answers) {
            let (asked, solved) = answered.entry(question.task).or_default();
            *asked += answers.len() as u64;
            *solved += answers.iter().filter(|answer| answer.verdict.exact).count() as u64;
        }
        answered
    }

    fn with_contrast(&self) -> Vec<Group<'_>> {
        self.groups().filter(Group::has_contrast).collect()
    }

    fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.questions.iter().zip(&self.answers).map(|(question, answers)| Group { question, answers })
    }

    fn add_batch(
        &mut self,
        run: &Run<'_>,
        mixture: &Mixture,
        ahead: &mut Ahead<'_, '_>,
        more: bool,
    ) -> Result<(), TrainError> {
        let Run { config, policy, .. } = run;
        let started = Instant::now();
        let group_size = config.rollout.group_size;
        let sampling = Sampling::of(&config.rollout);

        let Asked { questions, next_question, skipped } = ahead.take(mixture, self.next_question, more)?;
        self.ask_seconds += started.elapsed().as_secs_f64();
        let stream = |prompt: usize, member: i64| {
            let completion = questions[prompt].index * group_size + member as u64;
            TaskRng::new(config.seed, "rollout", Split::Train, completion)
        };
        let groups = generate(policy, &questions, group_size as i64, &sampling, stream)?;
        let rollout_seconds = started.elapsed().as_secs_f64();
        let answers =
            answers::verify(mixture, &policy.tokenizer, &config.reward, sampling.max_new_tokens, &questions, groups)?;

        self.questions.extend(questions);
        self.answers.extend(answers);
        self.next_question = next_question;
        self.skipped_prompts += skipped;
        self.batches += 1;
        self.rollout_seconds += rollout_seconds;
        self.verify_seconds += started.elapsed().as_secs_f64() - rollout_seconds;
        Ok(())
    }
}
