"""The raw sources as their publishers describe them."""

import gzip
import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import AbstractDataset, DatasetError

from digit_pipeline import downloads
from digit_pipeline.datasets import (
    EmbeddedDigits,
    MnistDigits,
    PenDigits,
    SourceImages,
)
from digit_pipeline.images import find_box
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.settings import CONFIG_LOADER_ARGS
from tests.publisher import Publisher

MNIST_TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
PEN_TRAIN = [780, 779, 780, 719, 780, 720, 720, 778, 719, 719]
PEN_TEST = [363, 364, 364, 336, 364, 335, 336, 364, 336, 336]
EMBEDDED = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]

# Kedro 1.7 calls what omegaconf 2.4 has renamed.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:register_new_resolver\(\) is deprecated:UserWarning"
)


def catalog(project: Path, env: str = "base") -> dict[str, Any]:
    loader = OmegaConfigLoader(str(project / "conf"), env=env, **CONFIG_LOADER_ARGS)
    entries: dict[str, Any] = loader["catalog"]
    return entries


@pytest.fixture
def entries(
    project: Path, datasets_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The catalog with the published files in place."""
    (tmp_path / "data" / "01_raw").mkdir(parents=True)
    for name in ("mnist", "pendigits"):
        (tmp_path / "data" / "01_raw" / name).symlink_to(datasets_dir / name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return catalog(project)


def build(entries: dict[str, Any], name: str) -> Any:
    return AbstractDataset.from_config(name, entries[name])


def counts(images: LabelledImages) -> list[int]:
    return list(images.class_counts().values())


def test_embedded_digits_are_complete() -> None:
    (images,) = EmbeddedDigits().load().values()
    assert counts(images) == EMBEDDED
    assert images.images.shape == (1797, 80, 80, 1)
    assert images.class_names == tuple("0123456789")
    assert images.groups is None
    assert images.sources is not None
    assert set(images.sources) == {"embedded"}


def test_embedded_digits_are_light_ink_on_nothing() -> None:
    images = EmbeddedDigits(per_class=2).load()["all"].images
    assert (images[:, 0] == 0).all()
    assert (images.max(axis=(1, 2, 3)) == 255).all()


def test_the_first_of_each_class_are_the_same_as_in_the_whole() -> None:
    few = EmbeddedDigits(per_class=3).load()["all"]
    whole = EmbeddedDigits().load()["all"]
    assert counts(few) == [3] * 10
    sevens = [set(s.take(s.labels == 7).content_hashes()[:3]) for s in (few, whole)]
    assert sevens[0] == sevens[1]


def test_mnist_is_complete(entries: dict[str, Any]) -> None:
    parts = build(entries, "mnist_digits").load()
    assert list(parts) == ["train", "test"]
    assert counts(parts["train"]) == MNIST_TRAIN
    assert counts(parts["test"]) == MNIST_TEST
    assert parts["train"].images.shape == (60000, 28, 28, 1)
    assert parts["train"].labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert parts["test"].labels[:5].tolist() == [7, 2, 1, 0, 4]
    # Mean and deviation that everyone normalises MNIST by: 0.1307 and 0.3081.
    shares = parts["train"].images / 255
    assert float(shares.mean()) == pytest.approx(0.1307, abs=5e-5)
    assert float(shares.std()) == pytest.approx(0.3081, abs=5e-5)


@pytest.mark.slow
def test_pen_digits_are_complete(entries: dict[str, Any]) -> None:
    entries["pen_digits"]["splits"] = ["train", "test"]
    parts = build(entries, "pen_digits").load()
    for split, expected, writers, file in (
        ("train", PEN_TRAIN, 30, "pendigits-orig.tra"),
        ("test", PEN_TEST, 14, "pendigits-orig.tes"),
    ):
        images = parts[split]
        assert counts(images) == expected
        assert images.groups is not None
        assert set(images.groups) == {f"{file}:{n}" for n in range(1, writers + 1)}
        assert images.strokes is not None
        assert len(images.strokes) == len(images)
    several = sum(
        len(images.strokes[i]) > 1
        for images in parts.values()
        for i in range(len(images))
    )
    assert several == 2684


def test_pen_digits_are_drawn_upright_by_pens_of_several_widths(
    entries: dict[str, Any],
) -> None:
    images = build(entries, "pen_digits").load()["test"]
    ink = images.images[..., 0] > 127
    sevens, ones = ink[images.labels == 7], ink[images.labels == 1]
    # A seven has its bar above, and a one is narrow.
    assert sevens[:, :20].mean() > 1.5 * sevens[:, -20:].mean()
    assert ones.any(axis=1).sum(axis=1).mean() < 40
    shares = ink[images.labels == 0].mean(axis=(1, 2))
    assert np.quantile(shares, 0.95) > 2 * np.quantile(shares, 0.05)
    box = find_box(images.images[0, ..., 0].astype(np.float32) / 255)
    assert box is not None
    assert max(box.right - box.left, box.bottom - box.top) > 55


def test_pens_are_chosen_by_the_seed(entries: dict[str, Any]) -> None:
    def draw(seed: int) -> str:
        config = entries["pen_digits"] | {"seed": seed, "side": 16}
        images = build({"pens": config}, "pens").load()["test"]
        return str(images.digest())

    first = draw(1)
    assert draw(1) == first
    assert draw(2) != first


def test_optional_sources_load_nothing_where_they_are_not_in_place(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    dataset = build(catalog(project), "pen_digits")
    with monkeypatch.context() as patch:
        patch.setattr(downloads, "urlopen", None)  # any use would be a TypeError
        assert not dataset.exists()
        assert dataset.load() == {}
        assert dataset.preview() == ""


def test_sources_are_read_only() -> None:
    with pytest.raises(DatasetError, match="EmbeddedDigits is read only"):
        EmbeddedDigits().save({})  # type: ignore[arg-type]


def test_pen_digits_refuse_unknown_splits() -> None:
    with pytest.raises(DatasetError, match=r"name train, test or both, got \['gate'\]"):
        PenDigits(
            path="x",
            mirrors=[],
            sha256=dict.fromkeys(PenDigits.NAMES, ""),
            splits=["gate"],
        )


def test_a_checksum_is_needed_for_every_file() -> None:
    with pytest.raises(DatasetError, match="expects the sha256 of train-images"):
        MnistDigits(path="x", mirrors=[], sha256={"train": "0" * 64})


def test_a_source_is_downloaded_from_its_mirrors(
    entries: dict[str, Any], datasets_dir: Path, tmp_path: Path
) -> None:
    with Publisher(datasets_dir) as publisher:
        dataset = PenDigits(
            path=tmp_path / "new",
            mirrors=[
                f"{publisher.url}/pendigits/{{name}}.Z",
                f"{publisher.url}/pendigits/{{name}}.gz",
            ],
            sha256=entries["pen_digits"]["sha256"],
            splits=["test"],
        )
        assert not dataset.exists()
        assert counts(dataset.load()["test"]) == PEN_TEST
        assert dataset.exists()
        assert [path for path, _ in publisher.requests] == [
            "/pendigits/pendigits-orig.tes.Z",
            "/pendigits/pendigits-orig.tes.gz",
        ]


def test_a_source_that_cannot_be_had_is_one_sentence(tmp_path: Path) -> None:
    dataset = MnistDigits(
        path=tmp_path,
        mirrors=["http://127.0.0.1:9/{name}.gz"],
        sha256=dict.fromkeys(MnistDigits.NAMES, "0" * 64),
    )
    with pytest.raises(DatasetError) as caught:
        dataset.load()
    sentence = str(caught.value)
    assert sentence.startswith("train-images-idx3-ubyte could not be downloaded")
    assert "http://127.0.0.1:9/train-images-idx3-ubyte.gz" in sentence
    assert "\n" not in sentence


def test_images_and_labels_must_be_as_many(datasets_dir: Path, tmp_path: Path) -> None:
    names = dict.fromkeys(MnistDigits.NAMES, "t10k-labels-idx1-ubyte")
    names["t10k-images-idx3-ubyte"] = "t10k-images-idx3-ubyte"
    names["train-images-idx3-ubyte"] = "t10k-images-idx3-ubyte"
    names["train-labels-idx1-ubyte"] = "train-labels-idx1-ubyte"
    sha256 = {}
    for name, original in names.items():
        source = datasets_dir / "mnist" / f"{original}.gz"
        shutil.copyfile(source, tmp_path / f"{name}.gz")
        plain = gzip.decompress(source.read_bytes())
        sha256[name] = hashlib.sha256(plain).hexdigest()
    with pytest.raises(DatasetError, match=r"each of the 10000 images .* got 60000"):
        MnistDigits(path=tmp_path, mirrors=[], sha256=sha256).load()


def test_several_sources_are_named_by_source_and_split() -> None:
    embedded = {"type": "digit_pipeline.datasets.EmbeddedDigits", "per_class": 2}
    dataset = SourceImages(sources={"first": embedded, "second": embedded})
    assert {n: len(s) for n, s in dataset.load().items()} == {
        "first/all": 20,
        "second/all": 20,
    }
    assert dataset.exists()
    assert dataset.preview()


@pytest.mark.parametrize("use", [[], ["other"]])
def test_unknown_sources_are_refused(use: list[str]) -> None:
    embedded = {"type": "digit_pipeline.datasets.EmbeddedDigits"}
    with pytest.raises(DatasetError, match="some of first, got"):
        SourceImages(sources={"first": embedded}, use=use)


def test_a_source_must_be_one() -> None:
    config = {"type": "digit_pipeline.datasets.JsonDataset", "filepath": "a.json"}
    with pytest.raises(DatasetError, match="raw image sources, got JsonDataset for a"):
        SourceImages(sources={"a": config})


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ("base", ["embedded"]),
        ("mnist", ["mnist"]),
        ("sketch", ["mnist", "pendigits", "embedded"]),
        ("test", ["embedded"]),
    ],
)
def test_each_environment_learns_from_its_sources(
    env: str, expected: list[str], entries: dict[str, Any], project: Path
) -> None:
    dataset = build(catalog(project, env), "source_images")
    assert dataset._describe() == {"sources": expected}
    assert dataset.exists()


@pytest.mark.slow
def test_a_sketch_run_learns_from_all_published_images(
    entries: dict[str, Any], project: Path
) -> None:
    sets = build(catalog(project, "sketch"), "source_images").load()
    assert {name: len(images) for name, images in sets.items()} == {
        "mnist/train": 60000,
        "mnist/test": 10000,
        "pendigits/train": 7494,
        "pendigits/test": 3498,
        "embedded/all": 1797,
    }


def test_a_test_run_learns_from_a_few_images(project: Path) -> None:
    (images,) = build(catalog(project, "test"), "source_images").load().values()
    assert counts(images) == [24] * 10
