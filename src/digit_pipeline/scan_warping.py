"""Move the pixels of scanned digits, and make their strokes thicker or thinner.

A batch at a time: one call of OpenCV for a hundred digits costs a quarter of a hundred
calls.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

CANVAS = 40
# The moved digit's box is given this side, so that strokes can grow within the canvas.
DRAWN_SIDE = 30
# The elastic field is drawn on so many knots a side and spread by cubic interpolation.
BEND_KNOTS = 5
# Ink rises from none to full between these shares of the level that is the edge.
EDGE_START, EDGE_END = 0.6, 1.4
OPAQUE = 255


def warp_scans(digits: Pixels, moves: Floats, bends: Floats) -> Pixels:
    """Look up every canvas pixel in its digit, by one fused map.

    Args:
        digits: uint8 ``(n, side, side)``, ink = 255.
        moves: float32 ``(n, 2, 2)``, takes each digit to its new shape.
        bends: float32 ``(n, knots, knots, 2)``, shifts as shares of the digit.

    Returns:
        uint8 ``(n, 40, 40)``.
    """
    count, side = digits.shape[:2]
    if not count:
        return np.zeros((0, CANVAS, CANVAS), np.uint8)
    boxes = np.array([cv2.boundingRect(digit) for digit in digits], np.float32)
    corners, sizes = boxes[:, :2], boxes[:, 2:]
    spreads = np.einsum("nij,nj->ni", np.abs(moves), sizes).max(axis=1)
    back = np.linalg.inv(moves) * (spreads / DRAWN_SIDE)[:, None, None]
    centres = corners + (sizes - 1) / 2
    # A blank row above and below each digit: what lies outside of it is paper.
    stacked = np.pad(digits, ((0, 0), (1, 1), (0, 0))).reshape(-1, side)
    tops = np.arange(count, dtype=np.float32)[:, None, None] * (side + 2) + 1
    columns, rows = (
        back[:, axis, 0, None, None] * _ACROSS
        + back[:, axis, 1, None, None] * _DOWN
        + (_SPREAD @ bends[..., axis] @ _SPREAD.T) * sizes.max(axis=1)[:, None, None]
        + centres[:, axis, None, None]
        for axis in (0, 1)
    )
    rows = np.clip(rows, -1, side) + tops
    shape = (count * CANVAS, CANVAS)
    found = cv2.remap(
        stacked,
        columns.astype(np.float32).reshape(shape),
        rows.astype(np.float32).reshape(shape),
        cv2.INTER_LINEAR,
    )
    return np.asarray(found, np.uint8).reshape(count, CANVAS, CANVAS)


def redraw_edges(
    inks: Pixels, blurs: NDArray[np.float64], edges: NDArray[np.float64]
) -> Pixels:
    """Blur, then find the strokes' edge again at another share of ink.

    Args:
        inks: uint8 ``(n, side, side)``, ink = 255.
        blurs: standard deviation of each one's blur, in pixels.
        edges: share of each one's darkest ink at which the edge is found.
    """
    soft = _blur(inks, blurs.astype(np.float32)[:, None, None])
    # A faint hair must not vanish: the edge lies below the strongest ink.
    darkest = soft.max(axis=(1, 2), keepdims=True)
    level = darkest * edges.astype(np.float32)[:, None, None]
    low, high = EDGE_START * level, np.minimum(EDGE_END * level, darkest)
    soft -= low
    soft *= OPAQUE / np.maximum(high - low, 1)
    return np.rint(np.clip(soft, 0, OPAQUE)).astype(np.uint8)


def _blur(inks: Pixels, widths: Floats) -> Floats:
    """Blur each image with its own Gaussian of five taps, along rows and columns."""
    near, far = (np.exp(-(step**2) / (2 * widths**2)) for step in (1, 2))
    total = 1 + 2 * near + 2 * far
    soft = inks.astype(np.float32)
    for axis in (1, 2):
        spread = soft.copy()
        for step, weight in ((1, near), (2, far)):
            _add(spread, soft, axis, step, weight)
            _add(spread, soft, axis, -step, weight)
        spread /= total
        soft = spread
    return soft


def _add(total: Floats, ink: Floats, axis: int, step: int, weight: Floats) -> None:
    """Add weighted ink, shifted so many pixels along an axis; paper comes in."""
    side = ink.shape[axis]
    to, come = (
        slice(max(step, 0), side + min(step, 0)),
        slice(max(-step, 0), side + min(-step, 0)),
    )
    if axis == 1:
        total[:, to] += weight * ink[:, come]
    else:
        total[:, :, to] += weight * ink[:, :, come]


_offsets = np.arange(CANVAS, dtype=np.float32) - (CANVAS - 1) / 2
_ACROSS, _DOWN = _offsets[None, None, :], _offsets[None, :, None]
# What cubic interpolation makes of each knot, (40, knots).
_SPREAD = np.asarray(
    cv2.resize(
        np.eye(BEND_KNOTS, dtype=np.float32),
        (BEND_KNOTS, CANVAS),
        interpolation=cv2.INTER_CUBIC,
    ),
    np.float32,
)
