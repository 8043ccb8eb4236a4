"""Draw pen strokes as ink, with any pen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.images import Ink

# Room kept free on each side, so that the border tells the background.
MARGIN = 0.04
# Strokes are drawn this much larger and averaged down: pens of fractional width.
OVERSAMPLING = 4
# cv2 takes coordinates as integers in units of 2**-SHIFT pixels.
SHIFT = 6
# Measured: an anti-aliased line of odd thickness t > 1 is t + 2.4 px wide (horizontal,
# vertical or slanted within 0.2), and one of even thickness as wide as t - 1.
EXTRA_WIDTH = 2.4


def draw_strokes(
    strokes: Sequence[NDArray[np.float32]], *, side: int, pen_width: float
) -> Ink:
    """Draw one digit's strokes, centred and as large as the square allows.

    Args:
        strokes: float32 ``(points, 2)`` each: x to the right, y downward, any unit.
        side: side of the square in pixels.
        pen_width: width of the round pen, as a share of the longer side of the
            box around the points (a lone dot is drawn as if that box were the square).

    Returns:
        float32 ``(side, side)`` in [0, 1], ink = 1, anti-aliased; all zero without
        strokes.

    Raises:
        ValueError: when ``side`` or ``pen_width`` is not positive.
    """
    import cv2  # noqa: PLC0415 - 0.2 s that only drawing should pay

    if side < 1 or pen_width <= 0:
        raise ValueError(
            f"expected a positive side and pen width, got {side} and {pen_width}"
        )
    canvas = np.zeros((side * OVERSAMPLING, side * OVERSAMPLING), np.uint8)
    drawn = [stroke for stroke in strokes if len(stroke)]
    if drawn:
        fitted, thickness = _fit(drawn, len(canvas), pen_width)
        cv2.polylines(
            canvas, fitted, isClosed=False, color=255, thickness=thickness,
            lineType=cv2.LINE_AA, shift=SHIFT,
        )  # fmt: skip
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def _fit(
    strokes: Sequence[NDArray[np.float32]], side: int, pen_width: float
) -> tuple[list[NDArray[np.int32]], int]:
    """Scale and shift to the square; give cv2's integer points and thickness."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    longer = float((high - low).max())
    drawing = side * (1 - 2 * MARGIN) / (1 + pen_width)
    scale = drawing / longer if longer > 0 else 0.0
    middle = (low + high) / 2
    # Pixel i covers [i - 0.5, i + 0.5] in cv2.
    centre = (side - 1) / 2
    fitted = []
    for stroke in strokes:
        moved = (stroke - middle) * scale + centre
        # cv2 draws nothing for a single point: a dot is a line of no length.
        moved = moved if len(moved) > 1 else np.repeat(moved, 2, axis=0)
        fitted.append(np.rint(moved * (1 << SHIFT)).astype(np.int32))
    return fitted, max(1, 2 * round((pen_width * drawing - EXTRA_WIDTH - 1) / 2) + 1)
