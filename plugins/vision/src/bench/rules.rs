//! How each benchmark asks, reads replies and adds them up, after either of two toolkits.

use serde::{Deserialize, Serialize};
use ssl4rl_tasks::protocol::{self, AnswerRule};

use super::extract;
use super::item::{Item, LETTERS};

/// Whose rules hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Toolkit {
    /// `VLMEvalKit`, by exact matching alone.
    #[default]
    Vlmevalkit,
    /// lmms-eval.
    LmmsEval,
}

/// How right answers are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// The share of right answers.
    Micro,
    /// A question counts where it is right in every order of its options.
    Circular,
    /// Mean over categories of the means over the narrower ones.
    Macro,
    /// MME's two sums.
    Mme,
}

/// One benchmark.
#[derive(Debug)]
pub struct Bench {
    /// What `--bench` calls it.
    pub name: &'static str,
    /// Where the files are, for a user who lacks them.
    pub published_at: &'static str,
    /// Files of other splits are not read: a part of the wanted files' names or of the rows' column `split`.
    pub split: Option<&'static str>,
    kind: Kind,
}

/// What kind of answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// BLINK.
    Blink,
    /// Options told apart from the question, rolled.
    Mmbench,
    /// Options told apart from the question.
    Seed,
    /// A letter, a number or a word; options in the question.
    RealWorld,
    /// Options in the question, two levels of categories.
    Mmstar,
    /// Options in the question or apart.
    Plain,
    /// Options apart, perhaps with their letters.
    MmeRealWorld,
    /// The name of what is shown, of which there may be several.
    ImageNet,
    /// Yes or no, two questions an image.
    Mme,
}

/// Every benchmark.
pub const BENCHES: &[Bench] = &[
    Bench {
        name: "blink",
        published_at: "huggingface.co/datasets/BLINK-Benchmark/BLINK",
        split: Some("val"),
        kind: Kind::Blink,
    },
    Bench {
        name: "mmbench",
        published_at: "huggingface.co/datasets/lmms-lab/MMBench",
        split: Some("dev"),
        kind: Kind::Mmbench,
    },
    Bench {
        name: "seed-bench",
        published_at: "huggingface.co/datasets/lmms-lab/SEED-Bench",
        split: None,
        kind: Kind::Seed,
    },
    Bench {
        name: "realworldqa",
        published_at: "huggingface.co/datasets/lmms-lab/RealWorldQA",
        split: None,
        kind: Kind::RealWorld,
    },
    Bench { name: "mmstar", published_at: "huggingface.co/datasets/Lin-Chen/MMStar", split: None, kind: Kind::Mmstar },
    Bench {
        name: "vstar",
        published_at: "huggingface.co/datasets/craigwu/vstar_bench",
        split: None,
        kind: Kind::Plain,
    },
    Bench { name: "mme", published_at: "huggingface.co/datasets/lmms-lab/MME", split: None, kind: Kind::Mme },
    Bench {
        name: "mme-realworld-lite",
        published_at: "huggingface.co/datasets/yifanzhang114/MME-RealWorld-lite-lmms-eval",
        split: None,
        kind: Kind::MmeRealWorld,
    },
    Bench {
        name: "imagenet",
        published_at: "huggingface.co/datasets/PKU-ML/ImageNet-Subset",
        split: None,
        kind: Kind::ImageNet,
    },
];

/// The benchmark called `name`.
pub fn bench(name: &str) -> Option<&'static Bench> {
    BENCHES.iter().find(|bench| bench.name == name)
}

impl Bench {
    /// Whether it is images with their classes, of which questions are made here.
    pub(super) fn shows_classes(&self) -> bool {
        self.kind == Kind::ImageNet
    }

    /// The text that stands after the images.
    pub fn prompt(&self, item: &Item, toolkit: Toolkit) -> String {
        match (toolkit, self.kind) {
            (_, Kind::Mme) => format!("{} Please answer yes or no.", item.question.trim()),
            (_, Kind::ImageNet) => item.question.clone(),
            (Toolkit::Vlmevalkit, _) => vlmevalkit_prompt(item),
            (Toolkit::LmmsEval, Kind::Blink) => {
                let question = item.published_prompt.as_ref().unwrap_or(&item.question);
                format!("Reply with the letter of the right option and nothing else.\n{question}")
            }
            (Toolkit::LmmsEval, _) => lmms_prompt(item),
        }
    }

