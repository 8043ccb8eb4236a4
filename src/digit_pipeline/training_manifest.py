"""The training manifest: exactly what a training saw, image by image.

A CSV with a line per image (its content hash, label, source, split, weight, and the
correction that brought it), sorted, so that the same training set gives the same bytes
whoever writes them; their sha256 is the manifest's digest and name.
"""

import csv
import gzip
import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from digit_pipeline.atomic import write_atomically
from digit_pipeline.labelled_images import LabelledImages

COLUMNS = ("image", "label", "source", "split", "weight", "correction")
SUFFIX = ".csv.gz"
DIGEST_LENGTH = 64


class ManifestError(ValueError):
    """A manifest that is missing or damaged, in one sentence for a person."""


class Row(NamedTuple):
    """One image.

    Attributes:
        image: its content hash, 32 hex digits.
        label: name of its class.
        source: name of its source; "" where unknown.
        split: "train" or "validation".
        weight: how often an epoch shows it, times its source's repeats.
        correction: id of the correction that brought it; "" for published images.
    """

    image: str
    label: str
    source: str
    split: str
    weight: str
    correction: str


@dataclass(frozen=True, eq=False)
class TrainingManifest:
    """What a training saw.

    Attributes:
        content: the CSV, UTF-8, its lines sorted by image, split and correction.
    """

    content: bytes

    @classmethod
    def of(cls, splits: Mapping[str, LabelledImages]) -> "TrainingManifest":
        """List the images of each split.

        Args:
            splits: "train" and "validation": the images as the model sees them.
        """
        rows = sorted(
            row for split, images in splits.items() for row in _list(split, images)
        )
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
        return cls(text.getvalue().encode())

    @classmethod
    def from_file(cls, content: bytes) -> "TrainingManifest":
        """Read what ``to_file`` gave.

        Raises:
            ManifestError: when it is damaged.
        """
        try:
            manifest = cls(gzip.decompress(content))
        except (OSError, EOFError, ValueError) as error:
            raise ManifestError(
                "expected a gzipped training manifest, got something else: take it "
                "from the release or the store again"
            ) from error
        if not manifest.content.startswith(",".join(COLUMNS).encode() + b"\n"):
            raise ManifestError(
                f"expected a training manifest with the columns {', '.join(COLUMNS)}, "
                "got another file: take it from the release or the store again"
            )
        return manifest

    def to_file(self) -> bytes:
        """Compress it; without a time, so that equal ones stay equal."""
        return gzip.compress(self.content, mtime=0)

    @cached_property
    def digest(self) -> str:
        """Its name: sha256 of the CSV, hex."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def rows(self) -> list[Row]:
        """A row per image."""
        lines = csv.reader(io.StringIO(self.content.decode()))
        next(lines)
        return [Row(*line) for line in lines]

    @cached_property
    def corrections(self) -> tuple[str, ...]:
        """Ids of the corrections in it, sorted."""
        return tuple(sorted({row.correction for row in self.rows} - {""}))

    def summarise(self) -> dict[str, Any]:
        """Say what a release says of it.

        Returns:
            "manifest" (its digest), "images", "corrections" (how many), and "sources":
            images by source.
        """
        sources = Counter(row.source for row in self.rows)
        return {
            "manifest": self.digest,
            "images": len(self.rows),
            "corrections": len(self.corrections),
            "sources": dict(sorted(sources.items())),
        }

    def keep(self, folder: Path) -> Path:
        """Store it as ``<digest>.csv.gz``; one that is there already stays.

        Raises:
            OSError: when it cannot be written; nothing is left then.
        """
        path = locate(folder, self.digest)
        if not path.exists():
            with write_atomically(path) as file:
                file.write(self.to_file())
        return path


def read_manifest(folder: Path, digest: str) -> TrainingManifest:
    """Read a manifest that was kept.

    Raises:
        ManifestError: when it is not there, or not what its name says.
    """
    path = locate(folder, digest)
    try:
        manifest = TrainingManifest.from_file(path.read_bytes())
    except FileNotFoundError as error:
        raise ManifestError(
            f"expected the training manifest {digest[:12]}… in {folder}, found none: "
            "take it from a release that was trained from it"
        ) from error
    if manifest.digest != digest:
        raise ManifestError(
            f"expected the training manifest {digest[:12]}…, but {path.name} holds "
            f"{manifest.digest[:12]}…: take it from a release that was trained from it"
        )
    return manifest


def locate(folder: Path, digest: str) -> Path:
    """Say where a manifest lies, or would.

    Raises:
        ManifestError: for what is no digest, above all for a path.
    """
    if len(digest) != DIGEST_LENGTH or set(digest) - set("0123456789abcdef"):
        raise ManifestError(
            "expected a manifest's digest, 64 hex digits, got something else: "
            "copy it from the release"
        )
    return folder / f"{digest}{SUFFIX}"


def _list(split: str, images: LabelledImages) -> list[Row]:
    nothing = np.full(len(images), "")
    sources = nothing if images.sources is None else images.sources
    corrections = nothing if images.corrections is None else images.corrections
    weights = np.ones(len(images)) if images.weights is None else images.weights
    names = np.array(images.class_names)[images.labels]
    return [
        Row(image, label, source, split, f"{weight:.6g}", correction)
        for image, label, source, weight, correction in zip(
            images.content_hashes().tolist(),
            names.tolist(),
            sources.tolist(),
            weights.tolist(),
            corrections.tolist(),
            strict=True,
        )
    ]
