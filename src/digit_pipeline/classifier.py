"""A release loaded for prediction. Imports no TensorFlow, Kedro or pandas."""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np

from digit_pipeline.abstention import Verdict, decide, measure_energy
from digit_pipeline.onnx_model import Floats, OnnxModel, softmax
from digit_pipeline.preprocessing_digest import digest_preprocessing
from digit_pipeline.releases.release import (
    GOLDEN,
    MODEL,
    DamagedReleaseError,
    Release,
)

# What ONNX Runtime's kernels for different processors differ by stays far below.
GOLDEN_TOLERANCE = 1e-4

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers to a batch.

    Attributes:
        probabilities: float32 ``(n, k)``, calibrated, each row sums to 1.
        energies: float32 ``(n,)``: how much each picture looks like a digit at all.
        verdicts: how far each answer may be trusted.
    """

    probabilities: Floats
    energies: Floats
    verdicts: tuple[Verdict, ...]


class Classifier:
    """A release that answers. Safe to call from several threads.

    Attributes:
        version: the release's version.
        class_names: the classes, in the order of the answers' columns.
        manifest: the release's manifest.
    """

    def __init__(self, release: Release, model: OnnxModel) -> None:
        self.version = release.version
        self.class_names = release.class_names
        self.manifest: dict[str, Any] = release.manifest
        self._calibration = release.calibration
        self._model = model

    @classmethod
    def load(cls, release: Release, threads: int = 1) -> "Classifier":
        """Load a release and check that it still answers its golden batch.

        Args:
            release: what ``ReleaseStore.champion()`` gave.
            threads: how many threads one call may use.

        Raises:
            DamagedReleaseError: when a file is not what the manifest says, or the
                model does not load, has another shape, or answers differently.
        """
        try:
            model = OnnxModel(release.read(MODEL), threads)
        except ValueError as error:
            raise DamagedReleaseError(
                f"the model of release {release.version} does not load: {error}"
            ) from error
        _check_outputs(release, model)
        _check_golden(release, model)
        if release.manifest.get("preprocessing") != digest_preprocessing():
            logger.warning(
                "release %s was trained on images prepared otherwise than today: "
                "promote a new one with `make run`",
                release.version,
            )
        return cls(release, model)

    def logits(self, digits: Floats) -> Floats:
        """Answer a batch, before calibration.

        Args:
            digits: float32 ``(n, 28, 28)`` in [0, 1], ink = 1.

        Returns:
            float32 ``(n, k)``.

        Raises:
            ValueError: when ``digits`` is anything else.
        """
        side = self._model.side
        if digits.dtype != np.float32 or digits.shape[1:] != (side, side):
            raise ValueError(
                f"expected digits as float32 (n, {side}, {side}), got {digits.dtype} "
                f"{digits.shape}"
            )
        flat = digits.ravel()
        if flat.size and not (flat.min() >= 0 and flat.max() <= 1):
            raise ValueError(
                f"expected digits in [0, 1], got values from {digits.min()} to "
                f"{digits.max()}"
            )
        return self._model.logits(digits[..., np.newaxis])

    def answer(self, digits: Floats, are_empty: Sequence[bool]) -> Answers:
        """Answer a batch.

        Args:
            digits: float32 ``(n, 28, 28)`` in [0, 1], ink = 1.
            are_empty: whether each picture was found to have no ink.

        Raises:
            ValueError: when ``digits`` is anything else.
        """
        logits = self.logits(digits)
        if len(logits) == 1:
            return self._answer_one(logits[0].tolist(), are_empty[0])
        probabilities = softmax(logits, self._calibration.temperature)
        energies = measure_energy(logits)
        verdicts = tuple(
            decide(is_empty, float(energy), float(row.max()), self._calibration)
            for is_empty, energy, row in zip(
                are_empty, energies, probabilities, strict=True
            )
        )
        return Answers(probabilities, energies, verdicts)

    def _answer_one(self, logits: list[float], is_empty: bool) -> Answers:
        """Answer as above: for ten numbers NumPy takes ten times as long as Python."""
        highest = max(logits)
        energy = highest + log(sum(exp(logit - highest) for logit in logits))
        temperature = self._calibration.temperature
        powers = [exp((logit - highest) / temperature) for logit in logits]
        total = sum(powers)
        probabilities = np.array([[power / total for power in powers]], np.float32)
        confidence = float(probabilities[0, logits.index(highest)])
        verdict = decide(is_empty, energy, confidence, self._calibration)
        return Answers(probabilities, np.array([energy], np.float32), (verdict,))


def _check_outputs(release: Release, model: OnnxModel) -> None:
    if model.outputs != len(release.class_names):
        raise DamagedReleaseError(
            f"the model of release {release.version} has {model.outputs} outputs, "
            f"expected {len(release.class_names)}, one per class"
        )


def _check_golden(release: Release, model: OnnxModel) -> None:
    with np.load(io.BytesIO(release.read(GOLDEN)), allow_pickle=False) as golden:
        images, expected = golden["images"], golden["logits"]
    try:
        found = model.logits(images)
    except ValueError as error:
        raise DamagedReleaseError(
            f"the model of release {release.version} cannot answer its golden batch: "
            f"{error}"
        ) from error
    if not np.isfinite(found).all():
        raise DamagedReleaseError(
            f"the model of release {release.version} answers NaN or infinity"
        )
    difference = (
        np.abs(found - expected).max() if found.shape == expected.shape else np.inf
    )
    if not difference <= GOLDEN_TOLERANCE:
        raise DamagedReleaseError(
            f"the model of release {release.version} differs from its golden batch by "
            f"{difference:.2g}, expected at most {GOLDEN_TOLERANCE:.0e}"
        )
