//! `graph/contradiction`: a graph, and lines about it, one of which is false; which?
//!
//! Lines say that two nodes are linked, that they are not, or how many neighbours a node has. All are true of the graph
//! written above them but one, whose kind and place are as random as any other's. No two lines are about the same pair or
//! the same node's neighbours, so lines never contradict each other.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::count::SmallGraph;
use crate::question::ranges::{check, invalid};
use crate::question::{Cut, CutConfig, Posed, Writing, WritingConfig};
use crate::sample::Subgraph;
use crate::{Direction, Graph};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, protocol};

/// Draws of a line before the sample is given up.
const DRAWS: usize = 64;

/// Settings of [`Contradiction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContradictionConfig {
    /// Number of lines, 2 to 12.
    pub lines: usize,
    /// What lines say, drawn for each: `linked`, `not-linked`, `degree`.
    pub kinds: Vec<LineKind>,
    /// The small graph.
    pub cut: CutConfig,
    /// How it is written.
    pub writing: WritingConfig,
}

impl Default for ContradictionConfig {
    fn default() -> Self {
        Self {
            lines: 5,
            kinds: vec![LineKind::Linked, LineKind::NotLinked, LineKind::Degree],
            cut: CutConfig::default(),
            writing: WritingConfig { encoder: "adjacency".into(), ..WritingConfig::default() },
        }
    }
}

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// Two nodes are linked.
    Linked,
    /// Two nodes are not linked.
    NotLinked,
    /// A node has so many neighbours.
    Degree,
}

/// One line, in the subgraph's ids.
#[derive(Debug, Clone, Copy)]
enum Line {
    Linked(u32, u32),
    NotLinked(u32, u32),
    Degree(u32, u64),
}

impl Line {
    /// Whether both are about the same pair, or the same node's neighbours.
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Degree(node, _), Self::Degree(second, _)) => node == second,
            (Self::Linked(a, b) | Self::NotLinked(a, b), Self::Linked(c, d) | Self::NotLinked(c, d)) => {
                (a, b) == (c, d) || (a, b) == (d, c)
            }
            _ => false,
        }
    }

    fn write(self, posed: &Posed) -> String {
        match self {
            Self::Linked(left, right) => format!("{} and {} are linked.", posed.name(left), posed.name(right)),
            Self::NotLinked(left, right) => format!("{} and {} are not linked.", posed.name(left), posed.name(right)),
            Self::Degree(node, 1) => format!("{} has 1 neighbour.", posed.name(node)),
            Self::Degree(node, count) => format!("{} has {count} neighbours.", posed.name(node)),
        }
    }
}

/// The task.
pub struct Contradiction {
    config: ContradictionConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for Contradiction {
    const NAME: &'static str = "graph/contradiction";
    const SUMMARY: &'static str = "find the line that contradicts a graph";
    const BY_DEFAULT: bool = false;
    type Config = ContradictionConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: ContradictionConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "lines", &config.lines, 2..=12)?;
        if config.kinds.is_empty() {
            return Err(invalid(Self::NAME, "kinds", "at least one kind of line", "none"));
        }
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let false_line = rng.below(self.config.lines);
        let (subgraph, lines) = (0..DRAWS).find_map(|_| {
            let subgraph = self.cut.draw(graph, rng)?;
            let lines = self.lines(&subgraph, false_line, rng)?;
            Some((subgraph, lines))
        })?;
        let posed = self.writing.pose(graph, subgraph, Direction::Undirected, rng, |_| {
            "One of the numbered lines contradicts the graph. Which?\n".to_owned()
        })?;
        let mut text = posed.text.clone();
        for (number, line) in lines.iter().enumerate() {
            let _ = writeln!(text, "{}) {}", number + 1, line.write(&posed));
        }
        text.push_str("Reply <answer>number</answer>.");
        let numbers = (1..=lines.len()).map(|number| number.to_string());
        Some(Sample { prompt: vec![Part::Text(text)], truth: ChoiceTruth::new(numbers, false_line, AnswerStyle::Text) })
    }

    fn verifier(&self) -> &Choice {
        &Choice
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn levels(config: &ContradictionConfig) -> Vec<ContradictionConfig> {
        [(3, 4, 5), (5, 6, 10), (8, 8, 12), (10, 12, 18), (12, 18, 26)]
            .map(|(lines, least, most)| ContradictionConfig {
                lines,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl Contradiction {
    /// Lines that do not meet, all true but the one at `false_line`; `None` where the graph has too few.
    fn lines(&self, subgraph: &Subgraph, false_line: usize, rng: &mut TaskRng) -> Option<Vec<Line>> {
        let small = SmallGraph::of(subgraph).ok()?;
        let mut lines: Vec<Line> = Vec::with_capacity(self.config.lines);
        for place in 0..self.config.lines {
            let kind = *rng.choose(&self.config.kinds)?;
            let line = (0..DRAWS).find_map(|_| {
                let line = line(&small, kind, place != false_line, rng)?;
                // What is false of the shown graph may be a true edge that is held out.
                let held_out = matches!(line, Line::Linked(left, right) | Line::NotLinked(left, right)
                    if !subgraph.links(left, right) && subgraph.holds_out(left, right));
                (!held_out && lines.iter().all(|other| !other.meets(line))).then_some(line)
            })?;
            lines.push(line);
        }
        Some(lines)
    }
}

/// A random line of a kind, true or false of the graph; `None` where the draw gives none.
fn line(small: &SmallGraph, kind: LineKind, truth: bool, rng: &mut TaskRng) -> Option<Line> {
    let count = small.node_count();
    let (node, other) = (rng.below(count) as u32, rng.below(count) as u32);
    if kind == LineKind::Degree {
        let degree = small.degree(node);
        // A wrong number is one off, in a direction that leaves it possible.
        let wrong = if degree + 1 == count as u64 || degree > 0 && rng.coin() { degree - 1 } else { degree + 1 };
        return Some(Line::Degree(node, if truth { degree } else { wrong }));
    }
    let linked = small.neighbours(node) >> other & 1 == 1;
    let says_linked = kind == LineKind::Linked;
    let fits = node != other && linked == (says_linked == truth);
    fits.then_some(if says_linked { Line::Linked(node, other) } else { Line::NotLinked(node, other) })
}
