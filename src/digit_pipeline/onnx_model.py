"""A candidate's ONNX file, run by ONNX Runtime.

Every candidate answers to one contract: input ``image`` float32 (n, 28, 28, 1) in
[0, 1], ink = 1; output ``logits`` float32 (n, k); n is free.
"""

import numpy as np
from numpy.typing import NDArray

import digit_pipeline.private_onnxruntime  # noqa: F401 - it has to come first

# isort: split
import onnxruntime

Floats = NDArray[np.float32]

INPUT = "image"
OUTPUT = "logits"
# Large enough to keep the processor busy, small enough for a container's memory.
BATCH = 512
ERRORS_ONLY = 3


class OnnxModel:
    """An ONNX model in memory, ready to answer.

    Args:
        model: content of the ONNX file, weights included.
        threads: how many threads one call may use.

    Raises:
        ValueError: when it does not load, or its input or output is not the
            contract's.
    """

    def __init__(self, model: bytes, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors share no narrower base
            raise ValueError(
                f"expected an ONNX model, but ONNX Runtime says: {_first_line(error)}"
            ) from error
        self.side, self.outputs = _read_contract(self._session)

    def logits(self, images: Floats) -> Floats:
        """Answer a batch.

        Args:
            images: float32 ``(n, 28, 28, 1)`` in [0, 1], ink = 1.

        Returns:
            float32 ``(n, k)``.

        Raises:
            ValueError: when the model cannot answer such images.
        """
        try:
            parts = [
                self._session.run([OUTPUT], {INPUT: images[start : start + BATCH]})[0]
                for start in range(0, len(images), BATCH)
            ]
        except Exception as error:  # ONNX Runtime's errors share no narrower base
            raise ValueError(
                f"expected images float32 (n, {self.side}, {self.side}, 1), got "
                f"{images.dtype} {images.shape}: {_first_line(error)}"
            ) from error
        if not parts:
            return np.zeros((0, self.outputs), np.float32)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Turn logits ``(n, k)`` into probabilities, float32 ``(n, k)``, rows sum to 1."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def to_input(images: NDArray[np.uint8]) -> Floats:
    """Turn stored images, uint8 ``(n, h, w, c)``, into float32 model input."""
    return np.asarray(images, np.float32) / np.float32(255)


def _read_contract(session: onnxruntime.InferenceSession) -> tuple[int, int]:
    """Give the image side and the number of classes, or refuse."""
    inputs = [(i.name, i.type, i.shape[1:]) for i in session.get_inputs()]
    outputs = [(o.name, o.type, o.shape[1:]) for o in session.get_outputs()]
    match inputs, outputs:
        case (
            [(str(given), "tensor(float)", [int(side), int(width), 1])],
            [(str(answer), "tensor(float)", [int(classes)])],
        ) if (given, answer, side) == (INPUT, OUTPUT, width):
            return side, classes
    raise ValueError(
        "expected one input `image` float32 (n, side, side, 1) and one output `logits` "
        f"float32 (n, classes), got {inputs} and {outputs}"
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
