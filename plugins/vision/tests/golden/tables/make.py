"""Small tables as others write them: `python make.py` beside this file, with pyarrow and Pillow.

Pictures are flat, one colour each: (10 * n, 100, 200) for picture n.
"""

import base64
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

HERE = Path(__file__).parent
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def picture(number, kind="PNG"):
    file = io.BytesIO()
    Image.new("RGB", (12, 8), (10 * number, 100, 200)).save(file, kind)
    return file.getvalue()


def cell(number):
    return {"bytes": picture(number), "path": f"{number}.png"}


def blink():
    """The columns of BLINK: up to four pictures, null structs and null bytes, hidden answers."""
    rows = [
        {"image_1": cell(1), "image_2": cell(2), "image_3": None, "image_4": None, "answer": "(A)"},
        {"image_1": cell(3), "image_2": None, "image_3": None, "image_4": None, "answer": "hidden"},
        {"image_1": cell(1), "image_2": cell(4), "image_3": cell(5), "image_4": cell(6), "answer": "(B)"},
        {"image_1": {"bytes": None, "path": None}, "image_2": {"bytes": None, "path": "lost.png"}, "image_3": None,
         "image_4": None, "answer": "(A)"},
    ]
    schema = pa.schema(
        [("idx", pa.string()), ("question", pa.string()), ("sub_task", pa.string())]
        + [(f"image_{number}", IMAGE) for number in range(1, 5)]
        + [("choices", pa.list_(pa.string())), ("answer", pa.string())]
    )
    for number, row in enumerate(rows):
        row.update(idx=f"val_{number}", question=f"Question {number}?", sub_task="Jigsaw", choices=["one", "two"])
    return pa.Table.from_pylist(rows, schema)


def lists():
    """A list of pictures and a large list, numbers, base64 in a text column."""
    schema = pa.schema([
        ("image", pa.list_(IMAGE)), ("image_text", pa.large_string()), ("blob", pa.large_binary()),
        ("question_id", pa.int64()), ("score", pa.float64()), ("label", pa.string()),
    ])
    rows = [
        {"image": [cell(1), cell(2)], "image_text": base64.b64encode(picture(7, "JPEG")).decode(), "blob": picture(8),
         "question_id": 5, "score": 0.5, "label": "a"},
        {"image": [], "image_text": "no picture", "blob": b"no picture", "question_id": -6, "score": None, "label": None},
    ]
    return pa.Table.from_pylist(rows, schema)


def tsv():
    """The columns of MMBench: base64, references to other rows, several pictures in a cell, broken cells."""
    text = lambda number: base64.b64encode(picture(number)).decode()
    unpadded = text(3).rstrip("=")
    rows = [
        ("0", 'What is "this"?', "one", "two", "A", text(1)),
        ("1000000", "What is it?", "two", "one", "B", "0"),
        ("2", "Two lines\nof text", "x", "nan", "A", f"['{text(2)}', '{unpadded}']"),
        ("3", "Dangling", "x", "y", "A", "77"),
        ("4", "Broken", "x", "y", "A", "!" * 80),
        ("5", "None", "x", "y", "A", ""),
        ("6", "A chain", "x", "y", "A", "1000000"),
    ]
    quote = lambda field: '"' + field.replace('"', '""') + '"' if any(c in field for c in '"\n\t') else field
    lines = ["\t".join(["index", "question", "A", "B", "answer", "image"])]
    lines += ["\t".join(quote(field) for field in row) for row in rows]
    return "\n".join(lines) + "\n"


def main():
    pq.write_table(blink(), HERE / "blink.parquet", compression="snappy")
    pq.write_table(lists(), HERE / "lists.parquet", compression="zstd", row_group_size=1)
    pq.write_table(pa.table({"label": ["a", "b"]}), HERE / "no_pictures.parquet")
    (HERE / "mmbench.tsv").write_text(tsv())


main()
