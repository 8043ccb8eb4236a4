"""Write a release's files in a folder that no reader looks into."""

import hashlib
import io
import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from digit_pipeline.abstention import Calibration
from digit_pipeline.drift import Observations
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import OnnxModel, to_input
from digit_pipeline.preprocessing_digest import digest_preprocessing
from digit_pipeline.releases.crash import reach
from digit_pipeline.releases.release import (
    CALIBRATION,
    DRIFT_REFERENCE,
    FORMAT,
    GATE,
    GOLDEN,
    MANIFEST,
    MODEL,
    MODEL_CARD,
    TEST,
    TRAINING_MANIFEST,
    ReleaseError,
)

GOLDEN_PER_CLASS = 4


@dataclass(frozen=True, eq=False)
class ReleaseDraft:
    """What a release is made of, before it has a version.

    Attributes:
        model: content of the ONNX file.
        gate: the images it was gated on, uint8 ``(n, 28, 28, 1)``; their class names
            are the release's.
        model_card: Markdown.
        decision: the gate's record: ``promoted``, ``reason``, ``challenger_accuracy``
            on ``gate``, a share, and whatever else it says.
        champion: version it was compared with; None when there was none.
        facts: what else the manifest shall say: task, environment, candidate,
            dataset, metrics, git, mlflow_run, …
        calibration: what turns logits into probabilities and verdicts.
        test: the frozen test images, uint8 ``(n, 28, 28, 1)``, for whoever evaluates
            the release later.
        gallery: the report's figures and their list, by file name.
        training_manifest: what it was trained on, as its file holds it.
        drift_reference: what its answers to ``gate`` look like, which those in use
            are compared with.
    """

    model: bytes
    gate: LabelledImages
    model_card: str
    decision: dict[str, Any]
    champion: str | None
    facts: dict[str, Any] = field(default_factory=dict)
    calibration: Calibration = field(default_factory=Calibration)
    test: LabelledImages | None = None
    gallery: dict[str, bytes] = field(default_factory=dict)
    training_manifest: bytes | None = None
    drift_reference: Observations | None = None


def write_release(
    folder: Path, draft: ReleaseDraft, *, created: str, previous: str | None
) -> str:
    """Write a release into ``folder`` (named by its version), the manifest last.

    Returns:
        Hex sha256 of the manifest.

    Raises:
        ReleaseError: when the draft's model does not answer its gate images.
        OSError: when a file cannot be written.
    """
    contents = {
        MODEL: draft.model,
        MODEL_CARD: draft.model_card.encode(),
        CALIBRATION: _to_json(asdict(draft.calibration)),
        GATE: _to_npz(draft.gate),
        GOLDEN: make_golden(draft),
        **({TEST: _to_npz(draft.test)} if draft.test else {}),
        **(
            {TRAINING_MANIFEST: draft.training_manifest}
            if draft.training_manifest
            else {}
        ),
        **(
            {DRIFT_REFERENCE: draft.drift_reference.to_file()}
            if draft.drift_reference
            else {}
        ),
        **draft.gallery,
    }
    folder.mkdir(parents=True)
    reach("staging_made")
    for name, content in contents.items():
        _write_durably(folder / name, content, halfway="model_half_written")
    reach("files_written")
    manifest = _to_json(
        {
            **draft.facts,
            "format": FORMAT,
            "version": folder.name,
            "created": created,
            "previous": previous,
            "class_names": list(draft.gate.class_names),
            "preprocessing": digest_preprocessing(),
            "decision": draft.decision,
            "gate": {
                "images": len(draft.gate),
                "digest": draft.gate.digest(),
                "accuracy": draft.decision["challenger_accuracy"],
            },
            "files": {
                name: {
                    "bytes": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
                for name, content in contents.items()
            },
        }
    )
    _write_durably(folder / MANIFEST, manifest, halfway="manifest_half_written")
    sync_folder(folder)
    reach("manifest_written")
    return hashlib.sha256(manifest).hexdigest()


def make_golden(draft: ReleaseDraft) -> bytes:
    """Make the golden batch: images of every class with the model's answers, npz.

    Raises:
        ReleaseError: when the model cannot answer the gate images at all.
    """
    if not len(draft.gate):
        raise ReleaseError(
            "a release needs gate images, and the draft brings none: run ingestion and "
            "preprocessing again"
        )
    chosen = np.concatenate(
        [
            np.flatnonzero(draft.gate.labels == label)[:GOLDEN_PER_CLASS]
            for label in range(len(draft.gate.class_names))
        ]
    )
    images = to_input(draft.gate.images[chosen])
    try:
        logits = OnnxModel(draft.model).logits(images)
    except ValueError as error:
        raise ReleaseError(f"the draft's model cannot be released: {error}") from error
    file = io.BytesIO()
    names = np.array(draft.gate.class_names)
    np.savez_compressed(file, images=images, logits=logits, class_names=names)
    return file.getvalue()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_durably(path: Path, content: bytes, halfway: str) -> None:
    half = len(content) // 2
    with path.open("xb") as file:
        file.write(content[:half])
        file.flush()
        reach(halfway)
        file.write(content[half:])
        file.flush()
        os.fsync(file.fileno())


def _to_json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def _to_npz(images: LabelledImages) -> bytes:
    """Pixels and labels: strokes and writers have no say in an answer."""
    file = io.BytesIO()
    replace(images, strokes=None, groups=None).write(file)
    return file.getvalue()
