"""Move the points of pen strokes and draw them with another pen."""

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import Strokes
from digit_pipeline.rendering import draw_batch

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


def draw_anew(
    strokes: Strokes,
    moves: Floats,
    bends: Floats,
    pen_widths: NDArray[np.float64],
    *,
    side: int,
) -> Pixels:
    """Move digits' strokes and draw them.

    Args:
        strokes: of each digit at least one, and at least a point in each.
        moves: float32 ``(n, 2, 2)``, takes each digit to its new shape.
        bends: float32 ``(n, knots, knots, 2)``, shifts as shares of the digit.
        pen_widths: share of each drawing's longer side.
        side: of the square that is drawn on, in pixels.

    Returns:
        uint8 ``(n, side, side)``, ink = 255.
    """
    if not len(strokes):
        return np.zeros((0, side, side), np.uint8)
    low, high = strokes.bounds()
    longer = np.maximum((high - low).max(axis=1, keepdims=True), np.float32(1e-6))
    strokes = _thin_out(strokes)
    digit, points = strokes.digit_of_points(), strokes.points
    places = np.clip((points - low[digit]) / longer[digit], 0, 1)
    shifted = points + _look_up(bends, digit, places) * longer[digit]
    moved = np.einsum("pij,pj->pi", moves[digit], shifted)
    return draw_batch(
        Strokes(moved, strokes.stroke_ends, strokes.digit_ends),
        side=side,
        pen_widths=pen_widths,
    )


def _thin_out(strokes: Strokes) -> Strokes:
    """Take every other point and each stroke's last.

    Tablets report more than a curve needs, and each point costs time.
    """
    lengths = np.diff(strokes.stroke_ends, prepend=0)
    from_start = np.arange(len(strokes.points)) - np.repeat(
        strokes.stroke_ends - lengths, lengths
    )
    kept = from_start % 2 == 0
    kept[strokes.stroke_ends[lengths > 0] - 1] = True
    ends = np.concatenate([[0], np.cumsum(kept)])[strokes.stroke_ends]
    return Strokes(strokes.points[kept], ends, strokes.digit_ends)


def _look_up(bends: Floats, digit: Indices, places: Floats) -> Floats:
    """Interpolate each point's shift between the four knots around it."""
    knots = bends.shape[1]
    scaled = places * np.float32(knots - 1)
    first = np.minimum(scaled.astype(np.int64), knots - 2)
    right, down = np.split(scaled - first, 2, axis=1)
    column, row = first.T
    upper = bends[digit, row, column] * (1 - right)
    upper += bends[digit, row, column + 1] * right
    lower = bends[digit, row + 1, column] * (1 - right)
    lower += bends[digit, row + 1, column + 1] * right
    return upper * (1 - down) + lower * down
