//! Downloads from a small server in the test itself: whole, resumed, wrong, absent.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::{Digest, Sha256};
use ssl4rl_data::{Address, Dataset, FetchError, Fetcher, Manifest, ManifestFile, Places, fetch_dataset, load_named};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the server does with the next request.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Answers fully and honours ranges.
    Well,
    /// Sends this many bytes of the body, then hangs up.
    CutAfter(usize),
    /// Ignores ranges.
    NoRanges,
    Status(u16),
}

struct Server {
    host: String,
    /// The `Range` header of each request, or `-`.
    ranges: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves `content` at every path; the first requests in the given manners, later ones well.
    fn start(content: &[u8], manners: &[Manner]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let (content, manners, seen) = (content.to_vec(), manners.to_vec(), Arc::clone(&ranges));
        std::thread::spawn(move || {
            for (request, stream) in listener.incoming().enumerate() {
                let manner = manners.get(request).copied().unwrap_or(Manner::Well);
                let Ok(stream) = stream else { return };
                // A client that hangs up early is part of the tests.
                let _ = answer(stream, &content, manner, &seen);
            }
        });
        Self { host, ranges }
    }

    fn ranges(&self) -> Vec<String> {
        self.ranges.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, content: &[u8], manner: Manner, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut range = "-".to_owned();
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_lowercase();
        if let Some(value) = line.strip_prefix("range: ") {
            value.clone_into(&mut range);
        }
        if line.is_empty() {
            break;
        }
    }
    seen.lock().unwrap().push(range.clone());
    let start = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-')?.parse().ok());
    let (status, start) = match (manner, start) {
        (Manner::Status(status), _) => (status, 0),
        (Manner::NoRanges, _) | (_, None) => (200, 0),
        (_, Some(start)) if start >= content.len() => (416, 0),
        (_, Some(start)) => (206, start),
    };
    let body = if status < 300 { &content[start..] } else { &[] };
    write!(stream, "HTTP/1.1 {status} Any\r\nContent-Length: {}\r\nConnection: close\r\n", body.len())?;
    if status == 206 {
        write!(stream, "Content-Range: bytes {start}-{}/{}\r\n", content.len() - 1, content.len())?;
    }
    write!(stream, "\r\n")?;
    let sent = if let Manner::CutAfter(count) = manner { &body[..count] } else { body };
    stream.write_all(sent)
}

fn sha256(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]));
    Sha256::digest(bytes).iter().flat_map(digits).collect()
}

fn manifest_file(path: &str, content: &[u8]) -> ManifestFile {
    ManifestFile {
        path: path.into(),
        address: Address::try_from(format!("owner/repository@{COMMIT}:data/{path}")).unwrap(),
        size: Some(content.len() as u64),
        sha256: Some(sha256(content)),
        git_blob: None,
        optional_without: None,
    }
}

fn content() -> Vec<u8> {
    (0..300_000u32).flat_map(u32::to_le_bytes).collect()
}

/// Fetches `toy/file` from the server into the folder.
fn fetch(server: &Server, file: &ManifestFile, folder: &Path) -> Result<String, FetchError> {
    let manifest = Manifest { datasets: Vec::new(), archives: Vec::new() };
    Fetcher::from_host(&manifest, &server.host, Duration::from_millis(1)).fetch(file, folder, &mut |_| {})
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_arrives_whole_and_only_under_its_final_name() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    let server = Server::start(&content, &[]);
    let sum = fetch(&server, &manifest_file("toy/file", &content), folder.path()).unwrap();
    assert_eq!(sum, sha256(&content));
    assert_eq!(fs::read(folder.path().join("toy/file")).unwrap(), content);
    assert_eq!(names(&folder.path().join("toy")), ["file"]);
    fetch(&server, &manifest_file("toy/file", &content), folder.path()).unwrap();
    assert_eq!(server.ranges(), ["-"], "a file that is there is not fetched again");
}

#[test]
fn an_interrupted_download_goes_on_where_it_stopped() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    let server = Server::start(&content, &[Manner::CutAfter(100_000), Manner::CutAfter(50_000)]);
    fetch(&server, &manifest_file("toy/file", &content), folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("toy/file")).unwrap(), content);
    assert_eq!(server.ranges(), ["-", "bytes=100000-", "bytes=150000-"]);
}

