//! Hidden words: one to be chosen among options, or several to be named.

use std::collections::BTreeSet;

use super::{DRAWS, FeatureTruth, MaskedNodeFeatures, Negatives, TARGET_DRAWS, two_steps_away};
use crate::question::{Written, options};
use crate::sample::{View, ego_nodes};
use crate::tasks::attributes::words::{has_word, some_words};
use crate::{Features, Graph, Node};
use ssl4rl_tasks::{Part, Sample, TaskRng};

/// Nodes among which an open answer's word must not occur, so that naming common words earns nothing.
const COMMONNESS_PROBES: usize = 20;

/// A target, the nodes shown around it, and what they show.
struct Draft {
    target: Node,
    /// All shown nodes, the target first.
    nodes: Vec<Node>,
    /// Words shown of each node after the target.
    shown: Vec<Vec<u32>>,
    /// The target's words that enough other nodes show.
    supported: Vec<u32>,
}

impl MaskedNodeFeatures {
    pub(super) fn word_choice(
        &self,
        view: &View<'_>,
        features: &Features,
        rng: &mut TaskRng,
    ) -> Option<Sample<FeatureTruth>> {
        let (draft, words) = (0..DRAWS).find_map(|_| self.exclusive_words(view, features, rng))?;
        let mut names = words.iter().map(|&word| features.name(word));
        let truth = options::shuffled(names.next()?, names.collect(), self.config.answer_style, rng)?;
        let written = self.write(view, &draft.nodes, rng)?;
        let target = written.name(draft.target)?;
        let mut text = format!("One feature of node {target} is hidden. Which option is it?\n{}", written.text);
        self.append_words(&written, features, &draft, &words[..1], &mut text, rng)?;
        options::append(&truth, &mut text);
        Some(Sample { prompt: vec![Part::Text(text)], truth: FeatureTruth::Choice(truth) })
    }

    pub(super) fn open_words(
        &self,
        view: &View<'_>,
        features: &Features,
        rng: &mut TaskRng,
    ) -> Option<Sample<FeatureTruth>> {
        let mut draft = self.draft(view, features, rng)?;
        draft.supported.retain(|&word| is_rare(view.graph, features, word, rng));
        let hidden = rng.sample_front(&mut draft.supported, self.config.hidden).to_vec();
        let words: BTreeSet<String> = hidden.iter().map(|&word| features.name(word)).collect();
        let written = self.write(view, &draft.nodes, rng)?;
        let target = written.name(draft.target)?;
        let question = match words.len() {
            0 => return None,
            1 => format!("1 feature of node {target} is hidden. Which is it?\n"),
            count => format!("{count} features of node {target} are hidden. Which are they?\n"),
        };
        let mut text = question + &written.text;
        let shown = self.append_words(&written, features, &draft, &hidden, &mut text, rng)?;
        text.push_str("Reply <answer>feature, feature</answer>.");
        Some(Sample { prompt: vec![Part::Text(text)], truth: FeatureTruth::Open { words, shown } })
    }

    /// Why no word is ever supported, if so.
    pub(super) fn unsupported(&self, graph: &Graph, features: &Features) -> Option<String> {
        let shares = |left: Node, right: Node| features.of(left).iter().any(|&word| has_word(features, right, word));
        let none = self.config.support > 0
            && self.config.hops == 1
            && !graph.edges().iter().any(|edge| edge.source != edge.target && shares(edge.source, edge.target));
        none.then(|| "no two linked nodes share a feature, so no neighbourhood tells one; set `support = 0`".into())
    }

