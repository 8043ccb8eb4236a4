"""Real files, read by a real release."""

import io
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from digit_pipeline.classifier import Classifier
from digit_pipeline.pipelines.batch_inference import nodes
from digit_pipeline.pipelines.batch_inference.reading import read_files
from tests.serving_fixtures import publish, train_small_model


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return publish(tmp_path_factory.mktemp("serving") / "digits")


@pytest.fixture(scope="module")
def digits():
    """Ten held-out digits that the model reads rightly, by label: PNG bytes."""
    gate = train_small_model().gate
    chosen = {}
    for image, label in zip(gate.images, gate.labels, strict=True):
        chosen.setdefault(int(label), encode(255 - image[..., 0]))
    return chosen


def encode(pixels, kind="PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, kind)
    return file.getvalue()


def as_files(contents):
    return {name: (lambda c=content: c) for name, content in contents.items()}


def test_a_row_for_every_file_whatever_it_holds(release, digits):
    def vanish():
        raise FileNotFoundError(2, "No such file or directory")

    files = as_files(
        {
            "seven.png": digits[7],
            "blank.png": encode(np.full((30, 30), 255)),
            "cut.png": digits[3][: len(digits[3]) // 2],
            "page.png": b"<html>no image</html>",
        }
    ) | {"gone.png": vanish}
    classifier = Classifier.load(release)
    table = read_files(list(files), files, classifier).set_index("file")
    assert table.columns.tolist() == [
        "verdict",
        "label",
        "confidence",
        *(f"p_{digit}" for digit in range(10)),
        "model_version",
        "error",
    ]
    seven = table.loc["seven.png"]
    assert (seven["verdict"], seven["label"]) == ("recognised", "7")
    assert seven["confidence"] == seven["p_7"] > 0.5
    assert table.filter(like="p_").loc["seven.png"].sum() == pytest.approx(1, abs=1e-5)
    assert pd.isna(seven["error"])
    assert table.loc["blank.png", "verdict"] == "empty"
    assert pd.isna(table.loc["blank.png", "label"])
    errors = table["error"].dropna().str.split(":").str[0].to_dict()
    assert errors == {
        "cut.png": "truncated",
        "page.png": "unsupported_format",
        "gone.png": "unreadable",
    }
    assert table.loc[list(errors), "verdict"].isna().all()
    assert set(table["model_version"]) == {release.version}


def test_all_bad_files_are_a_table_still(release):
    files = as_files({"a.png": b"", "b.png": b"x"})
    table = read_files(list(files), files, Classifier.load(release))
    assert table["error"].notna().all()
    assert table["confidence"].dtype == np.float32


def test_sample_is_made_only_where_there_are_no_images(release, digits):
    assert nodes.export_sample_images(as_files({"a.png": digits[1]}), release, 5) == {}
    sample = nodes.export_sample_images({}, release, 5)
    assert len(sample) == 5
    classifier = Classifier.load(release)
    everything = nodes.export_sample_images({}, release, 10_000)
    assert len(everything) == len(release.gate)
    table = read_files(list(everything), as_files(everything), classifier)
    truth = table["file"].str.extract(r"_(\d)\.png")[0]
    # Written as files and read back, the gate's images score what they scored.
    accuracy = float((table["label"] == truth).mean())
    assert accuracy == pytest.approx(train_small_model().accuracy, abs=0.01)


def plan(files, release, finished=(), size=2):
    return nodes.plan_shards(files, {}, release, dict.fromkeys(finished), size)


def test_finished_shards_are_not_read_again(release, digits):
    reads = Counter()

    def reader(name, content):
        def read():
            reads[name] += 1
            return content

        return read

    files = {f"{d}.png": reader(f"{d}.png", digits[d]) for d in range(5)}
    first = plan(files, release)
    assert [len(shard["files"]) for shard in first["shards"]] == [2, 2, 1]
    written = list(nodes.predict_shards(first, files, {}, release))
    assert len(written) == 3
    # As after a crash: two of three shards were written.
    done = [name for shard in written[:2] for name in shard]
    again = plan(files, release, done)
    reads.clear()
    rest = list(nodes.predict_shards(again, files, {}, release))
    assert [list(shard) for shard in rest] == [list(written[2])]
    assert reads == {"4.png": 1}
    everything = plan(files, release, [name for shard in written for name in shard])
    assert list(nodes.predict_shards(everything, files, {}, release)) == []


def test_another_champion_reads_everything_again(release, digits):
    files = as_files({"1.png": digits[1]})
    done = [shard["name"] for shard in plan(files, release)["shards"]]
    newer = SimpleNamespace(version="000009-20300101T000000Z")
    assert not plan(files, newer, done)["shards"][0]["is_finished"]


def test_shards_are_joined_in_the_plans_order_and_summed_up(release, digits):
    contents = {f"{d}.png": digits[d] for d in (9, 3)} | {"bad.png": b"x"}
    files = as_files(contents)
    planned = plan(files, release, size=1)
    written = {
        name: (lambda t=table: t)
        for shard in nodes.predict_shards(planned, files, {}, release)
        for name, table in reversed(shard.items())
    } | {"of an earlier run": None}
    table, same, summary = nodes.collect_predictions(planned, written)
    assert same is table
    assert table["file"].tolist() == list(contents)
    assert table["label"].tolist()[:2] == ["9", "3"]
    assert summary["images"] == 3
    assert summary["failed"] == 1
    assert summary["verdicts"] == {"recognised": 2}
    assert summary["labels"] == {"3": 1, "9": 1}
    assert "answered 2 of 3 images, 1 could not be opened" in summary["sentence"]


def test_summary_of_the_sample_says_so(release):
    empty = {"source": "sample_images", "model_version": "1", "shards": []}
    _, _, summary = nodes.collect_predictions(empty, {})
    assert summary["images"] == 0
    assert summary["mean_confidence"] is None
    assert "--params batch_folder=FOLDER" in summary["sentence"]
