"""Parts of digits drawn the way other schools teach them."""

from itertools import pairwise

import numpy as np
import pytest

from digit_pipeline.redrawn_parts import CURVE_POINTS, draw_curve, keep_above
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


def test_each_way_belongs_to_the_digit_it_is_made_for():
    assert {way: digit for way, (digit, _) in WAYS.items()} == {
        "stem": "1",
        "slash": "0",
        "flag": "1",
        "base": "1",
        "loop": "2",
        "bar": "7",
        "tail": "3",
        "open": "4",
        "belly": "6",
        "round": "9",
        "hook": "9",
    }


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


def test_a_wide_head_is_an_arch_that_ends_where_the_foot_begins(rng):
    drawn = draw_many("loop", rng)
    arches = [pair for pair in drawn if not is_part(pair[0], DIGITS["2"])]

    assert len(arches) > 40
    for head, foot in arches:
        top, right = head[head[:, 1].argmin()], head[head[:, 0].argmax()]
        assert head[0, 0] < top[0] < right[0]
        assert top[1] < 4
        np.testing.assert_allclose(head[-1], foot[0], atol=1e-3)


def test_a_three_keeps_its_top_and_gets_a_belly_and_a_tail(rng):
    for *kept, belly in draw_many("tail", rng):
        widest = belly[:, 0].argmax()

        assert all(is_part(piece, DIGITS["3"]) for piece in kept)
        assert belly[widest, 0] > belly[0, 0] + 20
        assert belly[-1, 0] <= belly[0, 0]
        assert belly[widest, 1] < belly[-1, 1]
        assert belly[CURVE_POINTS, 0] <= belly[0, 0] + 1e-3
        assert (belly[widest:, 1] > belly[widest, 1] - 1).all()


def test_the_stem_of_an_open_four_crosses_its_bar(rng):
    for down, bar, stem in draw_many("open", rng):
        assert down[0, 1] <= 15.1
        np.testing.assert_array_equal(down[-1], bar[0])
        assert crossing(bar[0], bar[-1], stem[0], stem[-1])


def test_a_six_keeps_its_top_and_gets_a_belly_to_the_right(rng):
    below = 0
    for *kept, belly in draw_many("belly", rng):
        assert all(is_part(piece, DIGITS["6"]) for piece in kept)
        # The first piece leads down from the neck, which may lean to the right.
        bowl = belly[CURVE_POINTS:]
        widest = bowl[:, 0].argmax()
        assert bowl[:widest, 0].min() < bowl[widest, 0] - 20
        assert bowl[:widest, 1].max() > 95
        # Inside it comes down again before it ends.
        top = widest + bowl[widest:, 1].argmin()
        assert bowl[top : top + CURVE_POINTS + 1, 1].max() > bowl[top, 1]
        below += belly[-1, 1] > 100
    assert 40 < below < 120


def test_a_round_nine_has_a_head_and_a_straight_stem_to_the_foot(rng):
    for (nine,) in draw_many("round", rng):
        head, stem = np.split(nine, [5 * CURVE_POINTS + 1])
        left, bottom = head[:, 0].argmin(), head[:, 1].argmax()

        # Over the top, down the left side, under, and up on the right again.
        assert head[:, 1].argmin() < left < bottom
        assert head[-1, 1] < head[bottom, 1] - 5
        assert head[-1, 0] > head[:, 0].max() - 12
        assert stem[-1, 1] == pytest.approx(100, abs=1)
        assert -45 < stem[-1, 0] - head[-1, 0] < 28
        straight = np.interp(stem[:, 1], stem[[0, -1], 1], stem[[0, -1], 0])
        assert np.abs(stem[:, 0] - straight).max() < 20


def test_the_foot_of_a_nine_is_bent_to_the_left(rng):
    for own, hook in draw_many("hook", rng):
        np.testing.assert_allclose(own, DIGITS["9"][0], atol=1e-3)
        np.testing.assert_allclose(hook[0], (50, 100), atol=1e-3)
        assert -60 <= hook[-1, 0] - 50 <= -19
        assert (np.diff(hook[:, 0]) < 1e-3).all()
        assert hook[CURVE_POINTS, 1] > 99.9
        assert hook[-1, 1] <= 106


@pytest.mark.parametrize(
    "foot", [[(50, 100), (10, 95)], [(50, 95), (30, 100), (15, 90)]]
)
def test_a_foot_that_is_bent_already_stays(rng, foot):
    nine = [line((60, 10), (10, 5), (10, 45), (60, 40), *foot)]

    for _ in range(20):
        (found,) = vary_writing(nine, "9", {"hook": 1}, rng)
        np.testing.assert_allclose(found, nine[0], atol=1e-3)


def test_a_nine_drawn_anew_may_get_a_hook_as_well(rng):
    head_and_stem, hook = vary_writing(DIGITS["9"], "9", {"round": 1, "hook": 1}, rng)

    np.testing.assert_allclose(hook[0], head_and_stem[-1], atol=1)


def test_a_cut_keeps_each_piece_above_the_level():
    top, neck = line((2, 0), (3, 0.4)), line((0, 0), (1, 1))

    kept, lowest = keep_above([top, neck], 0.5)

    assert [len(piece) for piece in kept] == [len(top), (neck[:, 1] <= 0.5).sum()]
    assert lowest == pytest.approx((0.45, 0.45), abs=0.05)


def test_where_two_lines_are_cut_no_neck_is_known():
    zigzag = line((0, 0), (1, 1), (2, 0), (3, 1))

    for strokes in ([zigzag], np.split(zigzag, [12])):
        assert keep_above(strokes, 0.5)[1] is None


def test_a_six_whose_belly_reaches_the_cut_stays_as_it_is(rng):
    tall = [line((50, 0), (0, 60), (30, 100), (60, 20), (5, 20))]

    for _ in range(20):
        (found,) = vary_writing(tall, "6", {"belly": 1}, rng)
        np.testing.assert_allclose(found, tall[0], atol=1e-3)


def test_the_lowest_point_above_the_level_is_found_in_any_stroke():
    falling, dot = line((0, 0.45), (1, 0)), np.array([[9, 0.2]], np.float32)

    kept, lowest = keep_above([falling, line((5, 0), (5, 0.3)), dot], 0.5)

    # A dot is no line to draw on from.
    assert [piece[0, 0] for piece in kept] == [0, 5]
    assert lowest == pytest.approx((0, 0.45))


@pytest.mark.parametrize("strokes", [[line((0, 1), (1, 1))], [line((0, 0), (1, 0))]])
def test_where_little_is_left_there_is_nothing_to_draw_on_from(strokes):
    assert keep_above(strokes, 0.5)[1] is None


@pytest.mark.parametrize(("digit", "way"), [("3", "tail"), ("6", "belly")])
def test_what_leaves_nothing_to_draw_on_from_stays_as_it_is(rng, digit, way):
    two_points = np.array([[0, 0], [0, 100]], np.float32)

    for stroke in (line((0, 0), (50, 0)), two_points):
        (found,) = vary_writing([stroke], digit, {way: 1}, rng)
        np.testing.assert_allclose(found, stroke, atol=1e-3)


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
