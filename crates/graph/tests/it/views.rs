//! Views of a graph: matchings, pieces, edits and fits are checked again by plain enumeration and by petgraph.
#![expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]

use std::collections::BTreeSet;

use petgraph::algo::is_isomorphic;
use petgraph::graph::UnGraph;
use ssl4rl_graph::question::Shown;
use ssl4rl_graph::tasks::views::corrupted_view::{CorruptedView, CorruptedViewConfig};
use ssl4rl_graph::tasks::views::edit_distance::{EditDistance, EditDistanceConfig, EditTruth, EditVerifier};
use ssl4rl_graph::tasks::views::encoder_translation::{
    EncoderTranslation, EncoderTranslationConfig, TranslationTruth, TranslationVerifier,
};
use ssl4rl_graph::tasks::views::isomorphism::{
    Isomorphism, IsomorphismConfig, IsomorphismForm, IsomorphismTruth, IsomorphismVerifier,
};
use ssl4rl_graph::tasks::views::jigsaw::{Jigsaw, JigsawConfig};
use ssl4rl_graph::tasks::views::same_graph::{SameGraph, SameGraphConfig};
use ssl4rl_graph::{Graph, generate};
use ssl4rl_tasks::{PretextTask, Split, Verifier, protocol};

use crate::prompts::{communities, samples};

fn graph() -> Graph {
    generate::from_spec("synthetic", 5).unwrap().unwrap()
}

fn score<Check: Verifier + Default>(answer: &str, truth: &Check::Truth) -> f32 {
    Check::default().verify(&protocol::wrap(answer), truth).score
}

fn petgraph_of(count: usize, edges: &[(u32, u32)]) -> UnGraph<(), ()> {
    let mut graph = UnGraph::default();
    let nodes: Vec<_> = (0..count).map(|_| graph.add_node(())).collect();
    for &(left, right) in edges {
        graph.add_edge(nodes[left as usize], nodes[right as usize], ());
    }
    graph
}

fn shown(names: &[&str], edges: &[(u32, u32)]) -> Shown {
    Shown { names: names.iter().map(|&name| name.to_owned()).collect(), edges: edges.to_vec(), directed: false }
}

fn paths() -> IsomorphismTruth {
    IsomorphismTruth {
        first: shown(&["0", "1", "2", "3"], &[(0, 1), (1, 2), (2, 3)]),
        second: shown(&["A", "B", "C", "D"], &[(1, 0), (0, 3), (3, 2)]),
        matched: Some(vec![1, 0, 3, 2]),
        form: IsomorphismForm::Mapping,
        certificate: true,
    }
}

#[test]
fn matchings_by_hand() {
    let truth = paths();
    for right in ["0: B, 1: A, 2: D, 3: C", "3: B, 2: A, 1: D, 0: C", "0=c; 1=d; 2=a; 3=b"] {
        assert_eq!(score::<IsomorphismVerifier>(right, &truth), 1.0, "{right}");
    }
    // Edges 0-1 and 2-3 fall on A-B and C-D, 1-2 on B-D.
    assert!((score::<IsomorphismVerifier>("0: A, 1: B, 2: D, 3: C", &truth) - 2.0 / 3.0).abs() < 1e-6);
    for wrong in
        ["0: B, 1: A, 2: D", "0: B, 1: A, 2: D, 3: D", "0: B, 0: A, 2: D, 3: C", "0: E, 1: A, 2: D, 3: C", "yes"]
    {
        assert_eq!(score::<IsomorphismVerifier>(wrong, &truth), 0.0, "{wrong}");
    }
}

#[test]
fn decisions_need_their_witness() {
    let same = IsomorphismTruth { form: IsomorphismForm::YesNo, ..paths() };
    let star = IsomorphismTruth {
        second: shown(&["A", "B", "C", "D"], &[(0, 1), (0, 2), (0, 3)]),
        matched: None,
        form: IsomorphismForm::YesNo,
        ..paths()
    };
    let cases = [
        ("yes: 0: B, 1: A, 2: D, 3: C", 1.0, 0.0),
        ("yes", 0.0, 0.0),
        ("yes: 0: A, 1: B, 2: D, 3: C", 0.0, 0.0),
        ("no: degrees", 0.0, 1.0),
        ("no: triangles", 0.0, 0.0),
        ("no", 0.0, 0.0),
        ("no: colours", 0.0, 0.0),
    ];
    for (answer, for_same, for_star) in cases {
        assert_eq!(score::<IsomorphismVerifier>(answer, &same), for_same, "{answer}");
        assert_eq!(score::<IsomorphismVerifier>(answer, &star), for_star, "{answer}");
    }
    let bare = IsomorphismTruth { certificate: false, ..star };
    for (answer, earned) in [("no", 1.0), ("yes", 0.0), ("no or yes", 0.0)] {
        assert_eq!(score::<IsomorphismVerifier>(answer, &bare), earned, "{answer}");
    }
}

