"""Pen paths traced in scans."""

import numpy as np
import pytest

from digit_pipeline.rendering import draw_strokes
from digit_pipeline.skeletons import thin_ink, trace_strokes


def draw(*strokes, side=28):
    ink = draw_strokes(
        [np.array(s, np.float32) for s in strokes], side=side, pen_width=0.15
    )
    return np.rint(ink * 255).astype(np.uint8)[None]


def test_a_bar_is_traced_as_one_stroke_along_its_middle():
    traced = trace_strokes(draw([[0, 0], [0, 9]]))[0]

    assert len(traced) == 1
    across, along = traced[0].T
    assert np.ptp(across) < 1
    assert across.mean() == pytest.approx(13.5, abs=0.7)
    assert np.ptp(along) > 18


def test_a_ring_is_traced_as_one_closed_stroke():
    turns = np.linspace(0, 2 * np.pi, 40)
    ring = np.stack([np.cos(turns), np.sin(turns)], axis=1)

    traced = trace_strokes(draw(ring))[0]

    assert len(traced) == 1
    distances = np.linalg.norm(traced[0] - 13.5, axis=1)
    assert np.ptp(distances) < 2.5
    assert np.linalg.norm(traced[0][0] - traced[0][-1]) < 2


def test_a_cross_keeps_its_four_arms():
    traced = trace_strokes(draw([[0, 5], [10, 5]], [[5, 0], [5, 10]]))[0]

    ends = np.concatenate([[s[0], s[-1]] for s in traced])
    for arm in ([2, 13.5], [25, 13.5], [13.5, 2], [13.5, 25]):
        assert np.linalg.norm(ends - arm, axis=1).min() < 4


def test_no_ink_has_no_strokes():
    assert trace_strokes(np.zeros((2, 28, 28), np.uint8))[1] == []


def test_thinning_keeps_lines_thin_and_holes_open():
    ink = np.zeros((1, 20, 20), bool)
    ink[0, 3:17, 3:17] = True
    ink[0, 8:12, 8:12] = False

    thin = thin_ink(ink)[0]

    blocks = thin[1:, 1:] & thin[:-1, 1:] & thin[1:, :-1] & thin[:-1, :-1]
    assert not blocks.any()
    assert not thin[8:12, 8:12].any()
    assert 28 <= thin.sum() <= 40


def test_a_digit_whose_loop_is_blotted_out_is_not_traced():
    blot = np.zeros((28, 28), np.uint8)
    blot[3:15, 6:20] = 255
    blot[15:25, 16:20] = 255

    assert len(trace_strokes(blot[None])[0]) == 0


@pytest.mark.parametrize("pen_width", [0.05, 0.1, 0.15])
def test_lines_of_common_width_are_traced(pen_width):
    hook = [np.array([[0, 0], [0, 9], [7, 9]], np.float32)]
    ink = draw_strokes(hook, side=28, pen_width=pen_width)

    assert len(trace_strokes(np.rint(ink * 255).astype(np.uint8)[None])[0]) > 0