/// What a killed process leaves behind is continued by the next one.
#[test]
fn a_part_of_an_earlier_process_is_continued() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    fs::create_dir(folder.path().join("toy")).unwrap();
    fs::write(folder.path().join("toy/file.part"), &content[..1_000_000]).unwrap();
    let server = Server::start(&content, &[]);
    fetch(&server, &manifest_file("toy/file", &content), folder.path()).unwrap();
    assert_eq!(server.ranges(), ["bytes=1000000-"]);
    assert_eq!(fs::read(folder.path().join("toy/file")).unwrap(), content);
}

#[test]
fn a_part_with_other_bytes_is_dropped_and_fetched_again() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    fs::create_dir(folder.path().join("toy")).unwrap();
    fs::write(folder.path().join("toy/file.part"), vec![7; 1_000_000]).unwrap();
    let server = Server::start(&content, &[]);
    fetch(&server, &manifest_file("toy/file", &content), folder.path()).unwrap();
    assert_eq!(server.ranges(), ["bytes=1000000-", "-"]);
    assert_eq!(fs::read(folder.path().join("toy/file")).unwrap(), content);
}

#[test]
fn a_server_without_ranges_starts_over() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    let server = Server::start(&content, &[Manner::CutAfter(100_000), Manner::NoRanges]);
    fetch(&server, &manifest_file("toy/file", &content), folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("toy/file")).unwrap(), content);
}

#[test]
fn a_wrong_checksum_keeps_nothing() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    let mut file = manifest_file("toy/file", &content);
    file.sha256 = Some("0".repeat(64));
    let error = fetch(&Server::start(&content, &[]), &file, folder.path()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, FetchError::WrongContent { .. }), "{text}");
    assert!(text.contains(&"0".repeat(64)) && text.contains(&sha256(&content)), "{text}");
    assert!(!folder.path().join("toy/file").exists());
    assert_eq!(fs::metadata(folder.path().join("toy/file.part")).unwrap().len(), 0);
}

#[test]
fn more_bytes_than_announced_are_refused() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    let mut file = manifest_file("toy/file", &content);
    file.size = Some(1000);
    let error = fetch(&Server::start(&content, &[]), &file, folder.path()).unwrap_err().to_string();
    assert!(error.contains("expected 1000 bytes, got more"), "{error}");
}

#[test]
fn an_absent_file_is_not_asked_for_twice() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    let server = Server::start(&content, &[Manner::Status(404)]);
    let error = fetch(&server, &manifest_file("toy/file", &content), folder.path()).unwrap_err().to_string();
    assert!(
        error.contains(&format!("{}/owner/repository/{COMMIT}/data/toy/file does not exist", server.host)),
        "{error}"
    );
    assert!(error.contains("put it at"), "{error}");
    assert_eq!(server.ranges().len(), 1);
}

#[test]
fn a_busy_server_is_asked_three_times() {
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    let server = Server::start(&content, &[Manner::Status(503); 9]);
    let error = fetch(&server, &manifest_file("toy/file", &content), folder.path()).unwrap_err().to_string();
    assert!(error.contains("HTTP status 503") && error.contains("run the same command again"), "{error}");
    assert_eq!(server.ranges().len(), 3);
}

/// `git hash-object` of the 16 bytes `what is up, doc?` is a known example of Git's documentation.
#[test]
fn a_git_blob_id_identifies_a_file_without_sha256() {
    let content = b"what is up, doc?";
    let folder = tempfile::tempdir().unwrap();
    let mut file = manifest_file("toy/file", content);
    (file.sha256, file.size) = (None, None);
    file.git_blob = Some("bd9dbf5aae1a3862dd1526723246b20206e5fc37".into());
    assert_eq!(fetch(&Server::start(content, &[]), &file, folder.path()).unwrap(), sha256(content));
    let other = tempfile::tempdir().unwrap();
    let error = fetch(&Server::start(b"what is up, dog?", &[]), &file, other.path()).unwrap_err().to_string();
    assert!(error.contains("expected git blob bd9dbf5a"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    // A file where a folder should be stands for every way in which the system refuses, also for a superuser.
    fs::write(folder.path().join("toy"), "").unwrap();
    let content = content();
    let error = fetch(&Server::start(&content, &[]), &manifest_file("toy/file", &content), folder.path());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("cannot write") && error.contains("toy/file") && error.contains("--data-dir"), "{error}");
}

fn dataset(files: Vec<ManifestFile>) -> Dataset {
    Dataset {
        name: "toy".into(),
        title: "A toy".into(),
        source: "the tests".into(),
        licence: "none".into(),
        nodes: 2,
        edges: 1,
        relations: None,
        classes: Vec::new(),
        files,
    }
}

fn tar_gz(member: &str, content: &[u8]) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, member, content).unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

