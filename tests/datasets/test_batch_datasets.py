"""The folder of images and the table in shards."""

import json

import pandas as pd
import pytest
from kedro.io import DatasetError

from digit_pipeline.datasets import ImageFolderDataset, TableShardsDataset
from digit_pipeline.datasets.errors import DataError


def test_folder_gives_images_below_it_in_order_and_nothing_else(tmp_path):
    for name in (
        "b/2.PNG",
        "a.jpeg",
        "b/1.webp",
        "notes.txt",
        ".hidden/x.png",
        ".y.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "folder.png").mkdir()
    images = ImageFolderDataset(path=tmp_path).load()
    assert list(images) == ["a.jpeg", "b/1.webp", "b/2.PNG"]
    assert images["b/2.PNG"]() == b"b/2.PNG"


def test_folder_that_is_not_there_is_empty(tmp_path):
    dataset = ImageFolderDataset(path=tmp_path / "none")
    assert dataset.load() == {}
    assert not dataset.exists()
    assert json.loads(dataset.preview()) == {"images": 0, "first": []}


@pytest.mark.parametrize("name", ["none", "empty"])
def test_folder_that_has_to_hold_an_image_is_told_when_it_does_not(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no image")
    dataset = ImageFolderDataset(path=tmp_path / name, required=name)
    with pytest.raises(DataError, match=f"in {tmp_path / name}, but"):
        dataset.load()
    assert json.loads(dataset.preview()) == {"images": 0, "first": []}
    dataset.save({"a.png": b"image"})
    assert list(dataset.load()) == ["a.png"]


def test_file_in_place_of_the_folder_is_told(tmp_path):
    path = tmp_path / "batch"
    path.write_text("")
    with pytest.raises(DatasetError, match="Expected a folder of images at"):
        ImageFolderDataset(path=path).load()


def test_shards_are_added_and_unfinished_ones_are_not_seen(tmp_path):
    dataset = TableShardsDataset(path=tmp_path / "shards")
    assert dataset.load() == {}
    assert dataset.preview()["data"] == []
    dataset.save({"b": pd.DataFrame({"n": [2]})})
    dataset.save({"a": pd.DataFrame({"n": [1]})})
    # What a killed process leaves behind.
    (tmp_path / "shards" / ".c.0123456789ab.parquet").write_bytes(b"PAR1")
    assert {name: read()["n"].tolist() for name, read in dataset.load().items()} == {
        "a": [1],
        "b": [2],
    }
    assert dataset.preview()["data"] == [[1]]
