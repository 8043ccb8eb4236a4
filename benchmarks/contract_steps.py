"""The image contract taken apart: four ways to bring a drawing to 28x28.

Each adds one step to the one before; the last is the contract itself.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digit_pipeline.images import (
    DIGIT_SIDE,
    INK_SIDE,
    Box,
    Ink,
    find_box,
    find_ink,
    fit_digit,
)

Pixels = NDArray[np.uint8]
Fit = Callable[[Ink, Box], Ink]


def fit_whole(ink: Ink, box: Box) -> Ink:  # noqa: ARG001 - the naive way knows no box
    """Shrink the whole canvas to 28x28, wherever on it the ink is."""
    return _strengthen(_resize(ink, DIGIT_SIDE, DIGIT_SIDE))


def fit_cropped(ink: Ink, box: Box) -> Ink:
    """Stretch the ink's box to 20x20, in the middle of 28x28."""
    return _place(_resize(_crop(ink, box), INK_SIDE, INK_SIDE))


def fit_proportional(ink: Ink, box: Box) -> Ink:
    """Bring the longer side of the ink's box to 20 px, in the middle of 28x28."""
    crop = _crop(ink, box)
    height, width = crop.shape
    scale = INK_SIDE / max(height, width)
    return _place(
        _resize(crop, max(1, round(height * scale)), max(1, round(width * scale)))
    )


FITS: dict[str, Fit] = {
    "whole": fit_whole,
    "crop": fit_cropped,
    "aspect": fit_proportional,
    "mass": fit_digit,
}


def view_step(pixels: Pixels, step: str) -> Pixels:
    """Bring a picture to 28x28 as far as one step goes.

    Args:
        pixels: uint8 ``(h, w)``.
        step: a name in ``FITS``.

    Returns:
        uint8 ``(28, 28)``, ink = 255; all zero without ink.
    """
    ink = find_ink(pixels)
    box = find_box(ink)
    if box is None:
        return np.zeros((DIGIT_SIDE, DIGIT_SIDE), np.uint8)
    return np.rint(FITS[step](ink, box) * 255).astype(np.uint8)


def _crop(ink: Ink, box: Box) -> Ink:
    return ink[box.top : box.bottom, box.left : box.right]


def _resize(ink: Ink, height: int, width: int) -> Ink:
    """Resize as the contract does: averaging where it shrinks, else interpolating."""
    shrinks = height <= ink.shape[0] and width <= ink.shape[1]
    kernel = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(ink).resize((width, height), kernel))


def _strengthen(ink: Ink) -> Ink:
    """Make the strongest ink 1, as the contract does."""
    return ink / ink.max()


def _place(small: Ink) -> Ink:
    """Put a small ink in the middle of 28x28."""
    digit = np.zeros((DIGIT_SIDE, DIGIT_SIDE), np.float32)
    height, width = small.shape
    top, left = (DIGIT_SIDE - height) // 2, (DIGIT_SIDE - width) // 2
    digit[top : top + height, left : left + width] = _strengthen(small)
    return digit
