//! Tables of scores: what a run gained, exams, and runs side by side.
//!
//! A column of small pictures shows the same on a scale from 0 to 1: chance as a line, the policy before as a ring, after as a
//! disc, each with its standard error.
//!
//! ```text
//! chance 0.25, before 0.45, after 0.81   ->   |----|---○--------●---|
//! ```

use std::collections::BTreeSet;

use super::axis::short;
use super::element::{Element, element};
use crate::report::{ComparedRun, EvalRecord, ResultRow, ResultTable};
use crate::tasks::exam::metrics::{Estimate, fixed};
use crate::tasks::exam::{Outcome, Row};

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 16.0;

/// A run's table; none where nothing was evaluated.
pub(super) fn of_run(table: &ResultTable) -> Option<Element> {
    let before = if table.warm_started { "warm start" } else { "before" };
    let mut headings = vec!["task", "samples", "chance", before, "after GRPO"];
    if table.warm_started {
        headings.push("gain by warm start");
    }
    headings.extend(["gain by GRPO", PICTURE]);
    let row = |row: &ResultRow| {
        let mut cells = vec![row.samples.to_string(), fixed(row.chance, 3), text(row.warm_start), text(row.grpo)];
        if table.warm_started {
            cells.push(signed(row.gain_by_warm_start));
        }
        cells.push(signed(row.gain_by_grpo));
        line(&[&row.task], cells).child(element("td").class("picture").child(picture(row)))
    };
    let rows: Vec<Element> = table.rows.iter().map(row).collect();
    let policy = table.policy_text().map(|policy| element("p").class("note").text(format!("{policy}.")));
    (!rows.is_empty()).then(|| element("div").child(scrolled(&headings, 1, rows)).children(policy).child(key()))
}

/// Runs side by side, task by task.
pub(super) fn of_runs(lines: &[ComparedRun]) -> Element {
    let headings = ["task", "run", "chance", "before", "after", "gain", "level", "steps", "seconds", PICTURE];
    let mut above = "";
    let rows = lines.iter().map(|compared| {
        let ComparedRun { run, result, level, steps, seconds } = compared;
        let task = if result.task == above { "" } else { result.task.as_str() };
        above = &result.task;
        let cells = vec![
            fixed(result.chance, 3),
            text(result.warm_start),
            text(result.grpo),
            signed(result.gain_by_grpo),
            level.map_or_else(|| "–".into(), |level| level.to_string()),
            steps.to_string(),
            fixed(*seconds, 1),
        ];
        let row = line(&[task, run], cells).child(element("td").class("picture").child(picture(result)));
        if task.is_empty() { row } else { row.class("first") }
    });
    element("div").child(scrolled(&headings, 2, rows.collect())).child(key())
}

