//! Samples per second of each graph task with its default settings, one thread, on a generated graph of Cora's size:
//! 2,708 nodes, about 5,400 edges in small clusters, 18 of 1,433 words a node; tasks about triples on a generated knowledge
//! graph of 4,000 entities, 40,000 triples and 20 relations.
//!
//! `cargo bench --no-default-features --bench tasks`; Criterion's `elem/s` is samples per second, the target is 20,000.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ssl4rl::graph::tasks::attributes::masked_node_features::MaskedNodeFeatures;
use ssl4rl::graph::tasks::distances::context_prediction::ContextPrediction;
use ssl4rl::graph::tasks::distances::distance::Distance;
use ssl4rl::graph::tasks::distances::distance_order::DistanceOrder;
use ssl4rl::graph::tasks::distances::ego_centre::EgoCentre;
use ssl4rl::graph::tasks::distances::landmark_distances::LandmarkDistances;
use ssl4rl::graph::tasks::distances::shortest_path::ShortestPath;
use ssl4rl::graph::tasks::links::edge_prediction::EdgePrediction;
use ssl4rl::graph::tasks::links::link_probability::LinkProbability;
use ssl4rl::graph::tasks::links::masked_edges::MaskedEdges;
use ssl4rl::graph::tasks::links::path_completion::PathCompletion;
use ssl4rl::graph::tasks::links::relation_prediction::RelationPrediction;
use ssl4rl::graph::tasks::links::spurious_edges::SpuriousEdges;
use ssl4rl::graph::tasks::links::triple_completion::TripleCompletion;
use ssl4rl::graph::tasks::links::triple_corruption::TripleCorruption;
use ssl4rl::graph::tasks::patterns::subgraph_counting::SubgraphCounting;
use ssl4rl::graph::tasks::reading::edge_existence::EdgeExistence;
use ssl4rl::graph::tasks::reading::graph_attributes::GraphAttributes;
use ssl4rl::graph::tasks::reading::neighbourhood::Neighbourhood;
use ssl4rl::graph::tasks::reading::neighbours::Neighbours;
use ssl4rl::graph::tasks::reading::node_degree::NodeDegree;
use ssl4rl::graph::{Csr, Direction, Features, Graph, GraphBuilder, GraphError};
use ssl4rl::tasks::{PretextTask, Split, TaskRng};

const NODES: usize = 2_708;
const WORDS: usize = 1_433;
const WORDS_PER_NODE: usize = 18;
const CLUSTER: usize = 6;

/// Clusters of six nodes that share a small vocabulary, with some edges between clusters.
fn citation_like() -> Result<Graph, GraphError> {
    let mut rng = TaskRng::new(1, "bench", Split::Train, 0);
    let mut builder = GraphBuilder::new("citation-like", NODES, Direction::Undirected);
    let (mut starts, mut words) = (vec![0], Vec::new());
    for node in 0..NODES {
        let cluster = node / CLUSTER * CLUSTER;
        for other in cluster..node {
            if rng.unit() < 0.6 {
                builder.edge(node as u32, other as u32)?;
            }
        }
        if rng.coin() {
            builder.edge(node as u32, rng.below(NODES) as u32)?;
        }
        let mut row: Vec<u32> = (0..WORDS_PER_NODE)
            .map(|_| if rng.coin() { (cluster * 7 + rng.below(60)) % WORDS } else { rng.below(WORDS) } as u32)
            .collect();
        row.sort_unstable();
        row.dedup();
        words.extend(row);
        starts.push(words.len());
    }
    let values = vec![1.0; words.len()];
    let matrix = Csr::new((NODES, WORDS), starts, words, values);
    builder.features(Features { matrix, names: None, known: vec![true; NODES] })?;
    builder.build()
}

/// Clusters of ten entities that most triples stay in; some relations are more frequent than others.
fn knowledge_like() -> Result<Graph, GraphError> {
    const ENTITIES: usize = 4_000;
    const RELATIONS: usize = 20;
    let mut rng = TaskRng::new(2, "bench", Split::Train, 0);
    let mut builder = GraphBuilder::new("knowledge-like", ENTITIES, Direction::Directed);
    builder.relations((0..RELATIONS).map(|relation| format!("relation{relation}")).collect());
    for _ in 0..10 * ENTITIES {
        let source = rng.below(ENTITIES);
        let near = source - source % 10 + rng.below(10);
        let target = if rng.below(4) > 0 { near } else { rng.below(ENTITIES) };
        let relation = rng.below(RELATIONS).min(rng.below(RELATIONS));
        builder.triple(source as u32, relation as u32, target as u32)?;
    }
    builder.build()
}

fn bench_task<Task: PretextTask<Input = Graph>>(criterion: &mut Criterion, graph: &Graph) {
    let Ok(task) = Task::new(Task::Config::default()) else { return };
    let mut group = criterion.benchmark_group("samples");
    group.throughput(Throughput::Elements(1));
    for split in [Split::Train, Split::HeldOut] {
        let mut index = 0;
        group.bench_function(format!("{}/{}", Task::NAME, split.name()), |bencher| {
            bencher.iter(|| {
                index += 1;
                let mut rng = TaskRng::new(0, Task::NAME, split, index);
                black_box((0..256).find_map(|_| task.make(black_box(graph), &mut rng)))
            });
        });
    }
    group.finish();
}

fn tasks(criterion: &mut Criterion) {
    let Ok(graph) = citation_like() else { return };
    bench_task::<MaskedNodeFeatures>(criterion, &graph);
    bench_task::<EdgePrediction>(criterion, &graph);
    bench_task::<SubgraphCounting>(criterion, &graph);
    bench_task::<LinkProbability>(criterion, &graph);
    bench_task::<MaskedEdges>(criterion, &graph);
    bench_task::<SpuriousEdges>(criterion, &graph);
    bench_task::<ContextPrediction>(criterion, &graph);
    bench_task::<Distance>(criterion, &graph);
    bench_task::<DistanceOrder>(criterion, &graph);
    bench_task::<EgoCentre>(criterion, &graph);
    bench_task::<LandmarkDistances>(criterion, &graph);
    bench_task::<ShortestPath>(criterion, &graph);
    bench_task::<EdgeExistence>(criterion, &graph);
    bench_task::<GraphAttributes>(criterion, &graph);
    bench_task::<Neighbourhood>(criterion, &graph);
    bench_task::<Neighbours>(criterion, &graph);
    bench_task::<NodeDegree>(criterion, &graph);
    let Ok(graph) = knowledge_like() else { return };
    bench_task::<RelationPrediction>(criterion, &graph);
    bench_task::<PathCompletion>(criterion, &graph);
    bench_task::<TripleCompletion>(criterion, &graph);
    bench_task::<TripleCorruption>(criterion, &graph);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = tasks
}
criterion_main!(benches);
