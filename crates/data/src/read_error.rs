//! [`ReadError`]: why a data file cannot be read, always with the file and the line or byte where it goes wrong.

use std::io;
use std::path::{Path, PathBuf};

use ssl4rl_graph::GraphError;

/// Why a data file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Compressed bytes end early or make no sense.
    #[error("`{}` is cut short or damaged: {source}; replace it by an intact copy", path.display())]
    Compressed {
        /// The file.
        path: PathBuf,
        /// The decoder's reason.
        source: io::Error,
    },
    /// A line is not what the format asks for.
    #[error("{}:{line}: expected {expected}, got {got}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What belongs there.
        expected: String,
        /// What stands there.
        got: String,
    },
    /// A line is longer than any sane one. Nothing beyond the limit was kept in memory.
    #[error("{}:{line}: the line is longer than {limit} bytes; is this a text file with line breaks?", path.display())]
    LineTooLong {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Most bytes a line may have.
        limit: usize,
    },
    /// A file, after decompression, is larger than any sane one.
    #[error("`{}` holds more than {limit} bytes after decompression; it is not read further", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Most bytes it may have.
        limit: u64,
    },
    /// A file without records.
    #[error("`{}` is empty: expected {expected}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What belongs there.
        expected: String,
    },
    /// Binary content is not what the format asks for.
    #[error("{}: byte {offset}: expected {expected}, got {got}", path.display())]
    Bytes {
        /// The file.
        path: PathBuf,
        /// Offset of the offending byte, from 0.
        offset: usize,
        /// What belongs there.
        expected: String,
        /// What stands there.
        got: String,
    },
    /// JSON content is not what the format asks for.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The parser's reason, with line and column.
        source: serde_json::Error,
    },
    /// A file's records contradict each other.
    #[error("`{}`: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Two files of one dataset contradict each other.
    #[error("`{}` and `{}` do not belong together: {problem}", left.display(), right.display())]
    Disagree {
        /// One file.
        left: PathBuf,
        /// The other file.
        right: PathBuf,
        /// Where they differ.
        problem: String,
    },
    /// A file that the format needs is not there.
    #[error("`{wanted}` (or `{wanted}.gz`) is missing in `{}`", folder.display())]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
        /// The file's name.
        wanted: String,
    },
    /// No reader knows these files.
    #[error("`{}` holds no graph that can be read; accepted are:\n{accepted}", path.display())]
    UnknownFormat {
        /// The file or folder.
        path: PathBuf,
        /// One line for each format.
        accepted: String,
    },
    /// The records were read but form no valid graph.
    #[error("`{}`: {source}", path.display())]
    Graph {
        /// The file or folder.
        path: PathBuf,
        /// The builder's reason.
        source: GraphError,
    },
}

impl ReadError {
    /// For `map_err` on a [`GraphBuilder`](ssl4rl_graph::GraphBuilder) call.
    pub(super) fn graph(path: &Path) -> impl Fn(GraphError) -> Self + '_ {
        move |source| Self::Graph { path: path.to_owned(), source }
    }
}

/// Bytes from outside, made safe and short for an error message. What is not UTF-8 appears as `\xff`.
pub(super) fn quote(bytes: &[u8]) -> String {
    const SHOWN: usize = 60;
    let dots = if bytes.len() > SHOWN { "…" } else { "" };
    let shown = bytes[..bytes.len().min(SHOWN)].utf8_chunks();
    let escaped = shown.map(|chunk| format!("{}{}", chunk.valid().escape_debug(), chunk.invalid().escape_ascii()));
    format!("`{}{dots}`", escaped.collect::<String>())
}
