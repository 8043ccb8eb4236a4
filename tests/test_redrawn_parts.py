"""Parts of digits drawn the way other schools teach them."""

from itertools import pairwise

import numpy as np
import pytest

from digit_pipeline.redrawn_parts import draw_curve, keep_above
from digit_pipeline.writing_variants import WAYS, vary_writing

PARTS = ("loop", "tail", "open", "belly", "round", "hook")


def line(*corners):
    """Draw a polyline with as many points as a pen would report."""
    ends = np.array(corners, np.float32)
    pieces = [np.linspace(a, b, 12) for a, b in pairwise(ends)]
    return np.concatenate(pieces).astype(np.float32)


DIGITS = {
    "2": [line((5, 15), (40, 0), (60, 25), (0, 100), (70, 100))],
    "3": [line((0, 0), (60, 5), (30, 45), (60, 75), (0, 100))],
    "4": [line((20, 0), (0, 60), (70, 60)), line((50, 30), (50, 100))],
    "6": [line((50, 0), (0, 60), (30, 100), (60, 75), (5, 65))],
    "9": [line((60, 10), (10, 5), (10, 45), (60, 40), (60, 10), (50, 100))],
}


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def draw_many(way, rng, count=200):
    digit = WAYS[way][0]
    return [vary_writing(DIGITS[digit], digit, {way: 1}, rng) for _ in range(count)]


@pytest.mark.parametrize("way", PARTS)
def test_digits_stay_about_where_and_as_tall_as_they_were(way, rng):
    for strokes in draw_many(way, rng):
        points = np.concatenate(strokes)

        assert points.dtype == np.float32
        assert points[:, 1].min() >= -6
        assert 85 < np.ptp(points[:, 1]) < 140
        assert np.ptp(points[:, 0]) < 250


@pytest.mark.parametrize("way", PARTS)
def test_each_is_drawn_in_its_own_unit(way, rng):
    digit = WAYS[way][0]
    small = [stroke / 100 + 7 for stroke in DIGITS[digit]]

    found = vary_writing(small, digit, {way: 1}, np.random.default_rng(1))
    wanted = vary_writing(DIGITS[digit], digit, {way: 1}, np.random.default_rng(1))

    np.testing.assert_allclose(
        np.concatenate(found), np.concatenate(wanted) / 100 + 7, atol=1e-4
    )


def test_a_two_has_a_foot_that_starts_left_of_its_neck_and_ends_right_of_it(rng):
    crossed = 0
    for *_, foot in draw_many("loop", rng):
        neck, end = foot[0], foot[-1]

        assert foot[:, 0].min() < neck[0] - 8
        assert end[0] > neck[0]
        assert foot[:, 1].max() > 98
        crossed += crosses_itself(foot)
    # A steep foot, or a flat loop, may stay without a crossing.
    assert crossed > 100


def test_some_twos_get_a_wide_head_and_the_others_keep_theirs(rng):
    heads = [head for head, _ in draw_many("loop", rng, 400)]

    own = [is_part(head, DIGITS["2"]) for head in heads]

    assert np.mean(own) == pytest.approx(0.6, abs=0.08)


def test_a_three_keeps_its_top_and_gets_a_belly_and_a_tail(rng):
    for *kept, belly in draw_many("tail", rng):
        widest = belly[:, 0].argmax()

        assert all(is_part(piece, DIGITS["3"]) for piece in kept)
        assert belly[widest, 0] > belly[0, 0] + 20
        assert belly[-1, 0] <= belly[0, 0]
        assert belly[widest, 1] < belly[-1, 1]


def test_the_stem_of_an_open_four_crosses_its_bar(rng):
    for _, bar, stem in draw_many("open", rng):
        assert crossing(bar[0], bar[-1], stem[0], stem[-1])


def test_a_six_keeps_its_top_and_gets_a_belly_to_the_right(rng):
    below = 0
    for *kept, belly in draw_many("belly", rng):
        assert all(is_part(piece, DIGITS["6"]) for piece in kept)
        # The first piece leads down from the neck, which may lean to the right.
        bowl = belly[6:]
        widest = bowl[:, 0].argmax()
        assert bowl[:widest, 0].min() < bowl[widest, 0] - 20
        assert bowl[:widest, 1].max() > 95
        below += belly[-1, 1] > 100
    assert 40 < below < 120


def test_a_round_nine_has_its_head_left_of_a_stem_to_the_foot(rng):
    for (nine,) in draw_many("round", rng):
        foot = nine[-1]

        assert foot[1] == pytest.approx(100, abs=1)
        assert nine[:, 1].argmax() > len(nine) - 8
        assert nine[: len(nine) // 2, 0].min() < nine[nine[:, 1].argmin(), 0]


def test_the_foot_of_a_nine_is_bent_to_the_left(rng):
    for own, hook in draw_many("hook", rng):
        np.testing.assert_allclose(own, DIGITS["9"][0], atol=1e-3)
        np.testing.assert_allclose(hook[0], (50, 100), atol=1e-3)
        assert -60 <= hook[-1, 0] - 50 <= -19


def test_a_cut_keeps_each_piece_above_the_level():
    zigzag = line((0, 0), (1, 1), (2, 0), (3, 1))

    kept, lowest = keep_above([zigzag], 0.5)

    assert [piece[:, 1].max() <= 0.5 for piece in kept] == [True, True]
    assert lowest[1] == pytest.approx(0.5, abs=0.1)
    assert sum(map(len, kept)) == (zigzag[:, 1] <= 0.5).sum()


@pytest.mark.parametrize("strokes", [[line((0, 1), (1, 1))], [line((0, 0), (1, 0))]])
def test_where_little_is_left_there_is_nothing_to_draw_on_from(strokes):
    assert keep_above(strokes, 0.5)[1] is None


def test_a_digit_without_an_upper_part_stays_as_it_is(rng):
    flat = [line((0, 100), (50, 0), (1, 0))[::-1][:13]]

    for digit, way in (("3", "tail"), ("6", "belly")):
        (found,) = vary_writing(flat, digit, {way: 1}, rng)
        np.testing.assert_allclose(found, flat[0], atol=1e-3)


def test_a_curve_passes_its_points_and_does_not_kink():
    corners = [(0, 0), (1, 2), (3, 2), (4, 0)]

    curve = draw_curve(*corners)

    for corner in corners:
        assert np.abs(curve - corner).max(axis=1).min() < 1e-6
    steps = np.diff(curve, axis=0)
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    assert np.abs(turns).max() < 0.5


def is_part(piece, strokes):
    points = np.concatenate(strokes)
    distances = np.abs(points[:, None] - piece[None]).max(axis=2).min(axis=0)
    return bool(distances.max() < 1e-3)


def crosses_itself(curve):
    ends = list(pairwise(curve))
    return any(
        crossing(*ends[i], *ends[j])
        for i in range(len(ends))
        for j in range(i + 2, len(ends))
    )


def crossing(a, b, c, d):
    """Whether the line from a to b meets that from c to d."""

    def side(p, q, r):
        return np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b)
