//! One update alone: log-probs of given completions, the loss, its gradient, and the optimizer.

use super::{Measurement, Repetitions, Report, Subject, Workload};
use crate::config::Config;
use crate::model::EncodedPrompt;
use crate::rollout::Completion;
use crate::tasks::{RewardTerms, RewardWeights, Verdict};
use crate::train::TrainError;
use crate::train::answers::Answer;
use crate::train::learner::Learner;
use crate::train::lesson::Group;
use crate::train::questions::Question;

/// Learning rate of the measured updates; so small that the policy stays what it is.
const LEARNING_RATE: f64 = 1e-6;

/// Measures updates of `subject` on random completions.
pub fn run(subject: &Subject, repetitions: Repetitions) -> Result<Report, TrainError> {
    let transformer = &subject.policy.transformer;
    let config = subject.config();
    let mut learner = Learner::new(&subject.policy, &config)?;
    let measured = Measurement::of(repetitions, transformer.device(), |step| {
        update(subject, &config, &mut learner, &subject.prompts(step), random_completions(subject, step))
    })?;
    let mut report = Report::new(
        "train",
        subject,
        &subject.workload.learning(transformer.config(), config.lora.is_on()),
        &measured,
    )?;
    report.memory_estimate = Some(subject.memory_estimate(&config)?);
    Ok(report)
}

/// Rewards `groups` by something that differs within every one, and updates the policy once.
pub(super) fn update(
    subject: &Subject,
    config: &Config,
    learner: &mut Learner,
    prompts: &[Vec<i64>],
    groups: Vec<Vec<Completion>>,
) -> Result<(), TrainError> {
    let questions: Vec<Question> = prompts.iter().map(|prompt| question(prompt)).collect();
    let answers: Vec<Vec<Answer>> = groups.into_iter().map(|group| group.into_iter().map(answer).collect()).collect();
    let lessons: Vec<Group<'_>> =
        questions.iter().zip(&answers).map(|(question, answers)| Group { question, answers }).collect();
    learner.update(&subject.policy, config, &lessons, LEARNING_RATE)?;
    Ok(())
}

fn question(prompt: &[i64]) -> Question {
    Question {
        task: 0,
        index: 0,
        prompt: String::new(),
        media: Vec::new(),
        encoded: EncodedPrompt { ids: prompt.to_vec(), media: Vec::new() },
        truth: serde_json::Value::Null,
        chance: 0.0,
    }
}

fn answer(completion: Completion) -> Answer {
    let sum: i64 = completion.ids.iter().sum();
    let verdict = Verdict::partial((sum % 7) as f32 / 7.0, "", "");
    let terms = RewardTerms::of("", completion.ids.len(), completion.ids.len(), &verdict);
    let reward = terms.total(&RewardWeights::default());
    Answer { completion, text: String::new(), verdict, terms, reward }
}

/// Completions of random ids, `[prompt][member]`.
fn random_completions(subject: &Subject, step: u64) -> Vec<Vec<Completion>> {
    let Workload { prompts, group, new, .. } = subject.workload;
    let vocabulary = subject.policy.transformer.config().vocab_size as usize;
    let completion = |prompt: u64, member: u64| {
        let mut stream = subject.stream(step, prompt as usize, member as i64);
        let ids = (0..new).map(|_| stream.below(vocabulary) as i64).collect();
        Completion { ids, log_probs: vec![-(vocabulary as f32).ln(); new as usize], truncated: true }
    };
    (0..prompts).map(|prompt| (0..group).map(|member| completion(prompt, member)).collect()).collect()
}
