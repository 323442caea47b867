//! Models of the hub, from a small server in the test itself and from caches made by hand.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use ssl4rl::model::Source;
use ssl4rl::model::hub::{Hub, HubError, ModelId};
use tempfile::TempDir;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const NAME: &str = "owner/small";

/// A repository: its files, the status it answers with instead where there is one, and what was asked of it.
struct Server {
    endpoint: String,
    /// Path and `Range` header of each request.
    requests: Arc<Mutex<Vec<String>>>,
}

struct Content {
    files: BTreeMap<String, Vec<u8>>,
    status: Option<u16>,
    /// Announces the checksum of other content than it sends.
    lies: bool,
}

impl Server {
    fn start(content: Content) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                // A client that hangs up early is its own affair.
                let _ = answer(stream, &content, &seen);
            }
        });
        Self { endpoint, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, content: &Content, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut range, mut token) = (None, String::new());
    for line in lines {
        let line = line?;
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("range: bytes=") {
            range = Some(value.to_owned());
        }
        if lower.starts_with("authorization: ") {
            line.split(' ').next_back().unwrap_or_default().clone_into(&mut token);
        }
        if line.is_empty() {
            break;
        }
    }
    seen.lock().unwrap().push(format!("{path} {} {token}", range.clone().unwrap_or_default()).trim().to_owned());
    let file = path.strip_prefix(&format!("/{NAME}/resolve/{COMMIT}/")).and_then(|name| content.files.get(name));
    let bytes = if let Some(status) = content.status {
        reply(status, "", b"")
    } else if path == format!("/api/models/{NAME}/revision/main") {
        let siblings: Vec<_> = content.files.keys().map(|name| serde_json::json!({"rfilename": name})).collect();
        reply(200, "", serde_json::json!({"sha": COMMIT, "siblings": siblings}).to_string().as_bytes())
    } else if let Some(bytes) = file {
        part_of(bytes, &range.unwrap_or_default(), content.lies)
    } else {
        reply(404, "", b"")
    };
    stream.write_all(&bytes)
}

fn reply(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} Any\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn part_of(bytes: &[u8], range: &str, lies: bool) -> Vec<u8> {
    let (start, end) = range.split_once('-').unwrap_or(("0", ""));
    let start: usize = start.parse().unwrap_or(0);
    let end = end.parse().map_or(bytes.len(), |last: usize| last + 1).min(bytes.len());
    if start >= bytes.len() {
        return reply(416, "", b"");
    }
    let etag = if lies { sha256(b"other") } else { sha256(bytes) };
    let headers = format!(
        "ETag: \"{etag}\"\r\nX-Repo-Commit: {COMMIT}\r\nContent-Range: bytes {start}-{}/{}\r\n",
        end.saturating_sub(1),
        bytes.len()
    );
    reply(206, &headers, &bytes[start.min(end)..end])
}

fn sha256(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]));
    Sha256::digest(bytes).iter().flat_map(digits).collect()
}

/// A model in two shards, with a file that nobody needs.
fn files() -> BTreeMap<String, Vec<u8>> {
    let index = r#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#;
    [
        ("config.json", "{}"),
        ("tokenizer.json", "{\"of\": \"the model\"}"),
        ("chat_template.jinja", "{{ messages }}"),
        ("model.safetensors.index.json", index),
        ("model-1.safetensors", "the first shard"),
        ("model-2.safetensors", "the second shard"),
        ("flax_model.msgpack", "not needed"),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into()
}

fn serve(change: impl FnOnce(&mut Content)) -> Server {
    let mut content = Content { files: files(), status: None, lies: false };
    change(&mut content);
    Server::start(content)
}

/// An adapter has no `config.json` and no tokenizer of its own.
#[test]
fn an_adapter_of_the_hub_comes_with_its_two_files() {
    let (server, cache) = (
        serve(|content| {
            let files = [("adapter_config.json", "{}"), ("adapter_model.safetensors", "matrices"), ("README.md", "")];
            content.files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
        }),
        tempfile::tempdir().unwrap(),
    );
    let folder = fetch(&server.endpoint, cache.path()).unwrap();
    let mut names: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["adapter_config.json", "adapter_model.safetensors"]);
    let offline = Hub::new("http://127.0.0.1:9", cache.path(), None, true);
    assert_eq!(offline.fetch(&id(), &mut |_| {}).unwrap(), folder);
    assert_eq!(offline.located(NAME, "main"), Some(folder.clone()));
    assert_eq!(offline.located("owner/other", "main"), None);
    fs::remove_file(folder.join("adapter_model.safetensors")).unwrap();
    let error = offline.fetch(&id(), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("\nwanted: adapter_model.safetensors\n"), "{error}");
}

