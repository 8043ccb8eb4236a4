"""A real release for the serving tests: small, trained here, published for real."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from digit_pipeline.abstention import Calibration
from digit_pipeline.drift import Observations, observe_reference
from digit_pipeline.images import find_ink, fit_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import OnnxModel, softmax, to_input
from digit_pipeline.releases import Release, ReleaseDraft, ReleaseStore

CLASS_NAMES = tuple("0123456789")


@dataclass(frozen=True, eq=False)
class SmallModel:
    """A network of one hidden layer on the embedded digits, as ONNX.

    Attributes:
        onnx: the file.
        gate: images it never saw.
        accuracy: its share of right answers on them.
    """

    onnx: bytes
    gate: LabelledImages
    accuracy: float


@cache
def train_small_model() -> SmallModel:
    """Train on three quarters of the embedded digits, each shifted a little."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    raw = load_digits()
    digits = np.stack([_prepare(image) for image in raw.images])
    held_out = np.arange(len(digits)) % 4 == 0
    gate = LabelledImages(
        np.rint(digits[held_out] * 255).astype(np.uint8)[..., None],
        raw.target[held_out].astype(np.int64),
        CLASS_NAMES,
    )
    model = MLPClassifier((64,), max_iter=60, random_state=0, early_stopping=False)
    flat = digits.reshape(len(digits), -1)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(flat[~held_out], raw.target[~held_out])
    answers = model.predict(flat[held_out])
    return SmallModel(
        export_network(model.coefs_, model.intercepts_),
        gate,
        float(np.mean(answers == gate.labels)),
    )


def export_network(weights, biases) -> bytes:
    """Write two dense layers under the ONNX contract: image in, logits out."""
    from onnx import TensorProto, helper, numpy_helper

    names = ["w1", "b1", "w2", "b2"]
    arrays = [weights[0], biases[0], weights[1], biases[1]]
    values = [
        numpy_helper.from_array(np.asarray(array, np.float32), name)
        for name, array in zip(names, arrays, strict=True)
    ]
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w1", "b1"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "w2", "b2"], ["logits"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 28, 28, 1])
    logits = helper.make_tensor_value_info(
        "logits", TensorProto.FLOAT, ["n", len(CLASS_NAMES)]
    )
    graph = helper.make_graph(nodes, "small", [image], [logits], values)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    return model.SerializeToString()


def publish(
    folder: Path,
    name: str = "small",
    model: SmallModel | None = None,
    calibration: Calibration | None = None,
) -> Release:
    """Publish the small model as the next champion of a store, as the gate would."""
    model = model or train_small_model()
    calibration = calibration or Calibration()
    store = ReleaseStore(folder)
    pointer = store.pointer()
    draft = ReleaseDraft(
        model=model.onnx,
        gate=model.gate,
        model_card=f"# {name}\n",
        decision={
            "promoted": True,
            "reason": "made for a test",
            "challenger_accuracy": model.accuracy,
        },
        champion=pointer.version if pointer else None,
        calibration=calibration,
        drift_reference=observe_gate(model, calibration),
        facts={"task": "digits", "environment": "base", "candidate": name},
    )
    return store.publish(draft, expected_previous=draft.champion, reason="a test")


def observe_gate(model: SmallModel, calibration: Calibration) -> Observations:
    """Take what the model's answers to its gate images look like."""
    images = to_input(model.gate.images)
    logits = OnnxModel(model.onnx).logits(images)
    probabilities = softmax(logits, calibration.temperature)
    return observe_reference(
        images[..., 0], logits, probabilities, calibration, CLASS_NAMES
    )


def _prepare(image):
    """Bring 8x8 ink (0 to 16) to the contract by way of a larger picture."""
    from PIL import Image

    picture = Image.fromarray(np.uint8(255 - image * 255 / 16)).resize((64, 64), 3)
    framed = np.pad(np.asarray(picture), 16, constant_values=255)
    return fit_digit(find_ink(framed))
