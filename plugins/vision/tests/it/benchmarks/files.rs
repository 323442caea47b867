//! Files of published schemas, written for the tests.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use ssl4rl_vision::picture::decode;
use ssl4rl_vision::source;

/// A question of BLINK.
#[derive(Debug, Clone)]
pub(crate) struct BlinkRow {
    pub(crate) id: String,
    pub(crate) task: &'static str,
    pub(crate) images: usize,
    pub(crate) answer: &'static str,
}

const SCHEMA: &str = "
message schema {
  optional binary idx (UTF8);
  optional binary question (UTF8);
  optional binary sub_task (UTF8);
  optional binary prompt (UTF8);
  optional group image_1 { optional binary bytes; optional binary path (UTF8); }
  optional group image_2 { optional binary bytes; optional binary path (UTF8); }
  optional group image_3 { optional binary bytes; optional binary path (UTF8); }
  optional group image_4 { optional binary bytes; optional binary path (UTF8); }
  optional group choices (LIST) { repeated group list { optional binary element (UTF8); } }
  optional binary answer (UTF8);
  optional binary explanation (UTF8);
}";

/// Small encoded pictures: of the photographs where they are, else drawn.
pub(crate) fn images(count: usize) -> Vec<Vec<u8>> {
    let photographs = crate::folder("SSL4RL_DATA", "images").map(|folder| {
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "png"));
        paths.sort();
        paths
    });
    let drawn = source::open("scenes:size=56,count=64").unwrap();
    (0..count)
        .map(|number| match &photographs {
            Some(paths) => decode(&std::fs::read(&paths[number % paths.len()]).unwrap()).unwrap().resized(56, 56),
            None => (*drawn.picture(number % 64).unwrap()).clone(),
        })
        .map(|picture| picture.encode_png().unwrap())
        .collect()
}

/// A picture as a cell of a TSV file.
pub(crate) fn base64_image() -> String {
    base64::engine::general_purpose::STANDARD.encode(&images(1)[0])
}

/// Writes rows of BLINK's schema.
pub(crate) fn blink(path: &Path, rows: &[BlinkRow]) {
    let pictures = images(4);
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
    let some = |value: ByteArray| (Some(value), 1);
    column(&mut group, rows.iter().map(|row| some(text(&row.id))));
    column(&mut group, rows.iter().map(|_| some(text("What is it?"))));
    column(&mut group, rows.iter().map(|row| some(text(row.task))));
    column(
        &mut group,
        rows.iter().map(|_| some(text("What is it?\nSelect from the following choices.\n(A) this\n(B) that"))),
    );
    for (image, picture) in pictures.iter().enumerate() {
        // A record that is absent, or one without a path.
        let here = |row: &BlinkRow| image < row.images;
        column(
            &mut group,
            rows.iter().map(|row| if here(row) { (Some(ByteArray::from(picture.clone())), 2) } else { (None, 0) }),
        );
        column(&mut group, rows.iter().map(|row| (None, i16::from(here(row)))));
    }
    choices(&mut group, rows.len());
    column(&mut group, rows.iter().map(|row| some(text(row.answer))));
    column(&mut group, rows.iter().map(|_| (None, 0)));
    group.close().unwrap();
    writer.close().unwrap();
}

/// Writes images with the numbers of their classes, as `ImageNet` is published.
pub(crate) fn classes(path: &Path, labels: &[i64]) {
    let schema = "message schema {
      optional group image { optional binary bytes; optional binary path (UTF8); }
      optional int64 label;
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    column(&mut group, images(labels.len()).into_iter().map(|picture| (Some(ByteArray::from(picture)), 2)));
    column(&mut group, labels.iter().map(|_| (None, 1)));
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(labels, Some(&vec![1; labels.len()]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

/// Values with their definition levels.
fn column(group: &mut SerializedRowGroupWriter<'_, File>, cells: impl Iterator<Item = (Option<ByteArray>, i16)>) {
    let (values, levels): (Vec<_>, Vec<_>) = cells.unzip();
    let values: Vec<ByteArray> = values.into_iter().flatten().collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).unwrap();
    column.close().unwrap();
}

/// Two options a row.
fn choices(group: &mut SerializedRowGroupWriter<'_, File>, rows: usize) {
    let values: Vec<ByteArray> = (0..rows).flat_map(|_| ["this", "that"]).map(ByteArray::from).collect();
    let repetition: Vec<i16> = (0..rows).flat_map(|_| [0, 1]).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&values, Some(&vec![3; 2 * rows]), Some(&repetition)).unwrap();
    column.close().unwrap();
}

/// Writes a TSV file as Python's writers do.
pub(crate) fn tsv(path: &Path, header: &[&str], rows: &[Vec<String>]) {
    let mut writer = csv::WriterBuilder::new().delimiter(b'\t').from_path(path).unwrap();
    writer.write_record(header).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.flush().unwrap();
}
