//! Every recipe for images is a settings file that a run can begin with.

use std::path::Path;

use ssl4rl::config::Config;
use ssl4rl_tasks::Registry;

#[test]
fn every_recipe_is_valid_and_names_tasks_that_exist() {
    let mut registry = Registry::new();
    ssl4rl_vision::register(&mut registry).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes/vision");
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let config = Config::load(&path).unwrap();
        config.validate().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!((config.data.modality.as_str(), config.rollout.group_size), ("vision", 5), "{}", path.display());
        assert!(config.rollout.max_prompt_tokens > 0 && !config.tasks.is_empty());
        for name in config.tasks.keys().chain(config.task.keys()) {
            let built = registry.build(name, config.task.get(name).cloned());
            built.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        found += 1;
    }
    assert!(found >= 9);
}
