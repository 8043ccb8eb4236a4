"""Measure ink, so that a change in how people draw shows in the records."""

import numpy as np

from digit_pipeline.images import DIGIT_SIDE, DigitView

DIGITS = 4


def measure_ink(view: DigitView) -> dict[str, float]:
    """Measure what a picture's digit looks like.

    Returns:
        nothing without ink; otherwise ``share`` of the 28x28 that is ink, ``width``
        and ``height`` of the ink as shares of the picture's, ``aspect`` of its box
        (width by height), ``thickness`` of its strokes in pixels of the 28x28.
    """
    if view.box is None:
        return {}
    height, width = view.ink.shape
    across = view.box.right - view.box.left
    down = view.box.bottom - view.box.top
    digit = view.digit.ravel()
    total = float(digit.sum())
    # In one row, a line's end meets the next one's start, where there is no ink.
    edges = np.abs(digit[1:] - digit[:-1]).sum()
    edges += np.abs(digit[DIGIT_SIDE:] - digit[:-DIGIT_SIDE]).sum()
    return {
        "share": round(total / digit.size, DIGITS),
        "width": round(across / width, DIGITS),
        "height": round(down / height, DIGITS),
        "aspect": round(across / down, DIGITS),
        # A stroke of length l and width w has l * w of ink and 2 * l of edge.
        "thickness": round(2 * total / float(edges), DIGITS),
    }
