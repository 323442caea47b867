//! A hidden title: one to be chosen among options, while the nodes around show theirs.

use std::fmt::Write as _;

use super::{DRAWS, FeatureTruth, MaskedNodeFeatures, Negatives, TARGET_DRAWS, two_steps_away};
use crate::Node;
use crate::question::{options, titles};
use crate::sample::{View, ego_nodes};
use ssl4rl_tasks::{Part, Sample, TaskRng};

/// A target whose title is hidden, the nodes shown around it, and their titles.
struct TitleDraft {
    title: String,
    /// All shown nodes, the target first.
    nodes: Vec<Node>,
    /// Titles of the nodes after the target.
    others: Vec<String>,
}

impl MaskedNodeFeatures {
    pub(super) fn title_choice(&self, view: &View<'_>, rng: &mut TaskRng) -> Option<Sample<FeatureTruth>> {
        let right = self.titled(view, rng)?;
        let mut wrong: Vec<String> = Vec::new();
        for _ in 0..DRAWS * self.config.options {
            if wrong.len() + 1 == self.config.options {
                break;
            }
            let title = self.wrong_title(view, right.nodes[0], rng)?;
            if title != right.title && !wrong.contains(&title) && !right.others.contains(&title) {
                wrong.push(title);
            }
        }
        if wrong.len() + 1 < self.config.options {
            return None;
        }
        let truth = options::shuffled(right.title, wrong, self.config.answer_style, rng)?;
        let written = self.write(view, &right.nodes, rng)?;
        let target = written.name(right.nodes[0])?;
        let mut text = format!("The title of node {target} is hidden. Which option is it?\n{}", written.text);
        text.push_str("Titles:\n");
        for (name, &node) in written.names.iter().zip(&written.subgraph.nodes) {
            let position = right.nodes.iter().position(|&other| other == node)?;
            let title = if position == 0 { "hidden" } else { &right.others[position - 1] };
            let _ = writeln!(text, "{name}: {title}");
        }
        options::append(&truth, &mut text);
        Some(Sample { prompt: vec![Part::Text(text)], truth: FeatureTruth::Choice(truth) })
    }

    fn wrong_title(&self, view: &View<'_>, target: Node, rng: &mut TaskRng) -> Option<String> {
        match self.config.negatives {
            Negatives::Frequency => Some(self.titled(view, rng)?.title),
            Negatives::Uniform => titles::title(view.graph, rng.below(view.graph.node_count()) as Node),
            Negatives::Neighbourhood => titles::title(view.graph, two_steps_away(view, target, rng)?),
        }
    }

    /// Draws a target of this split whose title shares a word with enough other shown titles.
    fn titled(&self, view: &View<'_>, rng: &mut TaskRng) -> Option<TitleDraft> {
        (0..TARGET_DRAWS).find_map(|_| {
            let target = rng.below(view.graph.node_count()) as Node;
            if !rng.split().owns("node", u64::from(target)) {
                return None;
            }
            let title = titles::title(view.graph, target)?;
            let nodes = ego_nodes(view, target, self.reach(), rng);
            let others: Option<Vec<String>> = nodes[1..].iter().map(|&node| titles::title(view.graph, node)).collect();
            let others = others?;
            let support = others.iter().filter(|other| titles::share_a_word(&title, other)).count();
            // A second node of the same title would show the answer.
            let quoted = others.iter().any(|other| other.contains(&title));
            let usable = !others.is_empty() && support >= self.config.support && !quoted;
            usable.then_some(TitleDraft { title, nodes, others })
        })
    }
}
