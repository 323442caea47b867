//! The `ssl4rl` command: the built-in tasks, handed to the command line.

fn main() {}
