"""model input → for each candidate, in its own namespace, a model, a history, ONNX."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from digit_pipeline.candidates import candidate_names
from digit_pipeline.pipelines.training.nodes import export_onnx, train_model

SHARED = {"train_input", "validation_input", "train_non_digits"}


def create_pipeline(candidates: Sequence[str] | None = None) -> Pipeline:
    """Create the training pipeline.

    Args:
        candidates: names under `training.candidates` of the parameters; all of them
            when none are given.
    """
    names = candidate_names() if candidates is None else candidates
    return sum((_train_candidate(name) for name in names), Pipeline([]))


def _train_candidate(name: str) -> Pipeline:
    parameters = f"params:training.candidates.{name}"
    nodes = [
        Node(
            train_model,
            inputs={
                "train_input": "train_input",
                "validation_input": "validation_input",
                "train_non_digits": "train_non_digits",
                "parameters": parameters,
                "seed": "params:seed",
            },
            outputs=["model", "history"],
            name="train_model",
        ),
        Node(
            export_onnx,
            inputs={
                "model": "model",
                "history": "history",
                "validation_input": "validation_input",
                "parameters": parameters,
            },
            outputs=["onnx", "training_report"],
            name="export_onnx",
        ),
    ]
    return Pipeline(
        nodes, namespace=name, inputs=SHARED, parameters={parameters, "params:seed"}
    )