#[test]
fn near_misses_are_other_graphs_and_redrawn_ones_the_same() {
    let task =
        Isomorphism::new(IsomorphismConfig { form: IsomorphismForm::YesNo, ..IsomorphismConfig::default() }).unwrap();
    let mut same = 0;
    for (sample, prompt) in samples(&task, &graph(), Split::Train, 400) {
        let truth = &sample.truth;
        let of = |shown: &Shown| petgraph_of(shown.names.len(), &shown.edges);
        let isomorphic = is_isomorphic(&of(&truth.first), &of(&truth.second));
        assert_eq!(isomorphic, truth.matched.is_some(), "{}", prompt.text);
        assert_eq!(truth.first.edges.len(), truth.second.edges.len());
        same += usize::from(isomorphic);
    }
    // Half of 400, four standard deviations of 10.
    assert!((160..=240).contains(&same), "{same}");
}

#[test]
fn where_a_node_is_listed_does_not_tell_where_its_match_is() {
    let task = Isomorphism::new(IsomorphismConfig { form: IsomorphismForm::Mapping, ..Default::default() }).unwrap();
    let mut at_own_place = 0;
    for (sample, _) in samples(&task, &graph(), Split::Train, 400) {
        let matched = sample.truth.matched.unwrap();
        at_own_place += (0..).zip(&matched).filter(|(node, other)| node == *other).count();
    }
    // One a question, with variance one: four standard deviations of 20.
    assert!((320..=480).contains(&at_own_place), "{at_own_place}");
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let extend = |shorter: Vec<usize>| {
        (0..count).map(move |at| {
            let mut longer = shorter.clone();
            longer.insert(at, count - 1);
            longer
        })
    };
    permutations(count - 1).into_iter().flat_map(extend).collect()
}

#[test]
fn pieces_fit_in_one_order_only() {
    for pieces in [2, 3, 4] {
        let task = Jigsaw::new(JigsawConfig { pieces, ..JigsawConfig::default() }).unwrap();
        for (sample, prompt) in samples(&task, &graph(), Split::Train, 100) {
            let start = prompt.text.split("from node ").nth(1).unwrap().split(':').next().unwrap().to_owned();
            let nodes: Vec<(String, BTreeSet<String>)> = prompt
                .text
                .lines()
                .filter_map(|line| line.split_once(": ("))
                .map(|(letter, edges)| {
                    let names = edges.split(|symbol: char| !symbol.is_alphanumeric()).filter(|name| !name.is_empty());
                    (letter.to_owned(), names.map(str::to_owned).collect())
                })
                .collect();
            assert_eq!(nodes.len(), pieces, "{}", prompt.text);
            let fits = |order: &Vec<usize>| {
                order.iter().enumerate().all(|(place, &piece)| nodes[piece].1.contains(&start) == (place == 0))
                    && (0..pieces).all(|one| {
                        (0..one)
                            .all(|other| nodes[order[one]].1.is_disjoint(&nodes[order[other]].1) == (one != other + 1))
                    })
            };
            let fitting: Vec<Vec<usize>> = permutations(pieces).into_iter().filter(fits).collect();
            assert_eq!(fitting.len(), 1, "{}", prompt.text);
            let letters: Vec<String> = fitting[0].iter().map(|&piece| nodes[piece].0.clone()).collect();
            assert_eq!(letters, sample.truth.order, "{}", prompt.text);
        }
    }
}

/// Edges of a text `(A, B) (B, C)` as places of their names among all names seen, and how many these are.
fn edges_of(text: &str, names: &mut Vec<String>) -> Vec<(usize, usize)> {
    let mut place = |name: &str| {
        names.iter().position(|other| other == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        })
    };
    text.split(['(', ')'])
        .filter_map(|piece| piece.split_once(", "))
        .map(|(left, right)| (place(left), place(right)))
        .collect()
}

