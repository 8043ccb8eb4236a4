"""From labelled images to model input, by the image contract."""

from typing import Any

import numpy as np

from digit_pipeline.batch_contract import fit_batch
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.progress import track
from digit_pipeline.training_manifest import TrainingManifest

# Few enough that a bar moves, many enough that numpy works on many at once.
BATCH = 512


def fit_digits(images: LabelledImages) -> LabelledImages:
    """Bring every image to the 28x28 contract; labels, groups and strokes stay.

    Args:
        images: uint8 ``(n, h, w, 1)``, ink = 255 on 0.

    Returns:
        uint8 ``(n, 28, 28, 1)``, ink = 255: the contract's levels of 1/255, exactly.
    """
    # At least one batch, which is empty where the set is.
    starts = range(0, max(1, len(images)), BATCH)
    digits = [
        fit_batch(images.images[start : start + BATCH, ..., 0])
        for start in track(starts, "Fitting digits")
    ]
    return images.with_images(np.concatenate(digits)[..., np.newaxis])


def make_non_digits(
    train_input: LabelledImages, per_family: int, narrowest: float, seed: int
) -> LabelledImages:
    """Draw what is no digit, for candidates that learn to refuse.

    Args:
        train_input: digits; pairs are made of the published ones.
        per_family: pictures of each family.
        narrowest: breadth over length of the narrowest upright picture.
        seed: the project's seed.

    Returns:
        uint8 ``(n, 28, 28, 1)``; the classes are the families.
    """
    from digit_pipeline.non_digits import (  # noqa: PLC0415 - loads cv2 (0.2 s)
        TRAINING_FAMILIES,
        draw_non_digits,
    )

    return draw_non_digits(
        train_input.published().images[..., 0],
        families=TRAINING_FAMILIES,
        per_family=per_family,
        seed=seed,
        narrowest=narrowest,
    )


def list_training_images(
    train_input: LabelledImages, validation_input: LabelledImages
) -> TrainingManifest:
    """List exactly what a training learns from and is chosen by."""
    return TrainingManifest.of({"train": train_input, "validation": validation_input})


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
