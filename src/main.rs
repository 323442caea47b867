//! The `ssl4rl` command: the built-in tasks, handed to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    ssl4rl::cli::main(ssl4rl::builtin_registry())
}
