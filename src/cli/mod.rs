//! The command line: one file a verb, one line a verb in `verb::BUILTIN`.
//!
//! A verb's file has a struct of its arguments and `run(arguments, &Registry, &mut Printer) -> anyhow::Result<ExitStatus>`.
//! Data goes to stdout, everything else to stderr. [`ExitStatus`] has the exit codes, which `ssl4rl --help` lists.
//!
//! A plugin brings its own binary, whose `main` is as short as ours:
//!
//! ```no_run
//! # use std::process::ExitCode;
//! fn main() -> ExitCode {
//!     let registry = ssl4rl::builtin_registry(); // and then its own tasks
//!     ssl4rl::cli::main(registry)
//! }
//! ```

#[cfg(feature = "torch")]
mod bench;
mod benchmark;
#[cfg(feature = "torch")]
mod checkpoint;
pub mod data;
mod data_args;
mod doctor;
#[cfg(feature = "torch")]
mod downstream;
mod eval;
mod exit;
mod export;
mod failure;
#[cfg(feature = "torch")]
mod generate;
#[cfg(feature = "torch")]
mod graph;
mod inputs;
pub mod interrupt;
#[cfg(feature = "torch")]
mod merge;
mod new_folder;
mod plugin;
mod printer;
mod report;
#[cfg(feature = "torch")]
mod resume;
mod run_args;
mod scorer_args;
mod serve;
#[cfg(all(feature = "torch", target_os = "linux"))]
mod spinning;
pub mod tasks;
#[cfg(feature = "torch")]
mod training;
mod unread;
mod verb;
mod verify;
#[cfg(feature = "torch")]
mod workspace;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, ArgMatches, ColorChoice, Command};

use crate::tasks::{Registry, RegistryError};

pub use crate::config::{at_least, within};
pub use data_args::DataArgs;
pub use doctor::DoctorArgs;
pub use eval::{EvalArgs, eval};
pub use exit::{AsUsage, ExitStatus, status_of, usage};
#[cfg(feature = "torch")]
pub use generate::{GenerateArgs, generate_after};
pub use printer::{Captured, Printer, Verbosity};
pub use run_args::RunArgs;
#[cfg(feature = "torch")]
pub use training::{TrainArgs, train};
pub use verb::{Entry, Verb};

/// Parses the process's arguments, runs the verb and tells how it went. `registry` holds every task the verbs may use.
pub fn main(registry: Result<Registry, RegistryError>) -> ExitCode {
    main_with(registry, &[])
}

/// [`main`] with verbs of a plugin beside the built-in ones.
pub fn main_with(registry: Result<Registry, RegistryError>, plugin_verbs: &[&dyn Verb]) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let verbs: Vec<&dyn Verb> = verb::BUILTIN.iter().chain(plugin_verbs).copied().collect();
    let matches = match command(&verbs, &arguments).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(mut refused) => {
            if let Some(tip) = verb_of_its_own(&refused, &verbs) {
                refused.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
            }
            // Help goes to stdout, a refusal to stderr; when either is closed there is nobody left to tell.
            let _told = refused.print();
            return if refused.use_stderr() { ExitStatus::Usage } else { ExitStatus::Success }.into();
        }
    };
    let mut printer = Printer::new(verbosity(&matches));
    let outcome = run(registry, &verbs, &matches, &arguments, &mut printer);
    let outcome = outcome.and_then(|status| Ok(printer.flush().map(|()| status)?));
    match outcome {
        Ok(status) => status.into(),
        Err(error) if is_broken_pipe(&error) => ExitStatus::Success.into(),
        Err(error) if error.is::<plugin::Exited>() => plugin::exit_code(&error),
        Err(error) => {
            printer.error(&error);
            status_of(&error).into()
        }
    }
}

/// Where a verb was given to another verb, as in `vision resume`, how it is called.
fn verb_of_its_own(refused: &clap::Error, verbs: &[&dyn Verb]) -> Option<String> {
    let Some(ContextValue::String(name)) = refused.get(ContextKind::InvalidSubcommand) else { return None };
    let verb = verbs.iter().find(|verb| verb.name() == name)?;
    Some(format!("`{}` is a verb of its own: `ssl4rl {}`", verb.name(), verb.name()))
}

fn run(
    registry: Result<Registry, RegistryError>,
    verbs: &[&dyn Verb],
    matches: &ArgMatches,
    arguments: &[OsString],
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let Some((name, matches)) = matches.subcommand() else {
        return Err(usage("no verb was given\nhint: `ssl4rl --help` lists them"));
    };
    let Some(verb) = verbs.iter().find(|verb| verb.name() == name) else {
        return Err(plugin::run_verb(name, verbs, arguments));
    };
    #[cfg(all(feature = "torch", target_os = "linux"))]
    if verb.computes() {
        spinning::shorten();
    }
    let registry = registry?;
    verb.run(matches, &registry, printer).map_err(|error| plugin::run_for_task(error, &registry, arguments))
}

/// The parser of the whole command line.
fn command(verbs: &[&dyn Verb], arguments: &[OsString]) -> Command {
    // The parser itself writes errors and help before any flag has been read.
    let plain = arguments.iter().any(|argument| argument == "--no-color");
    let global = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).global(true).action(ArgAction::SetTrue).help(help).display_order(900)
    };
    Command::new("ssl4rl")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Self-supervised reinforcement learning: verifiable questions from unlabelled data, GRPO on top")
        .color(if plain { ColorChoice::Never } else { ColorChoice::Auto })
        .after_help(format!("{}\n\n{}", plugin::ABOUT, exit::CODES))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .allow_external_subcommands(true)
        .disable_help_subcommand(true)
        .subcommand_value_name("VERB")
        .subcommand_help_heading("Verbs")
        .arg(global("quiet", "No notes and no progress on stderr").short('q'))
        .arg(global("json", "Data for programs on stdout"))
        .arg(global("no-color", "No colour; `NO_COLOR` in the environment does the same"))
        .subcommands(verbs.iter().map(|verb| read_negative_numbers(verb.command())))
}

/// Lets values begin with a minus, so that a negative number is refused as a value of its option and not as an option of its own.
fn read_negative_numbers(command: Command) -> Command {
    let takes_values = |argument: &Arg| argument.get_action().takes_values() && !argument.is_positional();
    command
        .mut_args(|argument| if takes_values(&argument) { argument.allow_negative_numbers(true) } else { argument })
        .mut_subcommands(read_negative_numbers)
}

fn verbosity(matches: &ArgMatches) -> Verbosity {
    let flag = |name: &str| matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or_default();
    Verbosity { json: flag("json"), quiet: flag("quiet"), color: printer::color_wanted(flag("no-color")) }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut system_errors = exit::causes(error).into_iter().filter_map(|cause| cause.downcast_ref::<io::Error>());
    system_errors.any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_is_consistent() {
        command(verb::BUILTIN, &[]).debug_assert();
    }
}