/// The exams that the run's policies sat, before and after in one table; none where there were none.
pub(super) fn exams(evaluations: &[EvalRecord]) -> Vec<Element> {
    let sat: Vec<(u64, &Outcome)> =
        evaluations.iter().filter_map(|record| Some((record.step, record.benchmark.as_ref()?))).collect();
    let mut names: Vec<(&str, &str)> = Vec::new();
    for (_, outcome) in &sat {
        let name = (outcome.benchmark.as_str(), outcome.dataset.as_str());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of_name = |(benchmark, dataset): (&str, &str)| {
        let is_it = |outcome: &Outcome| outcome.benchmark == benchmark && outcome.dataset == dataset;
        let outcomes: Vec<_> = sat.iter().filter(|(_, outcome)| is_it(outcome)).copied().collect();
        let title = if benchmark == dataset { benchmark.to_owned() } else { format!("{benchmark} · {dataset}") };
        element("div").class("exam").child(element("h4").class("group").text(title)).children(parts(&outcomes))
    };
    names.into_iter().map(of_name).collect()
}

/// A table for each part of an exam: the policy by step, then the baselines.
fn parts(outcomes: &[(u64, &Outcome)]) -> Vec<Element> {
    let rows = || outcomes.iter().flat_map(|(step, outcome)| outcome.rows.iter().map(move |row| (*step, row)));
    let mut parts: Vec<&str> = Vec::new();
    for (_, row) in rows() {
        if !parts.contains(&row.part.as_str()) {
            parts.push(&row.part);
        }
    }
    let table = |part: &str| {
        let of_part: Vec<(u64, &Row)> = rows().filter(|(_, row)| row.part == part).collect();
        let columns = Row::columns(of_part.iter().map(|(_, row)| *row));
        let mut seen = BTreeSet::new();
        // A baseline does not learn: once is enough.
        let shown = of_part.iter().filter(|(_, row)| row.who == Row::MODEL || seen.insert(row.who.as_str()));
        let (of_policy, of_baselines): (Vec<_>, Vec<_>) = shown.partition(|(_, row)| row.who == Row::MODEL);
        let lines = of_policy.into_iter().chain(of_baselines).map(|&(step, row)| exam_line(step, row, &columns));
        let mut headings = vec![part, "questions"];
        headings.extend(&columns);
        scrolled(&headings, 1, lines.collect())
    };
    parts.into_iter().map(table).collect()
}

fn exam_line(step: u64, row: &Row, columns: &[&str]) -> Element {
    let who = if row.who == Row::MODEL { format!("policy after step {step}") } else { row.who.clone() };
    let skipped = if row.skipped > 0 { format!(" ({} too long)", row.skipped) } else { String::new() };
    let mut cells = vec![format!("{}{skipped}", row.questions)];
    cells.extend(columns.iter().map(|&column| text(row.metrics.get(column).copied())));
    line(&[&who], cells)
}

const PICTURE: &str = "0 to 1";

/// A table that scrolls sideways on a narrow screen; the first `names` columns are names.
fn scrolled(headings: &[&str], names: usize, rows: Vec<Element>) -> Element {
    let heading = |(index, heading): (usize, &&str)| {
        let cell = element("th").with("scope", "col").text(*heading);
        if index < names { cell.class("name") } else { cell }
    };
    let head = element("tr").children(headings.iter().enumerate().map(heading));
    let table = element("table").child(element("thead").child(head)).child(element("tbody").children(rows));
    element("div").class("scroll").with("tabindex", 0).child(table)
}

fn line(names: &[&str], cells: Vec<String>) -> Element {
    let name = |(index, name): (usize, &&str)| {
        let cell = if index == 0 { element("th").with("scope", "row") } else { element("td") };
        cell.class("name").text(*name)
    };
    let row = element("tr").children(names.iter().enumerate().map(name));
    row.children(cells.into_iter().map(|cell| element("td").text(cell)))
}

fn text(estimate: Option<Estimate>) -> String {
    estimate.filter(|estimate| !estimate.value.is_nan()).map_or_else(|| "–".to_owned(), Estimate::text)
}

fn signed(estimate: Option<Estimate>) -> String {
    let estimate = estimate.filter(|estimate| !estimate.value.is_nan());
    estimate.map_or_else(|| "–".to_owned(), |estimate| estimate.signed_text().replace('-', "−"))
}

/// Chance, before and after on a scale from 0 to 1.
fn picture(row: &ResultRow) -> Element {
    let before = row.warm_start.map(|estimate| mark("before", estimate));
    let after = row.grpo.map(|estimate| mark("after", estimate));
    let described = [("before", row.warm_start), ("after", row.grpo)]
        .into_iter()
        .filter_map(|(name, estimate)| Some(format!(", {name} {}", short(estimate?.value))));
    let title = format!("chance {}{}", fixed(row.chance, 3), described.collect::<String>());
    let svg = element("svg").class("interval").with("viewBox", format!("0 0 {WIDTH} {HEIGHT}")).with("role", "img");
    svg.child(element("title").text(title))
        .child(element("path").class("scale").with("d", format!("M4 8H{}M4 5V11M{} 5V11", WIDTH - 4.0, WIDTH - 4.0)))
        .child(element("path").class("chance").with("d", format!("M{:.1} 1V15", across(row.chance))))
        .children(before.into_iter().chain(after))
}

fn mark(class: &str, estimate: Estimate) -> Element {
    let Estimate { value, standard_error } = estimate;
    let bar = format!("M{:.1} 8H{:.1}", across(value - standard_error), across(value + standard_error));
    let dot = element("circle").with("cx", format!("{:.1}", across(value))).with("cy", 8).with("r", 3.5);
    element("g").class(class).child(element("path").with("d", bar)).child(dot)
}

/// Where a share lies; what is none lies at 0.
fn across(share: f64) -> f64 {
    4.0 + (WIDTH - 8.0) * share.clamp(0.0, 1.0).max(0.0)
}

fn key() -> Element {
    let text = "Means over held-out questions ± standard error. In the picture: | chance, ○ before, ● after.";
    element("p").class("note").text(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn estimate(value: f64) -> Estimate {
        Estimate { value, standard_error: 0.03 }
    }

    fn outcome(accuracy: f64) -> Outcome {
        let rows = vec![
            Row::new("test", Row::MODEL, 8).with("accuracy", estimate(accuracy)).skipping(2),
            Row::new("test", "constant", 10).with("accuracy", estimate(0.25)),
        ];
        let (benchmark, dataset) = ("graph/node-classification".to_owned(), "cora".to_owned());
        Outcome { benchmark, dataset, setting: None, settings: Value::Null, rows }
    }

    #[test]
    fn exams_before_and_after_are_one_table() {
        let text = exams(&[EvalRecord::of_benchmark(0, outcome(0.25)), EvalRecord::of_benchmark(9, outcome(0.5))])
            .iter()
            .map(Element::to_string)
            .collect::<String>();
        assert!(text.contains("graph/node-classification · cora"), "{text}");
        let places = ["policy after step 0", "policy after step 9", "constant"].map(|who| text.find(who).unwrap());
        assert!(places.is_sorted() && text.matches("constant").count() == 1, "{text}");
        assert!(text.contains("8 (2 too long)") && text.contains("0.500 ± 0.030"), "{text}");
        assert!(exams(&[]).is_empty());
    }

    #[test]
    fn the_picture_by_hand() {
        let row = ResultRow {
            task: "a/b".into(),
            samples: 400,
            chance: 0.25,
            warm_start: Some(estimate(0.5)),
            grpo: Some(Estimate::UNKNOWN),
            gain_by_warm_start: None,
            gain_by_grpo: Some(estimate(-0.5)),
            warm_start_accuracy: None,
            grpo_accuracy: None,
        };
        // 4 + 152 times 0.25, and 0.5 with 0.03 around it.
        let text = picture(&row).to_string();
        assert!(text.contains("M42.0 1V15") && text.contains("M75.4 8H84.6") && text.contains("cx=\"80.0\""), "{text}");
        assert!(!text.contains("NaN"), "{text}");
        assert_eq!((signed(row.gain_by_grpo), text_of(&row)), ("−0.500 ± 0.030".to_owned(), "–".to_owned()));
    }

    fn text_of(row: &ResultRow) -> String {
        super::text(row.grpo)
    }
}
