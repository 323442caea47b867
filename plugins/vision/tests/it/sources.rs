//! Albums: scenes, folders, the split, bad files, bounded memory.

use std::fs;

use ssl4rl_tasks::{Modality, Place, Split, TaskRng};
use ssl4rl_vision::Pictures;
use ssl4rl_vision::picture::Picture;
use ssl4rl_vision::source::{Album, AlbumOptions, SourceError, open, open_with};

fn png(shade: u8) -> Vec<u8> {
    Picture::from_pixels(40, 30, |x, y| [shade, x as u8, y as u8]).unwrap().encode_png().unwrap()
}

#[test]
fn scenes_are_what_their_name_says() {
    let album = open("scenes:size=56,count=30,seed=4").unwrap();
    assert_eq!((album.len(), album.name()), (30, "scenes:size=56,count=30,seed=4"));
    let first = album.picture(0).unwrap();
    assert_eq!((first.width(), first.height()), (56, 56));
    assert_ne!(first, album.picture(1).unwrap());
    assert_eq!(first, open("scenes:size=56,count=9,seed=4").unwrap().picture(0).unwrap());
    assert_ne!(first, open("scenes:size=56,seed=5").unwrap().picture(0).unwrap());
    assert!(album.picture(30).is_none());
    for wrong in
        ["scenes:size=0", "scenes:size=9999", "scenes:count=0", "scenes:sice=84", "scenes:size", "scenes:seed=-1"]
    {
        let error = open(wrong).err().unwrap();
        assert!(matches!(error, SourceError::Scenes { .. }), "{error}");
    }
    assert!(matches!(open("no-such-thing"), Err(SourceError::Missing { .. })));
}

#[test]
fn scenes_have_the_same_pixels_everywhere() {
    // Digests of today's drawing: a change of any pixel, on any platform, shows.
    let album = open("scenes:size=84,count=3").unwrap();
    let digests: Vec<String> = (0..3).map(|index| format!("{:016x}", album.picture(index).unwrap().digest())).collect();
    assert_eq!(digests, ["21457b7b266a7df8", "faa5ce276423b1a8", "cdfb1f583a66afaa"]);
}

#[test]
fn up_is_up() {
    // The upper fifth of a scene is sky: bluer or brighter than the lower fifth in the mean of many, and never equal.
    let album = open("scenes:size=56,count=200").unwrap();
    for index in 0..200 {
        let scene = album.picture(index).unwrap();
        let band = |from: usize| scene.crop(ssl4rl_vision::picture::Area::new(0, from, 56, 11)).mean_colour();
        let [sky, ground] = [band(0), band(45)].map(|colour| i32::from(colour[2]) - i32::from(colour[1]));
        assert!(sky > ground, "scene {index}");
    }
}

#[test]
fn folders_are_read_by_content() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("b.png", &png(1));
    write("sub/a.jpg", &png(2)); // a PNG file by content
    write("sub/again.png", &png(1));
    write("empty.png", b"");
    write("text.jpg", b"this is no picture");
    write("notes.txt", b"not looked at");
    write(".hidden.png", &png(3));
    let broken = png(4);
    write("z.png", &broken[..broken.len() / 2]);
    let album = open(folder.path().to_str().unwrap()).unwrap();
    let names: Vec<&str> = (0..album.len()).map(|index| album.entry(index).unwrap().0).collect();
    assert_eq!(names, ["b.png", "sub/a.jpg", "z.png"]);
    assert_eq!(album.repeated(), 1);
    let reasons = |album: &Album| album.skipped().into_iter().map(|file| file.name).collect::<Vec<_>>();
    assert_eq!(reasons(&album), ["empty.png", "text.jpg"]);
    // What is broken behind a sound head shows when it is asked for, once.
    assert!(album.picture(2).is_none() && album.picture(2).is_none());
    assert_eq!(reasons(&album), ["empty.png", "text.jpg", "z.png"]);
    assert!(album.picture(1).is_some());
    let single = open(folder.path().join("b.png").to_str().unwrap()).unwrap();
    assert_eq!(single.len(), 1);
}

#[test]
fn a_folder_without_pictures_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.png"), b"").unwrap();
    let error = open(folder.path().to_str().unwrap()).err().unwrap().to_string();
    assert!(error.contains("none of 1 files") && error.contains("a.png: the file is empty"), "{error}");
}

