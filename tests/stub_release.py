"""Tiny models whose answers are known, and drafts of releases made of them."""

from dataclasses import replace
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.releases import ReleaseDraft

CLASS_NAMES = tuple("0123456789")


def make_images(
    labels: list[int], names: tuple[str, ...] = CLASS_NAMES
) -> LabelledImages:
    """Images that tell their label: pixel (label, 0) is ink."""
    images = np.zeros((len(labels), 28, 28, 1), np.uint8)
    images[np.arange(len(labels)), labels, 0] = 255
    # No two images are the same: the second row counts.
    images[:, 27, :, 0] = np.arange(len(labels))[:, None] % 200
    return LabelledImages(images, np.array(labels, np.int64), names)


def make_model(  # noqa: PLR0913 - each a way to be wrong
    answers: list[int] | None = None,
    *,
    strength: float = 20.0,
    bias: float = 0.0,
    classes: int = 10,
    side: int = 28,
    output: str = "logits",
) -> bytes:
    """An ONNX model that answers ``answers[c]`` for an image that tells label c."""
    answers = list(range(classes)) if answers is None else answers
    weights = np.zeros((side * side, classes), np.float32)
    for label, answer in enumerate(answers):
        weights[label * side, answer] = strength
    biases = np.full(classes, bias, np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "biases"], [output]),
        ],
        "stub",
        [
            helper.make_tensor_value_info(
                "image", TensorProto.FLOAT, ["n", side, side, 1]
            )
        ],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", classes])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(biases, "biases"),
        ],
    )
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=9)
    return bytes(model.SerializeToString())


def make_draft(champion: str | None = None, **changes: Any) -> ReleaseDraft:
    """A draft that passes, except for what ``changes`` names."""
    draft = ReleaseDraft(
        model=make_model(),
        gate=make_images([label for label in range(10) for _ in range(6)]),
        model_card="# Stub\n",
        decision={"promoted": True, "reason": "a test", "challenger_accuracy": 1.0},
        champion=champion,
        facts={"task": "digits", "environment": "base", "candidate": "stub"},
    )
    return replace(draft, **changes)
