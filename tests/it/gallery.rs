//! The gallery in `docs` shows what the tasks are today.

use std::process::Command;

#[test]
fn the_page_of_graph_tasks_is_current() {
    let program = env!("CARGO_BIN_EXE_ssl4rl");
    let output = Command::new(program).args(["tasks", "gallery"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = String::from_utf8(output.stdout).unwrap();
    let kept = include_str!("../../docs/graph-tasks.md");
    let differing = page.lines().zip(kept.lines()).position(|(new, old)| new != old);
    assert!(
        page == kept,
        "docs/graph-tasks.md differs from line {} on; refresh it with `cargo run -- tasks gallery > docs/graph-tasks.md`",
        differing.unwrap_or_else(|| page.lines().count().min(kept.lines().count())) + 1
    );
}

#[test]
fn programs_get_the_same_page_as_a_field() {
    let program = env!("CARGO_BIN_EXE_ssl4rl");
    let output = Command::new(program).args(["tasks", "gallery", "--json"]).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["modality"], "graph");
    let same = told["markdown"].as_str().unwrap().trim_end() == include_str!("../../docs/graph-tasks.md").trim_end();
    assert!(same, "the page in the field `markdown` is not that of docs/graph-tasks.md");
}
