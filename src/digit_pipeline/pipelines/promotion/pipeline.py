"""The promotion pipeline: the chosen candidate meets the champion at the gate."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from digit_pipeline.candidates import candidate_names
from digit_pipeline.pipelines.promotion.gallery import FIGURES
from digit_pipeline.pipelines.promotion.nodes import (
    compare_with_champion,
    draft_release,
    write_model_card,
)

METRICS = ("validation_metrics", "test_metrics")


def create_pipeline(
    candidates: Sequence[str] | None = None, rules: str = "params:promotion"
) -> Pipeline:
    """Create the promotion pipeline.

    Args:
        candidates: names of what training trains; all in parameters when None.
        rules: dataset that holds what the gate goes by.
    """
    names = list(candidate_names() if candidates is None else candidates)
    return Pipeline(
        [
            Node(
                compare_with_champion,
                inputs={
                    "choice": "choice",
                    "gate_input": "gate_input",
                    "validation_input": "validation_input",
                    "corrupted_gate": "corrupted_gate",
                    "field_input": "field_input",
                    "robustness": "robustness",
                    "incumbent": "incumbent",
                    "baseline": "baseline",
                    "taken_back": "taken_back",
                    "training_manifest": "training_manifest",
                    "chosen_calibration": "chosen_calibration",
                    "parameters": rules,
                    **{name: f"{name}.onnx" for name in names},
                },
                outputs="decision",
                name="compare_with_champion",
            ),
            Node(
                write_model_card,
                inputs={
                    "choice": "choice",
                    "decision": "decision",
                    "data_digests": "data_digests",
                    "training_manifest": "training_manifest",
                    "drawn_digit_score": "drawn_digit_score",
                    "robustness": "robustness",
                    "chosen_refusal": "chosen_refusal",
                    "parameters": rules,
                    **_results(names, "test_metrics"),
                },
                outputs="model_card",
                name="write_model_card",
            ),
            Node(
                draft_release,
                inputs={
                    "choice": "choice",
                    "decision": "decision",
                    "model_card": "model_card",
                    "gate_input": "gate_input",
                    "data_digests": "data_digests",
                    "training_manifest": "training_manifest",
                    "drawn_digit_score": "drawn_digit_score",
                    "chosen_calibration": "chosen_calibration",
                    "chosen_refusal": "chosen_refusal",
                    "test_input": "test_input",
                    "interpretations": "interpretations",
                    "result_drawings": "result_drawings",
                    "data_drawings": "data_drawings",
                    **{figure: figure for figure in FIGURES},
                    **_results(names, "onnx", *METRICS),
                },
                outputs="champion_model",
                name="draft_release",
            ),
        ]
    )


def _results(names: list[str], *kinds: str) -> dict[str, str]:
    """Name each candidate's results as keyword arguments."""
    return {f"{name}__{kind}": f"{name}.{kind}" for name in names for kind in kinds}
