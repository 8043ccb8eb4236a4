"""The quick way to open a PNG gives what Pillow gives, or leaves it to Pillow."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digit_pipeline import uploads
from digit_pipeline.plain_png import open_plain_png
from digit_pipeline.uploads import ImageError, open_upload
from tests.gradio_app.pictures import chunk, png

RANDOM = np.random.default_rng(0)
CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


def draw(mode, width=28, height=20):
    shape = (height, width, CHANNELS[mode])
    smooth = RANDOM.integers(0, 256, shape) // 8 + np.arange(width)[:, None] * 4
    pixels = np.clip(smooth, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if mode == "L" else pixels)


def encode(picture, **options):
    file = io.BytesIO()
    picture.save(file, "PNG", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", CHANNELS)
@pytest.mark.parametrize("size", [(28, 28), (1, 1), (7, 90), (400, 400)])
def test_it_gives_the_pixels(mode, size):
    # One row over and over: more than 64 kB would be written in several chunks.
    row = np.asarray(draw(mode, size[0], 1))
    picture = Image.fromarray(np.repeat(row, size[1], axis=0))
    pixels = open_plain_png(encode(picture), 1024)
    expected = np.asarray(picture).reshape(size[1], size[0], CHANNELS[mode])
    np.testing.assert_array_equal(pixels, expected)


def _with(body, **fields):
    """Change a field of the first chunk, its checksum made right."""
    names = ("w", "h", "depth", "colour")
    values = dict(zip(names, struct.unpack_from(">IIBB", body, 16), strict=True))
    rest = body[26:29]
    if "interlace" in fields:
        rest = rest[:2] + bytes([fields.pop("interlace")])
    values |= fields
    head = struct.pack(">IIBB", *values.values()) + rest
    return body[:8] + chunk(b"IHDR", head) + body[33:]


GREY = encode(draw("L"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        GREY[:40],
        GREY[:-1],
        GREY[:-20],
        encode(draw("L").convert("1")),
        encode(draw("RGB").quantize(8)),
        encode(draw("L").convert("I;16")),
        encode(draw("L").convert("LA")),
        encode(draw("L"), transparency=3),
        encode(draw("L"), dpi=(72, 72)),
        encode(draw("L"), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
        encode(draw("L", 2000, 10)),
        _with(GREY, interlace=1),
        _with(GREY, w=0),
        _with(GREY, colour=2),
        png(GREY[16:29], chunk(b"IDAT", zlib.compress(bytes(100)))),
        GREY[:60] + bytes([GREY[60] ^ 1]) + GREY[61:],
    ],
)
def test_whatever_is_not_plain_or_not_sound_is_left_to_others(body):
    assert open_plain_png(body, 1024) is None


def _open_slowly(body):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads, "open_plain_png", lambda *_: None)
        return _outcome(body)


def _outcome(body):
    try:
        opened = open_upload(body)
    except ImageError as error:
        return error.code
    return opened.pixels.tobytes(), opened.pixels.shape, opened.notes


@st.composite
def damaged(draw_):
    """A plain PNG with some bytes changed, and then perhaps its checksum made right."""
    body = bytearray(draw_(st.sampled_from(SEEDS)))
    for _ in range(draw_(st.integers(0, 3))):
        body[draw_(st.integers(8, len(body) - 1))] = draw_(st.integers(0, 255))
    if draw_(st.booleans()):
        (length,) = struct.unpack_from(">I", body, 33)
        for start, end in ((12, 29), (37, 41 + length)):
            if end + 4 <= len(body):
                struct.pack_into(">I", body, end, zlib.crc32(body[start:end]))
    return bytes(body)


SEEDS = [encode(draw(mode, 9, 6)) for mode in CHANNELS]


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(damaged())
def test_damaged_files_end_as_they_would_without_it(body):
    assert _outcome(body) == _open_slowly(body)
