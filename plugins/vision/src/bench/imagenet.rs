//! `ImageNet` as questions: which of its classes does an image show?
//!
//! Read are the published parquet files, columns `image` and `label`, and folders of images a class. Labels are numbers or
//! names; what numbers and `WordNet` ids mean is said by a list beside the files, in either of its two published forms:
//!
//! ```text
//! imagenet1000_clsidx_to_labels.txt    {0: 'tench, Tinca tinca', 1: 'goldfish, Carassius auratus', …}, a line each
//! LOC_synset_mapping.txt               n01440764 tench, Tinca tinca
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::item::Item;
use crate::source::{self, ImageFile};
use crate::table::{self, Row, TableError};

/// Lists of classes, by how they are published.
const LISTS: [&str; 2] = ["imagenet1000_clsidx_to_labels.txt", "LOC_synset_mapping.txt"];
/// Most images that are asked about; of more, equally spaced ones are taken.
const MOST: usize = 5000;
/// What is asked of every image.
const QUESTION: &str = "What is the main object in this image? Name it as a dictionary would, in a few words, and reply with \
    <answer>NAME</answer>.";

/// Hands over every question, or the reason why an image is none.
pub(super) fn read(place: &Path, mut add: impl FnMut(Result<Item, String>)) -> Result<(), TableError> {
    let names = names(place)?;
    let tables = table::files(place)?;
    if tables.is_empty() {
        for file in spaced(&source::image_files(place).map_err(|error| unreadable(place, &error.to_string()))?) {
            add(of_file(file, &names));
        }
    } else {
        let counts = tables.iter().map(|file| table::count(file)).collect::<Result<Vec<usize>, _>>()?;
        let stride = counts.iter().sum::<usize>().div_ceil(MOST).max(1);
        let rows = tables.iter().map(|file| table::rows(file)).collect::<Result<Vec<_>, _>>()?;
        for row in rows.into_iter().flatten().step_by(stride) {
            add(row.map_err(|error| error.to_string()).and_then(|row| of_row(&row, &names)));
        }
    }
    Ok(())
}

/// Equally spaced files, all where there are not too many.
fn spaced(files: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    files.iter().step_by(files.len().div_ceil(MOST).max(1))
}

/// An image whose folder is its class.
fn of_file(file: &Path, names: &BTreeMap<String, String>) -> Result<Item, String> {
    let of = |path: Option<&Path>| path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let class = of(file.parent()).ok_or_else(|| format!("{}: it lies in no folder", file.display()))?;
    std::fs::File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let id = format!("{class}/{}", of(Some(file)).unwrap_or_default());
    item(id, ImageFile::Path(file.to_owned()), &class, names).map_err(|reason| format!("{}: {reason}", file.display()))
}

fn of_row(row: &Row, names: &BTreeMap<String, String>) -> Result<Item, String> {
    let refuse = |reason: &str| format!("{}: {reason}", row.place);
    let files = row.files("image");
    let image = ImageFile::Memory((*files.first().ok_or_else(|| refuse("it has no image"))?).into());
    let class = row.text("label").ok_or_else(|| refuse("it has no label"))?;
    item(row.place.clone(), image, class, names).map_err(|reason| refuse(&reason))
}

fn item(id: String, image: ImageFile, class: &str, names: &BTreeMap<String, String>) -> Result<Item, String> {
    let name = match names.get(class) {
        Some(name) => name.clone(),
        None if class.bytes().all(|byte| byte.is_ascii_digit()) || is_synset(class) => {
            return Err(format!("no name is known for its class `{class}`; put {} beside it", LISTS.join(" or ")));
        }
        None => class.replace('_', " "),
    };
    Ok(Item {
        id,
        images: vec![image],
        question: QUESTION.to_owned(),
        hint: None,
        options: Vec::new(),
        published_prompt: None,
        answer: Some(name),
        category: None,
        wider_category: None,
        pair: None,
    })
}

/// `n01440764`
fn is_synset(class: &str) -> bool {
    class.strip_prefix('n').is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Names of classes by number and by `WordNet` id, where a list lies beside the files.
fn names(place: &Path) -> Result<BTreeMap<String, String>, TableError> {
    let folder = if place.is_dir() { place } else { place.parent().unwrap_or(place) };
    let mut names = BTreeMap::new();
    for list in LISTS {
        let path = folder.join(list);
        if path.is_file() {
            let text = std::fs::read_to_string(&path).map_err(|source| TableError::Io { path, source })?;
            names.extend(text.lines().filter_map(class_of_line));
        }
    }
    Ok(names)
}

/// `{0: 'tench, Tinca tinca',` and `n01440764 tench, Tinca tinca` as class and name.
fn class_of_line(line: &str) -> Option<(String, String)> {
    let line = line.trim().trim_start_matches('{').trim_end_matches(['}', ',']).trim();
    let (class, name) = match line.split_once(':') {
        Some((class, name)) if class.bytes().all(|byte| byte.is_ascii_digit()) => (class, name),
        _ => line.split_once(' ').filter(|(class, _)| is_synset(class))?,
    };
    let name = name.trim().trim_matches(['\'', '"']);
    (!name.is_empty()).then(|| (class.trim().to_owned(), name.to_owned()))
}

fn unreadable(place: &Path, reason: &str) -> TableError {
    TableError::Damaged { path: place.into(), reason: reason.to_owned() }
}
