"""From labelled images to model input, by the image contract."""

from typing import Any

import numpy as np

from digit_pipeline.images import fit_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.progress import track


def fit_digits(images: LabelledImages) -> LabelledImages:
    """Bring every image to the 28x28 contract; labels, groups and strokes stay.

    Args:
        images: uint8 ``(n, h, w, 1)``, ink = 255 on 0.

    Returns:
        uint8 ``(n, 28, 28, 1)``, ink = 255: the contract's levels of 1/255, exactly.
    """
    digits = [
        fit_digit(image[..., 0] / np.float32(255))
        for image in track(images.images, "Fitting digits")
    ]
    levels = np.rint(np.stack(digits)[..., np.newaxis] * 255).astype(np.uint8)
    return images.with_images(levels)


def digest_sets(
    train_input: LabelledImages,
    validation_input: LabelledImages,
    gate_input: LabelledImages,
    test_input: LabelledImages,
) -> dict[str, Any]:
    """Identify the exact images and labels of each set.

    Returns:
        by set: "sha256" over images and labels in their order, and "images".
    """
    sets = {
        "train": train_input,
        "validation": validation_input,
        "gate": gate_input,
        "test": test_input,
    }
    return {
        name: {"sha256": images.digest(), "images": len(images)}
        for name, images in sets.items()
    }
