"""A network's ONNX file, written anew with whole numbers of eight bits.

A quarter of the size, and faster by what benchmarks/batch_prediction.py shows:
processors multiply four times as many of them at once as of float32. ONNX Runtime
documents the method:
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

import tempfile
from pathlib import Path

import numpy as np

from digit_pipeline.onnx_model import INPUT, OUTPUT, Floats

# Images by which the range of each value is found, spread evenly over those given: of
# every source, as they follow one another.
RANGED = 512
BATCH = 64


def quantise(onnx: bytes, images: Floats) -> bytes:
    """Write a network's weights, and all that it computes, in eight bits.

    Weights have seven of the eight, and a scale per filter: processors without
    instructions for this (VNNI) add products in pairs of sixteen bits, which could
    overflow with more. So all of them compute the same whole numbers. The layer that
    gives the logits stays float32.

    Args:
        onnx: a network's file; input "image", output "logits", both stay float32.
        images: float32 ``(n, h, w, c)`` in [0, 1] that tell the range of each value.

    Returns:
        the new file's content.

    Raises:
        ValueError: when nothing in the file makes the logits.
    """
    # Nobody but training pays for their import.
    from onnxruntime.quantization import (  # noqa: PLC0415
        CalibrationDataReader,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import (  # noqa: PLC0415
        quant_pre_process,
    )

    class Ranging(CalibrationDataReader):
        """Hands out the images, batch by batch."""

        def __init__(self) -> None:
            last = len(images) - 1
            spread = np.linspace(0, last, min(RANGED, len(images))).astype(int)
            chosen = images[spread]
            starts = range(0, len(chosen), BATCH)
            self._batches = ({INPUT: chosen[i : i + BATCH]} for i in starts)

        def get_next(self) -> dict[str, Floats] | None:
            """Give the next batch, None after the last."""
            return next(self._batches, None)

    with tempfile.TemporaryDirectory() as name:
        given, prepared, written = (Path(name) / f"{i}.onnx" for i in range(3))
        given.write_bytes(onnx)
        quant_pre_process(given, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            written,
            Ranging(),
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=[_name_of_last(prepared)],
        )
        return written.read_bytes()


def measure_agreement(logits: Floats, others: Floats) -> float:
    """Give the share of images for which both, ``(n, k)``, name the same class."""
    return float(np.mean(logits.argmax(axis=1) == others.argmax(axis=1)))


def _name_of_last(path: Path) -> str:
    import onnx  # noqa: PLC0415

    for node in onnx.load(path).graph.node:
        if OUTPUT in node.output:
            return str(node.name)
    raise ValueError(f"expected an operation that makes `{OUTPUT}`, got none in {path}")
