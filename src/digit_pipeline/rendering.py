"""Draw pen strokes as ink, with any pen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.images import Ink
from digit_pipeline.labelled_images import Strokes

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
    if side < 1 or pen_width <= 0:
        raise ValueError(
            f"expected a positive side and pen width, got {side} and {pen_width}"
        )
    drawn = [stroke for stroke in strokes if len(stroke)]
    if not drawn:
        return np.zeros((side, side), np.float32)
    ink = draw_batch(
        Strokes.from_digits([drawn]), side=side, pen_widths=np.array([pen_width])
    )[0]
    return ink.astype(np.float32) / np.float32(255)


def draw_batch(
    strokes: Strokes, *, side: int, pen_widths: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Draw many digits' strokes as ``draw_strokes`` draws one's.

    Args:
        strokes: at least one point for each digit and stroke.
        side: side of the squares in pixels.
        pen_widths: above 0, one for each digit.

    Returns:
        uint8 ``(n, side, side)``, ink = 255.
    """
    import cv2  # noqa: PLC0415 - 0.2 s that only drawing should pay

    points, thickness = _fit(strokes, side * OVERSAMPLING, pen_widths)
    drawn = np.zeros((len(strokes), side, side), np.uint8)
    canvas = np.zeros((side * OVERSAMPLING, side * OVERSAMPLING), np.uint8)
    ends = strokes.stroke_ends.tolist()
    first, start = 0, 0
    for i, last in enumerate(strokes.digit_ends.tolist()):
        lines = []
        for end in ends[first:last]:
            # cv2 draws nothing for a single point: a dot is a line of no length.
            line = points[start:end]
            lines.append(line if end - start > 1 else np.repeat(line, 2, axis=0))
            start = end
        first = last
        canvas[:] = 0
        cv2.polylines(
            canvas, lines, isClosed=False, color=255, thickness=thickness[i],
            lineType=cv2.LINE_AA, shift=SHIFT,
        )  # fmt: skip
        cv2.resize(canvas, (side, side), drawn[i], interpolation=cv2.INTER_AREA)
    return drawn


def _fit(
    strokes: Strokes, side: int, pen_widths: NDArray[np.float64]
) -> tuple[NDArray[np.int32], list[int]]:
    """Scale and shift to the square; give cv2's integer points and thicknesses."""
    low, high = strokes.bounds()
    longer = (high - low).max(axis=1).astype(np.float64)
    drawing = side * (1 - 2 * MARGIN) / (1 + pen_widths)
    scale = np.where(longer > 0, drawing / np.where(longer > 0, longer, 1), 0.0)
    scale, middle = scale.astype(np.float32)[:, None], (low + high) / 2
    digit = strokes.digit_of_points()
    # Pixel i covers [i - 0.5, i + 0.5] in cv2.
    centre = np.float32((side - 1) / 2)
    moved = (strokes.points - middle[digit]) * scale[digit] + centre
    thickness = 2 * np.rint((pen_widths * drawing - EXTRA_WIDTH - 1) / 2) + 1
    return (
        np.rint(moved * (1 << SHIFT)).astype(np.int32),
        np.maximum(1, thickness).astype(int).tolist(),
    )
