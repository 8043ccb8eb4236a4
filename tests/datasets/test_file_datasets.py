"""What is saved is what is loaded, and what a preview shows."""

import base64
import io
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import onnx
import pandas as pd
import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure
from PIL import Image
from sklearn.linear_model import LogisticRegression

from digit_pipeline.datasets import (
    ArrayDataset,
    CsvDataset,
    FigureDataset,
    JoblibModelDataset,
    JsonDataset,
    KerasModelDataset,
    LabelledImagesDataset,
    OnnxModelDataset,
    ParquetDataset,
    PlotlyDataset,
    TextDataset,
)
from digit_pipeline.datasets.errors import FileError
from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import COLUMNS, GAP, TILE, contact_sheet
from digit_pipeline.labelled_images import LabelledImages, Strokes


@pytest.fixture
def images() -> LabelledImages:
    """Four 2x2 images of three classes: two of "b", one of "c", one of "a"."""
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 2, 2, 1) * 15
    line = np.array([[0, 0], [1, 1]], np.float32)
    return LabelledImages(
        pixels,
        np.array([1, 2, 1, 0]),
        ("a", "b", "c"),
        groups=np.array(["w1", "w1", "w2", ""]),
        sources=np.array(["pen", "pen", "pen", "scan"]),
        strokes=Strokes.from_digits([[line], [line, line], [line * 2], []]),
    )


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow over 4 KiB, which fails as a full disk does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def picture(preview: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(preview)))


def test_missing_content_says_where_it_was_expected(tmp_path: Path) -> None:
    dataset = JsonDataset(filepath=tmp_path / "choice.json")
    assert not dataset.exists()
    with pytest.raises(DatasetError) as caught:
        dataset.load()
    assert str(caught.value) == (
        f"Expected a file at {tmp_path / 'choice.json'}, but there is none: run the "
        "pipeline that makes it."
    )


NOISE = np.random.default_rng(0).random((2000, 2))


@pytest.mark.parametrize(
    ("kind", "large"),
    [
        (ArrayDataset, NOISE),
        (CsvDataset, pd.DataFrame(NOISE, columns=["a", "b"])),
        (ParquetDataset, pd.DataFrame(NOISE, columns=["a", "b"])),
        (JoblibModelDataset, NOISE),
        (JsonDataset, NOISE),
        (FigureDataset, Image.fromarray((NOISE * 255).astype(np.uint8))),
        (OnnxModelDataset, NOISE.tobytes()),
    ],
)
def test_a_full_disk_is_one_sentence_and_changes_nothing(
    kind: type, large: Any, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with full_disk(), pytest.raises(DatasetError) as caught:
        kind(filepath=path).save(large)
    assert str(caught.value) == (
        f"The disk is full: {path} keeps its previous content, so free some space and "
        "run again."
    )
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"a file")
    with pytest.raises(DatasetError, match="taken"):
        JsonDataset(filepath=tmp_path / "taken" / "choice.json").save({})


def test_labelled_images_keep_every_field(
    images: LabelledImages, tmp_path: Path
) -> None:
    dataset = LabelledImagesDataset(filepath=tmp_path / "set.npz")
    dataset.save(images)
    loaded = dataset.load()
    assert dataset.exists()
    assert loaded.digest() == images.digest()
    assert loaded.class_names == ("a", "b", "c")
    assert loaded.groups is not None
    assert loaded.groups.tolist() == ["w1", "w1", "w2", ""]
    assert loaded.sources is not None
    assert loaded.sources.tolist() == ["pen", "pen", "pen", "scan"]
    assert loaded.strokes is not None
    assert [len(loaded.strokes[i]) for i in range(4)] == [1, 2, 1, 0]


def test_contact_sheet_has_a_row_per_class(images: LabelledImages) -> None:
    grey = np.repeat(images.labels * 50 + 50, 4).astype(np.uint8)
    flat = images.with_images(grey.reshape(4, 2, 2, 1))
    sheet = np.asarray(contact_sheet(flat, columns=3))
    middle = GAP + TILE // 2
    pitch = TILE + GAP
    rows = [
        [sheet[middle + r * pitch, middle + c * pitch] for c in range(3)]
        for r in range(3)
    ]
    empty = sheet[0, 0]
    assert rows == [[50, empty, empty], [100, 100, empty], [150, empty, empty]]


