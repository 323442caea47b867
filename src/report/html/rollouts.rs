//! Real completions: some groups of a step, each with its prompt, its answers, and what the verifier said of them.
//!
//! Which groups are shown does not depend on their scores: the first of each task, then the first of all, [`MOST_GROUPS`] a
//! step. Long texts are cut in the middle, and the page says so.
//!
//! ```text
//! graph/path   question 12   5 of 8 exact   mean reward 0.625   ✓✓✗✓–✓✗✓
//! ```

use std::collections::BTreeMap;

use super::element::{Element, element};
use super::escape::shortened;
use crate::report::RolloutRecord;
use crate::tasks::{BlobReference, counted};

/// Groups shown of a step.
const MOST_GROUPS: usize = 3;
/// Completions shown of a group.
const MOST_COMPLETIONS: usize = 16;
/// Characters shown of a prompt.
const MOST_OF_PROMPT: usize = 4000;
/// Characters shown of a completion.
const MOST_OF_COMPLETION: usize = 2000;
/// Characters shown of anything else: a truth, a reason.
const MOST_OF_OTHERS: usize = 400;

/// Some groups of one step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Excerpt {
    pub(super) step: u64,
    /// Groups of the step.
    pub(super) of: usize,
    /// Each of at least one completion.
    pub(super) groups: Vec<Vec<RolloutRecord>>,
}

/// Chooses groups from completions that come one by one, and keeps no others in memory.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// By number of the group; empty where it was not kept.
    groups: BTreeMap<u64, Vec<RolloutRecord>>,
    /// Number of the first group of every task.
    firsts: BTreeMap<String, u64>,
}

impl Selection {
    /// Takes a completion of the step.
    pub(super) fn offer(&mut self, record: RolloutRecord) {
        let early = self.groups.len() < MOST_GROUPS;
        if self.firsts.len() < MOST_GROUPS && !self.firsts.contains_key(&record.task) {
            self.firsts.insert(record.task.clone(), record.group);
        }
        let first = self.firsts.get(&record.task) == Some(&record.group);
        let known = self.groups.get(&record.group).is_some_and(|group| !group.is_empty());
        let group = self.groups.entry(record.group).or_default();
        if early || first || known {
            group.push(record);
        }
    }

    /// The groups chosen, in their order.
    pub(super) fn excerpt(mut self, step: u64) -> Excerpt {
        let of = self.groups.len();
        let mut chosen: Vec<u64> = self.firsts.into_values().collect();
        for &group in self.groups.keys() {
            if chosen.len() < MOST_GROUPS && !chosen.contains(&group) {
                chosen.push(group);
            }
        }
        chosen.sort_unstable();
        let groups = chosen.iter().filter_map(|group| self.groups.remove(group)).filter(|group| !group.is_empty());
        Excerpt { step, of, groups: groups.collect() }
    }
}

/// The groups of an excerpt under the number of its step.
pub(super) fn section(excerpt: &Excerpt) -> Element {
    let shown = excerpt.groups.len();
    let heading = element("h4").class("group").text(format!("Step {}", excerpt.step)).text(" ");
    let count = format!("{shown} of {}", counted(excerpt.of as u64, "group", "groups"));
    let heading = heading.child(element("span").class("unit").text(count));
    element("div").class("step").child(heading).children(excerpt.groups.iter().map(|group| details(group)))
}

/// A group, folded up.
fn details(group: &[RolloutRecord]) -> Element {
    let exact = group.iter().filter(|record| record.verdict.exact).count();
    let reward = group.iter().map(|record| f64::from(record.reward)).sum::<f64>() / group.len() as f64;
    let first = group.first();
    let (task, index) = first.map(|record| (record.task.as_str(), record.index)).unwrap_or_default();
    let facts =
        [format!("question {index}"), format!("{exact} of {} exact", group.len()), format!("mean reward {reward:.3}")];
    let summary = element("summary")
        .child(element("b").text(task))
        .text(" ")
        .spaced(facts.map(|fact| element("span").text(fact)))
        .child(strip(group));
    let mut details = element("details").child(summary);
    if let Some(record) = first {
        details = details.child(element("h5").class("label").text("Prompt"));
        details = details.child(element("pre").text(shortened(&record.prompt, MOST_OF_PROMPT)));
        details = details.children(media(&record.media));
        details = details.child(element("h5").class("label").text("Truth"));
        let truth = shortened(&record.truth.to_string(), MOST_OF_OTHERS);
        details = details.child(element("pre").class("truth").text(truth));
    }
    let heading = element("h5").class("label").text(counted(group.len() as u64, "completion", "completions"));
    let answers = group.iter().take(MOST_COMPLETIONS).map(answer);
    details = details.child(heading).child(element("ol").class("answers").children(answers));
    match group.len().saturating_sub(MOST_COMPLETIONS) {
        0 => details,
        more => details.child(element("p").class("note").text(format!("{more} more are in the run's folder."))),
    }
}

/// One mark a completion, so that a group's contrast is seen folded up.
fn strip(group: &[RolloutRecord]) -> Element {
    let marks = group.iter().take(MOST_COMPLETIONS).map(|record| {
        let (class, mark, _) = outcome(record);
        element("span").class(class).text(mark)
    });
    element("span").class("strip").with("aria-hidden", "true").children(marks)
}

