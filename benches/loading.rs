//! How long it takes to load a dataset from disk: `loading` with the checksums, which are computed on another thread,
//! `reading` without them.
//!
//! `SSL4RL_DATA=FOLDER cargo bench --no-default-features --bench loading`. Datasets that the folder lacks are left out.

use criterion::{Criterion, criterion_group, criterion_main};
use ssl4rl::data::{DATA_VARIABLE, Description, Manifest, Places, Sources, load_named, read_graph};

fn loading(criterion: &mut Criterion) {
    let Some(folder) = std::env::var_os(DATA_VARIABLE) else {
        return;
    };
    let places = Places { search: vec![folder.into()], download: None };
    let mut group = criterion.benchmark_group("data");
    group.sample_size(20);
    for name in ["cora", "pubmed", "fb15k-237", "wn18rr", "umls"] {
        let dataset = Manifest::embedded().and_then(|manifest| manifest.find(name)).expect("a known dataset");
        let Some(presence) = places.find_complete(dataset) else {
            continue;
        };
        let description = Description { name, class_names: &dataset.classes, direction: None };
        let sources = Sources::new(&presence.folder, presence.found.into_iter().map(|(_, path)| path));
        group.bench_function(format!("reading/{name}"), |bencher| {
            bencher.iter(|| read_graph(&description, &sources).expect("an intact dataset"));
        });
        group.bench_function(format!("loading/{name}"), |bencher| {
            bencher.iter(|| load_named(dataset, &places, None, &mut |_| {}).expect("an intact dataset"));
        });
    }
    group.finish();
}

criterion_group!(benches, loading);
criterion_main!(benches);