def test_contact_sheet_shows_colour() -> None:
    red = np.zeros((1, 4, 4, 3), np.uint8)
    red[..., 0] = 200
    sheet = contact_sheet(LabelledImages(red, np.array([0]), ("red",)))
    assert sheet.getpixel((GAP + 5, GAP + 5)) == (200, 0, 0)


def test_preview_of_labelled_images_is_the_sheet(
    images: LabelledImages, tmp_path: Path
) -> None:
    dataset = LabelledImagesDataset(filepath=tmp_path / "set.npz")
    dataset.save(images)
    size = picture(dataset.preview()).size
    assert size == (COLUMNS * (TILE + GAP) + GAP, 3 * (TILE + GAP) + GAP)


def test_json_holds_numpy_numbers(tmp_path: Path) -> None:
    dataset = JsonDataset(filepath=tmp_path / "metrics.json")
    dataset.save(
        {"accuracy": np.float32(0.5), "matrix": np.eye(2, dtype=int), "ß": "é"}
    )
    expected = {"accuracy": 0.5, "matrix": [[1, 0], [0, 1]], "ß": "é"}
    assert dataset.load() == expected
    assert json.loads(dataset.preview()) == expected
    assert "é" in (tmp_path / "metrics.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "message"),
    [(float("nan"), "not JSON compliant"), (object(), "JSON can hold, got object")],
)
def test_json_refuses_what_it_cannot_hold_and_keeps_the_old(
    value: Any, message: str, tmp_path: Path
) -> None:
    dataset = JsonDataset(filepath=tmp_path / "metrics.json")
    dataset.save({"accuracy": 0.5})
    with pytest.raises(DatasetError, match=message):
        dataset.save({"accuracy": value})
    assert dataset.load() == {"accuracy": 0.5}


def test_text_keeps_letters_and_line_ends(tmp_path: Path) -> None:
    dataset = TextDataset(filepath=tmp_path / "card.md")
    dataset.save("# Größe\r\n\nend")
    assert dataset.load() == "# Größe\r\n\nend"
    assert json.loads(dataset.preview()) == ["# Größe", "", "end"]


def test_arrays_keep_type_and_shape(tmp_path: Path) -> None:
    dataset = ArrayDataset(filepath=tmp_path / "probabilities.npy")
    array = np.arange(30, dtype=np.float32).reshape(10, 3)
    dataset.save(array)
    assert dataset.load().dtype == np.float32
    np.testing.assert_array_equal(dataset.load(), array)
    preview = json.loads(dataset.preview())
    assert preview["shape"] == [10, 3]
    assert preview["first rows"][1] == [3, 4, 5]


def test_arrays_refuse_objects(tmp_path: Path) -> None:
    dataset = ArrayDataset(filepath=tmp_path / "objects.npy")
    with pytest.raises(DatasetError, match="Object arrays cannot be saved"):
        dataset.save(np.array([{}], dtype=object))
    assert not dataset.exists()


@pytest.mark.parametrize("kind", [CsvDataset, ParquetDataset])
def test_tables_keep_columns_and_missing_values(
    kind: type[CsvDataset | ParquetDataset], tmp_path: Path
) -> None:
    table = pd.DataFrame({"epoch": range(30), "loss": [0.5, None] * 15})
    dataset = kind(filepath=tmp_path / "history")
    dataset.save(table)
    pd.testing.assert_frame_equal(dataset.load(), table)
    preview = dataset.preview()
    assert preview["columns"] == ["epoch", "loss"]
    assert preview["data"][:2] == [[0, 0.5], [1, None]]
    assert len(preview["data"]) == 20


def test_figures_become_pictures(tmp_path: Path) -> None:
    dataset = FigureDataset(filepath=tmp_path / "figure.png")
    figure = Figure(figsize=(2, 1))
    figure.add_subplot().plot([0, 1])
    dataset.save(figure)
    assert dataset.load().size == (240, 120)
    assert picture(dataset.preview()).size == (240, 120)


