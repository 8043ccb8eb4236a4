"""When not to answer."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["recognised", "unsure", "unfamiliar", "empty"]


def decide(is_empty: bool, probabilities: NDArray[np.float32]) -> Verdict:
    """Decide how far an answer may be trusted.

    Every drawing with ink is ``recognised``. ``unsure`` (two classes compete) and
    ``unfamiliar`` (not a digit) need thresholds calibrated on held-out images; a
    release without them, as every release so far, has no ground to tell either.

    Args:
        is_empty: whether the picture has no ink.
        probabilities: float32 ``(k,)``, calibrated, sum 1.

    Raises:
        ValueError: when ``probabilities`` is no distribution over classes.
    """
    if is_empty:
        return "empty"
    if probabilities.ndim != 1 or not np.isclose(probabilities.sum(), 1, atol=1e-3):
        raise ValueError(
            "expected probabilities (k,) that sum to 1, got shape "
            f"{probabilities.shape} with sum {float(probabilities.sum()):.3g}"
        )
    return "recognised"
