"""Small files of every kind, and the RGB that Pillow (12) reads from them: `python make.py` beside this file.

Alpha is composited on white; 16-bit files are written by hand, since Pillow keeps only their high bytes.
"""

import json
import struct
import zlib
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT = 16, 8


def ramp(x, y):
    return (x * 17, y * 36, (x * 5 + y * 20) % 256)


def base():
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([ramp(x, y) for y in range(HEIGHT) for x in range(WIDTH)])
    return image


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png16(color_type, rows):
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, color_type, 0, 0, 0)
    raw = b"".join(b"\0" + b"".join(struct.pack(">H", value) for value in row) for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def rgb(image):
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image, mask=image.split()[3])
        image = white
    return list(image.convert("RGB").tobytes())


def main():
    picture = base()
    alpha = picture.copy()
    alpha.putalpha(Image.frombytes("L", (WIDTH, HEIGHT), bytes((i * 2) % 256 for i in range(WIDTH * HEIGHT))))
    grey_alpha = picture.convert("L")
    grey_alpha.putalpha(alpha.getchannel("A"))
    palette = picture.quantize(32)
    files = {
        "rgb.png": (picture, {}),
        "grey.png": (picture.convert("L"), {}),
        "bits.png": (picture.convert("1"), {}),
        "alpha.png": (alpha, {}),
        "grey_alpha.png": (grey_alpha, {}),
        "palette.png": (palette, {}),
        "palette_transparent.png": (palette, {"transparency": 3}),
        "rgb.jpg": (picture.resize((64, 32), Image.BILINEAR), {"quality": 95, "subsampling": 0}),
        "grey.jpg": (picture.convert("L").resize((64, 32), Image.BILINEAR), {"quality": 95}),
        "cmyk.jpg": (picture.resize((64, 32), Image.BILINEAR).convert("CMYK"), {"quality": 95}),
        "lossless.webp": (picture, {"lossless": True}),
        "lossless_alpha.webp": (alpha, {"lossless": True, "exact": True}),
        "still.gif": (palette, {}),
    }
    expected = {}
    for name, (image, options) in files.items():
        image.save(HERE / name, **options)
    frames = [palette, picture.transpose(Image.Transpose.ROTATE_180).quantize(32)]
    frames[0].save(HERE / "animated.gif", save_all=True, append_images=frames[1:], duration=100)
    second = picture.transpose(Image.Transpose.ROTATE_180)
    picture.save(HERE / "animated.webp", save_all=True, append_images=[second], duration=100, lossless=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    picture.resize((64, 32), Image.BILINEAR).save(HERE / "oriented.jpg", quality=95, subsampling=0, exif=exif)
    for name in [*files, "animated.gif", "animated.webp", "oriented.jpg"]:
        with Image.open(HERE / name) as image:
            expected[name] = {"width": image.width, "height": image.height, "rgb": rgb(image)}
    # Low bytes that round up and down.
    wide = [[(value * 257 + (x * 31) % 257 - 128) for value in ramp(x, y)] for y in range(HEIGHT) for x in range(WIDTH)]
    wide = [[min(max(value, 0), 65535) for value in pixel] for pixel in wide]
    rows = [sum(wide[y * WIDTH:(y + 1) * WIDTH], []) for y in range(HEIGHT)]
    (HERE / "rgb16.png").write_bytes(png16(2, rows))
    narrow = [int(value / 257 + 0.5) for pixel in wide for value in pixel]
    expected["rgb16.png"] = {"width": WIDTH, "height": HEIGHT, "rgb": narrow}
    greys = [[pixel[0] for pixel in wide[y * WIDTH:(y + 1) * WIDTH]] for y in range(HEIGHT)]
    (HERE / "grey16.png").write_bytes(png16(0, greys))
    expected["grey16.png"] = {
        "width": WIDTH,
        "height": HEIGHT,
        "rgb": [int(value / 257 + 0.5) for row in greys for value in row for _ in range(3)],
    }
    (HERE / "expected.json").write_text(json.dumps(expected))


main()