def test_figures_may_be_pillow_images(tmp_path: Path) -> None:
    dataset = FigureDataset(filepath=tmp_path / "figure.png")
    dataset.save(Image.new("L", (3, 2), 7))
    assert dataset.load().getpixel((0, 0)) == 7


def test_plotly_figures_stay_alive(tmp_path: Path) -> None:
    import plotly.graph_objects as go

    dataset = PlotlyDataset(filepath=tmp_path / "bars.json")
    dataset.save(go.Figure(go.Bar(x=["a", "b"], y=[3, 4])))
    assert dataset.load().data[0].y == (3, 4)
    assert dataset.preview()["data"][0]["x"] == ["a", "b"]


def test_onnx_shows_inputs_and_outputs(tmp_path: Path) -> None:
    kind = onnx.TensorProto.FLOAT
    image = onnx.helper.make_tensor_value_info("image", kind, ["n", 28, 28, 1])
    logits = onnx.helper.make_tensor_value_info("logits", kind, ["n", 28, 28, 1])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["image"], ["logits"])], "g", [image], [logits]
    )
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    content = model.SerializeToString()
    dataset = OnnxModelDataset(filepath=tmp_path / "model.onnx")
    dataset.save(content)
    assert dataset.load() == content
    shape = ["tensor(float)", ["n", 28, 28, 1]]
    assert json.loads(dataset.preview()) == {
        "inputs": {"image": shape},
        "outputs": {"logits": shape},
        "bytes": len(content),
    }


def test_scikit_learn_models_predict_the_same(tmp_path: Path) -> None:
    features = np.array([[0.0], [1.0], [2.0], [3.0]])
    model = LogisticRegression(C=3.0).fit(features, [0, 0, 1, 1])
    dataset = JoblibModelDataset(filepath=tmp_path / "model.joblib")
    dataset.save(model)
    loaded = dataset.load().predict_proba(features)
    np.testing.assert_array_equal(loaded, model.predict_proba(features))
    preview = json.loads(dataset.preview())
    assert preview["class"] == "LogisticRegression"
    assert preview["C"] == "3.0"
    assert joblib.load(tmp_path / "model.joblib").C == 3.0


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)
def test_keras_models_keep_their_weights(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    dataset = KerasModelDataset(filepath=tmp_path / "model.keras")
    dataset.save(model)
    dataset.save(model)
    for ours, theirs in zip(
        model.get_weights(), dataset.load().get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert list(tmp_path.iterdir()) == [tmp_path / "model.keras"]
    size = (tmp_path / "model.keras").stat().st_size
    assert json.loads(dataset.preview()) == {"bytes": size}


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
@pytest.mark.parametrize(
    "kind", ["images", "array", "table", "document", "model", "figure"]
)
def test_a_file_cut_short_is_told_with_what_to_do(
    images: LabelledImages, tmp_path: Path, kind: str, share: float
) -> None:
    values: dict[str, tuple[type[FileDataset[Any]], Any]] = {
        "images": (LabelledImagesDataset, images),
        "array": (ArrayDataset, np.arange(30.0)),
        "table": (ParquetDataset, pd.DataFrame({"epoch": range(30)})),
        "document": (JsonDataset, {"accuracy": 0.5}),
        "model": (JoblibModelDataset, LogisticRegression()),
        "figure": (FigureDataset, Image.effect_noise((40, 30), 50)),
    }
    dataset_kind, value = values[kind]
    path = tmp_path / "file"
    dataset = dataset_kind(filepath=path)
    dataset.save(value)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FileError, match=r"damaged .*: delete it and run") as told:
        dataset.load()
    assert str(path) in str(told.value)
    dataset.save(value)
    dataset.load()


def test_a_bug_in_reading_is_no_damage(tmp_path: Path) -> None:
    class Broken(JsonDataset):
        def _read(self, file: Any) -> Any:
            return len(file)  # type: ignore[arg-type]

    dataset = Broken(filepath=tmp_path / "file.json")
    dataset.save({})
    with pytest.raises(DatasetError) as told:
        dataset.load()
    assert not isinstance(told.value, FileError)
