//! `graph/nlgraph`: the published questions of `NLGraph` (Wang et al. 2023), each answer verified exactly.
//!
//! A folder a kind, `test.json` and `train.json.gz`, JSON objects of `question`, `answer` and `difficulty`. The reference
//! answer is one of several where a path, an order or a matching is asked for; it is not looked at. What is true follows from
//! the question's text: [`problem`](Problem) reads it back and verifies any answer.
//!
//! ```
//! use ssl4rl_graph::eval::nlgraph::kind;
//! let question = "In a directed graph with 3 nodes numbered from 0 to 2:\nnode 0 should be visited before node 1\n\
//!                 node 2 should be visited before node 0\nQ: Can all the nodes be visited? Give the solution.\nA:";
//! let problem = kind("topology").unwrap().read(question).unwrap();
//! assert!(problem.verify("The solution is: 2,0,1.").exact);
//! assert!(!problem.verify("0,1,2").exact);
//! ```

mod convolution;
mod decisions;
mod flow;
mod matching;
mod paths;
mod problem;
mod topology;

use std::fs;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use problem::Problem;

use super::benchmark::{json, settings};
use super::metrics::Estimate;
use super::{Benchmark, EvalError, Exam, Respondent, Row, Subject};
use ssl4rl_tasks::{Split, TaskRng, Verdict, protocol};

const NAME: &str = "graph/nlgraph";
/// Difficulties, in order.
const DIFFICULTIES: [&str; 3] = ["easy", "medium", "hard"];

/// A kind of question.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its folder.
    pub name: &'static str,
    /// What the answer block should hold, in the words of the prompt.
    form: &'static str,
    read: fn(&str) -> Option<Box<dyn Problem>>,
}

impl Kind {
    /// The problem that a question's text states; none where the text has another form.
    pub fn read(&self, question: &str) -> Option<Box<dyn Problem>> {
        (self.read)(question)
    }
}

fn boxed<Read: Problem + 'static>(problem: Option<Read>) -> Option<Box<dyn Problem>> {
    problem.map(|problem| Box::new(problem) as Box<dyn Problem>)
}

/// Every kind, in the order of the paper.
pub const KINDS: [Kind; 8] = [
    Kind { name: "connectivity", form: "yes or no", read: |text| boxed(decisions::Decision::connectivity(text)) },
    Kind { name: "cycle", form: "yes or no", read: |text| boxed(decisions::Decision::cycle(text)) },
    Kind { name: "topology", form: "0,2,1", read: |text| boxed(topology::Topology::read(text)) },
    Kind { name: "shortest_path", form: "0,2,1", read: |text| boxed(paths::ShortestPath::read(text)) },
    Kind { name: "flow", form: "number", read: |text| boxed(flow::Flow::read(text)) },
    Kind {
        name: "matching",
        form: "applicant 0: job 1, applicant 2: job 0",
        read: |text| boxed(matching::Matching::read(text)),
    },
    Kind { name: "hamilton", form: "0,2,1", read: |text| boxed(paths::HamiltonPath::read(text)) },
    Kind {
        name: "GNN",
        form: "node 0: [1,0], node 1: [0,2]",
        read: |text| boxed(convolution::Convolution::read(text)),
    },
];

/// The kind with this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// A published question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Published {
    /// The whole prompt, which ends in `A:`.
    pub question: String,
    /// One right answer.
    pub answer: String,
    /// `easy`, `medium` or `hard`.
    pub difficulty: String,
}

/// The questions in a file, in its order; `.gz` is unpacked.
pub fn read_file(path: &Path) -> Result<Vec<Published>, EvalError> {
    let io = |source| EvalError::Io { path: path.to_owned(), source };
    let mut text = String::new();
    let file = fs::File::open(path).map_err(io)?;
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).map_err(io)?;
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text).map_err(io)?;
    }
    let content = |error: serde_json::Error| EvalError::Content { path: path.to_owned(), problem: error.to_string() };
    let questions: serde_json::Map<String, Value> = serde_json::from_str(&text).map_err(content)?;
    questions.into_iter().map(|(_, question)| serde_json::from_value(question).map_err(content)).collect()
}

/// Settings of the benchmark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NlGraphConfig {
    /// Kinds of question, by folder; empty: all.
    pub kinds: Vec<String>,
    /// Questions of a kind, drawn by the seed; 0: all.
    pub samples: usize,
    /// Seed of that draw.
    pub seed: u64,
}

/// The benchmark.
pub struct NlGraph;

