"""Numbers that are drawn as they are said to be, and how their splits are counted."""

import numpy as np
import pytest

from benchmarks.drawn_numbers import GAPS, SIDE, draw_number
from benchmarks.results import load_result
from benchmarks.splitting import is_split, render
from digit_pipeline.connected import find_components
from digit_pipeline.labelled_images import LabelledImages, Strokes
from digit_pipeline.splitting import split_digits


@pytest.fixture(scope="module")
def digits():
    """Two digits by one writer: a 1 of one stroke and a 7 of two."""
    one = [np.float32([[0, 0], [2, 50], [0, 100]])]
    seven = [
        np.float32([[0, 0], [60, 0], [20, 100]]),
        np.float32([[10, 45], [60, 45]]),
    ]
    return LabelledImages(
        np.zeros((2, 8, 8, 1), np.uint8),
        np.array([1, 7]),
        tuple("0123456789"),
        groups=np.array(["file:1", "file:1"]),
        strokes=Strokes.from_digits([one, seven]),
    )


def _draw(digits, gap="usual", broken=False, seed=0, length=4):
    return draw_number(digits, length, gap, broken, np.random.default_rng(seed))


@pytest.mark.parametrize("gap", [gap for gap in GAPS if gap != "touching"])
def test_digits_that_do_not_touch_are_as_many_components(digits, gap):
    for seed in range(5):
        number = _draw(digits, gap, seed=seed)
        assert number.pixels.shape == (SIDE, SIDE)
        assert len(find_components(number.pixels < 200)) == len(number.text) == 4
        assert set(number.text) <= {"1", "7"}


def test_touching_digits_hang_together(digits):
    number = _draw(digits, "touching")
    assert len(find_components(number.pixels < 200)) < 4


def test_a_broken_digit_has_more_components(digits):
    number = _draw(digits, broken=True)
    assert len(find_components(number.pixels < 128)) > 4


def test_a_split_is_right_when_each_part_lies_over_its_digit(digits):
    number = _draw(digits, "wide")
    parts = split_digits(number.pixels)
    assert is_split(number, parts)
    assert not is_split(number, parts[:-1])
    assert not is_split(number, parts[::-1])


def test_the_committed_result_renders():
    result = load_result("splitting")
    assert result is not None
    text = render(result["figures"])
    assert "touching (-6 to -2 % of their height) | 0.0 %" in text