fn id() -> ModelId {
    ModelId::parse(NAME, "main").unwrap()
}

fn fetch(endpoint: &str, cache: &Path) -> Result<PathBuf, HubError> {
    Hub::new(endpoint, cache, None, false).fetch(&id(), &mut |_| {})
}

/// The folder of the model in a cache.
fn home(cache: &TempDir) -> PathBuf {
    cache.path().join("models--owner--small")
}

#[test]
fn a_model_is_fetched_once_and_then_found() {
    let (server, cache) = (serve(|_| {}), tempfile::tempdir().unwrap());
    let mut shown = Vec::new();
    let hub = Hub::new(&server.endpoint, cache.path(), Some("secret"), false);
    let folder = hub.fetch(&id(), &mut |download| shown.push((download.file.to_string(), download.bytes))).unwrap();
    assert_eq!(folder, home(&cache).join("snapshots").join(COMMIT));
    let source = Source::locate(&hub, NAME, "main", &mut |_| {}).unwrap();
    assert_eq!((source.folder(), source.commit().as_deref()), (folder.as_path(), Some(COMMIT)));
    assert_eq!(Source::locate(&hub, cache.path().to_str().unwrap(), "main", &mut |_| {}).unwrap().commit(), None);
    for (name, bytes) in files() {
        assert_eq!(fs::read(folder.join(&name)).ok(), (name != "flax_model.msgpack").then_some(bytes), "{name}");
    }
    assert!(shown.contains(&("model-2.safetensors".to_owned(), 16)), "{shown:?}");
    assert!(server.requests().iter().all(|request| request.ends_with(" secret")), "{:?}", server.requests());
    assert_eq!(fs::read_to_string(home(&cache).join("refs/main")).unwrap(), COMMIT);

    // Of a branch the newest commit is asked for, and nothing more.
    let before = server.requests().len();
    assert_eq!(hub.fetch(&id(), &mut |_| {}).unwrap(), folder);
    assert_eq!(server.requests()[before..], [format!("/api/models/{NAME}/revision/main  secret")]);
    // A commit never changes; and without a network the cache is enough.
    let pinned = ModelId::parse(NAME, COMMIT).unwrap();
    assert_eq!(hub.fetch(&pinned, &mut |_| {}).unwrap(), folder);
    assert_eq!(server.requests().len(), before + 1);
    let offline = Hub::new("http://127.0.0.1:9", cache.path(), None, true);
    assert_eq!(offline.fetch(&id(), &mut |_| {}).unwrap(), folder);
    assert_eq!(fetch("http://127.0.0.1:9", cache.path()).unwrap(), folder);
}

#[test]
fn an_interrupted_download_goes_on() {
    let (server, cache) = (serve(|_| {}), tempfile::tempdir().unwrap());
    let blobs = home(&cache).join("blobs");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(format!("{}.part", sha256(b"the second shard"))), "the sec").unwrap();
    let folder = fetch(&server.endpoint, cache.path()).unwrap();
    assert_eq!(fs::read(folder.join("model-2.safetensors")).unwrap(), b"the second shard");
    assert!(
        server.requests().iter().any(|request| request.ends_with("model-2.safetensors 7-")),
        "{:?}",
        server.requests()
    );

    // One that was whole but had not got its name yet.
    let cache = tempfile::tempdir().unwrap();
    let blobs = home(&cache).join("blobs");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(format!("{}.part", sha256(b"the first shard"))), "the first shard").unwrap();
    let folder = fetch(&server.endpoint, cache.path()).unwrap();
    assert_eq!(fs::read(folder.join("model-1.safetensors")).unwrap(), b"the first shard");
}

