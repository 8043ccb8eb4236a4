"""Ask the release before about the pictures that the new one has just answered.

Who draws, and what, changes from hour to hour: a visitor's scribbles are refused by any
release. Only what the release before would have done better on the very same pictures
speaks against the new one.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.door import Door
from digit_pipeline.records import Saying, VersionFigures
from gradio_app.service.predictions import Reading

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier

# Pictures kept, the newest: 3 kB each.
MOST = 500


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture with ink, and what was answered.

    Attributes:
        id: the answer's.
        version: the release that answered.
        digit: float32 ``(28, 28)``, ink = 1.
        verdict: its verdict.
        label: the digit that it named; None for none.
        confidence: its confidence, in [0, 1].
    """

    id: str
    version: str
    digit: NDArray[np.float32]
    verdict: str
    label: str | None
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
                prediction.id,
                prediction.model_version,
                digit,
                prediction.verdict,
                prediction.label,
                prediction.confidence,
            )
        )

    def answered_by(self, version: str) -> list[Shown]:
        """Give those that a release answered, oldest first."""
        return [shown for shown in tuple(self._shown) if shown.version == version]


def compare_answers(
    before: "Classifier", shown: Sequence[Shown], said: Sequence[Saying]
) -> tuple[VersionFigures, VersionFigures]:
    """Let a release answer what another one has answered.

    Args:
        before: the release.
        shown: the pictures, and the other one's answers.
        said: what people said that answers should have been; a word counts against
            each of both releases that answers otherwise.

    Returns:
        the figures of ``before``, and those of the release that was shown them.
    """
    digits = np.stack([one.digit for one in shown])
    answers = before.answer(digits, [False] * len(shown))
    best = answers.probabilities.argmax(axis=1)
    again = [
        replace(
            one,
            verdict=verdict,
            label=before.class_names[label],
            confidence=float(confidence),
        )
        for one, verdict, label, confidence in zip(
            shown,
            answers.verdicts,
            best,
            answers.probabilities.max(axis=1),
            strict=True,
        )
    ]
    return _count(again, said), _count(shown, said)


def _count(shown: Sequence[Shown], said: Sequence[Saying]) -> VersionFigures:
    labels = {one.id: one.label for one in shown}
    known = [one for one in said if one.prediction_id in labels]
    against = [one for one in known if labels[one.prediction_id] != one.label]
    return VersionFigures(
        predictions=len(shown),
        by_verdict=dict(Counter(one.verdict for one in shown)),
        mean_confidence=float(np.mean([one.confidence for one in shown])),
        corrections=len(known),
        disagreements=len(against),
        disagreeing_clients=len({one.client for one in against}),
    )
