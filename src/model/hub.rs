//! Models by their name on the hub, `owner/name` or `owner/name@revision`.
//!
//! Files lie in the cache that the Python libraries use (`HF_HUB_CACHE`, else `HF_HOME/hub`, else `~/.cache/huggingface/hub`),
//! so what one program has downloaded the other finds. A revision is resolved to a commit first and every file is taken of
//! that commit: a folder never mixes two versions. Every download is compared with the checksum that the hub gives.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use hf_hub::api::Progress as HubProgress;
use hf_hub::api::sync::{Api, ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};

use super::adapter;
use super::weights::{INDEX, ShardIndex, WEIGHTS};
use crate::data::ReadError;
use crate::data::checksum;

mod error;

pub use error::HubError;

/// What a model needs beside its weights.
const REQUIRED: [&str; 2] = ["config.json", "tokenizer.json"];

/// What a model may have; fetched where it is there.
const OPTIONAL: [&str; 4] =
    ["generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"];

const PUBLIC: &str = "https://huggingface.co";
const MAIN: &str = "main";
/// Where the cache keeps the files of every commit.
pub(super) const SNAPSHOTS: &str = "snapshots";

/// Most attempts at one file.
const ATTEMPTS: u64 = 3;

/// A model on the hub, at a branch, tag or commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelId {
    /// `owner/name`.
    pub name: String,
    /// Branch, tag or commit.
    pub revision: String,
}

/// How far the download of one file is.
#[derive(Debug, Clone)]
pub struct Download {
    /// The file.
    pub file: Arc<str>,
    /// Bytes here.
    pub bytes: u64,
    /// Bytes of the whole file.
    pub total: u64,
}

/// The hub and the cache before it.
#[derive(Debug, Clone)]
pub struct Hub {
    cache: PathBuf,
    endpoint: String,
    token: Option<String>,
    offline: bool,
}

/// Whether this process must not use the network, whatever the environment says.
static OFFLINE: AtomicBool = AtomicBool::new(false);

/// Forbids the network to every [`Hub::from_environment`] of this process, from now on.
pub fn forbid_network() {
    OFFLINE.store(true, Ordering::Relaxed);
}

impl ModelId {
    /// Reads `owner/name` or `owner/name@revision`; nothing where `text` cannot be the name of a model.
    ///
    /// ```
    /// use ssl4rl::model::hub::ModelId;
    /// let id = ModelId::parse("Qwen/Qwen2.5-0.5B-Instruct@v1", "main").unwrap();
    /// assert_eq!((id.name.as_str(), id.revision.as_str()), ("Qwen/Qwen2.5-0.5B-Instruct", "v1"));
    /// assert_eq!(ModelId::parse("Qwen/Qwen3-0.6B", "main").unwrap().revision, "main");
    /// assert!(ModelId::parse("../somewhere", "main").is_none());
    /// assert!(ModelId::parse("somewhere", "main").is_none());
    /// ```
    pub fn parse(text: &str, revision: &str) -> Option<Self> {
        let (name, revision) = text.split_once('@').unwrap_or((text, revision));
        let parts: Vec<&str> = name.split('/').collect();
        let plain = |part: &&str| {
            !part.starts_with(['.', '-'])
                && !part.is_empty()
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
        };
        // A revision is a path of the cache too.
        let safe = !revision.is_empty() && revision.split('/').all(|part| plain(&part));
        (parts.len() == 2 && parts.iter().all(plain) && safe)
            .then(|| Self { name: name.to_owned(), revision: revision.to_owned() })
    }
}

impl std::fmt::Display for ModelId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.name)?;
        if self.revision == MAIN { Ok(()) } else { write!(formatter, "@{}", self.revision) }
    }
}

