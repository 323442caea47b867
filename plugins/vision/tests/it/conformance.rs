//! Every task of the registry conforms, over scenes and over photographs.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use ssl4rl_tasks::conformance::{Settings, check};
use ssl4rl_tasks::{RegistryError, TaskError};
use ssl4rl_vision::source::{Album, open};
use ssl4rl_vision::tasks::registry;

/// Holds every task to the laws; names of the tasks that the album cannot carry.
fn assert_all_conform(album: &Album, settings: &Settings) -> Vec<&'static str> {
    let registry = registry().unwrap();
    let names: Vec<&'static str> = registry.tasks().map(|(name, _)| name).collect();
    let reports: Vec<_> = names
        .into_par_iter()
        .map(|name| match check(|| registry.build(name, None), album, settings) {
            Ok(report) => (name, Some(report)),
            Err(RegistryError::Task(TaskError::Unusable { .. })) => (name, None),
            Err(error) => panic!("{name}: {error}"),
        })
        .collect();
    let mut broken = String::new();
    for report in reports.iter().filter_map(|(_, report)| report.as_ref()).filter(|report| !report.holds()) {
        broken = [broken, report.to_string()].join("\n");
    }
    assert!(broken.is_empty(), "{broken}");
    reports.into_iter().filter(|(_, report)| report.is_none()).map(|(name, _)| name).collect()
}

#[test]
fn every_task_conforms_over_scenes() {
    let album = open("scenes:count=400").unwrap();
    let settings = Settings { samples: 400, ..Settings::default() };
    assert_eq!(assert_all_conform(&album, &settings), Vec::<&str>::new());
}

#[test]
fn every_task_conforms_over_photographs() {
    let Some(folder) = crate::folder("SSL4RL_DATA", "images") else { return };
    let album = open(folder.to_str().unwrap()).unwrap();
    // A dozen pictures and a handful of answers make few questions.
    let settings = Settings { samples: 240, min_distinct: 0.05, ..Settings::default() };
    assert_eq!(assert_all_conform(&album, &settings), Vec::<&str>::new());
}
