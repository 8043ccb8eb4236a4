"""Measure ink, so that a change in how people draw shows in the records."""

from collections.abc import Sequence

import numpy as np

from digit_pipeline.images import DIGIT_SIDE, DigitView, Ink

DIGITS = 4


def measure_inks(views: Sequence[DigitView], digits: Ink) -> list[dict[str, float]]:
    """Measure what pictures' digits look like, all at once.

    Args:
        views: a picture each.
        digits: theirs, float32 ``(n, 28, 28)`` in [0, 1], ink = 1.

    Returns:
        for each nothing without ink; otherwise ``share`` of the 28x28 that is ink,
        ``width`` and ``height`` of the ink as shares of the picture's, ``aspect`` of
        its box (width by height), ``thickness`` of its strokes in pixels of the 28x28.
    """
    rows = digits.reshape(len(digits), -1)
    totals = np.add.reduce(rows, axis=1)
    # In one row, a line's end meets the next one's start, where there is no ink.
    edges = np.add.reduce(np.abs(rows[:, 1:] - rows[:, :-1]), axis=1)
    edges += np.add.reduce(np.abs(rows[:, DIGIT_SIDE:] - rows[:, :-DIGIT_SIDE]), axis=1)
    return [
        _describe(view, total, edge)
        for view, total, edge in zip(
            views, totals.tolist(), edges.tolist(), strict=True
        )
    ]


def _describe(view: DigitView, total: float, edge: float) -> dict[str, float]:
    if view.box is None:
        return {}
    height, width = view.ink.shape
    across = view.box.right - view.box.left
    down = view.box.bottom - view.box.top
    return {
        "share": round(total / view.digit.size, DIGITS),
        "width": round(across / width, DIGITS),
        "height": round(down / height, DIGITS),
        "aspect": round(across / down, DIGITS),
        # A stroke of length l and width w has l * w of ink and 2 * l of edge.
        "thickness": round(2 * total / edge, DIGITS),
    }
