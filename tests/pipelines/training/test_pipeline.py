"""The training pipeline: a namespace per candidate, from model input to ONNX."""

import numpy as np
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from digit_pipeline.candidates import candidate_names
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import OnnxModel, to_input
from digit_pipeline.pipelines.training import create_pipeline

# Keras 3.15 on NumPy 2.4.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)

PARAMETERS = {
    "logistic_regression": {
        "architecture": "logistic_regression",
        "hyperparameters": {"max_iter": 5},
    },
    "small": {
        "architecture": "baseline_cnn",
        "hyperparameters": {"filters": 2, "units": 4},
        "epochs": 1,
        "batch_size": 16,
        "learning_rate": 0.01,
    },
}


def make_input(count):
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28, 1), np.uint8)
    return LabelledImages(images, np.arange(count) % 3, ("a", "b", "c"))


@pytest.fixture
def catalog():
    parameters = {
        f"params:training.candidates.{name}": MemoryDataset(given)
        for name, given in PARAMETERS.items()
    }
    return DataCatalog(
        {
            "train_input": MemoryDataset(make_input(60)),
            "validation_input": MemoryDataset(make_input(12)),
            "train_non_digits": MemoryDataset(make_input(6)),
            "params:seed": MemoryDataset(3),
            **parameters,
        }
    )


def test_a_run_gives_every_candidate_its_files(catalog):
    results = SequentialRunner().run(create_pipeline(list(PARAMETERS)), catalog)

    for name in PARAMETERS:
        onnx = OnnxModel(results[f"{name}.onnx"].load())
        assert onnx.logits(to_input(make_input(2).images)).shape == (2, 3)
        assert results[f"{name}.training_report"].load()["epochs"] >= 1


def test_a_candidate_can_be_trained_alone():
    alone = create_pipeline(list(PARAMETERS)).filter(node_namespaces=["small"])

    assert [node.name for node in alone.nodes] == [
        "small.train_model",
        "small.export_onnx",
    ]
    assert "params:training.candidates.logistic_regression" not in alone.inputs()


def test_the_configuration_names_the_candidates():
    assert (
        candidate_names("test")
        == candidate_names("base")
        == (
            "logistic_regression",
            "baseline_cnn",
            "dropout_cnn",
            "tuned_cnn",
            "sketch_cnn",
        )
    )
    namespaces = {node.namespace for node in create_pipeline().nodes}
    assert namespaces == set(candidate_names())
