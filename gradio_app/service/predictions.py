"""What the service answers: predictions, readings, several digits of one picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digit_pipeline.images import Box, DigitView

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier


@dataclass(frozen=True)
class Prediction:
    """An answer, as DESIGN.md and the REST schema describe it.

    Attributes:
        id: signed, so that a correction can name the answer it corrects.
        verdict: ``recognised``, ``unsure``, ``unfamiliar`` or ``empty``.
        label: the best guess for ``recognised`` and ``unsure``, otherwise None.
        confidence: probability of the best guess in [0, 1]; 0 for ``empty``.
        probabilities: by label, summing to 1; nothing for ``empty``.
        model_version: the release that answered.
        elapsed_ms: time from bytes to answer.
        notes: sentences on how the picture was read.
    """

    id: str
    verdict: str
    label: str | None
    confidence: float
    probabilities: dict[str, float]
    model_version: str
    elapsed_ms: float
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give it as REST answers it."""
        return dict(vars(self))


@dataclass(frozen=True, eq=False)
class Reading:
    """An answer, what the model saw, and who answered.

    Attributes:
        prediction: the answer.
        view: the picture's ink and the digit made of it.
        classifier: the release that answered, for questions about this very answer.
        best: index of the most probable class, whatever the verdict.
        energy: how much the picture looks like a digit at all; None for ``empty``.
        latency: milliseconds by part: decode_ms, contract_ms, inference_ms.
        ink: measures of the digit's ink, as ``measure_inks`` gives them.
    """

    prediction: Prediction
    view: DigitView
    classifier: "Classifier"
    best: int
    energy: float | None
    latency: dict[str, float]
    ink: dict[str, float]


@dataclass(frozen=True, eq=False)
class SplitReading:
    """The digits of one picture, from left to right.

    Attributes:
        digits: a reading each.
        boxes: where each lies in the picture, in pixels of the picture as it was read.
        size: width and height of the picture as it was read, in pixels.
        model_version: the release that answered.
        elapsed_ms: time from bytes to answer.
        notes: sentences on how the picture was read.
    """

    digits: tuple[Reading, ...]
    boxes: tuple[Box, ...]
    size: tuple[int, int]
    model_version: str
    elapsed_ms: float
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str | None:
        """All labels in one word; None when there is none, or one is no digit."""
        labels = [reading.prediction.label for reading in self.digits]
        return "".join(map(str, labels)) if labels and None not in labels else None
