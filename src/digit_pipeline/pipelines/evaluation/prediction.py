"""Ask a candidate for probabilities, and what it costs to ask."""

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages

if TYPE_CHECKING:
    from digit_pipeline.onnx_model import OnnxModel


def ask_logits(onnx: bytes, images: LabelledImages) -> NDArray[np.float32]:
    """Give a model's logits for images.

    Args:
        onnx: the model's file.
        images: uint8 ``(n, 28, 28, 1)``.

    Returns:
        float32 ``(n, k)``.
    """
    from digit_pipeline.onnx_model import OnnxModel, to_input  # noqa: PLC0415 - as nodes

    return OnnxModel(onnx, threads=0).logits(to_input(images.images))


def predict_probabilities(
    model: "OnnxModel", images: LabelledImages, temperature: float = 1.0
) -> NDArray[np.float32]:
    """Give the probabilities of every class for every image.

    Args:
        model: a candidate.
        temperature: what its logits are divided by.
        images: uint8 ``(n, 28, 28, 1)``.

    Returns:
        float32 ``(n, k)``, each row sums to 1.
    """
    from digit_pipeline.onnx_model import softmax, to_input  # noqa: PLC0415 - as nodes

    return softmax(model.logits(to_input(images.images)), temperature)


def measure_latency(model: "OnnxModel", repetitions: int) -> dict[str, float]:
    """Time one image through the model.

    Args:
        model: a candidate, opened with one thread.
        repetitions: how often it is timed, after a tenth as many to warm up.

    Returns:
        ``latency_ms`` (median) and ``latency_p95_ms``.
    """
    # Noise: a blank image could be quicker than a written one.
    random = np.random.default_rng(0)
    image = random.random((1, model.side, model.side, 1), np.float32)
    times = []
    for _ in range(repetitions + repetitions // 10):
        start = time.perf_counter()
        model.logits(image)
        times.append((time.perf_counter() - start) * 1000)
    median, p95 = np.percentile(times[repetitions // 10 :], [50, 95])
    return {"latency_ms": float(median), "latency_p95_ms": float(p95)}
