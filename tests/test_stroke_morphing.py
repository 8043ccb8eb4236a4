"""Digits written more or less like another writer's."""

from dataclasses import replace

import numpy as np
import pytest

from digit_pipeline.labelled_images import LabelledImages, Strokes
from digit_pipeline.stroke_morphing import NEAREST, POINTS, Lookalikes

LINE = np.array([[0, 0], [0, 10]], np.float32)


def lean(by):
    """One straight stroke, its foot so far to the right."""
    return [np.array([[0, 0], [by, 10]], np.float32)]


def cross(at):
    """A stem with a bar at some height."""
    return [LINE, np.array([[-2, at], [2, at]], np.float32)]


def make_images(digits, labels, writers):
    count = len(digits)
    return LabelledImages(
        images=np.zeros((count, 28, 28, 1), np.uint8),
        labels=np.array(labels, np.int64),
        class_names=("0", "1"),
        groups=None if writers is None else np.array(writers),
        sources=np.full(count, "pens"),
        strokes=Strokes.from_digits(digits),
    )


def pairs(digits, labels, writers):
    found = Lookalikes.find(make_images(digits, labels, writers))
    return {i: others.tolist() for i, others in found.others.items()}


def test_lookalikes_are_other_writers_digits_of_the_same_class():
    digits = [lean(0), lean(0), lean(1), lean(1), lean(1)]

    found = pairs(digits, [0, 1, 1, 1, 0], ["b", "a", "b", "a", "a"])

    assert {i: sorted(others) for i, others in found.items()} == {
        0: [4],
        1: [2],
        2: [1, 3],
        3: [2],
        4: [0],
    }


@pytest.mark.parametrize("writers", [["", ""], None])
def test_an_unknown_writer_is_somebody_else(writers):
    assert pairs([lean(0), lean(1)], [1, 1], writers) == {0: [1], 1: [0]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param([LINE], [LINE[::-1]], id="begun at the other end"),
        pytest.param([LINE], [LINE, LINE], id="in two strokes"),
        pytest.param([LINE], lean(8), id="too far"),
        pytest.param([LINE], [], id="without strokes"),
        pytest.param(cross(0), cross(10), id="second stroke elsewhere"),
    ],
)
def test_a_digit_written_another_way_is_no_lookalike(one, other):
    assert pairs([one, other], [1, 1], ["a", "b"]) == {}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lean(7), id="near enough"),
        pytest.param([LINE * 30 + np.float32(500)], id="large and elsewhere"),
        pytest.param([LINE * np.float32(0.01)], id="small"),
    ],
)
def test_a_digit_written_alike_is_a_lookalike(other):
    assert pairs([[LINE], other], [1, 1], ["a", "b"]) == {0: [1], 1: [0]}


def test_only_the_nearest_are_taken():
    many = 2 * NEAREST
    leans = [lean(0.02 * i) for i in range(many)]
    others = pairs(leans, [1] * many, [str(i) for i in range(many)])
    assert set(others[0]) == set(range(1, NEAREST))


def test_a_morph_lies_between_or_beyond_the_two():
    images = make_images([lean(0), lean(4)], [1, 1], ["a", "b"])
    lookalikes = Lookalikes.find(images)
    rng = np.random.default_rng(1)

    leans = []
    for _ in range(200):
        [stroke] = lookalikes.morph(0, 0.5, rng)
        assert stroke.shape == (POINTS, 2)
        assert stroke.dtype == np.float32
        (left, top), (right, foot) = stroke[0], stroke[-1]
        leans.append((right - left) / (foot - top))
    # Half of the way to a lean of 0.4, and as much away from it.
    assert min(leans) == pytest.approx(-0.2, abs=0.01)
    assert max(leans) == pytest.approx(0.2, abs=0.01)


def test_each_stroke_is_morphed_and_keeps_its_place():
    images = make_images([cross(2), cross(4)], [1, 1], ["a", "b"])
    lookalikes = Lookalikes.find(images)
    rng = np.random.default_rng(1)

    heights = []
    for _ in range(100):
        stem, bar = lookalikes.morph(0, 1.0, rng)
        np.testing.assert_allclose(stem[[0, -1]], [[0, -0.5], [0, 0.5]], atol=1e-6)
        assert np.ptp(bar[:, 0]) == pytest.approx(0.4)
        heights.append(bar[0, 1])
    # From a bar at 0.2 of the height to one at 0.4, and as much away from it.
    assert min(heights) == pytest.approx(-0.5, abs=0.02)
    assert max(heights) == pytest.approx(-0.1, abs=0.02)


def test_any_of_the_lookalikes_is_taken():
    images = make_images([lean(0), lean(2), lean(4)], [1] * 3, ["a", "b", "c"])
    lookalikes = Lookalikes.find(images)
    rng = np.random.default_rng(1)

    leans = []
    for _ in range(400):
        [stroke] = lookalikes.morph(0, 1.0, rng)
        right, down = stroke[-1] - stroke[0]
        leans.append(abs(right / down))
    # The nearer one leans by 0.2, the farther by 0.4.
    assert np.mean(np.array(leans) > 0.2) == pytest.approx(0.25, abs=0.06)


@pytest.mark.parametrize(
    "digit",
    [
        pytest.param(lean(30), id="wide"),
        pytest.param([np.array([[0, 0], [1, 0], [1, 9]], np.float32)], id="a corner"),
    ],
)
def test_a_shape_has_a_longer_side_of_one_about_its_middle(digit):
    [stroke] = Lookalikes.find(make_images([digit], [1], ["a"])).shapes[0]
    assert np.ptp(stroke, axis=0).max() == pytest.approx(1)
    assert stroke.min(axis=0) + stroke.max(axis=0) == pytest.approx(0, abs=1e-6)


def test_a_digit_alone_is_not_morphed():
    images = make_images([lean(0), lean(1)], [1, 0], ["a", "b"])
    assert Lookalikes.find(images).morph(0, 1.0, np.random.default_rng(1)) is None


def test_points_are_spaced_evenly_along_each_stroke():
    corner = np.array([[0, 0], [1, 0], [10, 0], [10, 10]], np.float32)
    [stroke] = Lookalikes.find(make_images([[corner]], [1], ["a"])).shapes[0]
    steps = np.hypot(*np.diff(stroke, axis=0).T)
    # One step cuts the corner.
    assert np.sort(steps)[1:] == pytest.approx(2 / (POINTS - 1), rel=0.01)
    assert np.ptp(stroke, axis=0) == pytest.approx(1, rel=0.02)


def test_a_dot_has_a_shape():
    dot = [np.array([[3, 4]], np.float32)]
    found = Lookalikes.find(make_images([dot, dot], [1, 1], ["a", "b"]))
    [stroke] = found.morph(0, 1.0, np.random.default_rng(1))
    np.testing.assert_array_equal(stroke, np.zeros((POINTS, 2)))


def test_images_without_strokes_have_no_lookalikes():
    images = make_images([[], []], [1, 1], ["a", "b"])
    for given in (images, replace(images, strokes=None)):
        found = Lookalikes.find(given)
        assert found.shapes == {}
        assert found.others == {}
