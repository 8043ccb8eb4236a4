"""Trained models as ONNX, all with one input and one output.

Input ``image`` float32 ``(n, h, w, c)`` in [0, 1]; output ``logits`` float32
``(n, classes)``; n is free.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from digit_pipeline.onnx_model import INPUT, OUTPUT, Floats

OPSET = 17
IR_VERSION = 9
FLAT = 2  # axes: images and all the rest


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
    flatten_plainly(graph)
    _rename(graph, graph.input[0].name, INPUT)
    _rename(graph, graph.output[0].name, OUTPUT)
    return bytes(written.SerializeToString())


def flatten_plainly(graph: Any) -> None:
    """Flatten by the operation of that name, and leave out what asked for the shape.

    Keras reshapes to a shape that it computes anew at each call: seven operations
    where one does, a fifteenth of the time that one image takes.

    Args:
        graph: of an ``onnx.ModelProto``; changed in place.
    """
    from onnx import helper  # noqa: PLC0415

    makers = {name: node for node in graph.node for name in node.output}
    for place, node in enumerate(graph.node):
        if node.op_type == "Reshape" and _count_axes(node.input[1], makers) == FLAT:
            flat = helper.make_node("Flatten", node.input[:1], node.output, axis=1)
            graph.node[place].CopyFrom(flat)
    _leave_out_unused(graph)


def _count_axes(shape: str, makers: Mapping[str, Any]) -> int | None:
    """Count the axes of a shape that is put together while running; None for others."""
    maker = makers.get(shape)
    while maker is not None and maker.op_type == "Cast":
        maker = makers.get(maker.input[0])
    return len(maker.input) if maker is not None and maker.op_type == "Concat" else None


def _leave_out_unused(graph: Any) -> None:
    """Leave out what no output follows from."""
    used = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if used.intersection(node.output):
            used.update(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    for value in [v for v in graph.initializer if v.name not in used]:
        graph.initializer.remove(value)


def _rename(graph: Any, old: str, new: str) -> None:
    """Rename a value wherever it is produced or used."""
    for value in (*graph.input, *graph.output):
        if value.name == old:
            value.name = new
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]
