//! Downloads: resumed, verified, and atomic.
//!
//! A file is downloaded to `NAME.part` under a file lock, checked against the manifest, flushed to disk and renamed, so that
//! a file under its final name is always whole, whatever kills the process. An interrupted download goes on from its
//! `.part`; one whose checksum is wrong starts once more from nothing. Members of an archive are unpacked from a
//! downloaded archive, which is removed afterwards.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;

use super::checksum;
use super::manifest::{Address, Manifest, ManifestFile, PUBLIC_HOST};
use super::read_error::ReadError;

/// Most bytes of a file whose size the manifest does not know.
const MAX_UNKNOWN_BYTES: u64 = 1 << 30;

/// How far a download is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'path> {
    /// Path of the file in the data folder.
    pub path: &'path str,
    /// Bytes on disk.
    pub bytes: u64,
    /// Bytes of the whole file, where known.
    pub total: Option<u64>,
}

/// Fetches files of datasets into a data folder.
pub struct Fetcher<'manifest> {
    manifest: &'manifest Manifest,
    host: String,
    agent: ureq::Agent,
    attempts: u32,
    pause: Duration,
}

impl<'manifest> Fetcher<'manifest> {
    /// A fetcher from the public host: three attempts, a second or more apart.
    pub fn new(manifest: &'manifest Manifest) -> Self {
        Self::from_host(manifest, PUBLIC_HOST, Duration::from_secs(1))
    }

    /// A fetcher from another host that serves the same paths, with another pause between attempts.
    pub fn from_host(manifest: &'manifest Manifest, host: &str, pause: Duration) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("ssl4rl/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            // A connection that stands still must not hang forever; a slow one goes on with the next attempt.
            .timeout_recv_body(Some(Duration::from_secs(600)))
            .build()
            .into();
        Self { manifest, host: host.to_owned(), agent, attempts: 3, pause }
    }

