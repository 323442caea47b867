//! [`Format`]: what a reader of one file format is, and [`Description`], what it is told apart from the files.

use ssl4rl_graph::{Direction, Graph};

use crate::read_error::ReadError;
use crate::source::Sources;

/// What is known of a dataset apart from its files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Description<'names> {
    /// Name of the graph.
    pub name: &'names str,
    /// Class names by index, for formats that hold indices only. May be empty.
    pub class_names: &'names [String],
    /// Whether edges have a direction, where the user says so; formats that fix it themselves do not ask.
    pub direction: Option<Direction>,
}

/// A file format.
pub(super) trait Format: Sync {
    /// One line for error messages: the files that make up the format.
    fn accepted(&self) -> &'static str;
    /// Whether these files are of this format, judged by their names.
    fn recognises(&self, sources: &Sources) -> bool;
    /// Reads the graph.
    fn read(&self, description: &Description<'_>, sources: &Sources) -> Result<Graph, ReadError>;
}