/// Class, mark and word of a verdict; colour is never all there is.
fn outcome(record: &RolloutRecord) -> (&'static str, &'static str, &'static str) {
    match &record.verdict {
        verdict if verdict.exact => ("right", "✓", "right"),
        verdict if verdict.score > 0.0 => ("partly", "◐", "partly right"),
        verdict if verdict.parsed.is_none() => ("unread", "–", "no answer read"),
        _ => ("wrong", "✗", "wrong"),
    }
}

fn answer(record: &RolloutRecord) -> Element {
    let (class, mark, word) = outcome(record);
    let verdict = &record.verdict;
    let mut facts = vec![format!("score {:.3}", verdict.score)];
    if (record.reward - verdict.score).abs() > 5e-4 {
        facts.push(format!("reward {:.3}", record.reward));
    }
    if verdict.why != word {
        facts.push(shortened(&verdict.why, MOST_OF_OTHERS));
    }
    facts.extend(verdict.parsed.as_ref().map(|parsed| format!("read as “{}”", shortened(parsed, MOST_OF_OTHERS))));
    facts.push(counted(record.tokens, "token", "tokens"));
    if record.truncated {
        facts.push("cut off by the token limit".to_owned());
    }
    let badge = element("span").class(format!("badge {class}")).text(format!("{mark} {word}"));
    let line = element("p").class("verdict").child(badge);
    let line = line.text(" ").spaced(facts.into_iter().map(|fact| element("span").text(fact)));
    element("li").child(line).child(element("pre").text(shortened(&record.completion, MOST_OF_COMPLETION)))
}

/// What is known of a prompt's media: a run keeps what they hash to, not the media themselves.
fn media(media: &[BlobReference]) -> Option<Element> {
    let kinds: Vec<String> = media.iter().take(8).map(|blob| format!("{}, {} bytes", blob.mime, blob.length)).collect();
    let more = if media.len() > kinds.len() { "; …" } else { "" };
    let count = counted(media.len() as u64, "medium", "media");
    let text = format!("{count} in the prompt, not kept in the run's folder: {}{more}", kinds.join("; "));
    (!media.is_empty()).then(|| element("p").class("note").text(shortened(&text, 2 * MOST_OF_OTHERS)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::tasks::{Split, Verdict};

    pub(in crate::report::html) fn record(task: &str, group: u64, completion: &str, verdict: Verdict) -> RolloutRecord {
        RolloutRecord {
            step: 1,
            task: task.into(),
            seed: 0,
            split: Split::Train,
            index: 40 + group,
            group,
            prompt: format!("Question {group}?"),
            media: Vec::new(),
            completion: completion.into(),
            truth: serde_json::json!({ "count": 3 }),
            reward: verdict.score,
            verdict,
            tokens: 4,
            truncated: false,
        }
    }

    fn chosen(tasks: &[&str]) -> Vec<u64> {
        let mut selection = Selection::default();
        for (group, task) in (0..).zip(tasks) {
            for _ in 0..2 {
                selection.offer(record(task, group, "x", Verdict::right("x")));
            }
        }
        let excerpt = selection.excerpt(1);
        assert_eq!(excerpt.of, tasks.len());
        assert!(excerpt.groups.iter().all(|group| group.len() == 2));
        excerpt.groups.iter().map(|group| group[0].group).collect()
    }

    #[test]
    fn the_first_of_each_task_is_shown_and_then_the_first() {
        assert_eq!(chosen(&["a", "a", "a", "a", "a"]), [0, 1, 2]);
        assert_eq!(chosen(&["a", "a", "a", "a", "b"]), [0, 1, 4]);
        assert_eq!(chosen(&["a", "b", "c", "d", "e"]), [0, 1, 2]);
        assert_eq!(chosen(&["a"]), [0]);
        assert_eq!(chosen(&[]), Vec::<u64>::new());
    }

    #[test]
    fn verdicts_are_told_in_words() {
        let group = [
            record("a/b", 0, "<answer>3</answer>", Verdict::right("3")),
            record("a/b", 0, "</pre><script>", Verdict::unreadable("no answer block")),
            record("a/b", 0, &"x".repeat(1 << 20), Verdict::wrong("4", "3 expected")),
        ];
        let text = details(&group).to_string();
        for part in ["1 of 3 exact", "✓ right", "– no answer read", "no answer block", "✗ wrong", "3 expected"] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        assert!(text.contains("1046576 of 1048576 characters are left out") && !text.contains("<script"), "{text}");
        assert!(text.len() < 10_000, "{}", text.len());
    }

    #[test]
    fn media_are_counted() {
        let blob = BlobReference { mime: "image/png".into(), length: 99, blake3: "00".into(), source: None };
        let told = media(&[blob]).unwrap().to_string();
        assert!(
            told.contains("1 medium in the prompt, not kept in the run&#39;s folder: image/png, 99 bytes"),
            "{told}"
        );
        assert!(media(&[]).is_none());
    }
}
