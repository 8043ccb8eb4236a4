"""Measure ink, so that a change in how people draw shows in the records."""

from collections.abc import Sequence

from digit_pipeline.drift import measure_ink
from digit_pipeline.images import DigitView, Ink

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
    seen = measure_ink(digits)
    columns = zip(
        views, seen["share"].tolist(), seen["thickness"].tolist(), strict=True
    )
    return [_describe(*column) for column in columns]


def _describe(view: DigitView, share: float, thickness: float) -> dict[str, float]:
    if view.box is None:
        return {}
    height, width = view.ink.shape
    across = view.box.right - view.box.left
    down = view.box.bottom - view.box.top
    return {
        "share": round(share, DIGITS),
        "width": round(across / width, DIGITS),
        "height": round(down / height, DIGITS),
        "aspect": round(across / down, DIGITS),
        "thickness": round(thickness, DIGITS),
    }
