"""Filled shapes and grey surfaces, as of things, clothes and photographs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digit_pipeline.non_digits.canvas import SIDE, Pixels

Floats = NDArray[np.float32]


def draw_silhouette(rng: np.random.Generator) -> Pixels:
    """Draw filled shapes, plain or with a surface."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for _ in range(rng.integers(1, 5)):
        _fill(mask, rng)
    if rng.random() < 0.4:
        mask = np.maximum(mask, mask[:, ::-1])  # bags, shirts, shoes in pairs
    surface = _surface(rng) if rng.random() < 0.7 else np.ones_like(mask, np.float32)
    return np.rint(mask * (0.25 + 0.75 * surface)).astype(np.uint8)


def draw_surface(rng: np.random.Generator) -> Pixels:
    """Draw a grey surface over the whole picture, as a photograph has."""
    surface = _surface(rng)
    if rng.random() < 0.3:
        surface = (surface > rng.uniform(0.3, 0.7)).astype(np.float32)
    return np.rint(255 * surface).astype(np.uint8)


def _fill(mask: Pixels, rng: np.random.Generator) -> None:
    """Fill an ellipse or a polygon, in place."""
    if rng.random() < 0.4:
        centre = rng.integers(SIDE // 4, 3 * SIDE // 4, 2).tolist()
        axes = rng.integers(SIDE // 10, SIDE // 3, 2).tolist()
        cv2.ellipse(mask, centre, axes, int(rng.integers(180)), 0, 360, 255, -1)
        return
    corners = rng.integers(2, SIDE - 2, (rng.integers(3, 8), 1, 2), dtype=np.int32)
    cv2.fillPoly(mask, [cv2.convexHull(corners)], 255)


def _surface(rng: np.random.Generator) -> Floats:
    """Draw noise at several scales, float32 ``(side, side)`` in [0, 1]."""
    surface = np.zeros((SIDE, SIDE), np.float32)
    for cells in rng.choice([2, 3, 5, 9, 17, SIDE], 3, replace=False).tolist():
        noise = rng.random((cells, cells), np.float32) * np.float32(rng.random())
        surface += cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    low, high = float(surface.min()), float(surface.max())
    return (surface - low) / max(high - low, 1e-6)
