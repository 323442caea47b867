//! Parquet and TSV files that other programs wrote, against what was put into them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ssl4rl_vision::picture::{Picture, decode};
use ssl4rl_vision::source::{SourceError, open};
use ssl4rl_vision::table::{Row, rows};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tables").join(name)
}

/// Numbers of the flat pictures of the golden files in a column.
fn pictures(row: &Row, column: &str) -> Vec<u8> {
    row.files(column).into_iter().map(|file| (decode(file).unwrap().pixel(5, 5)[0] + 5) / 10).collect()
}

#[test]
fn rows_of_blink_have_up_to_four_pictures() {
    let rows: Vec<Row> = rows(&golden("blink.parquet")).unwrap().map(Result::unwrap).collect();
    let columns = ["image_1", "image_2", "image_3", "image_4"];
    let shown: Vec<Vec<u8>> =
        rows.iter().map(|row| columns.iter().flat_map(|column| pictures(row, column)).collect()).collect();
    assert_eq!(shown, [vec![1, 2], vec![3], vec![1, 4, 5, 6], vec![]]);
    assert_eq!(rows[1].text("answer"), Some("hidden"));
    assert_eq!(rows[0].texts("choices"), ["one", "two"]);
}

#[test]
fn lists_and_numbers_are_read() {
    let rows: Vec<Row> = rows(&golden("lists.parquet")).unwrap().map(Result::unwrap).collect();
    assert_eq!((pictures(&rows[0], "image"), pictures(&rows[1], "image")), (vec![1, 2], vec![]));
    assert_eq!((rows[0].text("question_id"), rows[1].text("question_id")), (Some("5"), Some("-6")));
}

#[test]
fn tab_separated_rows_follow_references() {
    let rows: Vec<_> = rows(&golden("mmbench.tsv")).unwrap().collect();
    assert_eq!(rows.len(), 7);
    let row = |at: usize| rows[at].as_ref().unwrap();
    assert_eq!([0, 1, 2, 5].map(|at| pictures(row(at), "image")), [vec![1], vec![1], vec![2, 3], vec![]]);
    assert_eq!(row(0).text("question"), Some("What is \"this\"?"));
    assert_eq!(row(2).text("question"), Some("Two lines\nof text"));
    assert_eq!(row(2).text("B"), None);
    assert!(rows[3].as_ref().unwrap_err().to_string().contains("`77`"));
    assert!(rows[4].as_ref().unwrap_err().to_string().contains("base64"));
}

/// A file in the form of `VLMEvalKit`, with rows of an index and an image.
fn tsv(rows: &[(usize, String)]) -> tempfile::NamedTempFile {
    let mut text = "index\tquestion\timage\n".to_owned();
    for (index, image) in rows {
        writeln!(text, "{index}\t\"line\nof {index}\"\t{image}").unwrap();
    }
    let file = tempfile::Builder::new().suffix(".tsv").tempfile().unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

/// A picture of one colour as base64.
fn encoded(shade: u8) -> String {
    use base64::Engine;
    let file = Picture::filled(12, 8, [shade * 10, 100, 200]).unwrap().encode_png().unwrap();
    base64::engine::general_purpose::STANDARD.encode(file)
}

#[test]
fn references_lead_forwards_and_backwards() {
    let table =
        tsv(&[(1, "3".into()), (2, encoded(2)), (3, encoded(3)), (4, "2".into()), (5, "3".into()), (6, "4".into())]);
    let rows: Vec<_> = rows(table.path()).unwrap().collect();
    let shown: Vec<Vec<u8>> = rows[..5].iter().map(|row| pictures(row.as_ref().unwrap(), "image")).collect();
    assert_eq!(shown, [[3], [2], [3], [2], [3]]);
    // A row that refers on holds no image itself.
    assert!(rows[5].as_ref().unwrap_err().to_string().contains("row 5: its image is that of row `4`"));
    assert_eq!(rows.len(), 6);
}

#[test]
fn text_in_another_encoding_spoils_its_row_alone() {
    let table = tsv(&[(1, encoded(1)), (2, encoded(2)), (3, "1".into())]);
    let mut bytes = fs::read(table.path()).unwrap();
    let at = bytes.windows(4).position(|four| four == b"of 2").unwrap();
    bytes[at] = 0xff;
    fs::write(table.path(), bytes).unwrap();
    let read: Vec<bool> = rows(table.path()).unwrap().map(|row| row.is_ok()).collect();
    assert_eq!(read, [true, false, true]);
}

#[test]
fn tables_make_albums() {
    let album = open(golden("blink.parquet").to_str().unwrap()).unwrap();
    // Picture 1 stands in two rows.
    assert_eq!((album.len(), album.repeated()), (6, 1));
    assert_eq!(album.skipped()[0].reason, "the table holds no bytes of it, only the path lost.png");
    assert_eq!(album.entry(1).unwrap().0, "blink.parquet row 0, image_2");
    assert_eq!(*album.picture(1).unwrap(), Picture::filled(12, 8, [20, 100, 200]).unwrap());
    // All tables of a folder: pictures 1 to 6, and 7 and 8, which are base64 and plain bytes.
    let album = open(golden("").to_str().unwrap()).unwrap();
    assert_eq!(album.len(), 8);
    assert!(album.skipped().iter().any(|file| file.reason == "none of its columns holds pictures: label"));
}

#[test]
fn broken_tables_are_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(golden("blink.parquet")).unwrap();
    for (name, bytes) in [("cut.parquet", &whole[..whole.len() / 2]), ("empty.parquet", &[]), ("text.parquet", b"abc")]
    {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = open(path.to_str().unwrap()).err().unwrap();
        assert!(matches!(error, SourceError::Table(_)), "{name}: {error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let none = open(golden("no_pictures.parquet").to_str().unwrap()).err().unwrap().to_string();
    assert!(none.contains("none of its columns holds pictures: label"), "{none}");
    // Beside a sound table broken ones are skipped.
    fs::write(folder.path().join("whole.parquet"), &whole).unwrap();
    let album = open(folder.path().to_str().unwrap()).unwrap();
    assert_eq!((album.len(), album.skipped().len()), (6, 4));
}

#[test]
fn damaged_tables_never_panic() {
    let whole = fs::read(golden("blink.parquet")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.parquet");
    for at in (0..whole.len()).step_by(whole.len() / 120) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&path, bytes).unwrap();
        if let Ok(rows) = rows(&path) {
            for _ in rows.take(20) {}
        }
    }
}
