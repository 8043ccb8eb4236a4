"""The robustness scorecard: accuracy by corruption and strength, as plain numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation.prediction import ask_logits

Scorecard = dict[str, Any]


def corrupt_images(
    images: LabelledImages, robustness: dict[str, Any], seed: int
) -> LabelledImages:
    """Corrupt held-out digits in every way at every strength.

    Args:
        images: digits as model input, uint8 ``(n, 28, 28, 1)``, ink = 255.
        robustness: ``images`` (at most so many are used).
        seed: the project's seed.

    Returns:
        uint8 ``(56 * n, 28, 28, 1)``; ``sources`` names each image's condition:
        ``clean``, ``shift 1`` … ``jpeg 5``.
    """
    from digit_pipeline.corruptions import (  # noqa: PLC0415 - loads cv2 (0.2 s)
        STREAM,
        corrupt_digits,
    )

    # The strokes are no longer what the pixels are drawn from.
    images = replace(images, strokes=None)
    if len(images) > robustness["images"]:
        random = np.random.default_rng([seed, STREAM])
        chosen = random.choice(len(images), robustness["images"], replace=False)
        images = images.take(np.sort(chosen))
    return LabelledImages.concatenate(
        [
            replace(
                images,
                images=digits[..., np.newaxis],
                sources=np.full(len(images), condition),
            )
            for condition, digits in corrupt_digits(images.images[..., 0], seed).items()
        ]
    )


def measure_robustness(onnx: bytes, corrupted: LabelledImages) -> Scorecard:
    """Let a model answer corrupted images.

    Args:
        onnx: the model's file.
        corrupted: as ``corrupt_images`` gives them.

    Returns:
        as ``score_conditions``.
    """
    correct = ask_logits(onnx, corrupted).argmax(axis=1) == corrupted.labels
    if corrupted.sources is None:
        raise ValueError(
            "expected the condition of each image as its source, got images without "
            "sources: make them anew by the node corrupt_images"
        )
    return score_conditions(correct, corrupted.sources)


def score_conditions(
    correct: NDArray[np.bool_], conditions: NDArray[np.str_]
) -> Scorecard:
    """Count right answers by corruption and strength.

    Args:
        correct: bool ``(n,)``, whether each corrupted image was read rightly.
        conditions: str ``(n,)``, as ``corrupt_images`` names them.

    Returns:
        ``images`` (under each condition), ``clean`` and ``mean`` accuracy (the mean of
        all corruptions), and ``corruptions``: by name, ``accuracies`` at strengths 1 to
        5, their ``mean``, and what was done (``amounts`` and their ``unit``). Without
        images, None for the accuracies and no corruptions.
    """
    from digit_pipeline.corruptions import (  # noqa: PLC0415 - as above
        CLEAN,
        CORRUPTIONS,
        STRENGTHS,
        name_condition,
    )

    images = int((conditions == CLEAN).sum())
    if not images:
        return {"images": 0, "clean": None, "mean": None, "corruptions": {}}
    rows = {}
    for name, corruption in CORRUPTIONS.items():
        accuracies = [
            float(correct[conditions == name_condition(name, strength)].mean())
            for strength in STRENGTHS
        ]
        rows[name] = {
            "accuracies": accuracies,
            "mean": float(np.mean(accuracies)),
            "amounts": list(corruption.amounts),
            "unit": corruption.unit,
        }
    return {
        "images": images,
        "clean": float(correct[conditions == CLEAN].mean()),
        "mean": float(np.mean([row["mean"] for row in rows.values()])),
        "corruptions": rows,
    }