#[test]
fn a_file_that_changes_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.png"), png(1)).unwrap();
    fs::write(folder.path().join("b.png"), png(2)).unwrap();
    let album = open(folder.path().to_str().unwrap()).unwrap();
    fs::write(folder.path().join("b.png"), png(1)).unwrap();
    assert!(album.picture(1).is_none());
    assert!(album.skipped()[0].reason.contains("changed"));
}

#[test]
fn pictures_of_one_split_are_never_of_another() {
    let album = open("scenes:count=500").unwrap();
    let [training, held_out] = [Split::Train, Split::HeldOut].map(|split| album.of_split(split));
    assert_eq!(training, album.of_split(Split::WarmStart));
    assert_eq!(training.len() + held_out.len(), 500);
    assert!(held_out.iter().all(|index| !training.contains(index)));
    let examples = album.of_split(Split::Examples);
    assert!(!examples.is_empty() && examples.iter().all(|index| training.contains(index)));
    // Content decides, not the place: the same files in another album are on the same sides.
    let files = |from: u8| (from..from + 40).map(|shade| (format!("{shade}"), png(shade)));
    let one = Album::of_files("one", files(0), AlbumOptions::default()).unwrap();
    let other = Album::of_files("other", files(10), AlbumOptions::default()).unwrap();
    for &index in other.of_split(Split::HeldOut) {
        let (name, hash) = other.entry(index).unwrap();
        let there = (0..one.len()).find(|&index| one.entry(index) == Some((name, hash)));
        assert!(there.is_none_or(|index| !one.of_split(Split::Train).contains(&index)), "{name}");
    }
}

#[test]
fn memory_is_bounded() {
    const BOUND: usize = 200_000;
    let album = open_with("scenes:count=100", AlbumOptions { cache_bytes: BOUND, ..AlbumOptions::default() }).unwrap();
    let before = album.picture(0).unwrap();
    for index in 0..100 {
        album.picture(index).unwrap();
        assert!(album.cached_bytes() <= BOUND);
    }
    assert_eq!(before, album.picture(0).unwrap());
}

#[test]
fn files_beyond_the_limit_are_skipped_unread() {
    let folder = tempfile::tempdir().unwrap();
    let (small, large) = (png(1), png(2));
    fs::write(folder.path().join("small.png"), &small).unwrap();
    let padded = [large, vec![0; 10_000]].concat();
    fs::write(folder.path().join("large.png"), &padded).unwrap();
    let limited = |file_bytes| {
        let options = AlbumOptions { file_bytes, ..AlbumOptions::default() };
        open_with(folder.path().to_str().unwrap(), options).unwrap()
    };
    let album = limited(padded.len() as u64 - 1);
    let expected = format!("it has {} bytes, at most {} are read", padded.len(), padded.len() - 1);
    assert_eq!((album.len(), album.skipped()[0].reason.as_str()), (1, expected.as_str()));
    assert_eq!(limited(padded.len() as u64).len(), 2);
}

#[test]
fn what_a_file_is_its_content_says_and_not_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let jpeg = Picture::filled(30, 20, [9; 3]).unwrap().encode_jpeg(90).unwrap();
    for (name, bytes) in [("a.png", &jpeg), ("b", &png(1)), ("c.txt", &png(2)), ("notes.txt", &b"BM or not".to_vec())] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let album = open(folder.path().to_str().unwrap()).unwrap();
    let names: Vec<&str> = (0..album.len()).map(|index| album.entry(index).unwrap().0).collect();
    assert_eq!((names, album.skipped()), (vec!["a.png", "b", "c.txt"], vec![]));
}

#[test]
fn what_is_left_out_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let first_note = || Pictures.open(place, &Place::default()).unwrap().notes.remove(0);
    fs::write(folder.path().join("a.png"), png(1)).unwrap();
    assert_eq!(first_note(), format!("{place}: 1 picture"));
    fs::write(folder.path().join("b.png"), png(2)).unwrap();
    fs::write(folder.path().join("copy.png"), png(1)).unwrap();
    assert_eq!(first_note(), format!("{place}: 2 pictures, without 1 equal copy"));
    fs::write(folder.path().join("again.png"), png(1)).unwrap();
    fs::write(folder.path().join("c.BMP"), b"BM\x46\0\0\0").unwrap();
    fs::write(folder.path().join("d.tiff"), b"II*\0").unwrap();
    assert_eq!(first_note(), format!("{place}: 2 pictures, without 2 equal copies and 2 that cannot be read"));
    let notes = Pictures.open(place, &Place::default()).unwrap().notes.join("\n");
    assert!(notes.contains("skipped c.BMP: ") && notes.contains("skipped d.tiff: "), "{notes}");
}

