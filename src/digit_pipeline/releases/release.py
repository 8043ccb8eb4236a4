"""A release: a folder whose every file is vouched for by its manifest."""

import hashlib
import io
import json
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from digit_pipeline.abstention import Calibration
from digit_pipeline.drift import Observations
from digit_pipeline.labelled_images import LabelledImages

MANIFEST = "MANIFEST.json"
MODEL = "model.onnx"
MODEL_CARD = "model_card.md"
CALIBRATION = "calibration.json"
GATE = "gate.npz"
GOLDEN = "golden.npz"
# Not every release has these: the frozen test images, the report's figures, what it was
# trained on, and what its answers to its gate images look like.
TEST = "test.npz"
GALLERY = "gallery.json"
TRAINING_MANIFEST = "training_manifest.csv.gz"
DRIFT_REFERENCE = "drift_reference.npz"
FILES = (MODEL, MODEL_CARD, CALIBRATION, GATE, GOLDEN)

FORMAT = 1
# The number orders releases; the time is for people, because clocks go back.
VERSION = re.compile(r"(?P<number>[0-9]{6,9})-[0-9]{8}T[0-9]{6}Z")
FILE_NAME = re.compile(r"[A-Za-z0-9_]+(\.[a-z0-9]+)+")


class ReleaseError(Exception):
    """What went wrong with a release or the store, in one sentence for a person."""


class NoChampionError(ReleaseError):
    """The store has no usable champion."""


class DamagedReleaseError(ReleaseError):
    """A release is incomplete or is not what its manifest says."""


class ReleaseConflictError(ReleaseError):
    """The champion is no longer the one the caller compared with."""


@dataclass(frozen=True, eq=False)
class Release:
    """A release whose manifest has been read; files are verified as they are read.

    Attributes:
        version: its name: number and UTC time of publication.
        folder: where it lies.
        manifest: content of its ``MANIFEST.json``.
        manifest_sha256: hex digest of that file.
    """

    version: str
    folder: Path
    manifest: dict[str, Any]
    manifest_sha256: str

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the model's outputs."""
        return tuple(self.manifest["class_names"])

    @property
    def model_sha256(self) -> str:
        """Hex digest of the model file."""
        return str(self.manifest["files"][MODEL]["sha256"])

    @property
    def calibration(self) -> Calibration:
        """What turns the model's logits into probabilities and verdicts.

        Raises:
            DamagedReleaseError: when it does not say so.
        """
        try:
            return Calibration.from_json(json.loads(self.read(CALIBRATION)))
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedReleaseError(
                f"{CALIBRATION} of release {self.version} cannot be used: {error}"
            ) from error

    @property
    def gate(self) -> LabelledImages:
        """The images this release was gated on."""
        return LabelledImages.read(io.BytesIO(self.read(GATE)))

    @property
    def test(self) -> LabelledImages | None:
        """The frozen test images, through the contract; None where it has none."""
        if TEST not in self.manifest["files"]:
            return None
        return LabelledImages.read(io.BytesIO(self.read(TEST)))

    @property
    def drift_reference(self) -> Observations | None:
        """What its answers to its gate images look like; None where it has none.

        Raises:
            DamagedReleaseError: when they cannot be read.
        """
        if DRIFT_REFERENCE not in self.manifest["files"]:
            return None
        try:
            return Observations.from_file(self.read(DRIFT_REFERENCE))
        except (ValueError, OSError, BadZipFile) as error:
            raise DamagedReleaseError(
                f"{DRIFT_REFERENCE} of release {self.version} cannot be used: {error}"
            ) from error

    @property
    def gallery(self) -> list[dict[str, Any]]:
        """The report's figures: name, title, interpretation, file, width, height.

        ``read(file)`` gives the PNG. Empty where the release has none.
        """
        if GALLERY not in self.manifest["files"]:
            return []
        shown: list[dict[str, Any]] = json.loads(self.read(GALLERY))
        return shown

    def read(self, name: str) -> bytes:
        """Read a file of the release.

        Raises:
            DamagedReleaseError: when the manifest does not list the file, or the
                content is not what the manifest says.
        """
        listed = self.manifest["files"].get(name)
        if listed is None:
            raise DamagedReleaseError(
                f"release {self.version} has no {name} in its manifest: publish it anew"
            )
        content = _read_regular_file(self.folder / name, self.version)
        found = hashlib.sha256(content).hexdigest()
        if found != listed["sha256"]:
            raise DamagedReleaseError(
                f"{name} of release {self.version} is damaged: expected "
                f"{listed['bytes']} bytes with sha256 {listed['sha256'][:12]}…, got "
                f"{len(content)} bytes with {found[:12]}…"
            )
        return content

    def verify_files(self) -> None:
        """Check that every file is there, unchanged, and that there are no others.

        Raises:
            DamagedReleaseError: naming the first file that is not.
        """
        for name in self.manifest["files"]:
            self.read(name)
        listed = {*self.manifest["files"], MANIFEST}
        extra = sorted(p.name for p in self.folder.iterdir() if p.name not in listed)
        if extra:
            raise DamagedReleaseError(
                f"release {self.version} holds {extra[0]}, which its manifest does not "
                "list: remove that file"
            )


def read_release(folder: Path, manifest_sha256: str | None = None) -> Release:
    """Read a release's manifest.

    Args:
        folder: the release's folder.
        manifest_sha256: what the manifest's digest must be, when it is known.

    Raises:
        DamagedReleaseError: when the manifest is missing, not readable, or another.
    """
    version = folder.name
    content = _read_regular_file(folder / MANIFEST, version)
    found = hashlib.sha256(content).hexdigest()
    if manifest_sha256 is not None and found != manifest_sha256:
        raise DamagedReleaseError(
            f"{MANIFEST} of release {version} is damaged: expected sha256 "
            f"{manifest_sha256[:12]}…, got {found[:12]}…"
        )
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DamagedReleaseError(
            f"{MANIFEST} of release {version} is not JSON: {error}"
        ) from error
    _check_manifest(manifest, version)
    return Release(version, folder, manifest, found)


def check_version(version: str) -> str:
    """Hand back a well-formed version name, such as 000007-20261120T231949Z.

    Raises:
        ReleaseError: for anything else, above all for a path.
    """
    if not VERSION.fullmatch(version):
        raise ReleaseError(
            f"{version!r} is no release version: expected a name such as "
            "000007-20261120T231949Z"
        )
    return version


def _read_regular_file(path: Path, version: str) -> bytes:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise DamagedReleaseError(
                f"{path.name} of release {version} is no regular file: remove it"
            )
        return path.read_bytes()
    except OSError as error:
        raise DamagedReleaseError(
            f"{path.name} of release {version} cannot be read: {error.strerror}"
        ) from error


def _check_manifest(manifest: Any, version: str) -> None:
    try:
        names = list(manifest["files"])
        complete = (
            manifest["format"] == FORMAT
            and manifest["version"] == version
            and isinstance(manifest["previous"], str | None)
            and isinstance(manifest["gate"]["accuracy"], float)
            and set(names) >= set(FILES)
            and all(FILE_NAME.fullmatch(name) for name in names)
            and all(
                isinstance(manifest["files"][n]["sha256"], str)
                and isinstance(manifest["files"][n]["bytes"], int)
                for n in names
            )
            and len(set(manifest["class_names"])) == len(manifest["class_names"]) > 1
            and all(isinstance(name, str) for name in manifest["class_names"])
        )
    except (KeyError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise DamagedReleaseError(
            f"{MANIFEST} of release {version} lacks what a release of format {FORMAT} "
            "must say: publish it anew"
        )
