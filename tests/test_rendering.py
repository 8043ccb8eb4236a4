"""Strokes drawn as ink: position, width, dots, aspect."""

import numpy as np
import pytest

from digit_pipeline.rendering import MARGIN, draw_strokes

VERTICAL = [np.array([[5, 0], [5, 100]], np.float32)]


def test_a_vertical_line_has_the_asked_width_and_lies_in_the_middle():
    ink = draw_strokes(VERTICAL, side=100, pen_width=0.1)

    # The square leaves 92 px; 92 / 1.1 px of line, a tenth of that for the pen.
    row = ink[50]
    assert ink.dtype == np.float32
    assert row.sum() == pytest.approx(8.36, abs=0.7)
    assert row @ np.arange(100) / row.sum() == pytest.approx(49.5, abs=0.2)
    rows = np.flatnonzero(ink.max(axis=1) > 0.5)
    assert (rows[0], rows[-1]) == pytest.approx((4, 95), abs=1)


def test_twice_the_pen_draws_twice_the_ink():
    thin = draw_strokes(VERTICAL, side=200, pen_width=0.05)[100].sum()
    thick = draw_strokes(VERTICAL, side=200, pen_width=0.10)[100].sum()

    assert thick / thin == pytest.approx(2 * 1.05 / 1.10, rel=0.05)


def test_y_points_downward():
    hook = [np.array([[0, 0], [0, 10], [8, 10]], np.float32)]

    ink = draw_strokes(hook, side=50, pen_width=0.1)

    assert ink[40:].sum() > 3 * ink[:10].sum()


def test_a_dot_is_a_round_spot_in_the_middle():
    ink = draw_strokes([np.array([[3, 7]], np.float32)], side=64, pen_width=0.25)

    assert ink[32, 32] == 1
    assert ink.sum() == pytest.approx(
        np.pi / 4 * (0.25 * 64 * 0.92 / 1.25) ** 2, rel=0.15
    )
    np.testing.assert_allclose(ink, ink.T, atol=0.02)


def test_the_margin_stays_empty_whatever_the_shape():
    for strokes in (VERTICAL, [np.array([[0, 3], [400, 3]], np.float32)]):
        ink = draw_strokes(strokes, side=100, pen_width=0.3)
        edge = int(100 * MARGIN) - 1
        assert ink[:edge].max() == ink[:, :edge].max() == ink[-edge:].max() == 0


def test_no_strokes_leave_the_square_blank():
    assert draw_strokes([], side=28, pen_width=0.1).max() == 0


def test_a_pen_without_width_is_refused():
    with pytest.raises(ValueError, match="positive side and pen width, got 28 and 0"):
        draw_strokes(VERTICAL, side=28, pen_width=0)
