"""When not to answer."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["recognised", "unsure", "unfamiliar", "empty"]


@dataclass(frozen=True)
class Calibration:
    """What turns a model's logits into probabilities and verdicts.

    Fitted on validation images and made-up non-digits; a release carries it.

    Attributes:
        temperature: what logits are divided by before the softmax.
        min_energy: energy under which a picture is ``unfamiliar``; None refuses none.
        min_confidence: probability in [0, 1] of the best class under which an answer
            is ``unsure``.
    """

    temperature: float = 1.0
    min_energy: float | None = None
    min_confidence: float = 0.0

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Calibration":
        """Read it from what a release or the catalog holds.

        Raises:
            ValueError: when a value is no number of its range.
        """
        temperature = float(content["temperature"])
        given = content.get("min_energy")
        energy = None if given is None else float(given)
        confidence = float(content.get("min_confidence", 0.0))
        if not (
            0 < temperature < np.inf
            and 0 <= confidence <= 1
            and (energy is None or np.isfinite(energy))
        ):
            raise ValueError(
                "expected a positive temperature, an energy and a confidence in "
                f"[0, 1], got {content}: fit the calibration anew"
            )
        return cls(temperature, energy, confidence)


def measure_energy(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the log-sum-exp of each row, float32 ``(n,)``.

    For a network that learned from non-digits it is the log-odds that a picture shows
    a digit at all; for any other, merely the size of its logits (Liu et al., 2020).

    Args:
        logits: float32 ``(n, k)``.
    """
    wide = logits.astype(np.float64)
    highest = wide.max(axis=1, keepdims=True)
    sums = np.exp(wide - highest).sum(axis=1)
    return np.asarray(highest[:, 0] + np.log(sums), np.float32)


def decide(
    is_empty: bool, energy: float, confidence: float, calibration: Calibration
) -> Verdict:
    """Decide how far an answer may be trusted.

    Args:
        is_empty: whether the picture has no ink.
        energy: of the answer's logits.
        confidence: calibrated probability of the best class.
        calibration: holds the thresholds.
    """
    if is_empty:
        return "empty"
    if calibration.min_energy is not None and energy < calibration.min_energy:
        return "unfamiliar"
    return "recognised" if confidence >= calibration.min_confidence else "unsure"
