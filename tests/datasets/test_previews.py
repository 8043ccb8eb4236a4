"""What Kedro-Viz makes of the datasets' previews."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from kedro.io import AbstractDataset

from digit_pipeline import datasets
from digit_pipeline.datasets.champion import ChampionDataset
from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.labelled_images import LabelledImages

flowchart = pytest.importorskip("kedro_viz.models.flowchart.nodes")
metadata = pytest.importorskip("kedro_viz.models.flowchart.node_metadata")


def shown(dataset: AbstractDataset[Any, Any]) -> tuple[str, Any]:
    """Give the viewer's name and the content as Kedro-Viz sends them to the page."""
    node = flowchart.GraphNode.create_data_node(
        dataset_id="id",
        dataset_name="data",
        layer="raw",
        tags=set(),
        dataset=dataset,
        modular_pipelines=set(),
    )
    sent = metadata.DataNodeMetadata(data_node=node)
    return sent.preview_type, orjson.loads(orjson.dumps(sent.preview))


def images() -> LabelledImages:
    return LabelledImages(np.zeros((1, 8, 8, 1), np.uint8), np.array([0]), ("0",))


def bars() -> Any:
    import plotly.graph_objects as go

    return go.Figure(go.Bar(x=["a"], y=[np.float64(3)]))


TABLE = {"columns": ["a"], "data": [[1.5], [None]], "index": [0, 1]}


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("JsonDataset", lambda: {"a": [1]}, ("JSONPreview", '{"a": [1]}')),
        ("TextDataset", lambda: "a\nb", ("JSONPreview", '["a", "b"]')),
        (
            "CsvDataset",
            lambda: pd.DataFrame({"a": [1.5, None]}),
            ("TablePreview", TABLE),
        ),
        (
            "ParquetDataset",
            lambda: pd.DataFrame({"a": [1.5, None]}),
            ("TablePreview", TABLE),
        ),
    ],
)
def test_kedro_viz_shows_documents_and_tables(
    name: str, make: Callable[[], Any], expected: tuple[str, Any], tmp_path: Path
) -> None:
    dataset = getattr(datasets, name)(filepath=tmp_path / "file")
    dataset.save(make())
    assert shown(dataset) == expected


def test_kedro_viz_shows_image_sets_as_pictures(tmp_path: Path) -> None:
    dataset = datasets.LabelledImagesDataset(filepath=tmp_path / "set.npz")
    dataset.save(images())
    viewer, content = shown(dataset)
    assert viewer == "ImagePreview"
    assert base64.b64decode(content).startswith(b"\x89PNG")


def test_kedro_viz_shows_raw_sources_as_pictures() -> None:
    viewer, content = shown(datasets.EmbeddedDigits(per_class=2))
    assert viewer == "ImagePreview"
    assert base64.b64decode(content).startswith(b"\x89PNG")


def test_kedro_viz_shows_plotly_figures(tmp_path: Path) -> None:
    dataset = datasets.PlotlyDataset(filepath=tmp_path / "bars.json")
    dataset.save(bars())
    viewer, content = shown(dataset)
    assert viewer == "PlotlyPreview"
    assert content["data"][0]["type"] == "bar"


KEPT = {
    "RulingsDataset": {"records": {"path": "records"}},
    "TrainingManifestDataset": {"manifests": {"path": "manifests"}},
}
FILES = [
    name
    for name in datasets.__all__
    if issubclass(getattr(datasets, name), FileDataset)
    and getattr(datasets, name) is not FileDataset
]


@pytest.mark.parametrize("name", FILES)
def test_kedro_viz_does_not_warn_of_what_is_not_made_yet(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = getattr(datasets, name)(filepath=tmp_path / "file", **KEPT.get(name, {}))
    assert shown(dataset)[1] is None
    assert caplog.text == ""


def test_kedro_viz_does_not_warn_where_nothing_was_ever_released(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert shown(ChampionDataset(filepath=tmp_path))[1] is None
    assert caplog.text == ""
