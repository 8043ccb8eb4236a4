"""What the champion says of pictures that others have labelled."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.abstention import Verdict
from digit_pipeline.classifier import Classifier
from digit_pipeline.onnx_model import to_input

BATCH = 512


@dataclass(frozen=True, eq=False)
class Opinions:
    """The champion's answers to n pictures.

    Attributes:
        predicted: int64 ``(n,)``, positions in the class names.
        confidences: float32 ``(n,)``, calibrated probability of each answer.
        energies: float32 ``(n,)``: log-odds that a picture shows a digit at all.
        verdicts: how far each answer may be trusted.
    """

    predicted: NDArray[np.int64]
    confidences: NDArray[np.float32]
    energies: NDArray[np.float32]
    verdicts: tuple[Verdict, ...]


def ask_champion(classifier: Classifier, images: NDArray[np.uint8]) -> Opinions:
    """Ask a champion about pictures.

    Args:
        classifier: the champion.
        images: uint8 ``(n, 28, 28, 1)``, ink = 255.
    """
    digits = to_input(images)[..., 0]
    empty = [not image.any() for image in images]
    predicted: list[int] = []
    confidences: list[float] = []
    energies: list[float] = []
    verdicts: list[Verdict] = []
    for start in range(0, len(images), BATCH):
        block = slice(start, start + BATCH)
        answers = classifier.answer(digits[block], empty[block])
        predicted += answers.probabilities.argmax(axis=1).tolist()
        confidences += answers.probabilities.max(axis=1).tolist()
        energies += answers.energies.tolist()
        verdicts += answers.verdicts
    return Opinions(
        np.array(predicted, np.int64),
        np.array(confidences, np.float32),
        np.array(energies, np.float32),
        tuple(verdicts),
    )
