//! Every recipe is a settings file that a run can begin with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ssl4rl::config::Config;
use ssl4rl::graph::generate;
use ssl4rl::tasks::Mixture;

fn recipes(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { recipes(&path) } else { vec![path] }).collect();
    found.sort();
    found
}

#[test]
fn a_run_can_begin_with_every_recipe() {
    let registry = ssl4rl::builtin_registry().unwrap();
    let found = recipes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes"));
    assert!(found.len() >= 5);
    for path in found {
        let config = Config::load(&path).unwrap();
        config.validate().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // Those of a plugin are tried where its tasks are known.
        if config.data.modality != "graph" {
            continue;
        }
        let graph = generate::from_spec(&config.data.dataset, config.seed).unwrap().unwrap();
        let mixture = Mixture::choose(&registry, "graph", &config.tasks, &config.task, Arc::new(graph), config.seed);
        assert_eq!(mixture.unwrap().tasks().len(), config.tasks.len(), "{}", path.display());
        for name in config.tasks.keys() {
            assert!(!config.curriculum.enabled || !registry.levels(name, None).unwrap().is_empty(), "{name}");
        }
    }
}

#[test]
fn every_level_of_every_task_is_valid_and_differs_from_the_one_before() {
    let registry = ssl4rl::builtin_registry().unwrap();
    for (name, _) in registry.tasks() {
        let levels = registry.levels(name, None).unwrap();
        for level in &levels {
            registry.build(name, Some(level.clone())).unwrap_or_else(|error| panic!("{level}: {error}"));
        }
        assert!(levels.windows(2).all(|pair| pair[0] != pair[1]), "{name}");
    }
}
