"""Two digits side by side."""

import cv2
import numpy as np

from digit_pipeline.non_digits.canvas import SIDE, Pixels


def draw_pair(digits: Pixels, rng: np.random.Generator) -> Pixels:
    """Set two digits side by side, now and then touching.

    Args:
        digits: uint8 ``(n, 28, 28)``, ink = 255.
        rng: where chance comes from.

    Returns:
        uint8 ``(56, 56)``.
    """
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    left, right = (_crop(digits[i]) for i in rng.integers(len(digits), size=2))
    gap = int(rng.integers(-2, 9))
    room = SIDE - left.shape[1] - right.shape[1]
    start = max(0, (room - gap) // 2)
    _place(canvas, left, start, rng)
    _place(canvas, right, start + left.shape[1] + gap, rng)
    return canvas


def _crop(digit: Pixels) -> Pixels:
    x, y, width, height = cv2.boundingRect(digit)
    return digit[y : y + height, x : x + width]


def _place(canvas: Pixels, digit: Pixels, left: int, rng: np.random.Generator) -> None:
    height, width = digit.shape
    top = (SIDE - height) // 2 + int(rng.integers(-4, 5))
    left = min(max(left, 0), SIDE - width)
    window = canvas[top : top + height, left : left + width]
    np.maximum(window, digit, out=window)
