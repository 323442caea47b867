//! Collections: a folder of several files of one kind is one graph with a member a file.
//!
//! Members are in the order of the files' names and go by these names without the extension. `graphs.csv` (or `.tsv`) beside
//! them says what is known of each: a first line with the names of columns, among them `graph` and any of `class` and `split`.

use std::path::Path;

use super::draft::Draft;
use super::read_error::{ReadError, quote};
use super::source::Sources;
use super::table::Table;

const TABLES: &[&str] = &["graphs.csv", "graphs.tsv"];

/// Whether the folder holds several files with this extension.
pub(super) fn is_one(sources: &Sources, extension: &str) -> bool {
    sources.with_suffix(extension).count() > 1
}

/// Reads every file with this extension as a member.
pub(super) fn read(
    draft: &mut Draft,
    sources: &Sources,
    extension: &str,
    mut each: impl FnMut(&mut Draft, &Path) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    for name in sources.with_suffix(extension) {
        draft.start_member(name.strip_suffix(extension).unwrap_or(name));
        each(draft, sources.require(name)?)?;
    }
    match TABLES.iter().find_map(|name| sources.find(name)) {
        Some(path) => read_attributes(draft, path),
        None => Ok(()),
    }
}

fn read_attributes(draft: &mut Draft, path: &Path) -> Result<(), ReadError> {
    let mut titles: Option<(usize, Vec<String>)> = None;
    Table::open(path, false)?.for_each(|row| {
        let Some((member, titles)) = &titles else {
            let cells: Vec<String> = row.texts()?.into_iter().map(String::from).collect();
            let member = cells.iter().position(|cell| cell.eq_ignore_ascii_case("graph"));
            let member = member.ok_or_else(|| row.wrong("a column `graph`", row.shown()))?;
            titles = Some((member, cells));
            return Ok(());
        };
        row.expect_len(titles.len(), "as in the first line, which names them")?;
        let name = row.text(*member)?;
        for (cell, title) in titles.iter().enumerate().filter(|(cell, _)| cell != member) {
            let known = draft.attribute_of_member(name, title, row.text(cell)?);
            if !known.map_err(|problem| row.wrong("a known value", problem))? {
                return Err(row.wrong("the name of a file without its extension", quote(name.as_bytes())));
            }
        }
        Ok(())
    })
}