#[test]
fn draws_without_a_question_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    for shade in 0..30 {
        let flat = Picture::filled(90, 90, [shade, 9, 9]).unwrap();
        fs::write(folder.path().join(format!("{shade}.png")), flat.encode_png().unwrap()).unwrap();
    }
    let opened = Pictures.open(folder.path().to_str().unwrap(), &Place::default()).unwrap();
    let task = ssl4rl_vision::tasks::registry().unwrap().build("vision/rotation", None).unwrap();
    let asked = task.sample(&*opened.input, &mut TaskRng::new(0, task.name(), Split::Train, 0), 0);
    assert!(asked.is_err());
    let notes = Pictures.found_in_use(&*opened.input);
    let draws = opened.input.downcast_ref::<Album>().unwrap().draws();
    assert_eq!(notes, [format!("{draws} pictures drawn, {draws} times without a question: {draws} too little to see")]);
}

#[test]
fn a_source_of_few_pictures_says_that_it_is_one() {
    let notes = |name: &str| Pictures.open(name, &Place::default()).unwrap().notes.join("\n");
    assert!(notes("scenes:count=15").contains("few pictures: "), "{}", notes("scenes:count=15"));
    assert!(!notes("scenes").contains("few pictures"));
}

#[test]
fn scenes_without_a_seed_are_drawn_from_the_runs() {
    let of_seed = |name: &str, seed| open_with(name, AlbumOptions { seed, ..AlbumOptions::default() }).unwrap();
    let album = of_seed("scenes:count=9", 5);
    assert_eq!(album.name(), "scenes:size=84,count=9,seed=5");
    assert_eq!(album.picture(3), open("scenes:count=9,seed=5").unwrap().picture(3));
    assert_ne!(album.picture(3), of_seed("scenes:count=9", 6).picture(3));
    assert_eq!(of_seed("scenes:count=9,seed=2", 5).name(), "scenes:size=84,count=9,seed=2");
    assert_eq!(of_seed("scenes", 7).name(), "scenes:size=84,count=4096,seed=7");
    assert!(album.files().is_empty());
}

#[test]
fn checksums_are_those_of_sha256sum() {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::copy(golden.join("files/palette.png"), folder.path().join("palette.png")).unwrap();
    fs::copy(golden.join("files/rgb.jpg"), folder.path().join("sub/b.jpg")).unwrap();
    fs::write(folder.path().join("bad.png"), "abc").unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    let read = |path: &std::path::Path| open(path.to_str().unwrap()).unwrap().files().to_vec();
    // Printed by coreutils 9.1: `… | xargs sha256sum | sha256sum` over the three files that are looked at.
    let expected = "4d389dd36577fc0a07f14c49b8d07cf6f19e889b3ceba2f71a737d26c2675064";
    assert_eq!(read(folder.path()), [(folder.path().to_owned(), expected.to_owned())]);
    fs::rename(folder.path().join("bad.png"), folder.path().join("worse.png")).unwrap();
    assert_ne!(read(folder.path())[0].1, expected);
    for (file, expected) in [
        ("tables/blink.parquet", "fdd6b7d541412688518ddbc23356e4b4e5f289759a6d115bf5676b3f10527e45"),
        ("files/palette.png", "cf93fb6d21510998bd717865a3866d85090ef48ef6e4adef6cede23aaa2640bd"),
    ] {
        assert_eq!(read(&golden.join(file)), [(golden.join(file), expected.to_owned())]);
    }
}

#[test]
fn pictures_and_what_is_made_of_them_know_their_source() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/a.png"), png(1)).unwrap();
    let album = open(folder.path().to_str().unwrap()).unwrap();
    let picture = album.square(0, 84).unwrap();
    let turned = picture.quarter_turned(1).turned_centre(45, 40, 40).resized(60, 60).grey().blurred(2);
    let source = format!("sub{}a.png", std::path::MAIN_SEPARATOR);
    assert_eq!(turned.through_jpeg(50).unwrap().shrunk(9).source(), Some(source.as_str()));
    assert_eq!(Picture::filled(2, 2, [0; 3]).unwrap().source(), None);
}

#[test]
fn photographs_open() {
    let Some(folder) = crate::folder("SSL4RL_DATA", "images") else { return };
    let album = open(folder.to_str().unwrap()).unwrap();
    assert!(album.len() >= 10 && album.skipped().is_empty());
    assert!(album.of_split(Split::HeldOut).len() >= 2);
    let square = album.square(0, 84).unwrap();
    assert_eq!((square.width(), square.height()), (84, 84));
}
