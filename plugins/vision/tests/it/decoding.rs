//! Every kind of file becomes the RGB that it means, and every bad one an error.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;
use ssl4rl_vision::picture::{Limits, Picture, PictureError, decode, decode_upright, decode_within, dimensions};
use ssl4rl_vision::source::{Album, AlbumOptions};

#[derive(Deserialize)]
struct Expected {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/files").join(name)).unwrap()
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_slice(&file("expected.json")).unwrap()
}

#[test]
fn every_kind_of_file_is_what_pillow_reads() {
    for (name, expected) in expected() {
        let picture = decode(&file(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((picture.width(), picture.height()), (expected.width, expected.height), "{name}");
        assert_eq!(dimensions(&file(&name)).unwrap(), (expected.width, expected.height), "{name}");
        // Decoders of JPEG differ by a few levels.
        let tolerance = if Path::new(&name).extension().is_some_and(|extension| extension == "jpg") { 4 } else { 0 };
        let furthest = picture.rgb().iter().zip(&expected.rgb).map(|(left, right)| left.abs_diff(*right)).max();
        assert!(furthest <= Some(tolerance), "{name}: {furthest:?} levels");
    }
}

#[test]
fn photographs_are_turned_as_their_camera_was_held() {
    // Orientation 6: the first row of the file is the right side of what was seen.
    let stored = decode(&file("oriented.jpg")).unwrap();
    let upright = decode_upright(&file("oriented.jpg"), &Limits::default()).unwrap();
    assert_eq!((upright.width(), upright.height()), (stored.height(), stored.width()));
    for at in 0..stored.width() {
        assert_eq!(upright.pixel(upright.width() - 1, at), stored.pixel(at, 0));
        assert_eq!(upright.pixel(0, at), stored.pixel(at, stored.height() - 1));
    }
    for name in ["rgb.jpg", "rgb.png", "lossless.webp", "still.gif"] {
        assert_eq!(decode_upright(&file(name), &Limits::default()).unwrap(), decode(&file(name)).unwrap(), "{name}");
    }
    let album = Album::of_files("one", [("a".to_owned(), file("oriented.jpg"))], AlbumOptions::default()).unwrap();
    assert_eq!(*album.picture(0).unwrap(), upright);
}

#[test]
fn what_is_cut_short_is_an_error() {
    // The first of two frames is whole before the file is.
    for name in expected().keys().filter(|name| !name.starts_with("animated")) {
        let whole = file(name);
        for share in [1, 2, 4, 6, 8, 9] {
            let cut = &whole[..whole.len() * share / 10];
            assert!(decode(cut).is_err(), "{name}, {share} tenths");
        }
    }
}

#[test]
fn what_is_no_picture_is_told_apart() {
    assert!(matches!(decode(b""), Err(PictureError::Empty)));
    for bytes in [&b"\0"[..], b"RIFF", b"%PDF-1.7", b"<svg></svg>", b"BM\0\0\0\0", b"II*\0\x08\0\0\0"] {
        assert!(matches!(decode(bytes), Err(PictureError::UnknownFormat { .. })), "{bytes:?}");
    }
    let error = decode(b"%PDF-1.7").unwrap_err().to_string();
    assert!(error.contains("25 50 44 46") && error.contains("PNG, JPEG, WebP or GIF"), "{error}");
}

/// A PNG file that claims a size and holds next to nothing.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Picture::filled(1, 1, [0; 3]).unwrap().encode_png().unwrap();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

/// The checksum of PNG, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[test]
fn what_is_too_large_is_refused_by_its_head() {
    for (width, height) in [(30_000, 10), (10, 30_000), (u32::MAX >> 1, u32::MAX >> 1), (16_384, 16_384)] {
        let error = decode(&claiming(width, height)).unwrap_err();
        let told = matches!(error, PictureError::TooLarge { .. } | PictureError::Overlarge { .. });
        assert!(told, "{width}x{height}: {error}");
    }
    // Within the limits, but without the pixels.
    assert!(!matches!(decode(&claiming(4000, 4000)), Ok(_) | Err(PictureError::TooLarge { .. })));
    let small = Limits { longest_side: 8, pixels: 64 };
    let nine = Picture::filled(9, 2, [0; 3]).unwrap().encode_png().unwrap();
    let error = decode_within(&nine, &small).unwrap_err().to_string();
    assert!(error.contains("9x2") && error.contains("at most 8 pixels a side"), "{error}");
}

#[test]
fn one_pixel_is_a_picture() {
    let picture = Picture::filled(1, 1, [1, 2, 3]).unwrap();
    assert_eq!(decode(&picture.encode_png().unwrap()).unwrap(), picture);
    assert_eq!(picture.resized(28, 56).pixel(27, 55), [1, 2, 3]);
}

proptest! {
    #[test]
    fn damaged_files_never_panic(
        which in 0_usize..17, damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let names: Vec<String> = expected().into_keys().collect();
        let mut bytes = file(&names[which % names.len()]);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let limits = Limits { longest_side: 512, pixels: 1 << 16 };
        let _ = (decode_within(&bytes, &limits), decode_upright(&bytes, &limits));
    }
}