impl Benchmark for NlGraph {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "the published test questions of NLGraph"
    }

    fn only_dataset(&self) -> Option<&'static str> {
        Some("nlgraph")
    }

    fn defaults(&self) -> Value {
        json(&NlGraphConfig::default())
    }

    fn exam(&self, subject: &Subject, changes: Value) -> Result<Box<dyn Exam>, EvalError> {
        let config = settings(NAME, &NlGraphConfig::default(), &changes, |config| {
            match config.kinds.iter().find(|name| kind(name).is_none()) {
                Some(unknown) => {
                    let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
                    Err(format!("unknown kind `{unknown}`; known are {}", known.join(", ")))
                }
                None => Ok(()),
            }
        })?;
        let Subject::Folder(folder) = subject else {
            let reason =
                "it reads a folder of questions, not a graph; `--dataset nlgraph`, or the folder's path".into();
            return Err(EvalError::Unusable { benchmark: NAME, dataset: "a graph".into(), reason });
        };
        let chosen =
            KINDS.iter().filter(|kind| config.kinds.is_empty() || config.kinds.iter().any(|name| name == kind.name));
        let sections = chosen.map(|kind| Section::read(kind, folder, &config)).collect::<Result<_, _>>()?;
        Ok(Box::new(Questions { config, sections }))
    }
}

/// The questions of one kind.
struct Section {
    kind: &'static Kind,
    questions: Vec<(Published, Box<dyn Problem>)>,
}

impl Section {
    fn read(kind: &'static Kind, folder: &Path, config: &NlGraphConfig) -> Result<Self, EvalError> {
        let path = folder.join(kind.name).join("test.json");
        let mut published = read_file(&path)?;
        if config.samples > 0 {
            let mut rng = TaskRng::new(config.seed, NAME, Split::HeldOut, 0);
            let count = rng.sample_front(&mut published, config.samples).len();
            published.truncate(count);
        }
        let read = |published: Published| -> Result<_, EvalError> {
            let other_form = || EvalError::Content {
                path: path.clone(),
                problem: format!("a question of another form than known: {:.80}…", published.question),
            };
            let problem = kind.read(&published.question).ok_or_else(other_form)?;
            Ok((published, problem))
        };
        Ok(Self { kind, questions: published.into_iter().map(read).collect::<Result<_, _>>()? })
    }

    /// What the model is shown: the published text, and how to reply instead of `A:`.
    fn prompt(&self, question: &str) -> String {
        let asked = question.trim_end().strip_suffix("A:").unwrap_or(question).trim_end();
        format!("{asked}\nReply {}.", protocol::wrap(self.kind.form))
    }

    fn row(&self, who: &str, verdicts: &[Option<Verdict>]) -> Row {
        let read: Vec<(&str, &Verdict)> = self
            .questions
            .iter()
            .zip(verdicts)
            .filter_map(|((published, _), verdict)| Some((&*published.difficulty, verdict.as_ref()?)))
            .collect();
        let scores: Vec<f64> = read.iter().map(|(_, verdict)| f64::from(verdict.score)).collect();
        let mut row = Row::new(self.kind.name, who, read.len())
            .with("accuracy", Estimate::share(read.iter().map(|(_, verdict)| verdict.exact)))
            .with("score", Estimate::mean(&scores))
            .with("unread", Estimate::share(read.iter().map(|(_, verdict)| verdict.parsed.is_none())))
            .skipping(verdicts.len() - read.len());
        if read.is_empty() {
            row.metrics.values_mut().for_each(|metric| *metric = Estimate::UNKNOWN);
        }
        for difficulty in DIFFICULTIES {
            let of: Vec<bool> =
                read.iter().filter(|(other, _)| *other == difficulty).map(|(_, verdict)| verdict.exact).collect();
            if !of.is_empty() {
                row = row.with(difficulty, Estimate::share(of));
            }
        }
        row
    }
}

struct Questions {
    config: NlGraphConfig,
    sections: Vec<Section>,
}

impl Exam for Questions {
    fn settings(&self) -> Value {
        json(&self.config)
    }

    fn baselines(&self) -> Result<Vec<Row>, EvalError> {
        let mut rows = Vec::new();
        for section in &self.sections {
            let Some((_, first)) = section.questions.first() else { continue };
            for (place, (who, _)) in first.blind_answers().iter().enumerate() {
                let verdict = |problem: &dyn Problem| Some(problem.verify(&problem.blind_answers().get(place)?.1));
                let verdicts: Vec<Option<Verdict>> =
                    section.questions.iter().map(|(_, problem)| verdict(&**problem)).collect();
                rows.push(section.row(who, &verdicts));
            }
        }
        Ok(rows)
    }

    fn sit(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        let rule = respondent.answer_rule();
        let mut rows = Vec::new();
        for section in &self.sections {
            let prompts: Vec<String> =
                section.questions.iter().map(|(published, _)| section.prompt(&published.question)).collect();
            let replies = respondent.reply(&prompts)?;
            let verdicts: Vec<Option<Verdict>> = section
                .questions
                .iter()
                .zip(replies)
                .map(|((_, problem), reply)| {
                    reply.map(|reply| match reply.answer(rule) {
                        Some(answer) => problem.verify(&answer),
                        None => Verdict::unreadable("no answer block"),
                    })
                })
                .collect();
            rows.push(section.row(Row::MODEL, &verdicts));
        }
        Ok(rows)
    }
}
