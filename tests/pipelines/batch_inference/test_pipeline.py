"""The pipeline on a folder, with the project's own catalog; killed and run again."""

import io

import numpy as np
import pandas as pd
import pytest
from kedro.framework.cli.utils import KedroCliError
from PIL import Image

from tests.serving_fixtures import publish

ENVIRONMENT = "test"


@pytest.fixture
def project(kedro_project):
    publish(kedro_project.folder / "data" / "09_serving" / "digits")
    return kedro_project


def draw_stroke(path, width: int) -> None:
    pixels = np.full((60, 60), 255, np.uint8)
    pixels[10:50, 28 : 28 + width] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    path.write_bytes(file.getvalue())


def test_without_a_folder_the_sample_is_read(project):
    project.run("batch_inference")
    summary = project.load("batch_summary")
    assert summary["source"] == "sample_images"
    assert summary["images"] == 100
    table = project.load("batch_predictions")
    assert len(table) == 100
    csv = project.load("batch_predictions_csv")
    assert csv["file"].tolist() == table["file"].tolist()
    truth = table["file"].str[-5]
    assert (table["label"] == truth).mean() > 0.9


def test_a_folder_that_is_named_has_to_hold_an_image(project, tmp_path):
    project.run("batch_inference")
    before = project.load("batch_predictions_csv")
    params = {"batch_folder": str(tmp_path / "mistyped")}
    with pytest.raises(KedroCliError, match="mistyped, but there is no such folder"):
        project.run("batch_inference", params=params)
    pd.testing.assert_frame_equal(project.load("batch_predictions_csv"), before)
    assert project.load("batch_summary")["source"] == "sample_images"


def test_a_folder_is_read_once_and_what_was_added_later_too(project, tmp_path):
    folder = tmp_path / "pictures"
    for width in range(4, 9):
        draw_stroke(folder / "monday" / f"{width}.png", width)
    params = {"batch_folder": str(folder), "batch_inference": {"shard_size": 2}}
    project.run("batch_inference", params=params)
    shards = project.folder / "data" / "07_model_output" / ENVIRONMENT / "batch/shards"
    before = {file.name: file.stat().st_mtime_ns for file in shards.iterdir()}
    assert len(before) == 3

    draw_stroke(folder / "tuesday" / "1.png", 12)
    (folder / "tuesday" / "notes.txt").write_text("not an image")
    project.run("batch_inference", params=params)
    after = {file.name: file.stat().st_mtime_ns for file in shards.iterdir()}
    # The first two shards are as they were; the third has one image more.
    assert sum(after.get(name) == time for name, time in before.items()) == 3
    assert len(after) == 4
    summary = project.load("batch_summary")
    assert (summary["shards"], summary["shards_finished_before"]) == (3, 2)
    assert summary["images"] == 6
    assert project.load("batch_predictions")["file"].tolist() == [
        *(f"monday/{width}.png" for width in range(4, 9)),
        "tuesday/1.png",
    ]


def test_a_run_that_broke_off_goes_on_where_it_stopped(project, tmp_path, monkeypatch):
    folder = tmp_path / "pictures"
    for width in range(4, 10):
        draw_stroke(folder / f"{width}.png", width)
    params = {"batch_folder": str(folder), "batch_inference": {"shard_size": 2}}
    write = pd.DataFrame.to_parquet
    written = []

    def fill_disk(table, *args, **options):
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(len(table))
        return write(table, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_parquet", fill_disk)
        with pytest.raises(Exception, match="disk is full"):
            project.run("batch_inference", params=params)
    assert written == [2, 2]
    project.run("batch_inference", params=params)
    summary = project.load("batch_summary")
    assert (summary["shards"], summary["shards_finished_before"]) == (3, 2)
    assert len(project.load("batch_predictions")) == 6


def test_no_champion_says_how_to_make_one(kedro_project):
    with pytest.raises(Exception, match="make run"):
        kedro_project.run("batch_inference")
