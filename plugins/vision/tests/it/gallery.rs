//! The gallery in `docs` shows what the tasks are today, with a picture of each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use ssl4rl_tasks::gallery::{Exhibit, page};
use ssl4rl_tasks::{Split, TaskRng};
use ssl4rl_vision::picture::{Picture, decode};
use ssl4rl_vision::source::open;
use ssl4rl_vision::{sheet, tasks};

/// Set to write the gallery instead of comparing it.
const UPDATE: &str = "SSL4RL_UPDATE_GALLERY";

/// How the page comes to be, for its head.
const HOW: &str = "`ssl4rl vision tasks show NAME` writes more. This page and its pictures are written by a test: \
                   `SSL4RL_UPDATE_GALLERY=1 cargo test -p ssl4rl-vision --test it -- gallery`.";

/// The page, and for each task the file of its picture and the picture.
fn gallery() -> (String, Vec<(String, Picture)>) {
    let registry = tasks::registry().unwrap();
    let album = Arc::new(open("scenes").unwrap());
    let mut pictures = Vec::new();
    let plain = page(&registry, "vision", &[Exhibit { name: "scenes", input: album.clone() }]).unwrap();
    let how = "`ssl4rl tasks show NAME --dataset …` prints more. This page is written by `ssl4rl tasks gallery`.";
    assert!(plain.contains(how));
    let plain = plain.replace(how, &format!("Above each text stand the pictures of its prompt, in order. {HOW}"));
    let mut text = String::new();
    for line in plain.lines() {
        // Each blob is named in the text; the picture above it shows them all.
        let _ = writeln!(text, "{}", line.replace("[image/png]", ""));
        let Some(name) = line.strip_prefix("## `vision/").and_then(|rest| rest.strip_suffix('`')) else { continue };
        let task = registry.build(&format!("vision/{name}"), None).unwrap();
        let sample = task.sample(&*album, &mut TaskRng::new(0, task.name(), Split::Train, 0), 0).unwrap();
        let shown = sheet::sheet(&sheet::pictures(&sample.prompt).unwrap()).unwrap();
        let _ = writeln!(text, "\n![pictures of the sample](vision-tasks/{name}.png)");
        pictures.push((format!("{name}.png"), shown));
    }
    (text, pictures)
}

#[test]
fn the_page_of_vision_tasks_is_current() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let (text, pictures) = gallery();
    if std::env::var_os(UPDATE).is_some() {
        fs::create_dir_all(docs.join("vision-tasks")).unwrap();
        fs::write(docs.join("vision-tasks.md"), &text).unwrap();
        for (file, picture) in &pictures {
            fs::write(docs.join("vision-tasks").join(file), picture.encode_png().unwrap()).unwrap();
        }
    }
    let hint = "differs; refresh it with `SSL4RL_UPDATE_GALLERY=1 cargo test -p ssl4rl-vision --test it -- gallery`";
    let kept = fs::read_to_string(docs.join("vision-tasks.md")).unwrap_or_default();
    assert!(kept == text, "docs/vision-tasks.md {hint}");
    for (file, picture) in pictures {
        let kept = fs::read(docs.join("vision-tasks").join(&file)).ok().and_then(|bytes| decode(&bytes).ok());
        assert!(kept.as_ref() == Some(&picture), "docs/vision-tasks/{file} {hint}");
    }
    assert_eq!(fs::read_dir(docs.join("vision-tasks")).unwrap().count(), text.matches("![").count(), "files {hint}");
}
