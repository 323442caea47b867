//! Answers that look at little of a question, and earn no more than the chance it states.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ssl4rl_graph::exact::centrality::Measure;
use ssl4rl_graph::question::{CutConfig, PartitionTruth};
use ssl4rl_graph::tasks::attributes::attribute_clustering::{AttributeClustering, AttributeClusteringConfig};
use ssl4rl_graph::tasks::communities::same_community::{SameCommunity, SameCommunityConfig};
use ssl4rl_graph::tasks::patterns::motif_histogram::{MotifHistogram, MotifHistogramConfig};
use ssl4rl_graph::tasks::processes::colour_refinement::{ColourRefinement, ColourRefinementConfig};
use ssl4rl_graph::tasks::processes::label_propagation::{LabelPropagation, LabelPropagationConfig};
use ssl4rl_graph::tasks::processes::message_passing::{Aggregation, MessagePassing, MessagePassingConfig};
use ssl4rl_graph::tasks::reading::neighbours::{Neighbours, NeighboursConfig, NeighboursOf};
use ssl4rl_graph::tasks::roles::centrality_comparison::{CentralityComparison, CentralityComparisonConfig};
use ssl4rl_graph::tasks::structure::connectivity::Connectivity;
use ssl4rl_graph::tasks::structure::cycle::Cycle;
use ssl4rl_graph::tasks::structure::{Decided, DecisionConfig};
use ssl4rl_graph::tasks::views::edit_distance::{EditDistance, EditDistanceConfig};
use ssl4rl_graph::{Graph, generate};
use ssl4rl_tasks::verifiers::wording::write_items;
use ssl4rl_tasks::{PretextTask, Split, TaskRng, Verifier, protocol};

use crate::prompts::{self, Prompt, samples};

/// Standard errors by which a mean may miss.
const ERRORS: f64 = 4.0;
/// Scores and chances are stored in 32 bits.
const ROUNDING: f64 = 1e-6;

fn graphs() -> Vec<Graph> {
    ["synthetic", "ba:n=200,m=3"].map(|spec| generate::from_spec(spec, 5).unwrap().unwrap()).to_vec()
}

