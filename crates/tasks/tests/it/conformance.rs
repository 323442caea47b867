//! The conformance kit catches planted faults, each by the law meant for it.

mod choice_mutants;
mod open_mutants;

use ssl4rl_tasks::conformance::{Finding, Report};

/// Asserts that exactly these laws are broken.
fn assert_broken(report: &Report, laws: &[&str], what: &str) {
    let broken: Vec<&str> = report.broken().map(|finding: &Finding| finding.law).collect();
    assert_eq!(broken, laws, "{what}\n{report}");
}
