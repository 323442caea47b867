//! Counting triangles, 4-cycles, 4-cliques and all graphlets of Cora and Pubmed, and of one prompt-sized graph.
//!
//! The real graphs are read from the folder named by `SSL4RL_DATA`; without it only the generated ones are measured.
//! `cargo bench --bench counting`

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use ssl4rl::graph::count::{GraphletSize, Oriented, PatternCounts, SmallGraph, edge_orbits, node_orbits};
use ssl4rl::graph::{Direction, Graph, GraphBuilder, generate};

fn counting(criterion: &mut Criterion) {
    for graph in graphs() {
        let name = graph.name();
        criterion.bench_function(&format!("triangles, 4-cycles, 4-cliques of {name}"), |bencher| {
            bencher.iter(|| {
                let oriented = Oriented::new(black_box(&graph));
                (oriented.triangles(), oriented.four_cycles(), oriented.four_cliques())
            });
        });
        criterion.bench_function(&format!("all patterns on four nodes of {name}"), |bencher| {
            bencher.iter(|| PatternCounts::new(&Oriented::new(black_box(&graph))).induced());
        });
        for size in [GraphletSize::Four, GraphletSize::Five] {
            let nodes = size.nodes();
            criterion.bench_function(&format!("orbits of up to {nodes} nodes of every node of {name}"), |bencher| {
                bencher.iter(|| node_orbits(black_box(&graph), size));
            });
        }
        criterion.bench_function(&format!("orbits of up to 4 nodes of every edge of {name}"), |bencher| {
            bencher.iter(|| edge_orbits(black_box(&graph)));
        });
        criterion.bench_function(&format!("triangles and 4-cycles of every node of {name}"), |bencher| {
            bencher.iter(|| {
                let oriented = Oriented::new(black_box(&graph));
                (oriented.triangles_per_node(), oriented.four_cycles_per_node())
            });
        });
    }
    if let Some(small) = prompt_sized() {
        criterion.bench_function("triangles, 4-cycles, 4-cliques of 30 nodes in bit rows", |bencher| {
            bencher.iter(|| {
                let small = black_box(&small);
                (small.triangles(), small.four_cycles(), small.four_cliques())
            });
        });
        criterion.bench_function("graphlets of 5 nodes among 30 nodes in bit rows", |bencher| {
            bencher.iter(|| black_box(&small).motifs(GraphletSize::Five));
        });
        criterion.bench_function("orbits of up to 5 nodes of one of 30 nodes in bit rows", |bencher| {
            bencher.iter(|| black_box(&small).orbits_at(0, GraphletSize::Five));
        });
    }
}

/// The graphs that can be had here.
fn graphs() -> Vec<Graph> {
    let folder = std::env::var_os("SSL4RL_DATA").map(PathBuf::from);
    let real = [("cora", 2708), ("pubmed", 19717)].into_iter();
    let real = real.filter_map(|(name, nodes)| read_edges(&folder.as_ref()?.join(name), name, nodes));
    real.chain(generate::from_spec(generate::SYNTHETIC, 1).and_then(Result::ok)).collect()
}

/// Lines of two tab-separated node ids.
fn read_edges(folder: &std::path::Path, name: &str, node_count: usize) -> Option<Graph> {
    let text = std::fs::read_to_string(folder.join("planetoid.edges.tsv")).ok()?;
    let mut builder = GraphBuilder::new(name, node_count, Direction::Undirected);
    for line in text.lines() {
        let (left, right) = line.split_once('\t')?;
        builder.edge(left.parse().ok()?, right.parse().ok()?).ok()?;
    }
    builder.build().ok()
}

fn prompt_sized() -> Option<SmallGraph> {
    let graph = generate::from_spec("er:n=30,p=0.3", 1)?.ok()?;
    SmallGraph::new(30, graph.edges().iter().map(|edge| (edge.source, edge.target))).ok()
}

criterion_group!(benches, counting);
criterion_main!(benches);
