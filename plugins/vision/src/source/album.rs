//! [`Album`]: pictures by index, what image tasks are made from.
//!
//! Pictures are decoded when asked for and kept within a bound of bytes. Equal files are one picture. One picture in ten is
//! held out, by its content, so that held-out questions show pictures that no run has trained on.

use std::path::PathBuf;
use std::sync::Arc;

use ssl4rl_tasks::{Split, TaskRng};

use super::SourceError;
use super::cache::Cache;
use super::rejection::{Rejection, Rejections};
use super::scenes::Scenes;
use super::shares::Shares;
use super::skipped::{Skipped, SkippedFiles};
use super::spill::{ImageFile, content_hash};
use crate::picture::{Area, Limits, Picture, PictureError, decode_upright};

/// How an album is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlbumOptions {
    /// Most bytes of decoded pictures that are kept.
    pub cache_bytes: usize,
    /// What is refused as too large.
    pub limits: Limits,
    /// Most bytes of a picture's file; what is longer is hardly one, and is not read into memory.
    pub file_bytes: u64,
    /// Seed of drawn pictures whose name gives none.
    pub seed: u64,
}

impl Default for AlbumOptions {
    /// 512 MiB of decoded pictures, files of 1 GiB.
    fn default() -> Self {
        Self { cache_bytes: 512 << 20, limits: Limits::default(), file_bytes: 1 << 30, seed: 0 }
    }
}

/// Pictures by index.
pub struct Album {
    name: String,
    pages: Vec<Page>,
    shares: Shares,
    cache: Cache,
    limits: Limits,
    files: Vec<(PathBuf, String)>,
    repeated: usize,
    skipped: SkippedFiles,
    rejections: Rejections,
}

/// One picture of an album.
pub(super) struct Page {
    /// What it is called: a path, or a place in a file.
    pub(super) name: String,
    /// A hash of the file's bytes, or of what a drawn picture is drawn from.
    pub(super) hash: u64,
    pub(super) origin: Origin,
}

impl Page {
    /// The page of a file with these bytes, unless they are no picture's.
    pub(super) fn of(name: String, bytes: &[u8], file: ImageFile) -> Result<Self, Skipped> {
        match crate::picture::dimensions(bytes) {
            Ok(_) => Ok(Self { name, hash: content_hash(bytes), origin: Origin::File(file) }),
            Err(error) => Err(Skipped::new(name, &error)),
        }
    }
}

/// Where a picture's pixels are.
pub(super) enum Origin {
    File(ImageFile),
    Scene(Scenes, u64),
}

/// What an album is put together from.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) pages: Vec<Result<Page, Skipped>>,
    /// Files and folders that the pages were read from, with their checksums.
    pub(super) files: Vec<(PathBuf, String)>,
}

/// A picture drawn for a question.
#[derive(Debug, Clone)]
pub struct Picked {
    /// Its index in the album.
    pub index: usize,
    /// Its pixels.
    pub picture: Arc<Picture>,
}

impl Album {
    /// An album of files in memory, each with a name.
    ///
    /// Files that are no pictures are skipped.
    pub fn of_files(
        name: impl Into<String>,
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
        options: AlbumOptions,
    ) -> Result<Self, SourceError> {
        let files = files.into_iter().map(|(name, bytes)| (name, ImageFile::Memory(bytes.into())));
        Self::of_image_files(name, files, options)
    }

    /// An album of files wherever they are, each with a name.
    ///
    /// Files that are no pictures, or cannot be read, are skipped.
    pub fn of_image_files(
        name: impl Into<String>,
        files: impl IntoIterator<Item = (String, ImageFile)>,
        options: AlbumOptions,
    ) -> Result<Self, SourceError> {
        let page = |(name, file): (String, ImageFile)| {
            let bytes = file.bytes().map_err(|error| Skipped::new(name.clone(), &error))?;
            Page::of(name, &bytes, file)
        };
        let pages = files.into_iter().map(page).collect();
        Self::assemble(name.into(), Contents { pages, ..Contents::default() }, options)
    }

    pub(super) fn of_scenes(scenes: Scenes, options: AlbumOptions) -> Result<Self, SourceError> {
        let page = |index: u64| {
            let name = format!("scene {index}");
            let bytes = [scenes.seed, index, scenes.size as u64].map(u64::to_le_bytes).concat();
            Ok(Page { name, hash: content_hash(&bytes), origin: Origin::Scene(scenes, index) })
        };
        let pages = (0..scenes.count).map(page).collect();
        Self::assemble(scenes.to_string(), Contents { pages, ..Contents::default() }, options)
    }

    /// Puts pages together, each picture once.
    pub(super) fn assemble(name: String, contents: Contents, options: AlbumOptions) -> Result<Self, SourceError> {
        let Contents { pages, files } = contents;
        let looked_at = pages.len();
        let (mut kept, mut skipped, mut repeated) = (Vec::new(), Vec::new(), 0);
        let mut seen = std::collections::BTreeSet::new();
        for page in pages {
            match page {
                Ok(page) if seen.insert(page.hash) => kept.push(page),
                Ok(_) => repeated += 1,
                Err(reason) => skipped.push(reason),
            }
        }
        if kept.is_empty() {
            let first = skipped.first().map(|file| format!("; {}: {}", file.name, file.reason)).unwrap_or_default();
            return Err(SourceError::NoPictures { name, files: looked_at, first });
        }
        super::freed::keep();
        let hashes: Vec<u64> = kept.iter().map(|page| page.hash).collect();
        Ok(Self {
            name,
            pages: kept,
            shares: Shares::of(&hashes),
            cache: Cache::new(options.cache_bytes),
            limits: options.limits,
            files,
            repeated,
            skipped: SkippedFiles::new(skipped),
            rejections: Rejections::default(),
        })
    }

