//! One HTML page of a run, or of several: results, curves, real completions with their verdicts, settings.
//!
//! The page is a function of the run folders: the same folders give the same bytes. It holds all it needs, scripts are not among
//! it, and nothing is loaded from elsewhere. Text of models and of strangers is escaped where it becomes part of the page
//! (`escape`), tags are balanced because they are written by one function (`element`). A page of a damaged or unfinished run shows
//! what there is and says what is missing. Its size is bounded: long curves are means of blocks (`thin`), few completions are
//! shown, long ones cut (`rollouts`).
//!
//! ```
//! use ssl4rl::config::Config;
//! use ssl4rl::report::{RunFolder, RunState, html};
//! let place = tempfile::tempdir()?;
//! let run = RunFolder::create(Some(&place.path().join("mine")), &Config::default())?;
//! run.finish(&RunState::Interrupted)?;
//! let page = html::page(&[RunFolder::open(&place.path().join("mine"))?]);
//! assert!(page.starts_with("<!doctype html>") && page.contains("<h1>mine</h1>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod axis;
mod chart;
mod draw;
mod element;
mod escape;
mod facts;
mod figures;
mod known;
mod overlay;
mod read;
mod results;
mod rollouts;
mod thin;

use std::fs;
use std::path::{Path, PathBuf};

use element::{Element, element};
use figures::Group;
use read::RunData;

use super::{ComparedRun, ResultTable, RunFolder, RunFolderError, atomic};
use crate::tasks::counted;

/// Name of the page in a run's folder.
const PAGE_FILE: &str = "report.html";
const STYLE: &str = include_str!("style.css");

/// The page of some runs.
pub fn page(runs: &[RunFolder]) -> String {
    let names = names(runs);
    let runs: Vec<RunData> = runs.iter().zip(names).map(|(run, name)| RunData::read(run, name)).collect();
    let (title, body) = match runs.as_slice() {
        [run] => (run.name.clone(), vec![header(&run.name, &lead(run)), of_run(run, None).raised()]),
        several => (counted(several.len() as u64, "run", "runs"), of_runs(several)),
    };
    document(&title, body)
}

/// Writes the page of some runs to a file, whole or not at all. A link, a device or a pipe is written to, and not replaced.
pub fn write_page(path: &Path, runs: &[RunFolder]) -> Result<(), RunFolderError> {
    let page = page(runs);
    match fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => fs::write(path, page).map_err(RunFolderError::io("write", path)),
        _ => atomic::write_text(path, &page),
    }
}

impl RunFolder {
    /// Writes the run's page into its folder; returns where it is.
    pub fn write_page(&self) -> Result<PathBuf, RunFolderError> {
        let path = self.page_file();
        atomic::write_text(&path, &page(std::slice::from_ref(self)))?;
        Ok(path)
    }

    pub(super) fn page_file(&self) -> PathBuf {
        self.path().join(PAGE_FILE)
    }
}

/// What the runs are called: their folders' names, or the whole paths where two have one name.
fn names(runs: &[RunFolder]) -> Vec<String> {
    let paths: Vec<&Path> = runs.iter().map(RunFolder::path).collect();
    let name = |path: &&Path| {
        // `.` has no name, its folder has.
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        whole.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
    };
    let names: Vec<String> = paths.iter().map(name).collect();
    let twice = names.iter().enumerate().any(|(index, name)| names[..index].contains(name));
    if twice { paths.iter().map(|path| path.display().to_string()).collect() } else { names }
}

fn document(title: &str, body: Vec<Element>) -> String {
    let viewport = element("meta").with("name", "viewport").with("content", "width=device-width, initial-scale=1");
    let head = element("head")
        .child(element("meta").with("charset", "utf-8"))
        .child(viewport)
        .child(element("meta").with("name", "color-scheme").with("content", "light dark"))
        .child(element("title").text(format!("{title} · ssl4rl")))
        .child(element("style").style(STYLE));
    let version = env!("CARGO_PKG_VERSION");
    let footer =
        format!("Written by ssl4rl {version} from the files of the run alone; nothing is loaded from elsewhere.");
    let body = element("body").children(body).child(element("footer").child(element("p").text(footer)));
    format!("<!doctype html>\n{}", element("html").with("lang", "en").child(head).child(body))
}

fn header(title: &str, lead: &str) -> Element {
    let header = element("header").child(element("p").class("kicker").text("ssl4rl · report"));
    header.child(element("h1").text(title)).child(element("p").class("lead").text(lead))
}