    /// Draws a target of this split with at least one supported word.
    fn draft(&self, view: &View<'_>, features: &Features, rng: &mut TaskRng) -> Option<Draft> {
        (0..TARGET_DRAWS).find_map(|_| {
            let target = rng.below(view.graph.node_count()) as Node;
            if features.of(target).is_empty() || !rng.split().owns("node", u64::from(target)) {
                return None;
            }
            let nodes = ego_nodes(view, target, self.reach(), rng);
            let shown: Vec<Vec<u32>> =
                nodes[1..].iter().map(|&node| some_words(features.of(node), self.config.words, rng)).collect();
            let support = |word: &u32| shown.iter().filter(|words| words.contains(word)).count();
            let supported: Vec<u32> =
                features.of(target).iter().copied().filter(|word| support(word) >= self.config.support).collect();
            (nodes.len() > 1 && !supported.is_empty()).then_some(Draft { target, nodes, shown, supported })
        })
    }

    /// A target, its hidden word, and the wrong words after it. One clash discards the whole draw: keeping the right word
    /// and replacing the wrong one would make common words right more often than wrong.
    fn exclusive_words(&self, view: &View<'_>, features: &Features, rng: &mut TaskRng) -> Option<(Draft, Vec<u32>)> {
        let draft = self.draft(view, features, rng)?;
        let mut chosen = vec![(draft.target, *rng.choose(&draft.supported)?)];
        while chosen.len() < self.config.options {
            let (owner, word) = self.wrong_word(view, features, draft.target, rng)?;
            let clash = chosen.iter().any(|&(other, other_word)| {
                let foreign = owner != draft.target && (owner == other || has_word(features, owner, other_word));
                word == other_word || has_word(features, other, word) || foreign
            });
            if clash {
                return None;
            }
            chosen.push((owner, word));
        }
        Some((draft, chosen.into_iter().map(|(_, word)| word).collect()))
    }

    /// A word that may be a wrong option, and the node whose hidden word it is: the target itself stands for no node.
    fn wrong_word(&self, view: &View<'_>, features: &Features, target: Node, rng: &mut TaskRng) -> Option<(Node, u32)> {
        match self.config.negatives {
            Negatives::Uniform => Some((target, rng.below(features.matrix.cols()) as u32)),
            Negatives::Neighbourhood => word_two_steps_away(view, features, target, rng).map(|word| (target, word)),
            Negatives::Frequency => {
                let other = self.draft(view, features, rng)?;
                let word = *rng.choose(&other.supported)?;
                (other.target != target).then_some((other.target, word))
            }
        }
    }

    /// One line a node, in the order of ids; the number of different words. The target's line never holds a hidden word.
    fn append_words(
        &self,
        written: &Written,
        features: &Features,
        draft: &Draft,
        hidden: &[u32],
        text: &mut String,
        rng: &mut TaskRng,
    ) -> Option<usize> {
        let own: Vec<u32> = features.of(draft.target).iter().copied().filter(|word| !hidden.contains(word)).collect();
        let own = some_words(&own, self.config.own_words, rng);
        text.push_str("Features:\n");
        for (name, &node) in written.names.iter().zip(&written.subgraph.nodes) {
            let position = draft.nodes.iter().position(|&other| other == node)?;
            let words = if position == 0 { &own } else { &draft.shown[position - 1] };
            text.push_str(name);
            text.push(':');
            for &word in words {
                text.push(' ');
                text.push_str(&features.name(word));
            }
            text.push_str(if words.is_empty() { " unknown\n" } else { "\n" });
        }
        Some(draft.shown.iter().flatten().chain(&own).collect::<BTreeSet<_>>().len())
    }
}

/// Whether none of a few random nodes has the word.
fn is_rare(graph: &Graph, features: &Features, word: u32, rng: &mut TaskRng) -> bool {
    (0..COMMONNESS_PROBES).all(|_| !has_word(features, rng.below(graph.node_count()) as Node, word))
}

fn word_two_steps_away(view: &View<'_>, features: &Features, start: Node, rng: &mut TaskRng) -> Option<u32> {
    (0..DRAWS).find_map(|_| {
        let node = two_steps_away(view, start, rng)?;
        rng.choose(features.of(node)).copied()
    })
}
