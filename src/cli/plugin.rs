//! Plugins: a verb or a task prefix that this program does not know is handed to the executable `ssl4rl-<name>`, next to
//! this one or on `PATH`, with the same arguments.
//!
//! On Unix the plugin takes the place of this process, so that its exit code and every signal are its own.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use super::exit::causes;
use super::failure::describe_briefly;
use super::{Verb, usage};
use crate::tasks::{Registry, RegistryError, nearest};

/// What `ssl4rl --help` says of plugins.
pub(super) const ABOUT: &str = "\
Any other verb is that of a plugin, the executable `ssl4rl-<verb>` next to this one
or on `PATH`: `ssl4rl vision` trains on images";

/// What the file name of a plugin begins with.
const PREFIX: &str = "ssl4rl-";

/// A plugin ran and has said itself whatever there was to say.
#[derive(Debug, thiserror::Error)]
#[error("the plugin ended with exit code {code}")]
pub(super) struct Exited {
    code: u8,
}

/// The exit code of the plugin whose end `error` tells.
pub(super) fn exit_code(error: &anyhow::Error) -> ExitCode {
    error.downcast_ref::<Exited>().map_or(ExitCode::FAILURE, |exited| ExitCode::from(exited.code))
}

/// Hands an unknown verb to its plugin. Returns only when there is none, it cannot be started, or it has ended.
pub(super) fn run_verb(name: &str, verbs: &[&dyn Verb], arguments: &[OsString]) -> anyhow::Error {
    if let Some(executable) = find(name) {
        return run(&executable, arguments);
    }
    let plugins = installed();
    let nearest = nearest(name, verbs.iter().map(|verb| verb.name()).chain(plugins.iter().map(String::as_str)));
    let nearest = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
    let plugin = if is_plugin_name(name) { how_to_get(name) } else { String::new() };
    usage(format!("unknown verb `{name}`{nearest}{plugin}"))
}

/// Hands the whole invocation to the plugin that brings a modality, when `error` says that it is unknown here, or a task whose
/// prefix no task here has; otherwise returns `error`.
pub(super) fn run_for_task(error: anyhow::Error, registry: &Registry, arguments: &[OsString]) -> anyhow::Error {
    match modality_of_plugin(&error, registry) {
        Some(modality) => match find(&modality) {
            Some(executable) => run(&executable, arguments),
            None => usage(format!("{error:#}{}", how_to_get(&modality))),
        },
        None => error,
    }
}

/// An error of `ssl4rl VERB` for a program that reads it. Where a task is unknown which a plugin may know, it says what to call instead.
pub(super) fn explain(error: &anyhow::Error, verb: &str, registry: &Registry) -> String {
    let text = describe_briefly(error);
    match modality_of_plugin(error, registry) {
        Some(name) => format!("{text}; the plugin `ssl4rl-{name}` may know it: `ssl4rl-{name} {verb}`"),
        None => text,
    }
}

/// The modality that is unknown here, by itself or as the prefix of a task, if a plugin may bring it.
fn modality_of_plugin(error: &anyhow::Error, registry: &Registry) -> Option<String> {
    let unknown = causes(error).into_iter().find_map(|cause| match cause.downcast_ref() {
        Some(RegistryError::Unknown { name, .. }) => name.split_once('/').map(|(modality, _)| modality.to_owned()),
        Some(RegistryError::UnknownModality { name, .. }) => Some(name.clone()),
        _ => None,
    });
    unknown.filter(|modality| is_plugin_name(modality) && !registry.has_modality(modality))
}

fn how_to_get(name: &str) -> String {
    format!(
        "\nhint: a plugin would be the executable `ssl4rl-{name}`, next to this one or on `PATH`; \
         one that comes with the source is built with `cargo build -p ssl4rl-{name}`"
    )
}

/// Whether `name` can be part of a file name and nothing more.
fn is_plugin_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Folders in which a plugin may lie, in the order in which they are searched, and this program.
fn folders() -> (Vec<PathBuf>, Option<PathBuf>) {
    let this = env::current_exe().and_then(fs::canonicalize).ok();
    let beside = this.as_deref().and_then(Path::parent).map(Path::to_owned);
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    (beside.into_iter().chain(on_path).collect(), this)
}

fn find(name: &str) -> Option<PathBuf> {
    if !is_plugin_name(name) {
        return None;
    }
    let file = format!("{PREFIX}{name}{}", env::consts::EXE_SUFFIX);
    let (folders, this) = folders();
    folders.into_iter().map(|folder| folder.join(&file)).find(|candidate| is_plugin(candidate, this.as_deref()))
}

/// The verbs of all plugins of this machine, ascending.
fn installed() -> Vec<String> {
    let (folders, this) = folders();
    let verb_of = |path: &Path| {
        let verb = path.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(env::consts::EXE_SUFFIX)?;
        (is_plugin_name(verb) && is_plugin(path, this.as_deref())).then(|| verb.to_owned())
    };
    let entries = folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let mut verbs: Vec<String> = entries.filter_map(|entry| verb_of(&entry.path())).collect();
    verbs.sort_unstable();
    verbs.dedup();
    verbs
}

/// Whether a file can be run and is not this program: a plugin that does not know its own verb must not start itself for ever.
fn is_plugin(path: &Path, this: Option<&Path>) -> bool {
    is_executable(path) && fs::canonicalize(path).ok().as_deref() != this
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

fn plugin_command(executable: &Path, arguments: &[OsString]) -> Command {
    let mut command = Command::new(executable);
    command.args(arguments.iter().skip(1));
    command
}

#[cfg(unix)]
fn run(executable: &Path, arguments: &[OsString]) -> anyhow::Error {
    use std::os::unix::process::CommandExt;
    let error = plugin_command(executable, arguments).exec();
    anyhow::Error::new(error).context(format!("cannot start the plugin `{}`", executable.display()))
}

#[cfg(not(unix))]
fn run(executable: &Path, arguments: &[OsString]) -> anyhow::Error {
    match plugin_command(executable, arguments).status() {
        Ok(status) => Exited { code: status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1) }.into(),
        Err(error) => anyhow::Error::new(error).context(format!("cannot start the plugin `{}`", executable.display())),
    }
}