/// The mean of some numbers and its standard error.
fn mean(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// By how much an answer beats the stated chance, on average, and the standard error.
fn excess<Task: PretextTask<Input = Graph>>(
    task: &Task,
    count: u64,
    answer: impl Fn(&Prompt, &Task::Truth) -> String,
) -> (f64, f64) {
    let mut all = Vec::new();
    for graph in graphs() {
        for (sample, prompt) in samples(task, &graph, Split::Train, count) {
            let completion = protocol::wrap(&answer(&prompt, &sample.truth));
            let (score, chance) =
                (task.verifier().verify(&completion, &sample.truth).score, task.chance(&sample.truth));
            all.push(f64::from(score) - f64::from(chance));
        }
    }
    mean(&all)
}

fn assert_no_gain<Task: PretextTask<Input = Graph>>(
    task: &Task,
    count: u64,
    answer: impl Fn(&Prompt, &Task::Truth) -> String,
) {
    let (gain, error) = excess(task, count, answer);
    assert!(
        gain <= ERRORS * error + ROUNDING,
        "{} earns {gain:.3} more than its chance, standard error {error:.4}",
        Task::NAME
    );
}

/// Asserts that a rule tells yes from no no better and no worse than a coin.
fn assert_tells_nothing(name: &str, hits: &[bool]) {
    let hits: Vec<f64> = hits.iter().map(|&hit| f64::from(u8::from(hit))).collect();
    let (share, error) = mean(&hits);
    assert!((share - 0.5).abs() <= ERRORS * error, "{name} is right {share:.3} of the time, standard error {error:.4}");
}

/// The nodes and first values in the line that begins with `label`.
fn listed(prompt: &Prompt, label: &str) -> BTreeMap<String, String> {
    let line = prompt.text.lines().find_map(|line| line.strip_prefix(label)).unwrap();
    line.split(", ")
        .map(|pair| pair.split_once(": ").map(|(node, value)| (node.trim().to_owned(), value.to_owned())).unwrap())
        .collect()
}

fn assignment(values: &BTreeMap<String, String>, value: impl Fn(&str) -> String) -> String {
    values.iter().map(|(node, own)| format!("{node}: {}", value(own))).collect::<Vec<_>>().join(", ")
}

#[test]
fn neither_the_commonest_first_label_nor_the_own_one_is_right_more_often_than_others() {
    for (labels, rounds) in [(2, 1), (3, 1), (3, 3)] {
        let config = LabelPropagationConfig { labels, rounds, ..Default::default() };
        let task = LabelPropagation::new(config).unwrap();
        assert_no_gain(&task, 600, |prompt, _| {
            let first = listed(prompt, "Labels:");
            let count = |label: &String| first.values().filter(|other| *other == label).count();
            let commonest = first.values().max_by_key(|label| count(label)).unwrap();
            assignment(&first, |_| commonest.clone())
        });
        assert_no_gain(&task, 600, |prompt, _| assignment(&listed(prompt, "Labels:"), str::to_owned));
    }
}

#[test]
fn neither_the_largest_first_value_nor_the_own_one_earns_more_than_chance() {
    for (aggregation, rounds) in
        [(Aggregation::Max, 1), (Aggregation::Max, 2), (Aggregation::Min, 1), (Aggregation::Sum, 1)]
    {
        let config = MessagePassingConfig { aggregations: vec![aggregation], rounds, ..Default::default() };
        let task = MessagePassing::new(config).unwrap();
        assert_no_gain(&task, 400, |prompt, _| {
            let first = listed(prompt, "Values:");
            let values = first.values().map(|value| value.parse::<u32>().unwrap());
            let outermost = if aggregation == Aggregation::Min { values.min() } else { values.max() }.unwrap();
            assignment(&first, |_| outermost.to_string())
        });
        assert_no_gain(&task, 400, |prompt, _| assignment(&listed(prompt, "Values:"), str::to_owned));
    }
}

#[test]
fn links_degrees_and_neighbours_in_common_tell_no_community() {
    let task = SameCommunity::new(SameCommunityConfig { certificate: false, ..Default::default() }).unwrap();
    let (mut linked, mut leaf, mut common) = (Vec::new(), Vec::new(), Vec::new());
    for graph in graphs() {
        for (sample, prompt) in samples(&task, &graph, Split::Train, 400) {
            let [left, right] = [0, 1].map(|at| &prompt.neighbours[&prompt.asked[at]]);
            linked.push(left.contains(&prompt.asked[1]) == sample.truth.yes);
            leaf.push((left.len().min(right.len()) < 2) == sample.truth.yes);
            common.push(left.iter().any(|node| right.contains(node)) == sample.truth.yes);
        }
    }
    assert_tells_nothing("linked", &linked);
    assert_tells_nothing("a leaf", &leaf);
    assert_tells_nothing("a neighbour in common", &common);
}

#[test]
fn degrees_tell_no_cycle() {
    let task = Decided::<Cycle>::new(DecisionConfig { certificate: false, ..Default::default() }).unwrap();
    let (mut alone, mut leaves, mut hub) = (Vec::new(), Vec::new(), Vec::new());
    for graph in graphs() {
        for (sample, prompt) in samples(&task, &graph, Split::Train, 600) {
            let of_degree = |degree: usize| prompt.neighbours.values().filter(|list| list.len() == degree).count();
            alone.push((of_degree(0) > 0) == sample.truth.yes);
            leaves.push((2 * of_degree(1) < prompt.neighbours.len()) == sample.truth.yes);
            hub.push(prompt.neighbours.values().any(|list| list.len() > 3) == sample.truth.yes);
        }
    }
    assert_tells_nothing("a node alone", &alone);
    assert_tells_nothing("few nodes of one neighbour", &leaves);
    assert_tells_nothing("a node of many neighbours", &hub);
}

#[test]
fn degrees_tell_no_centrality_but_themselves() {
    use Measure::{Betweenness, Closeness, Eigenvector, Katz, PageRank};
    for measure in [Closeness, Betweenness, PageRank, Katz, Eigenvector] {
        let config = CentralityComparisonConfig { measures: vec![measure], ..Default::default() };
        let task = CentralityComparison::new(config).unwrap();
        let mut hits = Vec::new();
        for graph in graphs() {
            for (sample, prompt) in samples(&task, &graph, Split::Train, 200) {
                let degree = |option: &String| prompt.neighbours[option].len();
                // The first of equals: the options stand in random order.
                let [first, second] = [0, 1].map(|at| degree(&sample.truth.options[at]));
                hits.push(usize::from(second > first) == sample.truth.correct);
            }
        }
        assert_tells_nothing(&format!("degrees for {measure:?}"), &hits);
    }
}

#[test]
fn the_node_of_most_links_is_no_answer_to_who_is_shared() {
    for (least, most) in [(6, 10), (10, 16)] {
        let cut = CutConfig::default().sized(least, most);
        let config = NeighboursConfig { of: vec![NeighboursOf::Common], cut, ..Default::default() };
        let task = Neighbours::new(config).unwrap();
        assert_no_gain(&task, 600, |prompt, _| {
            let others = prompt.neighbours.iter().filter(|(node, _)| !prompt.asked.contains(node));
            others.max_by_key(|(_, list)| list.len()).unwrap().0.clone()
        });
    }
}

/// Ways to choose.
fn choose(count: i64, chosen: i64) -> f64 {
    if !(0..=count).contains(&chosen) {
        return 0.0;
    }
    (0..chosen).map(|step| (count - step) as f64 / (step + 1) as f64).product()
}

/// Labelled graphs on three or four nodes of each pattern: how many, and how many edges.
fn shapes(kinds: usize) -> (&'static [(f64, i64)], i64) {
    match kinds {
        2 => (&[(3.0, 2), (1.0, 3)], 3),
        _ => (&[(12.0, 3), (4.0, 3), (3.0, 4), (12.0, 4), (6.0, 5), (1.0, 6)], 6),
    }
}

/// Shares of the patterns where every pair is linked with a probability.
fn with_density(density: f64, kinds: usize) -> Vec<f64> {
    let (shapes, pairs) = shapes(kinds);
    let share =
        |&(ways, edges): &(f64, i64)| ways * density.powi(edges as i32) * (1.0 - density).powi((pairs - edges) as i32);
    shapes.iter().map(share).collect()
}

/// Shares of the patterns where some of all pairs are linked, any as probably as others.
fn with_edges(pairs: i64, linked: i64, kinds: usize) -> Vec<f64> {
    let (shapes, inside) = shapes(kinds);
    let share = |&(ways, edges): &(f64, i64)| ways * choose(pairs - inside, linked - edges) / choose(pairs, linked);
    shapes.iter().map(share).collect()
}

fn histogram(shares: &[f64]) -> String {
    let all: f64 = shares.iter().sum();
    write_items(shares.iter().map(|share| ((1e6 * share / all).round() as u64).to_string()))
}

/// The middle one of the histograms answered right before, pattern by pattern.
fn middle(rows: &[Vec<f64>]) -> Vec<f64> {
    let of = |pattern: usize| {
        let mut shares: Vec<f64> = rows.iter().map(|row| row[pattern]).collect();
        shares.sort_by(f64::total_cmp);
        shares[shares.len() / 2]
    };
    (0..rows[0].len()).map(of).collect()
}

/// How far the stated chance of a histogram may be from what is earned, and what a learner may miss that has seen few questions.
const NEAR: f64 = 0.03;
/// Questions over which the gain of one who learned is averaged: its standard error is a quarter of [`NEAR`]. Gains of others are far
/// from it and need fewer.
const ASKED: usize = 3000;
const ASKED_OF_OTHERS: usize = 300;
/// Questions a learner needs of each number of nodes and edges before it trusts them.
const TRUSTED: usize = 8;

/// What three blind answers earn beyond the stated chance: one that learned the right answers to `count` other questions with as many
/// nodes and edges, the best density, and what is expected with as many edges.
fn histogram_gains(graph: &Graph, config: MotifHistogramConfig, count: u64) -> [f64; 3] {
    let task = MotifHistogram::new(config).unwrap();
    let size = |prompt: &Prompt| (prompt.neighbours.len(), prompt.pairs().len());
    let mut learned: BTreeMap<(usize, usize), Vec<Vec<f64>>> = BTreeMap::new();
    let all = samples(&task, graph, Split::Train, count + ASKED as u64);
    let (asked, seen) = all.split_at(ASKED);
    for (sample, prompt) in seen {
        let counts = &sample.truth.counts;
        let all = counts.iter().sum::<u64>() as f64;
        learned.entry(size(prompt)).or_default().push(counts.iter().map(|&count| count as f64 / all).collect());
    }
    let gain = |questions: usize, answer: &dyn Fn(&Prompt, usize) -> Vec<f64>| {
        let gains = asked[..questions].iter().map(|(sample, prompt)| {
            let completion = protocol::wrap(&histogram(&answer(prompt, sample.truth.counts.len())));
            let score = task.verifier().verify(&completion, &sample.truth).score;
            f64::from(score) - f64::from(task.chance(&sample.truth))
        });
        mean(&gains.collect::<Vec<_>>()).0
    };
    let expected = |prompt: &Prompt, kinds: usize| {
        let (nodes, edges) = size(prompt);
        with_edges((nodes * (nodes - 1) / 2) as i64, edges as i64, kinds)
    };
    let by_learning = gain(ASKED, &|prompt, kinds| {
        let rows = learned.get(&size(prompt)).filter(|rows| rows.len() >= TRUSTED);
        rows.map_or_else(|| expected(prompt, kinds), |rows| middle(rows))
    });
    let density =
        (1..20).map(|twentieths| gain(ASKED_OF_OTHERS, &|_, kinds| with_density(f64::from(twentieths) / 20.0, kinds)));
    [by_learning, density.fold(f64::MIN, f64::max), gain(ASKED_OF_OTHERS, &expected)]
}

#[test]
fn the_chance_of_a_histogram_is_what_nodes_and_edges_tell() {
    let dense = generate::from_spec("complete:n=40", 5).unwrap().unwrap();
    for graph in graphs().iter().chain([&dense]) {
        for (size, least, most) in [(3, 4, 5), (3, 5, 8), (4, 5, 6), (4, 5, 7), (4, 9, 12)] {
            let cut = CutConfig::default().sized(least, most);
            let config = MotifHistogramConfig { size, cut, ..Default::default() };
            let [learner, density, expected] = histogram_gains(graph, config, 1500);
            let of = format!("{size} of {least} to {most} nodes of {}", graph.name());
            assert!(learner.abs() <= NEAR, "{of}: {learner:.3} for one who learned");
            assert!(density <= 0.0 && expected <= NEAR, "{of}: {density:.3} and {expected:.3}");
        }
    }
}

/// Ways to write a number as a sum, the largest first.
fn sums(number: usize, largest: usize) -> Vec<Vec<usize>> {
    if number == 0 {
        return vec![Vec::new()];
    }
    let begins_with =
        |first: usize| sums(number - first, first).into_iter().map(move |rest| [vec![first], rest].concat());
    (1..=largest.min(number)).flat_map(begins_with).collect()
}

/// What the best sizes of groups earn on average beyond the stated chance, nodes in them at random; sizes are chosen once for each
/// number of nodes.
fn best_partition_gain<Task: PretextTask<Input = Graph, Truth = PartitionTruth>>(task: &Task, graph: &Graph) -> f64 {
    const TIMES: usize = 30;
    let mut rng = TaskRng::new(1, "partitions", Split::Train, 0);
    let mut gains: BTreeMap<usize, BTreeMap<Vec<usize>, Vec<f64>>> = BTreeMap::new();
    let mut count = 0;
    for (sample, _) in samples(task, graph, Split::Train, 150) {
        let truth = &sample.truth;
        let chance = f64::from(task.chance(truth));
        count += 1;
        for sizes in sums(truth.nodes.len(), truth.nodes.len()) {
            let score = |rng: &mut TaskRng| {
                let mut names = truth.nodes.clone();
                rng.shuffle(&mut names);
                let mut names = names.into_iter();
                let groups: Vec<String> =
                    sizes.iter().map(|&size| names.by_ref().take(size).collect::<Vec<_>>().join(" ")).collect();
                f64::from(task.verifier().verify(&protocol::wrap(&groups.join(" | ")), truth).score)
            };
            let earned = (0..TIMES).map(|_| score(&mut rng)).sum::<f64>() / TIMES as f64;
            gains.entry(truth.nodes.len()).or_default().entry(sizes).or_default().push(earned - chance);
        }
    }
    let best = |of_sizes: &BTreeMap<Vec<usize>, Vec<f64>>| {
        of_sizes.values().map(|gains| gains.iter().sum::<f64>()).fold(f64::MIN, f64::max)
    };
    gains.values().map(best).sum::<f64>() / f64::from(count)
}

#[test]
fn the_chance_of_a_partition_is_what_groups_of_the_best_sizes_earn() {
    let mut gains = Vec::new();
    for graph in graphs() {
        for (least, most, rounds) in [(5, 6, 1), (6, 9, 1), (6, 9, 2), (12, 12, 2)] {
            let cut = CutConfig::default().sized(least, most);
            let task = ColourRefinement::new(ColourRefinementConfig { rounds, cut, ..Default::default() }).unwrap();
            gains.push((format!("{least} to {most} nodes, {rounds} rounds"), best_partition_gain(&task, &graph)));
        }
    }
    let words = prompts::communities();
    for config in AttributeClustering::levels(&AttributeClusteringConfig::default()).into_iter().take(4) {
        let name = format!("{} groups of {}", config.groups, config.size);
        gains.push((name, best_partition_gain(&AttributeClustering::new(config).unwrap(), &words)));
    }
    for (name, gain) in gains {
        assert!((-0.025..=0.015).contains(&gain), "{name}: {gain:.3}");
    }
}

#[test]
fn the_chance_of_an_edit_is_what_counting_edges_earns() {
    for (least, most, edits) in [(4, 5, 2), (5, 6, 2), (5, 6, 3)] {
        let config = EditDistanceConfig::default();
        let task =
            EditDistance::new(EditDistanceConfig { edits, cut: config.cut.sized(least, most), ..config }).unwrap();
        let rng = RefCell::new(TaskRng::new(2, "edits", Split::Train, 0));
        // As many edits as the numbers of edges differ by, or one of each kind, and some more of each.
        let gain = |more: usize| {
            excess(&task, 800, |_, truth| {
                let (has, wanted) = (truth.first.edges.len(), truth.second.edges.len());
                let both = if has == wanted { 1 + more } else { more };
                let nodes = truth.first.names.len() as u32;
                let (mut linked, mut unlinked): (Vec<_>, Vec<_>) = (0..nodes)
                    .flat_map(|right| (0..right).map(move |left| (left, right)))
                    .partition(|&(left, right)| truth.first.links(left, right));
                let mut rng = rng.borrow_mut();
                let removed = rng.sample_front(&mut linked, both + has.saturating_sub(wanted));
                let added = rng.sample_front(&mut unlinked, both + wanted.saturating_sub(has));
                let write = |verb, pairs: &[(u32, u32)]| {
                    let name = |node: u32| truth.first.name(node);
                    let edit = |&(left, right): &(u32, u32)| format!("{verb} ({}, {})", name(left), name(right));
                    pairs.iter().map(edit).collect::<Vec<_>>()
                };
                [write("remove", removed), write("add", added)].concat().join(", ")
            })
        };
        let (gain_of_fewest, error) = gain(0);
        assert!(gain_of_fewest.abs() <= ERRORS * error, "{gain_of_fewest:.3}, standard error {error:.4}");
        assert!(gain(1).0 < 0.0, "more edits than are needed");
    }
}

#[test]
fn the_chance_of_a_connection_is_what_a_guessed_path_earns() {
    let task = Decided::<Connectivity>::new(DecisionConfig::default()).unwrap();
    let gain = |between: usize| {
        excess(&task, 600, |prompt, truth| {
            let others = truth.shown.names.iter().filter(|name| !prompt.asked.contains(name));
            let inner: Vec<&str> = others.take(between).map(String::as_str).collect();
            let [from, to] = [0, 1].map(|at| truth.shown.name(truth.asked[at]));
            format!("yes: {from}, {}, {to}", inner.join(", "))
        })
    };
    let (one, error) = gain(1);
    let (two, _) = gain(2);
    assert!(one.max(two).abs() <= ERRORS * error, "{one:.3} and {two:.3}, standard error {error:.4}");
}
