"""Fit what turns logits into probabilities and verdicts, on validation images."""

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.abstention import Calibration, measure_energy
from digit_pipeline.onnx_model import softmax
from digit_pipeline.pipelines.evaluation.metrics import SMALLEST_PROBABILITY

Floats = NDArray[np.float32]

TEMPERATURES = (0.1, 10.0)


def fit_calibration(
    logits: Floats,
    labels: NDArray[np.int64],
    sources: NDArray[np.str_] | None,
    refused: dict[str, float],
) -> Calibration:
    """Fit the temperature and both thresholds.

    Each threshold refuses its share of the digits of that source which would lose
    most by it: a kind of writing with few images counts as much as one with many.

    Args:
        logits: float32 ``(n, k)`` for validation digits.
        labels: int64 ``(n,)``.
        sources: each digit's source; all one when None.
        refused: shares of the digits that may be called ``unfamiliar`` and ``unsure``.
    """
    temperature = fit_temperature(logits, labels)
    energies = measure_energy(logits)
    confidences = softmax(logits, temperature).max(axis=1)
    if sources is None:
        sources = np.zeros(len(labels), "U1")
    return Calibration(
        temperature=temperature,
        min_energy=_lowest_quantile(energies, sources, refused["unfamiliar"]),
        min_confidence=_lowest_quantile(confidences, sources, refused["unsure"]),
    )


def fit_temperature(logits: Floats, labels: NDArray[np.int64]) -> float:
    """Find the temperature of the least negative log-likelihood (Guo et al., 2017).

    As if one more answer had been wrong (Platt, 1999): all of 179 right is no ground
    for certainty.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - 0.3 s of import

    doubt = 1 / (len(labels) + 2)
    classes = logits.shape[1]
    targets = np.full(logits.shape, doubt / (classes - 1))
    targets[np.arange(len(labels)), labels] = 1 - doubt

    def loss(power: float) -> float:
        probabilities = softmax(logits, float(np.exp(power))).astype(np.float64)
        safe = np.maximum(probabilities, SMALLEST_PROBABILITY)
        return float(-(targets * np.log(safe)).sum(axis=1).mean())

    found = minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded")
    return float(np.exp(found.x))


def _lowest_quantile(values: Floats, sources: NDArray[np.str_], share: float) -> float:
    return min(
        float(np.quantile(values[sources == source], share))
        for source in np.unique(sources)
    )
