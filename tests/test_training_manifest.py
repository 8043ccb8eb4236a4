"""The manifest says exactly what was trained on, and the same says it the same way."""

import hashlib

import numpy as np
import pytest

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.training_manifest import (
    ManifestError,
    TrainingManifest,
    locate,
    read_manifest,
)


def make_images(count=4, corrections=None, weights=None) -> LabelledImages:
    pixels = np.zeros((count, 28, 28, 1), np.uint8)
    pixels[np.arange(count), 5, np.arange(count)] = 200
    return LabelledImages(
        pixels,
        np.arange(count) % 2,
        ("no", "yes"),
        sources=np.array([f"source{i % 2}" for i in range(count)]),
        weights=weights,
        corrections=corrections,
    )


TAUGHT = make_images(
    corrections=np.array(["", "", "c9", "c1"]),
    weights=np.array([1, 1, 0.5, 1 / 3], np.float32),
)


def test_each_image_is_a_line():
    images = make_images(1)
    manifest = TrainingManifest.of({"train": images})
    [name] = images.content_hashes()
    assert manifest.content.decode() == (
        f"image,label,source,split,weight,correction\n{name},no,source0,train,1,\n"
    )
    assert manifest.digest == hashlib.sha256(manifest.content).hexdigest()


def test_weights_and_corrections_are_in_it():
    manifest = TrainingManifest.of({"train": TAUGHT, "validation": make_images(2)})
    rows = {row.correction: row for row in manifest.rows if row.correction}
    assert rows["c9"].weight == "0.5"
    assert rows["c1"].weight == "0.333333"
    assert rows["c1"].label == "yes"
    assert manifest.corrections == ("c1", "c9")
    assert manifest.summarise() == {
        "manifest": manifest.digest,
        "images": 6,
        "corrections": 2,
        "sources": {"source0": 3, "source1": 3},
    }


def test_the_order_of_the_images_does_not_matter():
    one = TrainingManifest.of({"train": TAUGHT})
    other = TrainingManifest.of({"train": TAUGHT.take(np.array([3, 1, 0, 2]))})
    assert one.to_file() == other.to_file()


@pytest.mark.parametrize(
    "changed",
    [
        {"validation": TAUGHT},
        {"train": make_images()},
        {"train": TAUGHT.take(np.array([0, 1, 2]))},
    ],
    ids=["split", "weights", "fewer"],
)
def test_whatever_differs_is_another_manifest(changed):
    assert TrainingManifest.of(changed).digest != (
        TrainingManifest.of({"train": TAUGHT}).digest
    )


def test_it_is_kept_once_under_its_digest(tmp_path):
    manifest = TrainingManifest.of({"train": TAUGHT})
    path = manifest.keep(tmp_path)
    before = path.stat().st_mtime_ns
    assert manifest.keep(tmp_path) == path
    assert path.stat().st_mtime_ns == before
    assert [p.name for p in tmp_path.iterdir()] == [f"{manifest.digest}.csv.gz"]
    assert read_manifest(tmp_path, manifest.digest).rows == manifest.rows


def test_a_changed_manifest_is_found_out(tmp_path):
    manifest = TrainingManifest.of({"train": TAUGHT})
    other = TrainingManifest.of({"train": make_images()})
    locate(tmp_path, manifest.digest).write_bytes(other.to_file())
    with pytest.raises(ManifestError, match=rf"holds {other.digest[:12]}"):
        read_manifest(tmp_path, manifest.digest)


@pytest.mark.parametrize("content", [b"", b"text", TAUGHT.images.tobytes()])
def test_what_is_no_manifest_is_refused(content):
    with pytest.raises(ManifestError, match="training manifest"):
        TrainingManifest.from_file(content)


def test_a_missing_one_and_a_path_are_refused(tmp_path):
    with pytest.raises(ManifestError, match="found none"):
        read_manifest(tmp_path, "ab" * 32)
    for name in ("../../etc/passwd", "AB" * 32, ""):
        with pytest.raises(ManifestError, match="64 hex digits"):
            read_manifest(tmp_path, name)
