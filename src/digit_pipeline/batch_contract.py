"""The 28x28 contract for many inks of one size at once.

Gives what ``images.fit_digit`` gives, pixel for pixel, in a fifth of the time: training
draws a million digits anew and hands each one through the contract.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digit_pipeline.images import BOX_THRESHOLD, DIGIT_SIDE, INK_SIDE, fit_digit

Pixels = NDArray[np.uint8]
Indices = NDArray[np.int64]


def fit_batch(inks: Pixels) -> Pixels:
    """Bring inks to 28x28: longer side 20 px, aspect kept, centre of mass centred.

    Args:
        inks: uint8 ``(n, side, side)``, ink = 255 on 0.

    Returns:
        uint8 ``(n, 28, 28)``: 255 times what ``fit_digit`` gives; all zero without ink.
    """
    digits = np.zeros((len(inks), DIGIT_SIDE, DIGIT_SIDE), np.uint8)
    boxes = find_boxes(np.greater(inks, np.uint8(BOX_THRESHOLD * 255)))
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    # Pillow enlarges by interpolation, which is left to it: tiny inks are rare.
    for i in np.flatnonzero((longer > 0) & (longer < INK_SIDE)):
        digits[i] = np.rint(fit_digit(inks[i] / np.float32(255)) * 255)
    large = np.flatnonzero(longer >= INK_SIDE)
    if large.size:
        levels, lengths = _scale(inks[large], boxes[large])
        digits[large], _ = centre_levels(levels, lengths)
    return digits


def centre_levels(
    levels: NDArray[np.float32], lengths: tuple[Indices, Indices]
) -> tuple[NDArray[np.float32], tuple[Indices, Indices]]:
    """Put the centre of mass on pixel 14 without leaving the frame.

    Args:
        levels: float32 ``(n, 20, 20)``, whole levels, in the upper left corner.
        lengths: rows and columns of that corner, ``(n,)`` each.

    Returns:
        float32 ``(n, 28, 28)``, and the first row and column of each corner there.
    """
    total = levels.sum(axis=(1, 2), dtype=np.float64)
    placed = np.zeros(
        (len(levels), DIGIT_SIDE + INK_SIDE, DIGIT_SIDE + INK_SIDE), np.float32
    )
    starts = []
    for axis, length in zip((2, 1), lengths, strict=True):
        profile = levels.sum(axis=axis, dtype=np.float64)
        mean = profile @ np.arange(INK_SIDE) / total
        start = np.floor(DIGIT_SIDE / 2 + 0.5 - mean).astype(np.int64)
        starts.append(np.clip(start, 0, DIGIT_SIDE - length))
    image = np.arange(len(levels))[:, None, None]
    rows, columns = (start[:, None] + np.arange(INK_SIDE) for start in starts)
    placed[image, rows[:, :, None], columns[:, None, :]] = levels
    return placed[:, :DIGIT_SIDE, :DIGIT_SIDE], (starts[0], starts[1])


def find_boxes(marked: NDArray[np.bool_]) -> Indices:
    """Find what is marked in each picture, bool ``(n, h, w)``.

    Returns:
        int64 ``(n, 4)``: left, top, right, bottom; all zero where nothing is.
    """
    boxes = np.zeros((len(marked), 4), np.int64)
    for first, axis in ((0, 1), (1, 2)):
        along: NDArray[np.bool_] = np.any(marked, axis=axis)
        boxes[:, first] = along.argmax(axis=1)
        end = along.shape[1] - along[:, ::-1].argmax(axis=1)
        boxes[:, first + 2] = np.where(along.any(axis=1), end, 0)
    return boxes


def _scale(
    inks: Pixels, boxes: Indices
) -> tuple[NDArray[np.float32], tuple[Indices, Indices]]:
    """Shrink to the ink side as Pillow's box filter does, strongest ink to 255."""
    spans = boxes[:, 2:] - boxes[:, :2]
    # np.rint and Python's round both take halves to even.
    lengths = np.rint(spans * (INK_SIDE / spans.max(axis=1, keepdims=True)))
    lengths = np.maximum(1, lengths).astype(np.int64)
    ink = inks.astype(np.float32) / np.float32(255)
    # Pillow averages along x first and keeps the result in float32.
    columns = _average_rows(ink.swapaxes(1, 2), boxes[:, 0], spans[:, 0], lengths[:, 0])
    small = _average_rows(
        columns.swapaxes(1, 2), boxes[:, 1], spans[:, 1], lengths[:, 1]
    )
    factor = np.float32(255) / small.max(axis=(1, 2), keepdims=True)
    return np.rint(small * factor), (lengths[:, 1], lengths[:, 0])


def _average_rows(
    ink: NDArray[np.float32], starts: Indices, lengths: Indices, small: Indices
) -> NDArray[np.float32]:
    """Average rows: ``(n, side, columns)`` to ``(n, 20, columns)``, zero beyond."""
    side = ink.shape[1]
    first, count = _windows(side)
    rows = starts[:, None] + first[lengths, small]
    counts = count[lengths, small]
    weights = np.where(counts, 1 / np.maximum(1, counts), 0)
    exact = np.ascontiguousarray(ink, np.float64)
    image = np.arange(len(ink))[:, None]
    total = np.zeros((len(ink), INK_SIDE, ink.shape[2]))
    # One tap after the other, as Pillow adds them: the last bit decides some ties.
    for tap in range(int(counts.max())):
        weight = np.where(counts > tap, weights, 0)[:, :, None]
        total += exact[image, np.minimum(rows + tap, side - 1)] * weight
    return total.astype(np.float32)


@cache
def _windows(side: int) -> tuple[Indices, Indices]:
    """First pixel and number of pixels of each window of Pillow's box filter.

    Returns:
        int64 ``(side + 1, 21, 20)`` each, by length before, length after and place.
    """
    first = np.zeros((side + 1, INK_SIDE + 1, INK_SIDE), np.int64)
    count = np.zeros_like(first)
    for length in range(1, side + 1):
        each = Image.fromarray(np.eye(length, dtype=np.float32))
        for small in range(1, min(length, INK_SIDE) + 1):
            seen = np.asarray(each.resize((small, length), Image.Resampling.BOX)) > 0
            first[length, small, :small] = seen.argmax(axis=0)
            count[length, small, :small] = seen.sum(axis=0)
    return first, count
