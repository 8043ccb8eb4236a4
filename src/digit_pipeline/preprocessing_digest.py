"""Identify the image contract by what it does."""

import hashlib
from functools import cache

import numpy as np

from digit_pipeline.images import DIGIT_SIDE, INK_SIDE, Ink, fit_digit, view_digit


@cache
def digest_preprocessing() -> str:
    """Hash the contract's constants and its answers to fixed drawings: sha256 hex.

    A release carries it, so that a model is not asked about images made otherwise
    than those it was trained on.
    """
    digest = hashlib.sha256(repr((DIGIT_SIDE, INK_SIDE)).encode())
    for drawing in _draw_samples():
        pixels = np.rint(255 - drawing * 255).astype(np.uint8)
        for digit in (fit_digit(drawing), view_digit(pixels).digit):
            digest.update(np.rint(digit * 255).astype(np.uint8).tobytes())
    return digest.hexdigest()


def _draw_samples() -> list[Ink]:
    """A ring, a slanted line, a dot and a small corner, at four sizes."""
    rows, columns = np.mgrid[0:120, 0:90].astype(np.float32)
    distance = np.hypot(rows - 50, columns - 40)
    ring = np.clip(14 - np.abs(distance - 24), 0, 8) / 8
    slant = np.clip(9 - np.abs(columns - rows / 2 - 10), 0, 4) / 4
    dot = np.clip(6 - np.hypot(rows - 80, columns - 15), 0, 1)
    corner = np.zeros((9, 7), np.float32)
    corner[1:7, 1], corner[6, 1:6] = 1, 0.5
    return [np.asarray(drawing, np.float32) for drawing in (ring, slant, dot, corner)]
