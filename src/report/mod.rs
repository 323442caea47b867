//! What a run leaves behind and what the user sees of it: progress on the terminal, the run folder, the result table.

pub mod progress;
