//! The verbs as a table: adding one is a file and a line here.

use std::marker::PhantomData;

use clap::{ArgMatches, Command};

use super::{ExitStatus, Printer, data, doctor, eval, export, report, serve, tasks, verify};
#[cfg(feature = "torch")]
use super::{bench, generate, graph, merge, resume};
use crate::tasks::Registry;

/// Every verb of this crate, in the order of the help.
pub(super) const BUILTIN: &[&dyn Verb] = &[
    #[cfg(feature = "torch")]
    &Entry::computing("graph", graph::run),
    #[cfg(feature = "torch")]
    &Entry::computing("resume", resume::run),
    #[cfg(feature = "torch")]
    &Entry::computing("generate", generate::run),
    #[cfg(feature = "torch")]
    &Entry::new("merge", merge::run),
    #[cfg(not(feature = "torch"))]
    &NeedsTorch { name: "graph", about: "Train on graph tasks" },
    #[cfg(not(feature = "torch"))]
    &NeedsTorch { name: "resume", about: "Go on with a run where it stopped" },
    #[cfg(not(feature = "torch"))]
    &NeedsTorch { name: "generate", about: "Try a model" },
    #[cfg(not(feature = "torch"))]
    &NeedsTorch { name: "merge", about: "Merge an adapter into its base" },
    &Entry::computing("eval", eval::run),
    &Entry::new("report", report::run),
    &Entry::new("verify", verify::run),
    &Entry::new("serve", serve::run),
    &Entry::new("export", export::run),
    &Entry::new("tasks", tasks::run),
    #[cfg(feature = "torch")]
    &Entry::computing("bench", bench::run),
    #[cfg(not(feature = "torch"))]
    &NeedsTorch { name: "bench", about: "Measure speed and memory" },
    &Entry::new("data", data::run),
    &Entry::new("doctor", doctor::run),
];

/// One verb. [`Entry`] makes it of an argument struct and a function.
pub trait Verb: Sync {
    /// What the user types.
    fn name(&self) -> &'static str;
    /// Its part of the parser.
    fn command(&self) -> Command;
    /// Whether most of its time is libtorch's.
    fn computes(&self) -> bool {
        false
    }
    /// Runs it.
    fn run(&self, matches: &ArgMatches, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus>;
}

/// What runs a verb.
type Run<Arguments> = fn(Arguments, &Registry, &mut Printer) -> anyhow::Result<ExitStatus>;

/// A verb made of its arguments, whose doc comment is its help, and the function that runs it.
pub struct Entry<Arguments> {
    name: &'static str,
    computes: bool,
    run: Run<Arguments>,
    arguments: PhantomData<fn() -> Arguments>,
}

impl<Arguments> Entry<Arguments> {
    /// The verb `name`.
    pub const fn new(name: &'static str, run: Run<Arguments>) -> Self {
        Self { name, computes: false, run, arguments: PhantomData }
    }

    /// The verb `name`, most of whose time is libtorch's.
    pub const fn computing(name: &'static str, run: Run<Arguments>) -> Self {
        Self { computes: true, ..Self::new(name, run) }
    }
}

impl<Arguments: clap::Args> Verb for Entry<Arguments> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn command(&self) -> Command {
        Arguments::augment_args(Command::new(self.name))
    }

    fn computes(&self) -> bool {
        self.computes
    }

    fn run(&self, matches: &ArgMatches, registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
        (self.run)(Arguments::from_arg_matches(matches)?, registry, printer)
    }
}

/// Stands in for a verb that this build leaves out: it takes any arguments and says how to get it.
#[cfg(not(feature = "torch"))]
struct NeedsTorch {
    name: &'static str,
    about: &'static str,
}

#[cfg(not(feature = "torch"))]
impl Verb for NeedsTorch {
    fn name(&self) -> &'static str {
        self.name
    }

    fn command(&self) -> Command {
        let rest =
            clap::Arg::new("arguments").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true).hide(true);
        let about = format!("{} (not in this build: it needs libtorch)", self.about);
        Command::new(self.name).about(about).disable_help_flag(true).arg(rest)
    }

    fn run(&self, _: &ArgMatches, _: &Registry, _: &mut Printer) -> anyhow::Result<ExitStatus> {
        Err(super::exit::needs_torch(self.name))
    }
}
