//! Every recipe for images is a settings file that a run can begin with.

use std::path::Path;
use std::sync::Arc;

use ssl4rl::config::Config;
use ssl4rl_tasks::{Mixture, Registry};
use ssl4rl_vision::source::open;

#[test]
fn a_run_can_begin_with_every_recipe() {
    let mut registry = Registry::new();
    ssl4rl_vision::register(&mut registry).unwrap();
    let album = Arc::new(open("scenes:count=40,size=448").unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes/vision");
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let config = Config::load(&path).unwrap();
        config.validate().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!((config.data.modality.as_str(), config.rollout.group_size), ("vision", 5), "{}", path.display());
        assert!(config.rollout.max_prompt_tokens > 0 && !config.tasks.is_empty());
        let mixture = Mixture::choose(&registry, "vision", &config.tasks, &config.task, album.clone(), config.seed);
        let mixture = mixture.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(mixture.tasks().len(), config.tasks.len());
        found += 1;
    }
    assert!(found >= 9);
}
