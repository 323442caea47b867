//! The graph work that `graph_peers.py` compares: reads a graph, does each kind of work again and again, and prints a line of
//! JSON with the seconds of every run and the value that other programs must agree with.
//!
//! `cargo run --release --no-default-features --example graph_work -- FILE NODES [WORK…]`: FILE holds lines of two node ids, a
//! tab between them.

#![expect(clippy::print_stdout, reason = "what it prints is its result")]

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ssl4rl::graph::count::{GraphletSize, graphlet_totals, node_orbits, triangles};
use ssl4rl::graph::measure::{self, PageRank};
use ssl4rl::graph::{Direction, Graph, GraphBuilder, Node};

/// Every kind of work is repeated for this long, and three times at least.
const LEAST_TIME: Duration = Duration::from_millis(300);
const LEAST_RUNS: usize = 3;

type Work = fn(&Graph) -> f64;

/// Name, and the work with a number that sums up its result.
const WORKS: &[(&str, Work)] = &[
    ("triangles", |graph| triangles(graph) as f64),
    ("transitivity", measure::transitivity),
    ("average clustering", measure::average_clustering),
    ("core numbers", |graph| measure::core_numbers(graph).into_iter().map(f64::from).sum()),
    ("components", |graph| measure::components(graph).count() as f64),
    ("bridges", |graph| measure::cuts(graph).bridges.len() as f64),
    ("articulation points", |graph| measure::cuts(graph).articulation_points.len() as f64),
    ("assortativity", |graph| measure::degree_assortativity(graph).unwrap_or_default()),
    ("pagerank", |graph| PageRank::default().of(graph).into_iter().fold(0.0, f64::max)),
    ("eccentricity", |graph| measure::eccentricities(graph).into_iter().map(f64::from).sum()),
    ("closeness", |graph| measure::closeness(graph).into_iter().sum()),
    ("betweenness", |graph| measure::betweenness(graph).into_iter().sum()),
    ("louvain", |graph| measure::louvain(graph, 1).modularity(graph)),
    ("induced graphlets of 3 nodes", |graph| total(graph, GraphletSize::Three)),
    ("induced graphlets of 4 nodes", |graph| total(graph, GraphletSize::Four)),
    ("induced graphlets of 5 nodes", |graph| total(graph, GraphletSize::Five)),
    ("orbits of up to 4 nodes", |graph| orbits(graph, GraphletSize::Four)),
    ("orbits of up to 5 nodes", |graph| orbits(graph, GraphletSize::Five)),
];

/// Number of connected sets of exactly this size.
fn total(graph: &Graph, size: GraphletSize) -> f64 {
    let Ok(totals) = graphlet_totals(graph, size) else { return f64::NAN };
    totals.iter().filter(|(graphlet, _)| graphlet.node_count() == size.nodes()).map(|(_, count)| count as f64).sum()
}

fn orbits(graph: &Graph, size: GraphletSize) -> f64 {
    node_orbits(graph, size).map_or(f64::NAN, |orbits| orbits.sums().into_iter().map(|sum| sum as f64).sum())
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("which file?")?;
    let node_count = arguments.next().context("how many nodes?")?.parse()?;
    let wanted: Vec<String> = arguments.collect();
    let graph = read(&file, node_count)?;
    // On a thread of the pool, as whatever asks for several measures at once.
    let results = rayon::scope(|_| measured(&graph, &wanted));
    println!("{}", serde_json::Value::Object(results));
    Ok(())
}

/// Seconds of every run and the value of each kind of work that is wanted; of all where none is named.
fn measured(graph: &Graph, wanted: &[String]) -> serde_json::Map<String, serde_json::Value> {
    let mut results = serde_json::Map::new();
    for &(name, work) in WORKS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|other| other == name))
    {
        let (mut seconds, mut value) = (Vec::new(), 0.0);
        let started = Instant::now();
        while seconds.len() < LEAST_RUNS || started.elapsed() < LEAST_TIME {
            let run = Instant::now();
            value = work(std::hint::black_box(graph));
            seconds.push(run.elapsed().as_secs_f64());
        }
        results.insert(name.into(), serde_json::json!({ "seconds": seconds, "value": value }));
    }
    results
}

fn read(file: &str, node_count: usize) -> Result<Graph> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let mut builder = GraphBuilder::new(file, node_count, Direction::Undirected);
    for line in text.lines() {
        let (left, right) = line.split_once('\t').with_context(|| format!("no tab in `{line}`"))?;
        builder.edge(left.parse::<Node>()?, right.parse::<Node>()?)?;
    }
    Ok(builder.build()?)
}
