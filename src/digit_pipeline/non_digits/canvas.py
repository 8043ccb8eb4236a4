"""What all families draw on."""

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.rendering import draw_strokes

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]

SIDE = 56
# Thinnest and thickest pen, as shares of the drawing's longer side.
PENS = (0.025, 0.16)


def draw_lines(lines: list[Points], rng: np.random.Generator) -> Pixels:
    """Draw lines, each ``(points, 2)`` in any unit, with any pen: uint8 ink."""
    pen = np.exp(rng.uniform(*np.log(PENS)))
    ink = draw_strokes(lines, side=SIDE, pen_width=float(pen))
    return np.rint(ink * 255).astype(np.uint8)


def turn(points: Points, degrees: float) -> Points:
    """Turn points about the origin."""
    angle = np.radians(degrees)
    matrix = np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32
    )
    return np.asarray(points @ matrix.T, np.float32)
