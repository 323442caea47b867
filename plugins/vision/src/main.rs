//! The `ssl4rl-vision` command: everything that `ssl4rl` does, and pictures.

use std::process::ExitCode;

fn main() -> ExitCode {
    ssl4rl_vision::cli::main()
}