#[test]
fn content_with_another_checksum_is_not_kept() {
    let (server, cache) = (serve(|content| content.lies = true), tempfile::tempdir().unwrap());
    let error = fetch(&server.endpoint, cache.path()).unwrap_err();
    assert!(matches!(error, HubError::WrongContent { .. }), "{error}");
    assert!(!home(&cache).join("snapshots").join(COMMIT).join("config.json").exists());
}

#[test]
fn refusals_tell_what_to_do() {
    let told = |server: &Server| {
        let cache = tempfile::tempdir().unwrap();
        fetch(&server.endpoint, cache.path()).unwrap_err().to_string()
    };
    let denied = told(&serve(|content| content.status = Some(401)));
    assert!(denied.contains("`owner/small` (HTTP status 401)") && denied.contains("set `HF_TOKEN`"), "{denied}");
    let absent = told(&serve(|content| content.status = Some(404)));
    assert!(absent.contains("the hub has no model `owner/small`"), "{absent}");
    let broken = told(&serve(|content| content.status = Some(503)));
    assert!(broken.starts_with("cannot reach http://127.0.0.1:") && broken.contains("503"), "{broken}");
    let without = told(&serve(|content| {
        content.files.remove("model.safetensors.index.json");
    }));
    assert!(without.contains("lacks model.safetensors (or model.safetensors.index.json"), "{without}");
    let cache = tempfile::tempdir().unwrap();
    let unreachable = fetch("http://127.0.0.1:9", cache.path()).unwrap_err();
    assert!(matches!(unreachable, HubError::Network { began: false, .. }), "{unreachable}");
    assert!(!unreachable.to_string().contains("go on where it stopped"), "{unreachable}");
    assert!(!unreachable.is_usage());
}

#[test]
fn offline_lists_what_is_wanted_and_where() {
    let cache = tempfile::tempdir().unwrap();
    let offline = Hub::new("http://127.0.0.1:9", cache.path(), None, true);
    let error = offline.fetch(&id(), &mut |_| {}).unwrap_err();
    assert!(error.is_usage());
    let text = error.to_string();
    assert!(text.contains("wanted: config.json, tokenizer.json, model.safetensors (or"), "{text}");
    assert!(text.contains(&format!("{}/snapshots/COMMIT", home(&cache).display())), "{text}");

    let snapshot = home(&cache).join("snapshots").join(COMMIT);
    fs::create_dir_all(&snapshot).unwrap();
    fs::create_dir_all(home(&cache).join("refs")).unwrap();
    fs::write(home(&cache).join("refs/main"), COMMIT).unwrap();
    for (name, bytes) in files().into_iter().filter(|(name, _)| name != "model-2.safetensors") {
        fs::write(snapshot.join(name), bytes).unwrap();
    }
    let text = offline.fetch(&id(), &mut |_| {}).unwrap_err().to_string();
    assert!(text.contains("wanted: model-2.safetensors\n"), "{text}");
    fs::write(snapshot.join("model-2.safetensors"), "whole").unwrap();
    assert_eq!(offline.fetch(&id(), &mut |_| {}).unwrap(), snapshot);
}

#[test]
fn a_folder_goes_before_the_hub_and_a_path_is_never_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::new("http://127.0.0.1:9", folder.path(), None, true);
    let named = folder.path().to_str().unwrap();
    assert_eq!(hub.locate(named, "main", &mut |_| {}).unwrap(), folder.path());
    for path in ["nofolder", "../policy", "/nowhere/policy", "a/b/c", "", "owner/.hidden", "owner/name@../../x"] {
        let error = hub.locate(path, "main", &mut |_| {}).unwrap_err();
        assert!(matches!(error, HubError::NoSuchFolder { .. }), "{path}: {error}");
    }
    for file in ["config.toml", "status.json"] {
        fs::write(folder.path().join(file), "").unwrap();
    }
    let run = hub.locate(named, "main", &mut |_| {}).unwrap_err().to_string();
    assert!(run.contains("is the folder of a run") && run.contains(&format!("{named}/checkpoints/step-N")), "{run}");
    let file = hub.locate(&format!("{named}/status.json"), "main", &mut |_| {}).unwrap_err();
    assert!(matches!(file, HubError::NotAFolder { .. }), "{file}");
}
