//! Every recipe is a settings file that a run can begin with.

use std::path::{Path, PathBuf};

use ssl4rl::config::Config;

fn recipes(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { recipes(&path) } else { vec![path] }).collect();
    found.sort();
    found
}

#[test]
fn every_recipe_is_valid_and_names_tasks_that_exist() {
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
        for name in config.tasks.keys().chain(config.task.keys()) {
            registry.build(name, config.task.get(name).cloned()).unwrap();
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
