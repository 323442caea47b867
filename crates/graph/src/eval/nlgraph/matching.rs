//! Bipartite matching: any assignment of as many applicants as possible to jobs they want.

use petgraph::algo::maximum_matching;
use petgraph::graph::{NodeIndex, UnGraph};

use super::problem::{self, Problem};
use ssl4rl_tasks::Verdict;

/// Most applicants or jobs of a question that is read.
const MOST: usize = 1000;

/// Who wants what.
pub(super) struct Matching {
    /// Pairs of applicant and job, ascending.
    wishes: Vec<(usize, usize)>,
    largest: usize,
}

impl Matching {
    /// Reads lines such as `Applicant 0 is interested in job 2.`
    pub(super) fn read(question: &str) -> Option<Self> {
        let [applicants, _, _, jobs, ..] = problem::numbers(question.lines().next()?)[..] else { return None };
        if applicants.max(jobs) > MOST {
            return None;
        }
        let mut wishes = Vec::new();
        let mut graph = UnGraph::<(), (), usize>::default();
        for _ in 0..applicants + jobs {
            graph.add_node(());
        }
        for line in question.lines().filter(|line| line.starts_with("Applicant ")) {
            let [applicant, job] = problem::numbers(line)[..] else { return None };
            if applicant >= applicants || job >= jobs {
                return None;
            }
            wishes.push((applicant, job));
            graph.add_edge(NodeIndex::new(applicant), NodeIndex::new(applicants + job), ());
        }
        wishes.sort_unstable();
        Some(Self { wishes, largest: maximum_matching(&graph).edges().count() })
    }
}

impl Problem for Matching {
    fn verify(&self, answer: &str) -> Verdict {
        let Some(pairs) = assignment(answer) else { return Verdict::unreadable("no assignment") };
        let distinct = |of: fn(&(usize, usize)) -> usize| {
            let mut values: Vec<usize> = pairs.iter().map(of).collect();
            values.sort_unstable();
            values.windows(2).all(|two| two[0] != two[1])
        };
        if !(distinct(|pair| pair.0) && distinct(|pair| pair.1)) {
            return Verdict::wrong(answer, "an applicant or a job twice");
        }
        if !pairs.iter().all(|pair| self.wishes.binary_search(pair).is_ok()) {
            return Verdict::wrong(answer, "a job that its applicant does not want");
        }
        if pairs.len() == self.largest {
            return Verdict::right(answer);
        }
        Verdict::partial(pairs.len() as f32 / self.largest as f32, answer, "more applicants can be placed")
    }

    fn blind_answers(&self) -> Vec<(&'static str, String)> {
        let (mut applicants, mut jobs, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for &(applicant, job) in &self.wishes {
            if !applicants.contains(&applicant) && !jobs.contains(&job) {
                applicants.push(applicant);
                jobs.push(job);
                lines.push(format!("applicant {applicant}: job {job}"));
            }
        }
        vec![("first come, first served", lines.join("\n"))]
    }
}

/// Pairs in `applicant 0: job 2, applicant 1: job 4`. Numbers elsewhere, such as how many were placed, do not count.
fn assignment(answer: &str) -> Option<Vec<(usize, usize)>> {
    let lower = answer.to_lowercase();
    let pairs: Option<Vec<(usize, usize)>> = lower
        .split("applicant ")
        .skip(1)
        .map(|piece| {
            let (applicant, rest) = piece.split_once("job ")?;
            Some((*problem::numbers(applicant).first()?, leading_number(rest)?))
        })
        .collect();
    pairs.filter(|pairs| !pairs.is_empty())
}

fn leading_number(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}