    /// Fetches one file to its path in the data folder and returns its sha256. Does nothing where it is there already.
    pub fn fetch(
        &self,
        file: &ManifestFile,
        folder: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<String, FetchError> {
        let target = folder.join(&file.path);
        if !target.is_file() {
            match &file.address.member {
                None => self.download(file, &target, progress)?,
                Some(member) => self.unpack(file, member, &target, folder, progress)?,
            }
        }
        Ok(checksum::sha256(&target)?)
    }

    fn unpack(
        &self,
        file: &ManifestFile,
        member: &str,
        target: &Path,
        folder: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), FetchError> {
        let address = file.address.archive();
        let known = self.manifest.archive(&address);
        let known = known.ok_or_else(|| FetchError::UnknownArchive { address: address.to_string() })?;
        let archive = ManifestFile {
            path: archive_path(&address),
            address,
            size: Some(known.size),
            sha256: Some(known.sha256.clone()),
            git_blob: None,
            optional_without: None,
        };
        let archive_path = folder.join(&archive.path);
        if !archive_path.is_file() {
            self.download(&archive, &archive_path, progress)?;
        }
        let part = PartFile::open(target)?;
        if part.is_superseded() {
            return Ok(());
        }
        let limit = file.size.unwrap_or(MAX_UNKNOWN_BYTES);
        extract(&archive_path, member, limit, &part)?;
        part.finish(file)
    }

    fn download(
        &self,
        file: &ManifestFile,
        target: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), FetchError> {
        let part = PartFile::open(target)?;
        if part.is_superseded() {
            return Ok(());
        }
        let mut attempt = 1;
        loop {
            let resumed = part.len()? > 0;
            let outcome = self.transfer(file, &part, progress).and_then(|()| part.check(file));
            match outcome {
                Ok(()) => return part.publish(),
                Err(error) if attempt < self.attempts && error.is_worth_another_attempt(resumed) => {
                    attempt += 1;
                    std::thread::sleep(self.pause * attempt);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One request; appends to what is there where the server agrees.
    fn transfer(
        &self,
        file: &ManifestFile,
        part: &PartFile,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), FetchError> {
        let url = file.address.url(&self.host);
        let present = part.len()?;
        if file.size == Some(present) && present > 0 {
            return Ok(());
        }
        let network = |problem: String| FetchError::Network { url: url.clone(), path: part.target.clone(), problem };
        let mut request = self.agent.get(&url).header("Accept-Encoding", "identity");
        if present > 0 {
            request = request.header("Range", format!("bytes={present}-"));
        }
        let mut response = request.call().map_err(|error| network(error.to_string()))?;
        let mut bytes = match response.status().as_u16() {
            206 if starts_at(&response, present) => present,
            200 => {
                part.truncate()?;
                0
            }
            // The part is longer than the file, or the server sent another range: start over.
            206 | 416 => {
                part.truncate()?;
                return Err(network("the server cannot continue the download".into()));
            }
            404 | 410 => return Err(FetchError::NotFound { url, path: part.target.clone() }),
            status => return Err(network(format!("HTTP status {status}"))),
        };
        let limit = file.size.unwrap_or(MAX_UNKNOWN_BYTES);
        let mut reader = response.body_mut().as_reader();
        let mut chunk = vec![0; 64 << 10];
        let mut output = part.append_at(bytes)?;
        loop {
            progress(Progress { path: &file.path, bytes, total: file.size });
            let count = reader.read(&mut chunk).map_err(|error| network(error.to_string()))?;
            if count == 0 {
                break;
            }
            bytes += count as u64;
            if bytes > limit {
                part.truncate()?;
                return Err(part.wrong(format!("{limit} bytes"), "more".into(), &url));
            }
            output.write_all(&chunk[..count]).map_err(|source| part.io(source))?;
        }
        match file.size {
            Some(size) if bytes < size => Err(network(format!("the connection ended after {bytes} of {size} bytes"))),
            _ => Ok(()),
        }
    }
}

fn starts_at(response: &ureq::http::Response<ureq::Body>, present: u64) -> bool {
    let range = response.headers().get("content-range").and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {present}-")))
}

/// The unfinished file next to its target, locked against other processes while it is open.
struct PartFile {
    target: PathBuf,
    path: PathBuf,
    file: File,
}

impl PartFile {
    fn open(target: &Path) -> Result<Self, FetchError> {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let path = target.with_file_name(name);
        let folder = target.parent().unwrap_or(Path::new("."));
        let cannot_write = |source| FetchError::Write { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(cannot_write)?;
        let file = File::options().read(true).append(true).create(true).open(&path).map_err(cannot_write)?;
        file.lock().map_err(cannot_write)?;
        Ok(Self { target: target.to_owned(), path, file })
    }

    /// Whether another process finished the file while this one waited for the lock.
    fn is_superseded(&self) -> bool {
        let done = self.target.is_file();
        if done {
            // Usually the other process has renamed it already.
            let _ = fs::remove_file(&self.path);
        }
        done
    }

    fn len(&self) -> Result<u64, FetchError> {
        Ok(self.file.metadata().map_err(|source| self.io(source))?.len())
    }

    fn truncate(&self) -> Result<(), FetchError> {
        self.file.set_len(0).map_err(|source| self.io(source))
    }

    /// A writer at the end, which must be at `length`.
    fn append_at(&self, length: u64) -> Result<&File, FetchError> {
        (&self.file).seek(SeekFrom::Start(length)).map_err(|source| self.io(source))?;
        Ok(&self.file)
    }

    /// Compares with the manifest; wrong bytes are dropped.
    fn check(&self, file: &ManifestFile) -> Result<(), FetchError> {
        if let Some((expected, got)) = checksum::check(&self.path, file)?.mismatch {
            self.truncate()?;
            return Err(self.wrong(expected, got, &file.address.url(PUBLIC_HOST)));
        }
        Ok(())
    }

    fn finish(&self, file: &ManifestFile) -> Result<(), FetchError> {
        self.check(file)?;
        self.publish()
    }

    /// Flushes to disk and takes the final name.
    fn publish(&self) -> Result<(), FetchError> {
        self.file.sync_all().map_err(|source| self.io(source))?;
        fs::rename(&self.path, &self.target).map_err(|source| self.io(source))?;
        // Not every file system lets a folder be flushed; the rename itself is atomic either way.
        if let Some(folder) = self.target.parent().and_then(|parent| File::open(parent).ok()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn io(&self, source: io::Error) -> FetchError {
        FetchError::Write { path: self.path.clone(), source }
    }

    fn wrong(&self, expected: String, got: String, url: &str) -> FetchError {
        FetchError::WrongContent { path: self.target.clone(), url: url.to_owned(), expected, got }
    }
}

/// Copies a member of a `.tar.gz` or `.zip` archive to the part file.
fn extract(archive: &Path, member: &str, limit: u64, part: &PartFile) -> Result<(), FetchError> {
    let bad = |problem: String| FetchError::BadArchive { path: archive.to_owned(), member: member.to_owned(), problem };
    let file = File::open(archive).map_err(|error| bad(error.to_string()))?;
    part.truncate()?;
    let copy = |reader: &mut dyn Read| {
        let copied = io::copy(&mut reader.take(limit + 1), &mut &part.file).map_err(|error| bad(error.to_string()))?;
        if copied > limit { Err(bad(format!("more than {limit} bytes"))) } else { Ok(()) }
    };
    if archive.extension().is_some_and(|extension| extension == "zip") {
        let mut zip = zip::ZipArchive::new(file).map_err(|error| bad(error.to_string()))?;
        let mut entry = zip.by_name(member).map_err(|error| bad(error.to_string()))?;
        return copy(&mut entry);
    }
    let mut tar = tar::Archive::new(GzDecoder::new(io::BufReader::new(file)));
    for entry in tar.entries().map_err(|error| bad(error.to_string()))? {
        let mut entry = entry.map_err(|error| bad(error.to_string()))?;
        let path = entry.path().map_err(|error| bad(error.to_string()))?.into_owned();
        if path.strip_prefix("./").unwrap_or(&path) == Path::new(member) {
            return copy(&mut entry);
        }
    }
    Err(bad("no such member".into()))
}

/// Where an archive lies in the data folder while it is unpacked.
fn archive_path(address: &Address) -> String {
    format!(".archives/{}/{}", address.commit, address.path.replace('/', "-"))
}

/// Removes the archives that members were unpacked from, where there are any.
pub(super) fn remove_archives(folder: &Path, addresses: impl Iterator<Item = Address>) {
    for address in addresses.filter(|address| address.member.is_some()) {
        let path = folder.join(archive_path(&address));
        // What cannot be removed only takes up disk space. Folders go when they are empty.
        let _ = fs::remove_file(&path);
        for parent in path.ancestors().skip(1).take(2) {
            let _ = fs::remove_dir(parent);
        }
    }
}

/// Why a file cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The connection failed, after all attempts.
    #[error(
        "cannot download {url}: {problem}\nhint: run the same command again to go on where it stopped, or put the file at `{}`; \
         `ssl4rl data fetch NAME --dry-run` lists all that are absent",
        path.display()
    )]
    Network {
        /// Address.
        url: String,
        /// Where the file belongs.
        path: PathBuf,
        /// What went wrong.
        problem: String,
    },
    /// The server does not have the file.
    #[error("{url} does not exist (any more); get the file elsewhere and put it at `{}`", path.display())]
    NotFound {
        /// Address.
        url: String,
        /// Where the file belongs.
        path: PathBuf,
    },
    /// The bytes are not the expected ones.
    #[error("{url} gave other content than expected for `{}`: expected {expected}, got {got}; nothing was kept", path.display())]
    WrongContent {
        /// Address.
        url: String,
        /// Where the file belongs.
        path: PathBuf,
        /// Checksum or size in the manifest.
        expected: String,
        /// What came.
        got: String,
    },
    /// The file cannot be written.
    #[error("cannot write `{}`: {source}; choose another folder with `--data-dir` or `$SSL4RL_CACHE`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason: no space, no permission, …
        source: io::Error,
    },
    /// An archive does not hold what it should.
    #[error("`{}`: member `{member}`: {problem}", path.display())]
    BadArchive {
        /// The archive.
        path: PathBuf,
        /// Path inside.
        member: String,
        /// What went wrong.
        problem: String,
    },
    /// The manifest has no checksum of an archive.
    #[error("the manifest does not describe the archive `{address}`")]
    UnknownArchive {
        /// Its address.
        address: String,
    },
    /// A downloaded file cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl FetchError {
    /// Connections may recover. Wrong bytes are worth another attempt only where old ones were continued.
    fn is_worth_another_attempt(&self, resumed: bool) -> bool {
        match self {
            Self::Network { .. } => true,
            Self::WrongContent { .. } => resumed,
            _ => false,
        }
    }
}
