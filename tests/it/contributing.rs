//! The task that `CONTRIBUTING.md` shows compiles, registers, and conforms.

#[expect(unreachable_pub, reason = "the guide's text, made for a library")]
mod degree;

use ssl4rl::graph::{Direction, GraphBuilder};
use ssl4rl::tasks::conformance::{Settings, check};
use ssl4rl::tasks::verifiers::AnswerStyle;
use ssl4rl::tasks::{Registry, Split, TaskRng};

use degree::{Degree, DegreeConfig};

/// Text between the first line ` ```rust ` of the guide and the end of that block.
fn shown_in_the_guide() -> &'static str {
    let guide = include_str!("../../CONTRIBUTING.md");
    guide
        .split_once("```rust\n")
        .and_then(|(_, rest)| rest.split_once("```\n"))
        .map(|(block, _)| block)
        .unwrap_or_default()
}

#[test]
fn the_guide_shows_the_file_that_is_compiled_here() {
    // When this fails, copy `tests/it/contributing/degree.rs` into the guide's first block.
    assert_eq!(shown_in_the_guide(), include_str!("contributing/degree.rs"));
}

#[test]
fn the_task_of_the_guide_conforms() {
    let mut rng = TaskRng::new(1, "test/contributing", Split::Train, 0);
    let mut builder = GraphBuilder::new("random", 150, Direction::Undirected);
    for _ in 0..500 {
        builder.edge(rng.below(150) as u32, rng.below(150) as u32).unwrap();
    }
    let graph = builder.build().unwrap();
    let mut registry = Registry::new();
    registry.register::<Degree>().unwrap();
    for answer_style in [AnswerStyle::Text, AnswerStyle::Letter] {
        let config = serde_json::to_value(DegreeConfig { answer_style, ..DegreeConfig::default() }).unwrap();
        let report = check(|| registry.build("graph/degree", Some(config.clone())), &graph, &Settings::default());
        let report = report.unwrap();
        assert!(report.holds(), "{report}");
    }
    let refused = registry.build("graph/degree", Some(serde_json::json!({"options": 9}))).err().unwrap();
    assert_eq!(refused.to_string(), "graph/degree: `options` must be from 2 to 8, got 9");
}
