//! Small patterns: verdicts by hand, and right answers against counting in the text of the question.

use std::collections::BTreeMap;

use ssl4rl_graph::tasks::patterns::absent_pattern::AbsentPattern;
use ssl4rl_graph::tasks::patterns::graphlet_orbits::{GraphletOrbits, OrbitsTruth};
use ssl4rl_graph::tasks::patterns::motif_histogram::{HistogramTruth, MotifHistogram};
use ssl4rl_tasks::{PretextTask, Split};

use crate::hand::{near, score, task};
use crate::prompts::{self, Prompt, samples};

/// Induced patterns on four nodes that a prompt's graph has, by the degrees within each set of four.
fn patterns_of(prompt: &Prompt) -> BTreeMap<&'static str, u64> {
    let names: Vec<&String> = prompt.neighbours.keys().collect();
    let mut counts = BTreeMap::new();
    for set in (0..1_u64 << names.len()).filter(|set| set.count_ones() == 4) {
        let four: Vec<&String> = (0..names.len()).filter(|at| set >> at & 1 == 1).map(|at| names[at]).collect();
        let mut degrees: Vec<usize> = four
            .iter()
            .map(|name| four.iter().filter(|other| prompt.neighbours[*name].contains(other)).count())
            .collect();
        degrees.sort_unstable();
        let pattern = match degrees.as_slice() {
            [1, 1, 2, 2] => "4-path",
            [1, 1, 1, 3] => "3-star",
            [2, 2, 2, 2] => "4-cycle",
            [1, 2, 2, 3] => "paw",
            [2, 2, 3, 3] => "diamond",
            [3, 3, 3, 3] => "4-clique",
            _ => continue,
        };
        *counts.entry(pattern).or_default() += 1;
    }
    counts
}

#[test]
fn the_absent_pattern_alone_is_absent() {
    let graph = prompts::communities();
    let mut right: BTreeMap<String, usize> = BTreeMap::new();
    for (sample, prompt) in samples(&task::<AbsentPattern>(), &graph, Split::Train, 600) {
        let present = patterns_of(&prompt);
        for (at, option) in sample.truth.options.iter().enumerate() {
            assert_eq!(present.contains_key(option.as_str()), at != sample.truth.correct, "{}", prompt.text);
        }
        *right.entry(sample.truth.options[sample.truth.correct].clone()).or_default() += 1;
    }
    assert!(right.len() == 6 && right.values().all(|&count| (60..=150).contains(&count)), "{right:?}");
}

#[test]
fn histograms_are_those_of_the_graph_shown() {
    let graph = prompts::communities();
    for (sample, prompt) in samples(&task::<MotifHistogram>(), &graph, Split::Train, 200) {
        let found = patterns_of(&prompt);
        let order = ["4-path", "3-star", "4-cycle", "paw", "diamond", "4-clique"];
        let counts: Vec<u64> = order.iter().map(|name| found.get(name).copied().unwrap_or(0)).collect();
        assert_eq!(sample.truth.counts, counts, "{}", prompt.text);
    }
}

#[test]
fn histograms_are_compared_by_shares() {
    let task = task::<MotifHistogram>();
    let truth = HistogramTruth { counts: vec![6, 2, 0, 2, 0, 0], nodes: 6, edges: 6 };
    for (answer, expected) in [
        ("6, 2, 0, 2, 0, 0", 1.0),
        // Shares .5 .25 0 .25: differences .1 .05 0 .05.
        ("2, 1, 0, 1, 0, 0", 0.8),
        ("0, 0, 5, 0, 0, 0", 0.0),
        ("0, 0, 0, 0, 0, 0", 0.0),
        ("6, 2, 0, 2", 0.0),
        ("6, 2, 0, 2, 0, x", 0.0),
        ("6, 2, 0, 2, 0, -1", 0.0),
    ] {
        assert!(near(score(&task, answer, &truth), expected), "{answer}");
    }
    // The same shares, but other counts: nearly right, and not exact.
    let same_shares = score(&task, "3, 1, 0, 1, 0, 0", &truth);
    assert!(same_shares < 1.0 && same_shares > 0.99);
}

#[test]
fn orbits_are_those_of_the_node_asked_about() {
    let graph = prompts::communities();
    for (sample, prompt) in samples(&task::<GraphletOrbits>(), &graph, Split::Train, 300) {
        let own = &prompt.neighbours[&prompt.asked[0]];
        let linked = |left: &String, right: &String| prompt.neighbours[left].contains(right);
        let pairs: Vec<(&String, &String)> = own
            .iter()
            .flat_map(|left| own.iter().map(move |right| (left, right)))
            .filter(|(left, right)| left < right)
            .collect();
        let triangles = pairs.iter().filter(|(left, right)| linked(left, right)).count();
        let ends: usize = own
            .iter()
            .map(|near| {
                let far = |other: &&String| **other != prompt.asked[0] && !own.contains(*other);
                prompt.neighbours[near].iter().filter(far).count()
            })
            .sum();
        let expected = [own.len(), ends, pairs.len() - triangles, triangles].map(|count| count as u64);
        assert_eq!(sample.truth.counts, expected, "{}", prompt.text);
    }
}

#[test]
fn orbits_earn_the_share_that_is_right() {
    let task = task::<GraphletOrbits>();
    let truth = OrbitsTruth { counts: vec![3, 4, 2, 1], degrees: 4 };
    for (answer, expected) in [
        ("3, 4, 2, 1", 1.0),
        ("3 4 2 1", 1.0),
        ("3, 0, 2, 0", 0.5),
        ("1, 2, 4, 3", 0.0),
        ("3, 4, 2", 0.0),
        ("3, 4, 2, 1, 0", 0.0),
    ] {
        assert!(near(score(&task, answer, &truth), expected), "{answer}");
    }
    // Degrees 2 to 5: (2 · 1/4 + 2 · (1/2 + 1/4 + 1/7 + 1/11) / 4) / 4.
    assert!(near(task.chance(&truth), (0.5 + 0.5 * (0.5 + 0.25 + 1.0 / 7.0 + 1.0 / 11.0)) / 4.0));
}
