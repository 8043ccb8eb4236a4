"""How wide digits are, and how they lean."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digit_pipeline.batch_contract import find_boxes
from digit_pipeline.labelled_images import Strokes

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]

# Fainter ink does not widen a digit.
MOSTLY_INK = 128
# Square pixels: what is flatter than this has no slant to speak of.
LEAST_SPREAD = 1e-3
# Share of a drawing's longer side that its pen is taken to be wide: a lone stroke is
# not infinitely slim.
THIN_PEN = 0.05
# Squared shares of the longer side: strokes flatter than this have no slant.
LEAST_STROKE_SPREAD = 1e-5
# Degrees from the vertical up to which a line passes for a one.
UPRIGHT = 60.0


def measure_aspects(digits: Pixels) -> Values:
    """Measure width over height of what is mostly ink.

    Args:
        digits: uint8 ``(n, h, w)``, ink = 255.

    Returns:
        float64 ``(n,)``, above 0; 1 without ink.
    """
    boxes = find_boxes(np.greater_equal(digits, MOSTLY_INK))
    across, down = (boxes[:, 2:] - boxes[:, :2]).T
    return np.where(across > 0, across / np.maximum(down, 1), 1.0)


def measure_slants(digits: Pixels) -> Values:
    """Measure how far digits go sideways per unit of height downward.

    By the moments of their ink, as postal readers have set digits upright.

    Args:
        digits: uint8 ``(n, h, w)``, ink = 255.

    Returns:
        float64 ``(n,)``: below 0 for what leans as italics do; 0 without ink.
    """
    ink = digits.astype(np.float64)
    ink /= np.maximum(1, ink.sum(axis=(1, 2), keepdims=True))
    rows, columns = np.arange(digits.shape[1]), np.arange(digits.shape[2])
    down, across = ink.sum(axis=2), ink.sum(axis=1) @ columns
    middle = down @ rows
    spread = down @ rows**2 - middle**2
    both = np.matvec(ink, columns.astype(np.float64)) @ rows - middle * across
    return _find_slants(both, spread, LEAST_SPREAD)


def measure_stroke_aspects(strokes: Strokes) -> Values:
    """Measure width over height of what a thin pen would draw.

    Args:
        strokes: of n digits; of each at least one, and at least a point in each.

    Returns:
        float64 ``(n,)``, above 0; 1 for a dot.
    """
    low, high = strokes.bounds()
    across, down = (high - low).astype(np.float64).T
    pen = THIN_PEN * np.maximum(across, down)
    dot = pen == 0
    return np.where(dot, 1.0, (across + pen) / np.where(dot, 1.0, down + pen))


def measure_stroke_slants(strokes: Strokes) -> Values:
    """Measure how far strokes go sideways per unit of height downward.

    By the moments of their length: what ``measure_slants`` gives of a thin pen's ink.

    Args:
        strokes: of n digits; of each at least one, and at least a point in each.

    Returns:
        float64 ``(n,)``: below 0 for what leans as italics do; 0 for a dot.
    """
    digit, count = strokes.digit_of_points(), len(strokes)
    low, high = strokes.bounds()
    longer = (high - low).max(axis=1).astype(np.float64)
    longer[longer == 0] = 1
    points = (strokes.points - low[digit]) / longer[digit, None]
    joined = np.ones(len(points), bool)
    joined[strokes.stroke_ends - 1] = False
    start, end = points[:-1][joined[:-1]], points[1:][joined[:-1]]
    digit = digit[joined]
    way, half = end - start, (end + start) / 2
    length = np.hypot(*way.T)

    def add(values: Values | float) -> Values:
        return np.asarray(np.bincount(digit, length * values, count), np.float64)

    total = add(1.0)
    total[total == 0] = 1.0
    across, down = (add(half[:, axis]) / total for axis in (0, 1))
    # The twelfth is a line's own spread about its middle.
    spread = add(half[:, 1] ** 2 + way[:, 1] ** 2 / 12) / total - down**2
    both = add(half.prod(axis=1) + way.prod(axis=1) / 12) / total - across * down
    return _find_slants(both, spread, LEAST_STROKE_SPREAD)


def _find_slants(both: Values, spread: Values, least: float) -> Values:
    """Divide the moment of both axes by that downward, where there is enough of it."""
    return np.where(spread > least, both / np.maximum(spread, least), 0.0)


def is_upright_line(ink: Pixels, narrowest: float) -> bool:
    """Tell whether a picture would pass for a one without upstroke or base.

    By the axes of its ink's spread: it is longer upward than across, and narrow.

    Args:
        ink: uint8 ``(h, w)``.
        narrowest: breadth over length from which it is too broad for a line; a pen
            stroke lies between 0.05 and 0.3, a filled square at 1.
    """
    moments = cv2.moments(ink)
    across, down, both = moments["mu20"], moments["mu02"], moments["mu11"]
    middle, reach = (across + down) / 2, np.hypot((across - down) / 2, both)
    tilt = np.degrees(np.arctan2(2 * both, down - across) / 2)
    is_narrow = middle - reach < narrowest**2 * (middle + reach)
    return bool(is_narrow and abs(tilt) < UPRIGHT)
