"""Ask the release before about the pictures that the new one has just answered.

Who draws, and what, changes from hour to hour: a visitor's scribbles are refused by any
release. Only what the release before would have done better on the very same pictures
speaks against the new one.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.abstention import Verdict
from digit_pipeline.records import VersionFigures
from digit_pipeline.records.predictions import Door
from gradio_app.service.predictions import Reading

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier

# Pictures kept, the newest: 3 kB each.
MOST = 500


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture with ink, and what was answered.

    Attributes:
        version: the release that answered.
        digit: float32 ``(28, 28)``, ink = 1.
        verdict: its verdict.
        confidence: its confidence, in [0, 1].
    """

    version: str
    digit: NDArray[np.float32]
    verdict: str
    confidence: float


class RecentPictures:
    """The newest pictures that were answered, in memory alone and never written."""

    def __init__(self) -> None:
        self._shown: deque[Shown] = deque(maxlen=MOST)

    def add(self, reading: Reading, door: Door) -> None:  # noqa: ARG002 - as listeners are
        """Keep a reading's digit, unless there was no ink."""
        prediction = reading.prediction
        if prediction.verdict == "empty":
            return
        # A copy: the original may be a part of a large batch, which it would keep.
        digit = reading.view.digit.copy()
        self._shown.append(
            Shown(
                prediction.model_version,
                digit,
                prediction.verdict,
                prediction.confidence,
            )
        )

    def answered_by(self, version: str) -> list[Shown]:
        """Give those that a release answered, oldest first."""
        return [shown for shown in tuple(self._shown) if shown.version == version]


def compare_answers(
    before: "Classifier", shown: Sequence[Shown]
) -> tuple[VersionFigures, VersionFigures]:
    """Let a release answer what another one has answered.

    Returns:
        the figures of ``before``, and those of the release that was shown them.
    """
    digits = np.stack([one.digit for one in shown])
    answers = before.answer(digits, [False] * len(shown))
    confidences = answers.probabilities.max(axis=1).tolist()
    return (
        _count(answers.verdicts, confidences),
        _count([one.verdict for one in shown], [one.confidence for one in shown]),
    )


def _count(
    verdicts: "Sequence[Verdict] | Sequence[str]", confidences: Sequence[float]
) -> VersionFigures:
    return VersionFigures(
        predictions=len(verdicts),
        by_verdict=dict(Counter(verdicts)),
        mean_confidence=float(np.mean(confidences)),
        corrections=0,
        disagreements=0,
        disagreeing_clients=0,
    )
