"""One digit in many files: rows T6 to T9, T11, T12 of FAULTS.md, through REST."""

import io
import struct
import zlib

import httpx
import numpy as np
import pytest
from PIL import Image, ImageChops, ImageOps

from tests.gradio_app.pictures import (
    blank_png,
    canvas,
    chunk,
    encode,
    png,
    without_adobe_marker,
)
from tests.serving_fixtures import train_small_model

POSITION = 7


def _ask(rest, body):
    answer = rest.post(
        "/api/predict", content=body, headers={"content-type": "image/png"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def _difference(first, second):
    one, two = first["probabilities"], second["probabilities"]
    assert list(one) == list(two) == list("0123456789")
    return max(abs(one[name] - two[name]) for name in one)


@pytest.fixture(scope="module")
def plain(rest_module):
    return _ask(rest_module, encode(canvas(POSITION)))


@pytest.fixture(scope="module")
def rest_module(app):
    with httpx.Client(base_url=app.url, timeout=30) as client:
        yield client


# T6


def test_sixteen_bits_read_as_eight(rest, plain):
    values = np.asarray(canvas(POSITION)).astype(np.uint16) * 257
    found = _ask(rest, encode(Image.fromarray(values)))
    assert found["label"] == plain["label"]
    assert _difference(found, plain) <= 0.02


def test_sixteen_bit_transparency_is_background(rest):
    white, _ = _palette()
    values = np.asarray(white).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    header = struct.pack(">IIBBBBB", *white.size, 16, 0, 0, 0, 0)
    transparent = chunk(b"tRNS", struct.pack(">H", 65535))
    body = png(header, transparent, chunk(b"IDAT", zlib.compress(rows)))
    assert Image.open(io.BytesIO(body)).mode == "I;16"
    assert _difference(_ask(rest, body), _ask(rest, encode(white))) <= 0.001


# T7


def _on_transparency(mode):
    grey = canvas(POSITION)
    alpha = ImageOps.invert(grey)
    black = Image.new("L", grey.size, 0)
    if mode == "LA":
        return encode(Image.merge("LA", (black, alpha)))
    return encode(Image.merge("RGBA", (black, black, black, alpha)))


def _palette():
    two = canvas(POSITION).point(lambda v: 255 * (v > 128))
    indexed = two.point(lambda v: int(v > 128))
    indexed.putpalette([0, 0, 0, 10, 200, 30])
    return two, encode(indexed, transparency=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_black_on_transparency_reads_as_on_white(rest, plain, mode):
    found = _ask(rest, _on_transparency(mode))
    assert found["label"] == plain["label"]
    assert _difference(found, plain) <= 0.01


def test_a_palette_with_transparency_reads_as_on_white(rest):
    white, indexed = _palette()
    assert _difference(_ask(rest, indexed), _ask(rest, encode(white))) <= 0.001


def test_palette_and_one_bit_read_as_grey(rest):
    two = canvas(POSITION).point(lambda v: 255 * (v > 128))
    expected = _ask(rest, encode(two))
    for picture in (two.convert("1"), two.convert("RGB").quantize(4)):
        assert _difference(_ask(rest, encode(picture)), expected) <= 0.001


# T8

TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied(rest, plain, orientation, kind):
    picture = canvas(POSITION)
    turn = TURNS[orientation]
    stored = picture.transpose(turn) if turn is not None else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = _ask(rest, encode(stored, kind, exif=exif, quality=95))
    assert found["label"] == plain["label"]
    assert _difference(found, plain) <= 0.03


def test_broken_exif_is_ignored(rest, plain):
    body = encode(
        canvas(POSITION), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff", quality=95
    )
    assert _difference(_ask(rest, body), plain) <= 0.03


# T9


def _cmyk_files():
    cmyk = canvas(POSITION).convert("RGB").convert("CMYK")
    adobe = encode(cmyk, "JPEG", quality=95)
    return {
        "Adobe, inverted": adobe,
        "not Adobe": without_adobe_marker(
            encode(ImageChops.invert(cmyk), "JPEG", quality=95)
        ),
    }


@pytest.mark.parametrize("name", ["Adobe, inverted", "not Adobe"])
def test_cmyk_reads_as_rgb(rest, plain, name):
    body = _cmyk_files()[name]
    assert Image.open(io.BytesIO(body)).mode == "CMYK"
    found = _ask(rest, body)
    assert found["label"] == plain["label"]
    assert _difference(found, plain) <= 0.03


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "BMP"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_format_reads_as_png(rest, plain, kind, mode):
    found = _ask(rest, encode(canvas(POSITION).convert(mode), kind, quality=95))
    assert found["label"] == plain["label"]
    assert _difference(found, plain) <= 0.03


def test_a_large_photo_reads_as_a_small_one(rest, plain):
    large = canvas(POSITION).resize((3000, 3000), Image.Resampling.BICUBIC)
    for body in (encode(large), encode(large, "JPEG", quality=90)):
        found = _ask(rest, body)
        assert found["label"] == plain["label"]
        assert _difference(found, plain) <= 0.05


# T11: pictures without ink


@pytest.mark.parametrize(
    "body",
    [
        blank_png(1, 1),
        encode(Image.new("L", (1, 1), 255)),
        encode(Image.new("RGB", (300, 300), "white")),
        encode(Image.new("RGB", (300, 300), "black")),
        encode(Image.new("RGBA", (300, 300), (0, 0, 0, 0))),
        encode(Image.new("RGB", (300, 300), (200, 30, 60)), "JPEG"),
    ],
    ids=["1x1 black", "1x1 white", "white", "black", "transparent", "one colour"],
)
def test_without_ink_the_verdict_is_empty(rest, body):
    found = _ask(rest, body)
    assert found["verdict"] == "empty"
    assert found["label"] is None
    assert (found["confidence"], found["probabilities"]) == (0, {})


# T12


def test_white_on_black_is_the_same_digit(rest):
    count = min(100, len(train_small_model().gate))
    same = 0
    for position in range(count):
        picture = canvas(position)
        inverted = ImageOps.invert(picture)
        first, second = (_ask(rest, encode(p)) for p in (picture, inverted))
        same += first["label"] == second["label"]
    assert same >= 0.99 * count
