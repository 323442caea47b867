//! Whether samples get slower with the graph they are cut from: ego-nets, random walks, and whole questions (cut, written, and with their
//! truth) from a graph of PubMed's size and density, from one of PubMed's size that is as dense as the last, and from one of ten million
//! edges, all generated. Prints how long each graph takes to make, and what the process then holds in memory; at the end, for every task
//! that can be made of them, how long a question takes and how much longer from a large graph than from a small one. Grown graphs have
//! larger hubs the larger they are, and fewer triangles; rings with some edges moved look alike from any node, whatever their size.
//!
//! `cargo bench --no-default-features --bench large_graph`; needs 2 GB.

#![expect(clippy::print_stderr, reason = "Criterion prints neither memory nor proportions")]

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ssl4rl::graph::sample::{EgoNet, View, Walk, ego_net, random_walk};
use ssl4rl::graph::{Graph, Node, generate};
use ssl4rl::tasks::{DynTask, Split, TaskRng};

/// Name and spec; PubMed has 19,717 nodes and 44,324 edges.
const GRAPHS: [(&str, &str); 3] = [
    ("39 thousand edges, 4 a node", "ba:n=19717,m=2"),
    ("44 thousand edges, 20 a node", "ba:n=4430,m=10"),
    ("10 million edges, 20 a node", "ba:n=1000000,m=10"),
];

/// A small and a large one whose pieces are alike.
const RINGS: [&str; 2] = ["ws:n=4430,k=20,p=0.3", "ws:n=1000000,k=20,p=0.3"];

/// Tasks whose questions are measured thoroughly: three that cut a piece by a walk, and one that draws edges of the whole graph.
const TASKS: [&str; 4] =
    ["graph/edge-existence", "graph/subgraph-counting", "graph/shortest-path", "graph/edge-prediction"];

fn samples(criterion: &mut Criterion) {
    for (size, spec) in GRAPHS {
        let started = Instant::now();
        let Some(Ok(graph)) = generate::from_spec(spec, 1) else { return };
        let (seconds, edges) = (started.elapsed().as_secs_f64(), graph.edges().len());
        eprintln!("{spec}: {edges} edges in {seconds:.2} s, {} MiB resident", resident_mebibytes());
        let mut group = criterion.benchmark_group("samples");
        group.throughput(Throughput::Elements(1));
        // Counted on from one measurement to the next: what was read before may still be in a cache.
        let mut index = 0;
        group.bench_function(format!("ego-net/{size}"), |bencher| {
            bencher.iter(|| {
                let (root, mut rng) = start(&graph, &mut index);
                let settings = EgoNet { hops: 2, neighbours: 6, max_nodes: 20 };
                black_box(ego_net(&View::context(&graph), root, settings, &mut rng))
            });
        });
        group.bench_function(format!("walk/{size}"), |bencher| {
            bencher.iter(|| {
                let (root, mut rng) = start(&graph, &mut index);
                let walk = Walk { length: 40, restart: 0.15, max_nodes: 20 };
                black_box(random_walk(&View::context(&graph), root, walk, &mut rng))
            });
        });
        group.finish();
        questions(criterion, &graph, size);
    }
}

fn questions(criterion: &mut Criterion, graph: &Graph, size: &str) {
    let Ok(registry) = ssl4rl::builtin_registry() else { return };
    let mut group = criterion.benchmark_group("questions");
    group.throughput(Throughput::Elements(1));
    for name in TASKS {
        let Ok(task) = registry.build(name, None) else { continue };
        let mut index = 0;
        group.bench_function(format!("{name}/{size}"), |bencher| {
            bencher.iter(|| {
                index += 1;
                black_box(task.sample(graph, &mut TaskRng::new(0, name, Split::Train, index), index))
            });
        });
    }
    group.finish();
}

/// Microseconds a question of every task from every graph, and those from a large graph in proportion to those from a small one.
fn every_task(_: &mut Criterion) {
    let specs: Vec<&str> = GRAPHS.iter().map(|(_, spec)| *spec).chain(RINGS).collect();
    let graphs: Vec<Graph> = specs.iter().filter_map(|spec| generate::from_spec(spec, 1)?.ok()).collect();
    let Ok(registry) = ssl4rl::builtin_registry() else { return };
    eprintln!(
        "us a question from {}; times as long from the third as from the first and second, from the last as from the fourth",
        specs.join(", ")
    );
    let mut slower: [Vec<f64>; 3] = Default::default();
    for (name, _) in registry.tasks() {
        let Ok(task) = registry.build(name, None) else { continue };
        if graphs.iter().any(|graph| task.check_input(graph).is_err()) {
            continue;
        }
        let times = microseconds_a_question(&*task, &graphs);
        let proportions = [(2, 0), (2, 1), (4, 3)].map(|(large, small)| times[large] / times[small]);
        eprintln!("{name:32} {times:7.1?}, {proportions:.2?}");
        for (all, proportion) in slower.iter_mut().zip(proportions) {
            all.push(proportion);
        }
    }
    let most = slower.clone().map(|all| all.into_iter().fold(0.0, f64::max));
    let tasks = slower[0].len();
    eprintln!("median over {tasks} tasks: {:.2?}; most: {most:.2?}", slower.map(median));
}

/// For every graph the median of several batches. The graphs take turns: on a machine that is not always as fast their proportions stay.
/// As many questions go before each batch as it has, since a graph that stays finds in the caches what all questions read.
fn microseconds_a_question(task: &dyn DynTask, graphs: &[Graph]) -> Vec<f64> {
    const BATCHES: u64 = 5;
    const BATCH_SECONDS: f64 = 0.05;
    const FIRST: u64 = 100;
    let batch = |graph: &Graph, indices: Range<u64>| -> Duration {
        let started = Instant::now();
        for index in indices {
            let _ = black_box(task.sample(graph, &mut TaskRng::new(0, task.name(), Split::Train, index), index));
        }
        started.elapsed()
    };
    let questions = |graph| (BATCH_SECONDS / batch(graph, 0..FIRST).as_secs_f64() * FIRST as f64) as u64 + 1;
    let questions: Vec<u64> = graphs.iter().map(questions).collect();
    let mut times = vec![Vec::new(); graphs.len()];
    for at in 0..BATCHES {
        for ((graph, &questions), times) in graphs.iter().zip(&questions).zip(&mut times) {
            let first = FIRST + 2 * at * questions;
            batch(graph, first..first + questions);
            let time = batch(graph, first + questions..first + 2 * questions);
            times.push(time.as_secs_f64() * 1e6 / questions as f64);
        }
    }
    times.into_iter().map(median).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A random stream for each sample, and a node drawn from it.
fn start(graph: &Graph, index: &mut u64) -> (Node, TaskRng) {
    *index += 1;
    let mut rng = TaskRng::new(0, "bench/large-graph", Split::Train, *index);
    (rng.below(graph.node_count()) as Node, rng)
}

/// Memory of this process; 0 where the system does not tell.
fn resident_mebibytes() -> usize {
    let pages = |text: String| text.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok());
    std::fs::read_to_string("/proc/self/statm").ok().and_then(pages).map_or(0, |pages| (pages * 4096) >> 20)
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = samples, every_task
}
criterion_main!(benches);
