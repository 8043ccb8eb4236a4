"""Draw validation images anew, as other hands and pens would have drawn them."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.images import DIGIT_SIDE, fit_digit
from digit_pipeline.labelled_images import LabelledImages

# The ink is enlarged this much before it gets a hard edge, as a pen on a canvas has.
ENLARGEMENT = 4


def perturb_images(
    images: LabelledImages, perturbation: dict[str, Any], seed: int
) -> LabelledImages:
    """Draw digits anew, slanted, turned, stretched and with thinner and thicker pens.

    Args:
        images: digits as model input, uint8 ``(n, 28, 28, 1)``, ink = 255; of these
            the published ones are drawn.
        perturbation: ``images`` (at most so many are used), ``variants`` (of each),
            ``rotation`` (degrees either way), ``shear`` (either way), ``stretch`` (of
            width against height, either way), ``edge`` (two grey levels in (0, 1):
            the ink above a level between them becomes the stroke, so that the low end
            gives thick pens and the high end thin ones).
        seed: the project's seed.

    Returns:
        uint8 ``(n * variants, 28, 28, 1)``, variants of one image side by side.
    """
    random = np.random.default_rng([seed, 7])
    # The strokes are no longer what the pixels are drawn from.
    images = replace(images.published(), strokes=None)
    count, variants = len(images), perturbation["variants"]
    if count > perturbation["images"]:
        chosen = random.choice(count, perturbation["images"], replace=False)
        images = images.take(np.sort(chosen))
    repeated = images.take(np.repeat(np.arange(len(images)), variants))
    for image in repeated.images:
        image[..., 0] = redraw_digit(image[..., 0], perturbation, random)
    return repeated


def redraw_digit(
    digit: NDArray[np.uint8], perturbation: dict[str, Any], random: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw one digit anew: uint8 ``(28, 28)`` to uint8 ``(28, 28)``."""
    import cv2  # noqa: PLC0415 - 0.2 s that only this node should pay

    side = DIGIT_SIDE * ENLARGEMENT
    large = cv2.warpAffine(
        digit,
        _random_matrix(perturbation, random),
        (side, side),
        flags=cv2.INTER_CUBIC,
    )
    large = cv2.GaussianBlur(large, (0, 0), ENLARGEMENT / 2).astype(np.float32)
    edge = random.uniform(*perturbation["edge"])
    # A ramp of two grey levels in a hundred either side leaves an anti-aliased edge.
    ink = np.clip((large / max(float(large.max()), 1.0) - edge) / 0.04 + 0.5, 0, 1)
    return np.rint(fit_digit(ink) * 255).astype(np.uint8)


def _random_matrix(
    perturbation: dict[str, Any], random: np.random.Generator
) -> NDArray[np.float64]:
    """Turn, slant, stretch and enlarge about the centre: float64 ``(2, 3)``."""
    angle = np.deg2rad(random.uniform(-1, 1) * perturbation["rotation"])
    shear = random.uniform(-1, 1) * perturbation["shear"]
    width = 1 + random.uniform(-1, 1) * perturbation["stretch"]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = ENLARGEMENT * turn @ np.array([[width, shear], [0.0, 1.0]])
    centre = np.full(2, (DIGIT_SIDE - 1) / 2)
    target = np.full(2, (DIGIT_SIDE * ENLARGEMENT - 1) / 2)
    return np.column_stack([matrix, target - matrix @ centre])