    /// Whether a reply is right; `None` where it cannot be read, which counts as wrong.
    pub fn verdict(&self, item: &Item, reply: &str, toolkit: Toolkit) -> Option<bool> {
        let wanted = item.answer.as_deref()?.trim();
        let said = self.said(item, reply, toolkit)?;
        Some(match self.kind {
            Kind::ImageNet => wanted.split(',').any(|name| plain(name) == plain(&said)),
            _ => plain(wanted) == plain(&said),
        })
    }

    /// What a reply answers, written as answers are: a letter, yes or no, or its words where the answer is open. `None` where it
    /// cannot be read.
    pub fn said(&self, item: &Item, reply: &str, toolkit: Toolkit) -> Option<String> {
        let inner = protocol::answer(&protocol::canonical(reply, AnswerRule::default())).map(str::to_owned);
        let reply = inner.as_deref().unwrap_or(reply);
        let letters = item.letters();
        if self.kind == Kind::Mme {
            let yes = match toolkit {
                Toolkit::Vlmevalkit => extract::yes_or_no(reply),
                Toolkit::LmmsEval => extract::yes_or_no_at_start(reply),
            };
            return yes.map(|yes| if yes { "Yes" } else { "No" }.to_owned());
        }
        if self.is_open(item) {
            return Some(reply.trim().to_owned());
        }
        let letter = match (toolkit, self.kind) {
            (Toolkit::Vlmevalkit, _) | (Toolkit::LmmsEval, Kind::Mmbench) => {
                extract::by_vlmevalkit(reply, letters, &item.options)
            }
            (Toolkit::LmmsEval, Kind::Blink) => extract::at_start(reply),
            (Toolkit::LmmsEval, Kind::Seed) => extract::first_character(reply),
            (Toolkit::LmmsEval, Kind::MmeRealWorld) => extract::first_capital(reply, b"ABCDE"),
            (Toolkit::LmmsEval, _) => extract::by_form(reply, letters),
        };
        letter.map(String::from)
    }

    /// Whether words are wanted. Of a question whose answer is hidden only the benchmark says so.
    fn is_open(&self, item: &Item) -> bool {
        let open = match &item.answer {
            Some(wanted) => !is_letter(wanted.trim()),
            None => self.kind == Kind::RealWorld,
        };
        open || self.shows_classes()
    }

    /// How its questions become one score.
    pub fn aggregation(&self, toolkit: Toolkit) -> Aggregation {
        match (self.kind, toolkit) {
            (Kind::Mmbench, _) => Aggregation::Circular,
            (Kind::Mme, _) => Aggregation::Mme,
            (Kind::Mmstar, Toolkit::LmmsEval) => Aggregation::Macro,
            _ => Aggregation::Micro,
        }
    }

    /// Expected share of right answers of blind guessing, `None` where answers are open.
    pub fn chance(&self, item: &Item) -> Option<f64> {
        let wanted = item.answer.as_deref()?;
        match self.kind {
            Kind::Mme => Some(0.5),
            _ if is_letter(wanted) => Some(1.0 / item.letters().len() as f64),
            _ => None,
        }
    }
}

/// A text as it is compared.
fn plain(text: &str) -> String {
    text.trim().trim_end_matches('.').to_lowercase()
}

fn is_letter(answer: &str) -> bool {
    answer.len() == 1 && LETTERS.contains(&answer.as_bytes()[0].to_ascii_uppercase())
}

/// A hint, the question, the options by their letters, and what is wanted, each on a line.
fn vlmevalkit_prompt(item: &Item) -> String {
    let mut lines: Vec<String> = item.hint.iter().map(|hint| format!("Hint: {hint}")).collect();
    lines.push(format!("Question: {}", item.question));
    if !item.options.is_empty() {
        lines.push("Options:".to_owned());
        lines.extend(listed(item));
        lines.push("Choose the right answer among these options.".to_owned());
    }
    lines.join("\n")
}

fn lmms_prompt(item: &Item) -> String {
    let mut lines: Vec<String> = item.hint.iter().cloned().collect();
    lines.push(item.question.clone());
    lines.extend(listed(item));
    if !item.options.is_empty() {
        lines.push("Reply with the letter of the right option only.".to_owned());
    }
    lines.join("\n")
}

fn listed(item: &Item) -> impl Iterator<Item = String> {
    LETTERS.iter().zip(&item.options).map(|(&letter, option)| format!("{}. {option}", char::from(letter)))
}
