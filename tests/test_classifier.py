"""A release answers as its model does, and a damaged one is not loaded."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest

from digit_pipeline.abstention import Calibration, decide, measure_energy
from digit_pipeline.classifier import Classifier
from digit_pipeline.onnx_model import softmax
from digit_pipeline.releases import DamagedReleaseError, Release, ReleaseStore
from digit_pipeline.releases.release import read_release
from tests.stub_release import make_draft, make_images, make_model


@pytest.fixture
def release(tmp_path: Path) -> Release:
    store = ReleaseStore(tmp_path)
    return store.publish(make_draft(), expected_previous=None, reason="a test")


def forge(release: Release, name: str, content: bytes) -> Release:
    """Replace a file and make the manifest agree: what only a look inside can tell."""
    (release.folder / name).write_bytes(content)
    manifest = release.manifest
    manifest["files"][name] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (release.folder / "MANIFEST.json").write_text(json.dumps(manifest))
    return read_release(release.folder)


def test_answers_by_hand(release: Release) -> None:
    classifier = Classifier.load(release)
    digits = make_images([7, 0]).images[..., 0] / np.float32(255)
    digits[:, 27] = 0
    logits = classifier.logits(digits)
    assert logits.tolist() == [[0.0] * 7 + [20.0, 0, 0], [20.0] + [0.0] * 9]
    answers = classifier.answer(digits, [False, True])
    probabilities = answers.probabilities
    assert answers.verdicts == ("recognised", "empty")
    assert answers.energies[0] == pytest.approx(20 + np.log1p(9 * np.exp(-20)))
    assert probabilities.dtype == np.float32
    assert probabilities[0, 7] == pytest.approx(1 / (1 + 9 * np.exp(-20)))
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert classifier.version == release.version
    assert classifier.class_names[7] == "7"
    assert classifier.manifest["task"] == "digits"


def test_temperature_softens() -> None:
    logits = np.array([[2.0, 0.0]], np.float32)
    assert softmax(logits)[0, 0] == pytest.approx(1 / (1 + np.exp(-2)))
    assert softmax(logits, 2.0)[0, 0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert softmax(np.array([[1e4, 0.0]], np.float32)).tolist() == [[1.0, 0.0]]


def test_calibration_of_the_release_is_used(tmp_path: Path) -> None:
    draft = make_draft(
        calibration=Calibration(temperature=20.0, min_energy=19.0, min_confidence=0.5)
    )
    release = ReleaseStore(tmp_path).publish(
        draft, expected_previous=None, reason="a test"
    )
    digits = make_images([3, 0]).images[..., 0] / np.float32(255)
    digits[1] = 0
    answers = Classifier.load(release).answer(digits, [False, False])
    assert answers.probabilities[0, 3] == pytest.approx(np.e / (np.e + 9))
    # Nothing that the model knows: all logits are zero, the energy is log 10.
    assert answers.verdicts == ("unsure", "unfamiliar")


def test_a_calibration_that_makes_no_sense_is_refused(release: Release) -> None:
    content = b'{"temperature": -1.0}'
    with pytest.raises(DamagedReleaseError, match="positive temperature"):
        Classifier.load(forge(release, "calibration.json", content))


def test_a_release_without_thresholds_recognises_all(release: Release) -> None:
    content = b'{"temperature": 2.0}'
    digits = make_images([3]).images[..., 0] / np.float32(255)
    answers = Classifier.load(forge(release, "calibration.json", content)).answer(
        digits, [False]
    )
    assert answers.verdicts == ("recognised",)


def test_a_large_batch_is_answered_in_order(release: Release) -> None:
    labels = np.arange(1300) % 10
    digits = make_images(labels.tolist()).images[..., 0] / np.float32(255)
    answers = Classifier.load(release).logits(digits).argmax(axis=1)
    assert (answers == labels).all()


def test_no_image_no_answer(release: Release) -> None:
    none = np.zeros((0, 28, 28), np.float32)
    answers = Classifier.load(release).answer(none, [])
    assert answers.probabilities.shape == (0, 10)
    assert answers.verdicts == ()


@pytest.mark.parametrize(
    ("digits", "complaint"),
    [
        (np.zeros((1, 28, 28)), "float64"),
        (np.zeros((28, 28), np.float32), r"\(28, 28\)"),
        (np.zeros((1, 27, 28), np.float32), r"\(1, 27, 28\)"),
        (np.full((1, 28, 28), 255, np.float32), r"from 255\.0 to 255\.0"),
        (np.full((1, 28, 28), np.nan, np.float32), "from nan"),
    ],
)
def test_other_input_is_refused(
    release: Release, digits: np.ndarray, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint) as error:
        Classifier.load(release).logits(digits)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("damage", ["cut", "flipped", "missing", "link"])
def test_damaged_model_is_refused(release: Release, damage: str) -> None:
    path = release.folder / "model.onnx"
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "link":
        other = release.folder.parent / "other.onnx"
        other.write_bytes(content)
        path.symlink_to(other)
    with pytest.raises(DamagedReleaseError, match=r"model\.onnx"):
        Classifier.load(release)


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        (make_model(strength=float("nan")), "NaN"),
        (make_model(strength=20.001), "differs from its golden batch"),
        (make_model([1, 0, *range(2, 10)]), "differs from its golden batch"),
        (make_model(classes=11), "11 outputs"),
        (make_model(side=27), "golden batch"),
        (b"no model", "does not load"),
    ],
)
def test_another_model_is_refused_even_under_a_forged_manifest(
    release: Release, model: bytes, complaint: str
) -> None:
    with pytest.raises(DamagedReleaseError, match=complaint):
        Classifier.load(forge(release, "model.onnx", model))


def test_golden_batch_is_held_to_a_ten_thousandth(release: Release) -> None:
    with np.load(release.folder / "golden.npz") as golden:
        arrays = dict(golden)
    arrays["logits"] += np.float32(5e-5)
    file = io.BytesIO()
    np.savez(file, **arrays)
    assert Classifier.load(forge(release, "golden.npz", file.getvalue()))


def test_other_preprocessing_is_reported(
    release: Release, caplog: pytest.LogCaptureFixture
) -> None:
    Classifier.load(release)
    assert not caplog.records
    release.manifest["preprocessing"] = "another"
    Classifier.load(release)
    assert "prepared otherwise" in caplog.text


def test_verdicts() -> None:
    calibration = Calibration(min_energy=2.0, min_confidence=0.6)
    assert decide(True, 9.0, 0.9, calibration) == "empty"
    assert decide(False, 9.0, 0.9, calibration) == "recognised"
    assert decide(False, 9.0, 0.5, calibration) == "unsure"
    assert decide(False, 1.0, 0.9, calibration) == "unfamiliar"
    assert decide(False, -9.0, 0.9, Calibration()) == "recognised"


def test_energy_by_hand() -> None:
    logits = np.array([[0.0, 0.0], [1000.0, 0.0]], np.float32)
    assert measure_energy(logits) == pytest.approx([np.log(2), 1000.0])
