//! Parts of a public split, of nodes as of whole graphs.

use crate::read_error::quote;

/// A part of a public split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Train,
    Validation,
    Test,
}

impl Part {
    /// By its name; `None` for no part.
    pub(crate) fn of(name: &str) -> Result<Option<Self>, String> {
        match name.to_lowercase().as_str() {
            "train" => Ok(Some(Self::Train)),
            "val" | "valid" | "validation" | "dev" => Ok(Some(Self::Validation)),
            "test" => Ok(Some(Self::Test)),
            "" | "none" => Ok(None),
            _ => Err(format!("expected `train`, `validation` or `test` as split, got {}", quote(name.as_bytes()))),
        }
    }
}
