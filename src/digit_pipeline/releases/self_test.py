"""Try a release as a server would: every hash, the golden batch, the gate images."""

import io
from pathlib import Path

import numpy as np

from digit_pipeline.classifier import Classifier
from digit_pipeline.onnx_model import to_input
from digit_pipeline.releases.release import (
    GOLDEN,
    DamagedReleaseError,
    Release,
    read_release,
)

# Gate accuracy is recomputed by the same file on the same machine: a rounding apart.
ACCURACY_TOLERANCE = 0.002


def check_release(folder: Path) -> Release:
    """Check a release folder, published or staged.

    Raises:
        DamagedReleaseError: with the first thing that is wrong.
    """
    release = read_release(folder)
    release.verify_files()
    classifier = Classifier.load(release)
    _check_class_names(release)
    _check_gate_accuracy(release, classifier)
    return release


def _check_class_names(release: Release) -> None:
    with np.load(io.BytesIO(release.read(GOLDEN)), allow_pickle=False) as golden:
        golden_names = tuple(golden["class_names"].tolist())
    for names in (golden_names, release.gate.class_names):
        if names != release.class_names:
            raise DamagedReleaseError(
                f"release {release.version} mixes label orders: expected "
                f"{release.class_names}, got {names}"
            )


def _check_gate_accuracy(release: Release, classifier: Classifier) -> None:
    """A model whose outputs stand in another order is found out by its answers."""
    gate = release.gate
    stated = float(release.manifest["gate"]["accuracy"])
    answers = classifier.logits(to_input(gate.images)[..., 0]).argmax(axis=1)
    found = float(np.mean(answers == gate.labels))
    if abs(found - stated) > ACCURACY_TOLERANCE:
        raise DamagedReleaseError(
            f"release {release.version} does not answer as its record says: expected "
            f"{stated:.2%} of its gate images right, got {found:.2%} (wrong label "
            "order or wrong model)"
        )
