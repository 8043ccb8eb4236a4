"""The contract for many pictures at once equals the contract for one."""

import numpy as np
import pytest

from digit_pipeline import batch_views
from digit_pipeline.batch_views import view_digits
from digit_pipeline.images import view_digit


def draw_pictures(count, rng):
    """Blank, noisy, faint and inverted pictures of many sizes; most are 28x28."""
    pictures = []
    for number in range(count):
        height, width = (28, 28) if number % 3 else rng.integers(1, 40, 2)
        picture = np.full((height, width), rng.integers(0, 256), np.uint8)
        if number % 7:
            top, left = rng.integers(0, height), rng.integers(0, width)
            lower, right = rng.integers(1, 25, 2)
            picture[top : top + lower, left : left + right] = rng.integers(0, 256)
        if number % 5 == 0:
            noise = rng.normal(0, rng.uniform(0, 20), picture.shape)
            picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
        if number % 4 == 0:
            other = rng.integers(0, 256, picture.shape, dtype=np.uint8)
            channels = (picture, picture, other, other)[: (1, 3, 4)[number % 3]]
            picture = np.stack(channels, axis=2)
        pictures.append(picture)
    return pictures


def assert_same(found, expected):
    assert (found.box, found.frame) == (expected.box, expected.frame)
    assert (found.ink.dtype, found.digit.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(found.ink, expected.ink)
    np.testing.assert_array_equal(found.digit, expected.digit)


def test_each_is_pixel_for_pixel_what_it_is_alone():
    pictures = draw_pictures(2000, np.random.default_rng(3))

    views = view_digits(pictures)

    for picture, view in zip(pictures, views, strict=True):
        assert_same(view, view_digit(picture))
    assert 50 < sum(view.is_empty for view in views) < 1000


def test_pictures_of_one_size_are_viewed_together(monkeypatch):
    alone = []
    monkeypatch.setattr(
        batch_views, "view_digit", lambda picture: alone.append(picture.shape)
    )
    rng = np.random.default_rng(5)
    large = np.zeros((200, 200), np.uint8)
    pictures = [rng.integers(0, 256, (28, 28), np.uint8) for _ in range(9)]

    view_digits([*pictures, large, np.zeros((20, 9), np.uint8)])

    assert alone == [(200, 200), (20, 9)]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_are_viewed_too(count):
    pictures = draw_pictures(count, np.random.default_rng(1))

    views = view_digits(pictures)

    assert len(views) == count
    for picture, view in zip(pictures, views, strict=True):
        assert_same(view, view_digit(picture))