/// What was trained on what, in a line.
fn lead(run: &RunData) -> String {
    let config = &run.config;
    let tasks: Vec<&String> = config.tasks.keys().take(4).collect();
    let tasks = match (tasks.as_slice(), config.tasks.len()) {
        ([], _) => "every task".to_owned(),
        ([only], _) => (*only).clone(),
        (_, count) => format!("{count} tasks"),
    };
    let steps = counted(run.steps(), "step", "steps");
    format!(
        "{tasks} on {}, {} as policy, {steps} of GRPO, seed {}",
        config.data.dataset, config.policy.model, config.seed
    )
}

/// Everything of one run; `number` is its place among several.
fn of_run(run: &RunData, number: Option<usize>) -> Element {
    let mut page = element(if number.is_some() { "article" } else { "main" });
    if let Some(number) = number {
        page = page.with("id", format!("run-{number}")).child(element("h2").class("run").text(&run.name));
        page = page.child(element("p").class("lead").text(lead(run)));
    }
    let part = |(name, title, content): (&str, &str, Vec<Element>)| {
        let id = number.map_or_else(|| name.to_owned(), |number| format!("run-{number}-{name}"));
        let heading = element("h3").class("part").text(title);
        (!content.is_empty()).then(|| element("section").with("id", id).child(heading).children(content))
    };
    let parts = [
        ("result", "Result", vec![result(run)]),
        ("exams", "Exams, never trained on", results::exams(&run.evaluations)),
        ("settings", "Settings", vec![facts::list(run)]),
        ("curves", "Curves", curves(run)),
        ("completions", "Completions", completions(run)),
        ("configuration", "All settings", vec![facts::settings(run)]),
    ];
    page.children(notice(run)).children(parts.into_iter().filter_map(part))
}

fn result(run: &RunData) -> Element {
    let table = results::of_run(&ResultTable::of(&run.evaluations, run.config.warm_start.is_on()));
    table.unwrap_or_else(|| nothing("Nothing was evaluated yet."))
}

fn curves(run: &RunData) -> Vec<Element> {
    let none = run.metrics.is_empty().then(|| nothing("No step was done yet."));
    let groups = figures::of_run(&run.metrics, &run.evaluations);
    none.into_iter().chain(groups.iter().filter_map(Group::section)).collect()
}

fn completions(run: &RunData) -> Vec<Element> {
    if run.excerpts.is_empty() {
        return vec![nothing("No completions are in the folder.")];
    }
    let excerpts = run.excerpts.iter().map(rollouts::section);
    std::iter::once(about_excerpts(run)).chain(excerpts).collect()
}

/// Several runs: side by side, over each other, one by one.
fn of_runs(runs: &[RunData]) -> Vec<Element> {
    let lines = ComparedRun::sorted(
        runs.iter()
            .flat_map(|run| ComparedRun::of(&run.name, &run.metrics, &run.evaluations, run.config.warm_start.is_on())),
    );
    let link = |(index, run): (usize, &RunData)| {
        let anchor = element("a").with("href", format!("#run-{}", index + 1)).text(&run.name);
        element("li").child(anchor).child(element("span").class("unit").text(format!(" {}", lead(run))))
    };
    let contents = element("ul").class("contents").children(runs.iter().enumerate().map(link));
    let figures: Vec<Element> = overlay::of_runs(runs).iter().filter_map(Group::section).collect();
    let main = element("main")
        .child(element("section").child(element("h2").class("part").text("Runs")).child(contents))
        .child(
            element("section").child(element("h2").class("part").text("Side by side")).child(results::of_runs(&lines)),
        )
        .child(
            element("section")
                .child(element("h2").class("part").text("Over each other"))
                .children(figures.into_iter().map(Element::raised)),
        )
        .children(runs.iter().enumerate().map(|(index, run)| of_run(run, Some(index + 1))));
    vec![
        header(&counted(runs.len() as u64, "run", "runs"), "Compared task by task; each has its own part below."),
        main,
    ]
}

/// What a reader must know before the numbers: that the run is not whole, and what could not be read.
fn notice(run: &RunData) -> Option<Element> {
    let unfinished = run.state.as_ref().filter(|state| *state != "is complete");
    let unfinished = unfinished.map(|state| format!("The run {state}; the page shows what there is."));
    let lines: Vec<Element> =
        unfinished.into_iter().chain(run.problems.iter().cloned()).map(|line| element("li").text(line)).collect();
    (!lines.is_empty()).then(|| element("ul").class("notice").with("role", "note").children(lines))
}

fn about_excerpts(run: &RunData) -> Element {
    let steps = counted(run.rollout_steps as u64, "step", "steps");
    let text = format!(
        "The folder has the completions of {steps}. Shown are groups of the first, the middle and the last: the first of each \
         task, whatever their scores."
    );
    element("p").class("note").text(text)
}

fn nothing(text: &str) -> Element {
    element("p").class("nothing").text(text)
}
