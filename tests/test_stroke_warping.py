"""Pen strokes moved and drawn a batch at a time, as one by one."""

import numpy as np
import pytest

from digit_pipeline.labelled_images import Strokes
from digit_pipeline.rendering import draw_strokes
from digit_pipeline.stroke_warping import draw_anew

STILL = np.eye(2, dtype=np.float32)
FLAT = np.zeros((5, 5, 2), np.float32)
HOOK = [np.array([[0, 0], [0, 5], [0, 10], [4, 10], [8, 10]], np.float32)]
CROSS = [
    np.array([[0, 5], [10, 5]], np.float32),
    np.array([[5, 0], [5, 10]], np.float32),
]
DOT = [np.array([[3, 7]], np.float32)]


def draw(digits, moves=STILL, bends=FLAT, pens=0.1):
    count = len(digits)
    return draw_anew(
        Strokes.from_digits(digits),
        np.broadcast_to(moves, (count, 2, 2)),
        np.broadcast_to(bends, (count, 5, 5, 2)),
        np.full(count, pens),
        side=40,
    )


def test_unmoved_strokes_are_drawn_as_they_are_alone():
    drawn = draw([HOOK, CROSS, DOT])

    for own, ink in zip([HOOK, CROSS, DOT], drawn, strict=True):
        alone = draw_strokes(own, side=40, pen_width=0.1)
        # The hook has lost a point on its way, and a line of two parts its joint.
        np.testing.assert_allclose(ink, np.rint(alone * 255), atol=3)


def test_points_are_thinned_out_but_corners_at_the_ends_stay():
    many = np.stack([np.linspace(0, 10, 201), np.zeros(201)], axis=1)
    line = [many.astype(np.float32), np.array([[10, 0], [10, 8]], np.float32)]
    few = [line[0][[0, -1]], line[1]]

    np.testing.assert_allclose(
        draw([line])[0].astype(int), draw([few])[0].astype(int), atol=3
    )


def test_a_quarter_turn_lays_a_standing_line_down():
    turn = np.array([[0, -1], [1, 0]], np.float32)
    standing = [np.array([[0, 0], [0, 10]], np.float32)]

    drawn = draw([standing], moves=turn)[0]

    assert (drawn > 127).any(axis=0).sum() > 30
    assert (drawn > 127).any(axis=1).sum() < 8


def test_a_bend_moves_only_the_points_near_its_knot():
    bent = FLAT.copy()
    bent[0, 0] = [0.0, 0.5]  # the upper left corner, downward by half the digit
    straight, moved = draw([CROSS])[0], draw([HOOK], bends=bent)[0]

    assert np.abs(straight.astype(int) - draw([CROSS], bends=bent)[0]).max() == 0
    rows = np.flatnonzero((moved > 127).any(axis=1))
    columns = np.flatnonzero((moved > 127).any(axis=0))
    # What was taller than wide is now wider than tall.
    assert np.ptp(rows) == pytest.approx(5 / 8 * np.ptp(columns), abs=3)


def test_no_digits_are_no_images():
    assert draw([]).shape == (0, 40, 40)
