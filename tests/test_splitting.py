"""Splitting: left to right, broken strokes joined, one digit as without splitting."""

import gzip
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from digit_pipeline.images import find_box, find_ink, view_digit
from digit_pipeline.splitting import MAX_PARTS, split_digits

SIDE = 400
GOLDEN = Path(__file__).parent / "golden"


def _draw(*lines, width=14, size=(SIDE, SIDE)):
    """Black lines on white paper, each a list of points."""
    picture = Image.new("L", size, 255)
    pencil = ImageDraw.Draw(picture)
    for line in lines:
        pencil.line(line, fill=0, width=width, joint="curve")
    return np.asarray(picture)


ONE = [(60, 120), (60, 280)]
SEVEN = [(150, 120), (230, 120), (180, 280)]
FOUR = [(300, 120), (280, 210), (350, 210), (350, 130), (350, 290)]
FIVE = [(160, 150), (160, 200), (220, 220), (215, 270), (150, 280)]
BAR = [(165, 125), (230, 120)]


def test_digits_come_from_left_to_right():
    parts = split_digits(_draw(FOUR, ONE, SEVEN))
    assert [part.box.left for part in parts] == [54, 150, 274]
    for part in parts:
        left, top, right, bottom = part.box
        assert part.ink.shape == (bottom - top, right - left)


def test_each_part_is_what_the_contract_makes_of_it_alone():
    parts = split_digits(_draw(FOUR, ONE, SEVEN))
    for part, line in zip(parts, (ONE, SEVEN, FOUR), strict=True):
        np.testing.assert_array_equal(part.view.digit, view_digit(_draw(line)).digit)


def test_slanted_digits_whose_boxes_overlap_keep_their_own_ink():
    first = [(120, 280), (180, 120)]
    second = [(165, 280), (225, 120)]
    parts = split_digits(_draw(first, second))
    assert parts[0].box.right > parts[1].box.left
    for part, line in zip(parts, (first, second), strict=True):
        np.testing.assert_array_equal(part.view.digit, view_digit(_draw(line)).digit)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([BAR, FIVE], id="a five's bar"),
        pytest.param([[(180, 100), (180, 180)], [(184, 200), (180, 290)]], id="gap"),
        pytest.param([SEVEN, [(235, 130), (245, 150)]], id="a flourish"),
    ],
)
def test_what_belongs_to_one_digit_stays_together(lines):
    picture = _draw(*lines)
    (part,) = split_digits(picture)
    np.testing.assert_array_equal(part.view.digit, view_digit(picture).digit)
    assert len(split_digits(_draw(*lines, ONE))) == 2


def test_specks_are_left_out_between_digits():
    picture = _draw(ONE, FOUR, [(200, 300), (206, 306)], width=10)
    parts = split_digits(picture)
    assert [part.box.left for part in parts] == [56, 276]


def test_touching_digits_stay_one_part():
    assert len(split_digits(_draw(ONE, [(60, 200), (120, 200)], FOUR))) == 2


def test_an_empty_picture_has_no_parts():
    assert split_digits(np.full((50, 50), 255, np.uint8)) == ()


def test_more_than_a_number_s_digits_are_read_as_one():
    strokes = [[(x, 20), (x, 90)] for x in range(10, 10 + 30 * (MAX_PARTS + 1), 30)]
    size = (700, 110)
    parts = split_digits(_draw(*strokes[1:], width=6, size=size))
    assert len(parts) == MAX_PARTS
    assert not any(part.is_undivided for part in parts)
    (part,) = split_digits(_draw(*strokes, width=6, size=size))
    assert part.box.right - part.box.left > 600
    assert part.is_undivided


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_colour_and_transparency_split_alike(mode):
    grey = _draw(FOUR, ONE, SEVEN)
    parts = split_digits(np.asarray(Image.fromarray(grey).convert(mode)))
    assert [part.box for part in parts] == [part.box for part in split_digits(grey)]


def test_large_photographs_split_as_small_ones_do():
    large = np.asarray(Image.fromarray(_draw(FOUR, ONE, SEVEN)).resize((3000, 3000)))
    parts = split_digits(large)
    assert len(parts) == 3
    for part, line in zip(parts, (ONE, SEVEN, FOUR), strict=True):
        alone = np.asarray(Image.fromarray(_draw(line)).resize((3000, 3000)))
        np.testing.assert_allclose(
            part.view.digit, view_digit(alone).digit, atol=2 / 255
        )


@pytest.mark.parametrize("name", ["seven_28x28.png", "seven_drawing.png"])
def test_one_digit_is_read_as_without_splitting(name):
    pixels = np.asarray(Image.open(GOLDEN / name))
    (part,) = split_digits(pixels)
    view = view_digit(pixels)
    assert part.box == view.box
    np.testing.assert_array_equal(part.view.digit, view.digit)


def test_mnist_s_own_images_are_read_as_without_splitting(datasets_dir):
    path = datasets_dir / "mnist" / "t10k-images-idx3-ubyte.gz"
    images = np.frombuffer(gzip.decompress(path.read_bytes())[16:], np.uint8)
    split = 0
    for ink in images.reshape(-1, 28, 28)[:2000]:
        parts = split_digits(255 - ink)
        if len(parts) > 1:
            split += 1
            continue
        np.testing.assert_array_equal(parts[0].view.digit, view_digit(255 - ink).digit)
    assert split <= 10


@settings(max_examples=150, deadline=None)
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=24)))
def test_any_picture_gives_boxes_inside_it_that_hold_its_own_ink(pixels):
    ink = find_ink(pixels)
    parts = split_digits(pixels)
    assert bool(parts) == (find_box(ink) is not None)
    assert len(parts) <= MAX_PARTS
    for part in parts:
        left, top, right, bottom = part.box
        own = part.ink > 0
        np.testing.assert_array_equal(part.ink[own], ink[top:bottom, left:right][own])
        assert part.view.digit.max() == 1


def test_a_canvas_is_split_in_milliseconds():
    picture = _draw(FOUR, ONE, SEVEN)
    seconds = []
    for _ in range(20):
        start = time.perf_counter()
        split_digits(picture)
        seconds.append(time.perf_counter() - start)
    # It takes 1.2 ms on an idle machine; the margin is against hanging, not noise.
    assert sorted(seconds)[10] < 0.03