impl Hub {
    /// The hub as the environment sets it up: `HF_HUB_CACHE` or `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN` or the token that a login
    /// has stored, `HF_HUB_OFFLINE`.
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let home = variable("HF_HOME").map(PathBuf::from).or_else(|| {
            let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
            let cache = cache.or_else(|| dirs::home_dir().map(|home| home.join(".cache")));
            cache.map(|cache| cache.join("huggingface"))
        });
        let home = home.unwrap_or_else(|| PathBuf::from("huggingface"));
        let stored = || fs::read_to_string(home.join("token")).ok().map(|token| token.trim().to_owned());
        Self {
            cache: variable("HF_HUB_CACHE").map_or_else(|| home.join("hub"), PathBuf::from),
            endpoint: variable("HF_ENDPOINT").unwrap_or_else(|| PUBLIC.into()),
            token: variable("HF_TOKEN").or_else(stored).filter(|token| !token.is_empty()),
            offline: OFFLINE.load(Ordering::Relaxed) || variable("HF_HUB_OFFLINE").is_some_and(|value| value != "0"),
        }
    }

    /// Another host and another cache.
    pub fn new(endpoint: &str, cache: &Path, token: Option<&str>, offline: bool) -> Self {
        Self { cache: cache.into(), endpoint: endpoint.into(), token: token.map(str::to_owned), offline }
    }

    /// The folder that `model` names: one on this machine, else that of a model of the hub, downloaded where needed.
    pub fn locate(&self, model: &str, revision: &str, progress: &mut dyn FnMut(Download)) -> Result<PathBuf, HubError> {
        let path = Path::new(model);
        if path.is_dir() {
            return if is_run(path) { Err(HubError::IsARun { path: path.into() }) } else { Ok(path.to_owned()) };
        }
        if path.exists() {
            return Err(HubError::NotAFolder { path: path.into() });
        }
        match ModelId::parse(model, if revision.is_empty() { MAIN } else { revision }) {
            Some(id) => self.fetch(&id, progress),
            None => Err(HubError::NoSuchFolder { path: path.into() }),
        }
    }

    /// The folder that `model` names where it is on this machine already; the network is not asked.
    pub fn located(&self, model: &str, revision: &str) -> Option<PathBuf> {
        let path = Path::new(model);
        if path.is_dir() {
            return Some(path.to_owned());
        }
        let id = ModelId::parse(model, if revision.is_empty() { MAIN } else { revision })?;
        self.snapshot(&id).filter(|folder| missing(folder).is_empty())
    }

    /// The folder of a model of the hub: from the cache where it is whole and the network is not wanted or not needed.
    pub fn fetch(&self, id: &ModelId, progress: &mut dyn FnMut(Download)) -> Result<PathBuf, HubError> {
        let cached = self.snapshot(id).filter(|folder| missing(folder).is_empty());
        // What a commit holds never changes.
        let pinned = id.revision.len() == 40 && id.revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.offline {
            return cached.ok_or_else(|| self.offline_error(id));
        }
        if let (Some(folder), true) = (&cached, pinned) {
            return Ok(folder.clone());
        }
        match self.download(id, progress) {
            Err(unreachable @ HubError::Network { .. }) => cached.ok_or(unreachable),
            outcome => outcome,
        }
    }

    fn download(&self, id: &ModelId, progress: &mut dyn FnMut(Download)) -> Result<PathBuf, HubError> {
        let api = self.api(id)?;
        let repo = |revision: &str| Repo::with_revision(id.name.clone(), RepoType::Model, revision.to_owned());
        let info = api.repo(repo(&id.revision)).info().map_err(|error| self.error(id, error).at_the_start())?;
        let at_commit = api.repo(repo(&info.sha));
        let folder = Cache::new(self.cache.clone()).repo(repo(&info.sha)).pointer_path(&info.sha);
        let present: BTreeSet<&str> = info.siblings.iter().map(|file| file.rfilename.as_str()).collect();
        let mut get = |file: &str| self.get(id, &at_commit, &folder, file, progress);
        for file in REQUIRED.iter().chain(&OPTIONAL).filter(|file| present.contains(**file)) {
            get(file)?;
        }
        let whole = [WEIGHTS, INDEX].iter().any(|file| present.contains(file));
        if !whole && present.contains(adapter::CONFIG) {
            for file in [adapter::CONFIG, adapter::WEIGHTS].iter().filter(|file| present.contains(**file)) {
                get(file)?;
            }
        } else if present.contains(WEIGHTS) {
            get(WEIGHTS)?;
        } else if present.contains(INDEX) {
            get(INDEX)?;
            let index = ShardIndex::read(&folder.join(INDEX)).map_err(|error| HubError::Damaged(Box::new(error)))?;
            for shard in index.shards() {
                get(shard)?;
            }
        }
        if let Some(file) = missing(&folder).into_iter().next() {
            return Err(HubError::Lacks { id: id.clone(), file });
        }
        let written = Cache::new(self.cache.clone()).repo(repo(&id.revision)).create_ref(&info.sha);
        written.map_err(|source| HubError::Cache { path: self.cache.clone(), source })?;
        Ok(folder)
    }

    /// Fetches one file of a commit, where it is not there yet.
    fn get(
        &self,
        id: &ModelId,
        repo: &ApiRepo,
        folder: &Path,
        file: &str,
        progress: &mut dyn FnMut(Download),
    ) -> Result<(), HubError> {
        if folder.join(file).is_file() {
            return Ok(());
        }
        let mut download = || {
            let told = Told { show: &mut *progress, file: file.into(), bytes: 0, total: 0 };
            repo.download_with_progress(file, told)
        };
        let mut attempt = 1;
        let path = loop {
            match download() {
                Ok(path) => break path,
                Err(error) if attempt < ATTEMPTS && cannot_resume(&error) => remove_parts(folder),
                Err(error) if attempt < ATTEMPTS && is_broken(&error) => thread::sleep(Duration::from_secs(attempt)),
                Err(error) => return Err(self.error(id, error)),
            }
            attempt += 1;
        };
        let blob = fs::canonicalize(&path).map_err(|source| HubError::Cache { path: path.clone(), source })?;
        let differs = checksum_differs(&blob)
            .map_err(|error| HubError::Cache { path: blob.clone(), source: io::Error::other(error) })?;
        if differs {
            // Both names go, so that the next run fetches it anew.
            let _gone = fs::remove_file(&path).and_then(|()| fs::remove_file(&blob));
            return Err(HubError::WrongContent { id: id.clone(), file: file.to_owned() });
        }
        Ok(())
    }

    fn error(&self, id: &ModelId, error: ApiError) -> HubError {
        HubError::of(id, &self.endpoint, &self.cache, error)
    }

    fn api(&self, id: &ModelId) -> Result<Api, HubError> {
        let builder = ApiBuilder::from_cache(Cache::new(self.cache.clone()))
            .with_endpoint(self.endpoint.trim_end_matches('/').to_owned())
            .with_token(self.token.clone())
            .with_user_agent("ssl4rl", env!("CARGO_PKG_VERSION"))
            // The client's own attempts would append the whole file to a part of it.
            .with_retries(0)
            .with_progress(false);
        builder.build().map_err(|error| self.error(id, error))
    }

    /// The cached folder of a revision, whole or not.
    fn snapshot(&self, id: &ModelId) -> Option<PathBuf> {
        let repo = Repo::with_revision(id.name.clone(), RepoType::Model, id.revision.clone());
        let root = self.cache.join(repo.folder_name());
        let commit = fs::read_to_string(root.join("refs").join(&id.revision)).unwrap_or_else(|_| id.revision.clone());
        let folder = root.join(SNAPSHOTS).join(commit.trim());
        folder.is_dir().then_some(folder)
    }

    fn offline_error(&self, id: &ModelId) -> HubError {
        let folder = self.snapshot(id);
        let wanted = match &folder {
            Some(folder) => missing(folder),
            None => REQUIRED.iter().map(|file| (*file).to_owned()).chain([weights_in_words()]).collect(),
        };
        let repo = Repo::new(id.name.clone(), RepoType::Model);
        let folder = folder.unwrap_or_else(|| self.cache.join(repo.folder_name()).join("snapshots/COMMIT"));
        HubError::Offline { id: id.clone(), wanted: wanted.join(", "), folder }
    }
}

