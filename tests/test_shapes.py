"""How wide digits are and how they lean, by hand."""

from itertools import pairwise

import numpy as np
import pytest

from digit_pipeline.labelled_images import Strokes
from digit_pipeline.shapes import (
    is_upright_line,
    measure_aspects,
    measure_slants,
    measure_stroke_aspects,
    measure_stroke_slants,
)


def draw(*places):
    picture = np.zeros((28, 28), np.uint8)
    for row, column in places:
        picture[row, column] = 255
    return picture


BAR = draw(*[(row, 13) for row in range(4, 24)])
DIAGONAL = draw(*[(row, 24 - row) for row in range(4, 24)])
HALF_AS_STEEP = draw(*[(row, 4 + 2 * (row - 6)) for row in range(6, 16)])
BLANK = draw()


def test_width_over_height():
    aspects = measure_aspects(np.stack([BAR, DIAGONAL, HALF_AS_STEEP, BLANK]))

    assert aspects.tolist() == pytest.approx([1 / 20, 1, 1.9, 1])


def test_faint_ink_does_not_widen():
    haze = BAR.copy()
    haze[10, :] = 100
    haze[10, 13] = 255

    assert measure_aspects(haze[None])[0] == pytest.approx(1 / 20)


def test_slant_is_sideways_per_height_downward():
    slants = measure_slants(np.stack([BAR, DIAGONAL, HALF_AS_STEEP, BLANK]))

    assert slants.tolist() == pytest.approx([0, -1, 2, 0])


def test_a_flat_line_has_no_slant():
    flat = draw(*[(14, column) for column in range(4, 24)])

    assert measure_slants(flat[None])[0] == 0


def take_strokes(*digits):
    return Strokes.from_digits(
        [[np.array(stroke, np.float32) for stroke in strokes] for strokes in digits]
    )


# Two standing lines that no pen joins, one, a slanting one, a lying one and a dot.
PATHS = take_strokes(
    [[(10, 0), (10, 10)], [(17, 0), (17, 10)]],
    [[(3, 0), (3, 20)]],
    [[(10, 5), (0, 15)]],
    [[(0, 9), (40, 9)]],
    [[(5, 5)]],
)


def test_width_over_height_of_strokes_is_that_of_their_box():
    aspects = measure_stroke_aspects(PATHS)

    assert aspects.tolist() == pytest.approx([7.5 / 10.5, 1 / 21, 1, 21, 1])


def test_slant_of_strokes_is_that_of_their_ink():
    slants = measure_stroke_slants(PATHS)

    assert slants.tolist() == pytest.approx([0, 0, -1, 0, 0], abs=1e-6)


def test_slant_weighs_length_and_not_points():
    corners = np.random.default_rng(3).uniform(0, 30, (6, 2))
    fine = np.concatenate([np.linspace(a, b, 200) for a, b in pairwise(corners)])
    lengths = np.repeat([np.hypot(*(b - a)) for a, b in pairwise(corners)], 200)

    slants = measure_stroke_slants(take_strokes([corners], [fine]))

    moments = np.cov(fine.T, aweights=lengths)
    assert slants.tolist() == pytest.approx(
        [moments[0, 1] / moments[1, 1]] * 2, abs=0.003
    )


def test_no_strokes_have_no_shapes():
    none = Strokes.from_digits([])

    assert measure_stroke_aspects(none).shape == (0,)
    assert measure_stroke_slants(none).shape == (0,)


@pytest.mark.parametrize("picture", [BAR, DIAGONAL])
def test_a_narrow_line_that_rises_passes_for_a_one(picture):
    assert is_upright_line(picture, 0.3)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(BAR.T, id="lies"),
        pytest.param(HALF_AS_STEEP, id="rises 27 degrees"),
        pytest.param(DIAGONAL | DIAGONAL[::-1], id="a cross"),
        pytest.param(draw((9, 9)), id="a dot"),
        pytest.param(BLANK, id="nothing"),
    ],
)
def test_what_lies_or_is_broad_does_not(picture):
    assert not is_upright_line(picture, 0.3)


def test_how_narrow_it_is_says_what_is_a_line():
    block = np.zeros((28, 28), np.uint8)
    block[4:24, 10:18] = 255  # 8 px across and 20 down: a breadth of 0.4

    assert is_upright_line(block, 0.45)
    assert not is_upright_line(block, 0.35)