/// Whether some choice of different nodes puts every edge of the view on an edge: tried one node after the other.
fn fits(
    view: &[(usize, usize)],
    count: usize,
    host: &BTreeSet<(usize, usize)>,
    size: usize,
    places: &mut Vec<usize>,
) -> bool {
    let laid = view
        .iter()
        .filter(|(left, right)| *left < places.len() && *right < places.len())
        .all(|&(left, right)| host.contains(&(places[left], places[right])));
    if !laid || places.len() == count {
        return laid;
    }
    (0..size).any(|place| {
        if places.contains(&place) {
            return false;
        }
        places.push(place);
        let found = fits(view, count, host, size, places);
        places.pop();
        found
    })
}

#[test]
fn one_view_fits_into_the_graph() {
    let config = SameGraphConfig { dropped_edges: 1, ..SameGraphConfig::default() };
    let task = SameGraph::new(config).unwrap();
    for (sample, prompt) in samples(&task, &graph(), Split::Train, 60) {
        let names: Vec<&String> = prompt.neighbours.keys().collect();
        let place = |name: &String| names.iter().position(|other| *other == name).unwrap();
        let host: BTreeSet<(usize, usize)> = prompt
            .neighbours
            .iter()
            .flat_map(|(node, others)| others.iter().map(move |other| (node, other)))
            .map(|(node, other)| (place(node), place(other)))
            .collect();
        let found: Vec<bool> = sample
            .truth
            .options
            .iter()
            .map(|option| {
                let mut seen = Vec::new();
                let view = edges_of(option, &mut seen);
                fits(&view, seen.len(), &host, names.len(), &mut Vec::new())
            })
            .collect();
        assert_eq!(found.iter().filter(|fits| **fits).count(), 1, "{}", prompt.text);
        assert!(found[sample.truth.correct], "{}", prompt.text);
    }
}

#[test]
fn edits_by_hand() {
    let truth = EditTruth {
        first: shown(&["0", "1", "2", "3"], &[(0, 1), (1, 2), (2, 3)]),
        second: shown(&["A", "B", "C", "D"], &[(0, 1), (1, 2), (2, 3), (3, 0)]),
        edits: vec![(0, 3)],
    };
    for right in ["add (0, 3)", "Add (3, 0).", "add (3,0)"] {
        assert_eq!(score::<EditVerifier>(right, &truth), 1.0, "{right}");
    }
    // Three edits that make another 4-cycle: 0-1, 1-3, 3-2, 2-0.
    assert!((score::<EditVerifier>("remove (1, 2), add (1, 3), add (0, 2)", &truth) - 1.0 / 3.0).abs() < 1e-6);
    let wrong = [
        "add (0, 2)",
        "remove (0, 3)",
        "add (0, 1)",
        "add (0, 3), add (0, 3)",
        "add (0, 3), remove (0, 3)",
        "(0, 3)",
        "add (0, 9)",
        "add (0, 0)",
        "none",
        "",
    ];
    for answer in wrong {
        assert_eq!(score::<EditVerifier>(answer, &truth), 0.0, "{answer}");
    }
}

#[test]
fn no_shorter_list_of_edits_will_do() {
    let task = EditDistance::new(EditDistanceConfig::default()).unwrap();
    for (sample, prompt) in samples(&task, &graph(), Split::Train, 80) {
        let EditTruth { first, second, edits } = &sample.truth;
        let count = first.names.len() as u32;
        let goal = petgraph_of(count as usize, &second.edges);
        let pairs: Vec<(u32, u32)> =
            (0..count).flat_map(|left| (left + 1..count).map(move |right| (left, right))).collect();
        let toggled = |changes: &[(u32, u32)]| {
            let present = |pair: &&(u32, u32)| first.links(pair.0, pair.1) != changes.contains(pair);
            let edges: Vec<(u32, u32)> = pairs.iter().filter(present).copied().collect();
            is_isomorphic(&petgraph_of(count as usize, &edges), &goal)
        };
        assert!(toggled(edges_sorted(edits).as_slice()), "{}", prompt.text);
        assert!(!toggled(&[]), "{}", prompt.text);
        if edits.len() > 1 {
            assert!(pairs.iter().all(|&pair| !toggled(&[pair])), "{}", prompt.text);
        }
        // Stated chance is the share of right lists of some length; the shortest gives a lower bound of it.
        let single = pairs.iter().filter(|&&pair| toggled(&[pair])).count() as f32 / pairs.len() as f32;
        assert!(task.chance(&sample.truth) >= single - 1e-6);
    }
}