/// Whether an unfinished download is in the way of its own continuation: it is as long as the file, or longer.
fn cannot_resume(error: &ApiError) -> bool {
    match error {
        ApiError::InvalidResume => true,
        ApiError::RequestError(request) => matches!(**request, ureq::Error::StatusCode(416)),
        _ => false,
    }
}

/// Whether a connection broke: another one may hold.
fn is_broken(error: &ApiError) -> bool {
    match error {
        ApiError::IoError(_) => true,
        ApiError::RequestError(request) => !matches!(**request, ureq::Error::StatusCode(_)),
        _ => false,
    }
}

/// Whether a folder is that of a run, which is not a policy itself.
fn is_run(folder: &Path) -> bool {
    ["config.toml", "status.json"].iter().all(|file| folder.join(file).is_file())
}

/// Removes the unfinished downloads of the model that `snapshot` belongs to.
fn remove_parts(snapshot: &Path) {
    let Some(blobs) = snapshot.parent().and_then(Path::parent).map(|home| home.join("blobs")) else { return };
    for entry in fs::read_dir(blobs).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "part") {
            // One that stays is met again by the next attempt, which then says so.
            let _gone = fs::remove_file(entry.path());
        }
    }
}

/// What a folder lacks to be a model, or an adapter, which needs nothing but its own two files.
fn missing(folder: &Path) -> Vec<String> {
    let absent = |file: &str| !folder.join(file).is_file();
    if adapter::is_adapter(folder) {
        return [adapter::WEIGHTS].into_iter().filter(|file| absent(file)).map(str::to_owned).collect();
    }
    let mut lacking: Vec<String> = REQUIRED.iter().filter(|file| absent(file)).map(|file| (*file).to_owned()).collect();
    if absent(WEIGHTS) {
        match ShardIndex::read(&folder.join(INDEX)) {
            Ok(index) => lacking.extend(index.shards().into_iter().filter(|shard| absent(shard)).map(str::to_owned)),
            Err(_) => lacking.push(weights_in_words()),
        }
    }
    lacking
}

fn weights_in_words() -> String {
    format!("{WEIGHTS} (or {INDEX} and the shards it names)")
}

/// Whether a file differs from the checksum that the hub names it by: the SHA-256 of large files, Git's id of small ones.
fn checksum_differs(blob: &Path) -> Result<bool, ReadError> {
    let name = blob.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    match name.len() {
        _ if !name.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(false),
        64 => Ok(checksum::sha256(blob)? != name),
        40 => Ok(checksum::git_blob(blob)? != name),
        _ => Ok(false),
    }
}

/// Passes the progress of one file on.
struct Told<'show> {
    show: &'show mut dyn FnMut(Download),
    file: Arc<str>,
    bytes: u64,
    total: u64,
}

impl HubProgress for Told<'_> {
    fn init(&mut self, size: usize, _: &str) {
        (self.bytes, self.total) = (0, size as u64);
    }

    fn update(&mut self, size: usize) {
        self.bytes += size as u64;
        (self.show)(Download { file: Arc::clone(&self.file), bytes: self.bytes, total: self.total });
    }

    fn finish(&mut self) {}
}
