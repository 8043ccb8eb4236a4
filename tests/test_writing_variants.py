"""Digits written another common way."""

import numpy as np
import pytest

from digit_pipeline.writing_variants import WAYS, vary_writing

STEM = np.array([[50, 0], [50, 100]], np.float32)
ROOF = np.array([[0, 0], [60, 0], [30, 100]], np.float32)
EVERY_WAY = dict.fromkeys(WAYS, 1.0)
BAR = np.array([[20, 50], [60, 50]], np.float32)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_a_one_gets_a_base_under_its_foot(rng):
    stem, base = vary_writing([STEM], "1", {"base": 1}, rng)

    np.testing.assert_array_equal(stem, STEM)
    assert base[:, 1] == pytest.approx(100, abs=6.5)
    assert base[0, 0] < 40
    assert base[-1, 0] > 60


def test_a_one_gets_a_steep_upstroke_from_the_lower_left(rng):
    flag, stem = vary_writing([STEM], "1", {"flag": 1}, rng)

    np.testing.assert_array_equal(stem, STEM)
    np.testing.assert_allclose(flag[-1], STEM[0])
    right, up = flag[-1] - flag[0]
    assert right > 0
    assert -up > 0.7 * right
    assert 20 <= np.hypot(right, up) <= 80


def test_a_one_that_wavers_is_drawn_anew_with_its_foot_and_height(rng):
    wavering = np.array([[40, 0], [62, 30], [35, 60], [50, 100]], np.float32)
    ones = [vary_writing([wavering], "1", {"stem": 1}, rng)[0] for _ in range(400)]

    # The foot, where the stem ends or the hook begins.
    assert all((one == wavering[-1]).all(axis=1).any() for one in ones)
    assert {round(float(one[:, 1].min())) for one in ones} == {0}
    begins = np.array([one[0] - one[one[:, 1].argmin()] for one in ones])
    flagged = begins[:, 1] > 0
    assert flagged.mean() == pytest.approx(0.75, abs=0.07)
    assert (begins[flagged, 0] < 0).all()
    assert (begins[flagged, 1] > 0.5 * -begins[flagged, 0]).all()
    leans = [one[one[:, 1].argmin(), 0] - wavering[-1, 0] for one in ones]
    assert -16 < min(leans) < -5
    assert 30 < max(leans) < 41
    assert 60 < np.hypot(*begins[flagged].T).max() < 71
    assert max(one[-1, 0] for one in ones) <= wavering[-1, 0] + 1e-3
    lengths = np.hypot(*begins.T) * flagged
    hooked = np.array([(one[-1] != wavering[-1]).any() for one in ones])
    assert hooked[lengths < 40].mean() == pytest.approx(0.2, abs=0.07)
    # With both it would be a bracket.
    assert not hooked[lengths > 40].any()


def test_a_longer_upstroke_is_a_steeper_one(rng):
    ones = [vary_writing([STEM], "1", {"stem": 1}, rng)[0] for _ in range(1000)]
    begins = np.array([one[0] - one[one[:, 1].argmin()] for one in ones])
    begins = begins[begins[:, 1] > 0]

    length, angle = np.hypot(*begins.T), np.arctan2(begins[:, 1], -begins[:, 0])

    assert angle[length < 25].min() == pytest.approx(0.57, abs=0.04)
    assert angle[length > 60].min() == pytest.approx(0.76, abs=0.04)


def test_a_way_that_nobody_asks_for_leaves_chance_alone(rng):
    before = rng.bit_generator.state

    assert vary_writing([STEM], "1", {"stem": 0.0}, rng) == [STEM]
    assert rng.bit_generator.state == before


def test_a_one_that_begins_with_an_upstroke_keeps_its_own(rng):
    one = [np.array([[10, 40], [50, 0], [50, 100]], np.float32)]

    assert vary_writing(one, "1", {"flag": 1}, rng) == one


def test_ways_are_taken_as_often_as_they_should(rng):
    found = [
        len(vary_writing([STEM], "1", {"flag": 0.3, "base": 0.6}, rng))
        for _ in range(1000)
    ]

    assert np.mean(found) == pytest.approx(1.9, abs=0.07)
    assert set(found) == {1, 2, 3}


def test_a_crossed_seven_loses_its_bar(rng):
    kept = vary_writing([ROOF, BAR], "7", {"bar": 1}, rng)

    assert len(kept) == 1
    np.testing.assert_array_equal(kept[0], ROOF)


def test_a_plain_seven_gets_a_bar_through_its_stem(rng):
    seven = [ROOF[:2], np.linspace(ROOF[1], ROOF[2], 21).astype(np.float32)]

    bar = vary_writing(seven, "7", {"bar": 1}, rng)[-1]

    assert np.ptp(bar[:, 1]) == 0
    assert 35 < bar[0, 1] < 70
    assert bar[0, 0] < 45 < bar[-1, 0]


def test_a_zero_gets_a_slash_from_below_left_to_above_right(rng):
    square = np.array([[0, 0], [80, 0], [80, 100], [0, 100], [0, 0]], np.float32)

    slash = vary_writing([square], "0", {"slash": 1}, rng)[-1]

    assert slash[0] == pytest.approx([0, 100], abs=16)
    assert slash[-1] == pytest.approx([80, 0], abs=16)


@pytest.mark.parametrize(("strokes", "name"), [([STEM], "5"), ([], "1")])
def test_others_stay_as_they_are(rng, strokes, name):
    assert vary_writing(strokes, name, EVERY_WAY, rng) == strokes


def test_a_lone_dot_does_no_harm(rng):
    dot = [np.array([[3, 3]], np.float32)]

    for name in "01234679":
        varied = np.concatenate(vary_writing(dot, name, EVERY_WAY, rng))
        assert np.isfinite(varied).all()
