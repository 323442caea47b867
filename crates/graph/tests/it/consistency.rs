//! Contradictions: every line of a prompt is checked against the graph written above it.

use std::collections::BTreeSet;

use ssl4rl_graph::generate;
use ssl4rl_graph::tasks::consistency::contradiction::{Contradiction, ContradictionConfig};
use ssl4rl_tasks::{PretextTask, Split};

use crate::prompts::samples;

/// Whether `line` is true of the edges.
fn holds(line: &str, edges: &BTreeSet<(String, String)>) -> bool {
    let linked = |left: &str, right: &str| {
        edges.contains(&(left.to_owned(), right.to_owned())) || edges.contains(&(right.to_owned(), left.to_owned()))
    };
    let words: Vec<&str> = line.trim_end_matches('.').split(' ').collect();
    match words[..] {
        [left, "and", right, "are", "linked"] => linked(left, right),
        [left, "and", right, "are", "not", "linked"] => !linked(left, right),
        [node, "has", count, "neighbour" | "neighbours"] => {
            let degree = edges.iter().filter(|(left, right)| left == node || right == node).count();
            count.parse() == Ok(degree)
        }
        _ => panic!("not a line: {line}"),
    }
}

#[test]
fn one_line_is_false() {
    let graph = generate::from_spec("synthetic", 5).unwrap().unwrap();
    for level in Contradiction::levels(&ContradictionConfig::default()) {
        let task = Contradiction::new(level).unwrap();
        for (sample, prompt) in samples(&task, &graph, Split::Train, 100) {
            let edges: BTreeSet<(String, String)> = prompt
                .text
                .lines()
                .find_map(|line| line.strip_prefix("Edges: "))
                .unwrap()
                .split(['(', ')'])
                .filter_map(|piece| piece.split_once(", "))
                .map(|(left, right)| (left.to_owned(), right.to_owned()))
                .collect();
            let lines: Vec<(&str, &str)> = prompt
                .text
                .lines()
                .filter_map(|line| line.split_once(") "))
                .filter(|(number, _)| number.parse::<usize>().is_ok())
                .collect();
            assert_eq!(lines.len(), sample.truth.options.len(), "{}", prompt.text);
            for (place, (number, line)) in lines.into_iter().enumerate() {
                assert_eq!(number, sample.truth.options[place]);
                assert_eq!(holds(line, &edges), place != sample.truth.correct, "{}", prompt.text);
            }
        }
    }
}
