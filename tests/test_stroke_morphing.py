"""Digits written more or less like another writer's."""

import numpy as np
import pytest

from digit_pipeline.labelled_images import LabelledImages, Strokes
from digit_pipeline.stroke_morphing import NEAREST, POINTS, Lookalikes

LINE = np.array([[0, 0], [0, 10]], np.float32)


def lean(by, *, long=10.0):
    """One straight stroke, its foot so far to the right."""
    return [np.array([[0, 0], [by, long]], np.float32)]


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
    digits = [lean(0), lean(1), lean(1), lean(1)]

    found = pairs(digits, [1, 1, 1, 0], ["a", "b", "a", "b"])

    assert {i: sorted(others) for i, others in found.items()} == {
        0: [1],
        1: [0, 2],
        2: [1],
    }


@pytest.mark.parametrize("writers", [["", ""], None])
def test_an_unknown_writer_is_somebody_else(writers):
    assert pairs([lean(0), lean(1)], [1, 1], writers) == {0: [1], 1: [0]}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([LINE[::-1]], id="begun at the other end"),
        pytest.param([LINE, LINE], id="in two strokes"),
        pytest.param(lean(10), id="too far"),
        pytest.param([], id="without strokes"),
    ],
)
def test_a_digit_written_another_way_is_no_lookalike(other):
    assert pairs([[LINE], other], [1, 1], ["a", "b"]) == {}


def test_place_and_size_do_not_matter():
    other = [LINE * 30 + np.float32(500)]
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
    assert Lookalikes.find(images).others == {}
    assert Lookalikes.find(
        LabelledImages(images.images, images.labels, ("0", "1"))
    ) == (Lookalikes({}, {}))
