"""Trained models as ONNX, all with one input and one output.

Input ``image`` float32 ``(n, h, w, c)`` in [0, 1]; output ``logits`` float32
``(n, classes)``; n is free.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from digit_pipeline.onnx_model import INPUT, OUTPUT, Floats

OPSET = 17
IR_VERSION = 9


def to_onnx(model: Any, shape: tuple[int, ...]) -> bytes:
    """Write a model as ONNX.

    Args:
        model: a Keras model or scikit-learn's logistic regression.
        shape: ``(height, width, channels)`` of its images.

    Returns:
        the file's content.
    """
    if hasattr(model, "coef_"):
        return _write_regression(model, shape)
    return _write_network(model, shape)


def find_logits(model: Any, images: Floats) -> Floats:
    """Ask the model itself for its logits, float32 ``(n, classes)``."""
    if hasattr(model, "coef_"):
        weights, bias = _linear(model)
        return images.reshape(len(images), -1) @ weights + bias
    return np.asarray(model(images, training=False))


def _linear(model: Any) -> tuple[Floats, Floats]:
    """Give weights ``(pixels, classes)`` and bias; two classes share one row."""
    coefficients, bias = model.coef_, model.intercept_
    if len(coefficients) == 1:
        coefficients = np.concatenate([np.zeros_like(coefficients), coefficients])
        bias = np.concatenate([np.zeros_like(bias), bias])
    return coefficients.T.astype(np.float32), bias.astype(np.float32)


def _write_regression(model: Any, shape: tuple[int, ...]) -> bytes:
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    weights, bias = _linear(model)
    nodes = [
        helper.make_node("Flatten", [INPUT], ["pixels"]),
        helper.make_node("Gemm", ["pixels", "weights", "bias"], [OUTPUT]),
    ]
    graph = helper.make_graph(
        nodes,
        "logistic_regression",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", len(bias)])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(bias, "bias"),
        ],
    )
    opset = [helper.make_opsetid("", OPSET)]
    written = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
    return bytes(written.SerializeToString())


def _write_network(model: Any, shape: tuple[int, ...]) -> bytes:
    import keras  # noqa: PLC0415
    import onnx  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(
            path,
            format="onnx",
            verbose=False,
            opset_version=OPSET,
            # A model just loaded was never called and knows no signature of its own.
            input_signature=[keras.InputSpec("float32", (None, *shape), name=INPUT)],
        )
        written = onnx.load(path)
    graph = written.graph
    _rename(graph, graph.input[0].name, INPUT)
    _rename(graph, graph.output[0].name, OUTPUT)
    return bytes(written.SerializeToString())


def _rename(graph: Any, old: str, new: str) -> None:
    """Rename a value wherever it is produced or used."""
    for value in (*graph.input, *graph.output):
        if value.name == old:
            value.name = new
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]