    /// What the album was opened by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of distinct pictures.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether there are none; an album that was opened has one at least.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The file or folder that the pictures were read from, with its SHA-256; that of a folder is taken over the names and
    /// checksums of its files. None where they are drawn, or were in memory.
    pub fn files(&self) -> &[(PathBuf, String)] {
        &self.files
    }

    /// Files left out because another has the same bytes.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// Files that could not be read so far, with the reason. A file whose head is sound is looked at as a whole only when it
    /// is asked for.
    pub fn skipped(&self) -> Vec<Skipped> {
        self.skipped.all()
    }

    /// Those of them whose head is sound.
    pub fn skipped_since(&self) -> Vec<Skipped> {
        self.skipped.since()
    }

    /// Name and content hash of a picture.
    pub fn entry(&self, index: usize) -> Option<(&str, u64)> {
        self.pages.get(index).map(|page| (page.name.as_str(), page.hash))
    }

    /// Indices of the pictures that questions of a split may show.
    pub fn of_split(&self, split: Split) -> &[usize] {
        self.shares.of_split(split)
    }

    /// Bytes of decoded pictures kept at the moment.
    pub fn cached_bytes(&self) -> usize {
        self.cache.bytes()
    }

    /// A picture, decoded; `None` past the end, or where it cannot be decoded, which is tried once and [`Album::skipped`] tells
    /// then.
    pub fn picture(&self, index: usize) -> Option<Arc<Picture>> {
        self.kept((index, 0), || self.decoded(index))
    }

    /// The largest centred square of a picture, scaled to `side` pixels.
    pub fn square(&self, index: usize, side: usize) -> Option<Arc<Picture>> {
        self.kept((index, side.max(1)), || {
            let whole = self.picture(index)?;
            let square = Area::centre_square(whole.width(), whole.height());
            if square == whole.area() && whole.width() == side {
                return Some(Picture::clone(&whole));
            }
            Some(whole.crop(square).resized(side, side))
        })
    }

    /// A picture of the stream's split as it is.
    pub fn draw_whole(&self, rng: &mut TaskRng) -> Option<Picked> {
        self.rejections.count_draw();
        let index = *rng.choose(self.of_split(rng.split()))?;
        self.picked(index, self.picture(index))
    }

    /// A picture of the stream's split, squared to `side` pixels.
    pub fn draw(&self, side: usize, rng: &mut TaskRng) -> Option<Picked> {
        self.rejections.count_draw();
        let index = *rng.choose(self.of_split(rng.split()))?;
        self.picked(index, self.square(index, side))
    }

    /// Another picture of the stream's split than those of `taken`; any other where all are taken but one.
    pub fn draw_other(&self, taken: &[usize], side: usize, rng: &mut TaskRng) -> Option<Picked> {
        let own = self.of_split(rng.split());
        let free: Vec<usize>;
        let from = if taken.len() * 8 < own.len() {
            own
        } else {
            free = own.iter().copied().filter(|index| !taken.contains(index)).collect();
            &free
        };
        let index = loop {
            let index = *rng.choose(from)?;
            if !taken.contains(&index) {
                break index;
            }
        };
        self.picked(index, self.square(index, side))
    }

    fn picked(&self, index: usize, picture: Option<Arc<Picture>>) -> Option<Picked> {
        match picture {
            Some(picture) => Some(Picked { index, picture }),
            None => self.reject(Rejection::Unreadable),
        }
    }

    /// Counts a draw that led to no question.
    pub fn reject<Anything>(&self, reason: Rejection) -> Option<Anything> {
        self.rejections.count(reason);
        None
    }

    /// Pictures drawn for questions so far, second ones of a question not among them.
    pub fn draws(&self) -> u64 {
        self.rejections.draws()
    }

    /// Draws that led to no question so far, by reason.
    pub fn rejections(&self) -> Vec<(Rejection, u64)> {
        self.rejections.counted()
    }

    fn kept(&self, key: (usize, usize), make: impl FnOnce() -> Option<Picture>) -> Option<Arc<Picture>> {
        if let Some(kept) = self.cache.get(key) {
            return Some(kept);
        }
        let picture = Arc::new(make()?);
        self.cache.put(key, &picture);
        Some(picture)
    }

    fn decoded(&self, index: usize) -> Option<Picture> {
        let page = self.pages.get(index).filter(|_| !self.skipped.is_unreadable(index))?;
        let decoded = match &page.origin {
            Origin::File(file) => file
                .bytes()
                .map_err(|error| error.to_string())
                .and_then(|bytes| self.checked(page, &bytes).map_err(|error| error.to_string())),
            Origin::Scene(scenes, index) => scenes.draw(*index).ok_or_else(|| "it has no pixels".to_owned()),
        };
        match decoded {
            Ok(picture) => Some(picture.made_from(&page.name)),
            Err(reason) => {
                self.skipped.add(index, Skipped { name: page.name.clone(), reason });
                None
            }
        }
    }

    /// The picture, if the file is still what it was when the album was opened.
    fn checked(&self, page: &Page, bytes: &[u8]) -> Result<Picture, PictureError> {
        if content_hash(bytes) != page.hash {
            let reason = "it has changed since it was first read; start again".into();
            return Err(PictureError::Malformed { format: "image", reason });
        }
        decode_upright(bytes, &self.limits)
    }
}