fn zip(member: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn members_are_unpacked_and_the_archive_is_removed() {
    let triples = b"a\tr\tb\n";
    for (archive_name, bytes) in
        [("toy.tar.gz", tar_gz("in/train.txt", triples)), ("toy.zip", zip("in/train.txt", triples))]
    {
        let address = format!("owner/repository@{COMMIT}:{archive_name}");
        let mut file = manifest_file("toy/train.txt", triples);
        file.address = Address::try_from(format!("{address}!in/train.txt")).unwrap();
        let manifest = Manifest {
            datasets: Vec::new(),
            archives: vec![ssl4rl_data::Archive {
                address: Address::try_from(address).unwrap(),
                size: bytes.len() as u64,
                sha256: sha256(&bytes),
            }],
        };
        let server = Server::start(&bytes, &[]);
        let fetcher = Fetcher::from_host(&manifest, &server.host, Duration::from_millis(1));
        let folder = tempfile::tempdir().unwrap();
        let count = fetch_dataset(&dataset(vec![file]), folder.path(), true, &fetcher, &mut |_| {}).unwrap();
        assert_eq!(count, 1);
        assert_eq!(names(folder.path()), ["toy"]);
        assert_eq!(fs::read(folder.path().join("toy/train.txt")).unwrap(), triples);
    }
}

#[test]
fn a_dataset_that_is_nowhere_is_downloaded_and_loaded() {
    let triples = b"a\tr\tb\n";
    let dataset = dataset(vec![manifest_file("toy/train.txt", triples)]);
    let (empty, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let places = Places {
        search: vec![empty.path().to_owned(), cache.path().to_owned()],
        download: Some(cache.path().to_owned()),
    };
    let manifest = Manifest { datasets: Vec::new(), archives: Vec::new() };
    let offline = load_named(&dataset, &places, None, &mut |_| {}).unwrap_err().to_string();
    let wanted = empty.path().join("toy/train.txt").display().to_string();
    let url = format!("https://raw.githubusercontent.com/owner/repository/{COMMIT}/data/toy/train.txt");
    assert!(offline.contains(&wanted) && offline.contains(&url), "{offline}");

    let server = Server::start(triples, &[]);
    let fetcher = Fetcher::from_host(&manifest, &server.host, Duration::from_millis(1));
    let mut seen = Vec::new();
    let loaded = load_named(&dataset, &places, Some(&fetcher), &mut |progress| seen.push(progress.bytes)).unwrap();
    assert_eq!(loaded.graph.edges().len(), 1);
    assert_eq!(loaded.files, [(cache.path().join("toy/train.txt"), sha256(triples))]);
    assert_eq!(seen.last(), Some(&(triples.len() as u64)));

    fs::write(cache.path().join("toy/train.txt"), b"a\tr\tc\n").unwrap();
    let error = load_named(&dataset, &places, None, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("is not the known file") && error.contains(&sha256(triples)), "{error}");
}

#[test]
fn the_embedded_manifest_is_consistent() {
    let manifest = Manifest::embedded().unwrap();
    for dataset in &manifest.datasets {
        assert!(!dataset.licence.is_empty() && !dataset.source.is_empty());
        for file in &dataset.files {
            assert!(file.sha256.is_some() != file.git_blob.is_some(), "{}: one checksum", file.path);
            assert_eq!(file.sha256.is_some(), file.size.is_some(), "{}", file.path);
            if file.address.member.is_some() {
                assert!(manifest.archive(&file.address.archive()).is_some(), "{}: archive is described", file.path);
            }
        }
    }
}
