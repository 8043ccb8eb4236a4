"""Networks written as ONNX: the same answers, and nothing that is not needed."""

import keras
import numpy as np
import onnx
import pytest

from digit_pipeline.architectures import build_network
from digit_pipeline.onnx_model import OnnxModel
from digit_pipeline.pipelines.training.export import find_logits, to_onnx

SHAPE = (28, 28, 1)


def build_flat():
    settings = {"filters": [4, 4, 4, 4], "units": 8, "dropout": 0.1}
    return build_network(
        "sketch_cnn", shape=SHAPE, classes=10, seed=1, hyperparameters=settings
    )


def build_folded():
    """A network that reshapes to more axes than two."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(SHAPE, name="image"),
            layers.Reshape((14, -1)),
            layers.Conv1D(3, 3),
            layers.Flatten(),
            layers.Dense(10, name="logits"),
        ]
    )


@pytest.mark.parametrize("build", [build_flat, build_folded])
def test_the_file_answers_as_the_network(build) -> None:
    model = build()
    images = np.random.default_rng(2).random((5, *SHAPE), np.float32)

    answers = OnnxModel(to_onnx(model, SHAPE)).logits(images)

    np.testing.assert_allclose(answers, find_logits(model, images), atol=1e-5)


def test_flattening_computes_no_shape() -> None:
    written = onnx.load_from_string(to_onnx(build_flat(), SHAPE))

    operations = {node.op_type for node in written.graph.node}
    assert "Flatten" in operations
    assert not operations & {"Shape", "Gather", "Slice", "Concat", "Cast"}
    onnx.checker.check_model(written, full_check=True)
