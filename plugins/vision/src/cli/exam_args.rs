//! Where a benchmark of images lies, and under whose rules it is sat.

use std::path::{Path, PathBuf};

use ssl4rl::cli::AsUsage;
use ssl4rl::data::{DataOptions, Places};

use crate::bench;

/// How the benchmark that `--bench` names is put.
#[derive(Debug, clap::Args)]
pub(super) struct ExamArgs {
    /// Folder of the benchmark's files, parquet or TSV; `NAME` in the data folder when absent
    #[arg(long, value_name = "DIR", requires = "bench")]
    bench_dir: Option<PathBuf>,
    /// Whose prompts, reading of replies and sums are used for the benchmark
    #[arg(long, value_name = "TOOLKIT", default_value = "vlmevalkit", requires = "bench", value_parser = ["vlmevalkit", "lmms-eval"])]
    toolkit: String,
    /// Put the benchmark's questions again with noise, blur, JPEG and darkness at five strengths each, 20 times in all
    #[arg(long, requires = "bench")]
    corrupted: bool,
}

impl ExamArgs {
    /// The name by which the modality knows the exam `bench`, and the folder of its files.
    pub(super) fn resolve(&self, bench: &str, data_dir: Option<&Path>) -> anyhow::Result<(String, PathBuf)> {
        bench::known(bench).usage()?;
        let folder = self.bench_dir.clone().unwrap_or_else(|| folder_of(bench, data_dir));
        let corrupted = if self.corrupted { "+corrupted" } else { "" };
        Ok((format!("{bench}@{}{corrupted}:{}", self.toolkit, folder.display()), folder))
    }
}

/// The folder that holds the files of a benchmark: that of its name where data sets are.
fn folder_of(bench: &str, data_dir: Option<&Path>) -> PathBuf {
    let search = Places::new(&DataOptions { data_dir: data_dir.map(Path::to_owned), ..DataOptions::default() }).search;
    let found = search.iter().map(|folder| folder.join(bench)).find(|folder| folder.is_dir());
    found.or_else(|| search.first().map(|folder| folder.join(bench))).unwrap_or_else(|| bench.into())
}
