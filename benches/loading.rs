//! How long it takes to load a dataset from disk, checksums included.
//!
//! `SSL4RL_DATA=FOLDER cargo bench --no-default-features --bench loading`. Datasets that the folder lacks are left out.

use criterion::{Criterion, criterion_group, criterion_main};
use ssl4rl::data::{DATA_VARIABLE, Manifest, Places, load_named};

fn loading(criterion: &mut Criterion) {
    let Some(folder) = std::env::var_os(DATA_VARIABLE) else {
        return;
    };
    let places = Places { search: vec![folder.into()], download: None };
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(20);
    for name in ["cora", "pubmed", "fb15k-237", "wn18rr", "umls"] {
        let dataset = Manifest::embedded().and_then(|manifest| manifest.find(name)).expect("a known dataset");
        if places.find_complete(dataset).is_none() {
            continue;
        }
        group.bench_function(name, |bencher| {
            bencher.iter(|| load_named(dataset, &places, None, &mut |_| {}).expect("an intact dataset"));
        });
    }
    group.finish();
}

criterion_group!(benches, loading);
criterion_main!(benches);
