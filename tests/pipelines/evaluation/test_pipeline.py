"""The pipeline as a slice: two candidates, one of them blind."""

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from digit_pipeline.datasets import (
    CsvDataset,
    JsonDataset,
    LabelledImagesDataset,
    OnnxModelDataset,
    TextDataset,
)
from digit_pipeline.pipelines.evaluation import create_pipeline
from tests.stub_release import make_images, make_model

pytestmark = pytest.mark.filterwarnings("ignore:One or more dataset names contain")

HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2],
        "loss": [1.0, 0.5],
        "accuracy": [0.5, 0.9],
        "val_loss": [1.1, 0.6],
        "val_accuracy": [0.4, 0.8],
    }
)
PERTURBATION = {
    "images": 10,
    "variants": 2,
    "rotation": 5,
    "shear": 0.1,
    "stretch": 0.1,
    "edge": [0.3, 0.6],
}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    sets = {
        side: make_images([*range(10)] * 3)
        for side in ("train", "validation", "gate", "test")
    }
    entries = {f"{side}_input": images for side, images in sets.items()}
    models = {"seeing": make_model(), "blind": make_model([5] * 10)}
    for name, model in models.items():
        entries[f"{name}.onnx"] = model
        entries[f"{name}.history"] = HISTORY
        entries[f"{name}.training_report"] = {"parameters": 10, "train_seconds": 2.0}
    entries |= {
        "pen_digits": {},
        "fashion_images": {"test": make_images([1, 2, 3])},
        "params:evaluation.refused": {"unfamiliar": 0.01, "unsure": 0.01},
        "params:evaluation.non_digits_per_family": 3,
        "params:seed": 20,
        "params:evaluation.choice_alpha": 0.05,
        "params:evaluation.latency_repetitions": 10,
        "params:evaluation.perturbation": PERTURBATION,
        "params:evaluation.robustness": {"images": 3},
    }
    pipeline = create_pipeline(list(models))
    folder = tmp_path_factory.mktemp("evaluation")
    datasets = {name: MemoryDataset(data) for name, data in entries.items()} | {
        "choice": JsonDataset(filepath=folder / "choice.json"),
        "comparison": CsvDataset(filepath=folder / "comparison.csv"),
        "chosen_onnx": OnnxModelDataset(filepath=folder / "chosen.onnx"),
        "report": TextDataset(filepath=folder / "report.html"),
        "corrupted_gate": LabelledImagesDataset(filepath=folder / "corrupted.npz"),
        "robustness": JsonDataset(filepath=folder / "robustness.json"),
        "interpretations": JsonDataset(filepath=folder / "interpretations.json"),
    }
    catalog = DataCatalog(datasets)
    SequentialRunner().run(pipeline, catalog)
    return catalog


def test_the_better_one_is_chosen_and_handed_on(catalog):
    assert catalog.load("choice")["candidate"] == "seeing"
    assert catalog.load("chosen_onnx") == make_model()
    table = catalog.load("comparison").set_index("candidate")
    assert table["test_accuracy"].to_dict() == {"seeing": 1.0, "blind": 0.1}
    assert table["chosen"].to_dict() == {"seeing": True, "blind": False}


def test_report_names_every_candidate(catalog):
    report = catalog.load("report")
    assert report.count("<svg") == 12
    for name in ("seeing", "blind"):
        assert f'<th scope="row">{name}' in report


def test_chosen_one_answers_corrupted_gate_images(catalog):
    corrupted = catalog.load("corrupted_gate")
    assert len(corrupted) == 3 * 56
    robustness = catalog.load("robustness")
    assert robustness["images"] == 3
    assert len(robustness["corruptions"]) == 11
    assert "gate images" in catalog.load("interpretations")["robustness_scorecard"]


def test_training_images_are_never_measured():
    pipeline = create_pipeline(["a"])
    for node in pipeline.nodes:
        if node.name.startswith("a."):
            assert "train_input" not in node.inputs
    chooser = next(n for n in pipeline.nodes if n.name == "choose_candidate")
    assert not [name for name in chooser.inputs if "test" in name or "gate" in name]


def test_a_sixth_candidate_needs_nothing_but_its_name():
    one, six = create_pipeline(["a"]), create_pipeline(list("abcdef"))
    grown = len(six.nodes) - len(one.nodes)
    assert grown == 5 * 9
    assert not np.setdiff1d(
        [n for n in six.inputs() if not n.startswith("params:")],
        [
            *(f"{c}.{kind}" for c in "abcdef" for kind in INPUT_KINDS),
            *INPUT_SETS,
        ],
    ).size


INPUT_KINDS = ("onnx", "history", "training_report")
INPUT_SETS = (
    "train_input",
    "validation_input",
    "gate_input",
    "test_input",
    "pen_digits",
    "fashion_images",
)