fn edges_sorted(edits: &[(u32, u32)]) -> Vec<(u32, u32)> {
    edits.iter().map(|&(left, right)| (left.min(right), left.max(right))).collect()
}

#[test]
fn the_real_features_are_shared_along_edges() {
    let task = CorruptedView::new(CorruptedViewConfig::default()).unwrap();
    for (sample, prompt) in samples(&task, &communities(), Split::Train, 200) {
        let (_, lists) = prompt.text.split_once("\nOption A:\n").unwrap();
        let (first, second) = lists.split_once("Option B:\n").unwrap();
        let read = |text: &str| -> Vec<(String, BTreeSet<String>)> {
            text.lines()
                .filter_map(|line| line.split_once(": "))
                .map(|(node, words)| (node.to_owned(), words.split(' ').map(str::to_owned).collect()))
                .collect()
        };
        let (first, second) = (read(first), read(second));
        let same_lists = |lists: &[(String, BTreeSet<String>)]| {
            let mut all: Vec<_> = lists.iter().map(|(_, words)| words.clone()).collect();
            all.sort();
            all
        };
        assert_eq!(same_lists(&first), same_lists(&second), "{}", prompt.text);
        let shared = |lists: &[(String, BTreeSet<String>)]| -> usize {
            let words = |name: &String| &lists.iter().find(|(node, _)| node == name).unwrap().1;
            prompt.pairs().iter().map(|(left, right)| words(left).intersection(words(right)).count()).sum()
        };
        assert_eq!(shared(&first) > shared(&second), sample.truth.correct == 0, "{}", prompt.text);
    }
}

#[test]
fn a_translation_is_read_by_its_own_parser() {
    let truth = |to: &str| TranslationTruth {
        shown: shown(&["0", "1", "2", "3", "4"], &[(0, 1), (1, 2), (2, 3)]),
        to: to.into(),
    };
    let adjacency = truth("adjacency");
    for right in [
        "Edges: (0, 1) (1, 2) (2, 3)\nIsolated: 4",
        "Edges: (2, 1) (3, 2) (1, 0)\nIsolated: 4",
        "```text\nEdges: (0, 1) (1, 2) (2, 3)\nIsolated: 4\n```",
    ] {
        assert_eq!(score::<TranslationVerifier>(right, &adjacency), 1.0, "{right}");
    }
    // Four items, three of them given: F1 is 6/7. Ten pairs that had all four would have 8/14: (6/7 - 4/7) / (1 - 4/7).
    let partial = score::<TranslationVerifier>("Edges: (0, 1) (1, 2) (2, 3)", &adjacency);
    assert!((partial - 2.0 / 3.0).abs() < 1e-6, "{partial}");
    let every: Vec<String> =
        (0..5).flat_map(|left| (left + 1..5).map(move |right| format!("({left}, {right})"))).collect();
    for wrong in [format!("Edges: {}", every.join(" ")), String::new(), "Edges: (0, 3)".into()] {
        assert_eq!(score::<TranslationVerifier>(&wrong, &adjacency), 0.0, "{wrong}");
    }
    assert_eq!(score::<TranslationVerifier>("Edges: (0, 1)", &truth("no such form")), 0.0);
}

#[test]
fn every_encoder_can_be_asked_for() {
    for encoder in ssl4rl_graph::encode::encoders().iter().filter(|encoder| encoder.name() != "incident") {
        let config = EncoderTranslationConfig { to: vec![encoder.name().into()], ..Default::default() };
        let task = EncoderTranslation::new(config).unwrap();
        for (sample, prompt) in samples(&task, &graph(), Split::Train, 20) {
            let verdict = task.verifier().verify(&task.oracle(&sample.truth), &sample.truth);
            assert!(verdict.exact, "{}: {}\n{}", encoder.name(), verdict.why, prompt.text);
        }
    }
}

#[test]
fn levels_of_views_are_buildable_and_make_questions() {
    fn check<Task: PretextTask<Input = Graph>>(graph: &Graph) {
        for level in Task::levels(&Task::Config::default()) {
            let task = Task::new(level).unwrap();
            assert_eq!(samples(&task, graph, Split::HeldOut, 5).len(), 5);
        }
    }
    let graph = graph();
    check::<Isomorphism>(&graph);
    check::<Jigsaw>(&graph);
    check::<SameGraph>(&graph);
    check::<EditDistance>(&graph);
    check::<CorruptedView>(&communities());
}
