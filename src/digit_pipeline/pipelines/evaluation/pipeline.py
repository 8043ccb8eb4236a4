"""The evaluation pipeline: held-out answers to metrics, a choice and a report."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline, pipeline

from digit_pipeline.candidates import candidate_names
from digit_pipeline.pipelines.evaluation.figure_nodes import (
    DATA_FIGURES,
    RESULT_FIGURES,
    draw_data,
    draw_results,
    plot_results,
    write_report,
)
from digit_pipeline.pipelines.evaluation.nodes import (
    SEPARATOR,
    choose_candidate,
    compare_candidates,
    describe_data,
    interpret_results,
    measure_candidate,
    measure_cost,
    pick_chosen,
    predict,
    score_drawn_digits,
)
from digit_pipeline.pipelines.evaluation.perturbation import perturb_images
from digit_pipeline.pipelines.evaluation.refusal import (
    calibrate,
    collect_non_digits,
    measure_refusal,
)
from digit_pipeline.pipelines.evaluation.robustness import (
    corrupt_images,
    measure_robustness,
)

SIDES = ("validation", "perturbed", "test")
IMAGES = {
    "validation": "validation_input",
    "perturbed": "perturbed_validation",
    "test": "test_input",
}


def create_pipeline(candidates: Sequence[str] | None = None) -> Pipeline:
    """Create the evaluation pipeline.

    Args:
        candidates: names of what training trains; all in parameters when None.
    """
    names = candidate_names() if candidates is None else candidates
    perturb = Node(
        perturb_images,
        inputs={
            "images": "validation_input",
            "perturbation": "params:evaluation.perturbation",
            "seed": "params:seed",
        },
        outputs="perturbed_validation",
        name="perturb_validation",
    )
    non_digits = Node(
        collect_non_digits,
        inputs=[
            "test_input",
            "fashion_images",
            "params:evaluation.non_digits_per_family",
            "params:seed",
        ],
        outputs="test_non_digits",
        name="collect_non_digits",
    )
    shared = Pipeline([perturb, non_digits])
    measured = sum((_measure(name) for name in names), shared)
    return measured + _choose(names) + _corrupt() + _describe() + _draw(names)


def _measure(candidate: str) -> Pipeline:
    """Measure one candidate, in its own namespace."""
    cost = Node(
        measure_cost,
        inputs={
            "onnx": "onnx",
            "training_report": "training_report",
            "repetitions": "params:evaluation.latency_repetitions",
        },
        outputs="cost",
        name="measure_cost",
    )
    calibration = Node(
        calibrate,
        inputs=["onnx", "validation_input", "params:evaluation.refused"],
        outputs="calibration",
        name="calibrate",
    )
    refusal = Node(
        measure_refusal,
        inputs=["onnx", "calibration", "test_input", "test_non_digits"],
        outputs="refusal",
        name="measure_refusal",
    )
    nodes = [cost, calibration, refusal]
    for side in SIDES:
        nodes += [
            Node(
                predict,
                inputs={
                    "onnx": "onnx",
                    "images": IMAGES[side],
                    "calibration": "calibration",
                },
                outputs=f"{side}_probabilities",
                name=f"predict_{side}",
            ),
            Node(
                measure_candidate,
                inputs={
                    "probabilities": f"{side}_probabilities",
                    "images": IMAGES[side],
                    "cost": "cost",
                },
                outputs=f"{side}_metrics",
                name=f"measure_{side}",
            ),
        ]
    return pipeline(
        nodes,
        namespace=candidate,
        inputs={*IMAGES.values(), "test_non_digits"},
        parameters={
            "params:evaluation.latency_repetitions",
            "params:evaluation.refused",
        },
    )


def _choose(names: Sequence[str]) -> Pipeline:
    """Choose on validation, then lay out everything side by side."""
    chosen = {
        "chosen_metrics": "test_metrics",
        "chosen_probabilities": "test_probabilities",
        "chosen_onnx": "onnx",
        "chosen_calibration": "calibration",
        "chosen_refusal": "refusal",
    }
    return Pipeline(
        [
            Node(
                choose_candidate,
                inputs={
                    "validation_input": "validation_input",
                    "alpha": "params:evaluation.choice_alpha",
                    **_results(names, "validation_probabilities"),
                    **_results(names, "validation_metrics", "perturbed_metrics"),
                },
                outputs="choice",
                name="choose_candidate",
            ),
            Node(
                compare_candidates,
                inputs={
                    "choice": "choice",
                    **_results(names, *(f"{side}_metrics" for side in SIDES)),
                },
                outputs="comparison",
                name="compare_candidates",
            ),
            *(
                Node(
                    pick_chosen,
                    inputs={"choice": "choice", **{n: f"{n}.{kind}" for n in names}},
                    outputs=output,
                    name=f"pick_{output}",
                )
                for output, kind in chosen.items()
            ),
            Node(
                score_drawn_digits,
                inputs=["chosen_onnx", "chosen_calibration", "pen_digits"],
                outputs="drawn_digit_score",
                name="score_drawn_digits",
            ),
        ]
    )


def _corrupt() -> Pipeline:
    """Score the chosen one on corrupted gate images; the champion answers them too."""
    return Pipeline(
        [
            Node(
                corrupt_images,
                inputs={
                    "images": "gate_input",
                    "robustness": "params:evaluation.robustness",
                    "seed": "params:seed",
                },
                outputs="corrupted_gate",
                name="corrupt_gate",
            ),
            Node(
                measure_robustness,
                inputs=["chosen_onnx", "corrupted_gate"],
                outputs="robustness",
                name="measure_robustness",
            ),
        ]
    )


def _describe() -> Pipeline:
    sides = ("train", "validation", "gate", "test")
    return Pipeline(
        [
            Node(
                describe_data,
                inputs={f"{side}_input": f"{side}_input" for side in sides},
                outputs="data_summary",
                name="describe_data",
            )
        ]
    )


def _draw(names: Sequence[str]) -> Pipeline:
    """Put the results into words, figures and a report."""
    histories = {name: f"{name}.history" for name in names}
    chosen = {
        name: name
        for name in (
            "comparison",
            "chosen_metrics",
            "chosen_probabilities",
            "chosen_refusal",
            "test_input",
            "robustness",
        )
    }
    corrupted = {"corrupted_gate": "corrupted_gate"}
    captions = {"interpretations": "interpretations"}
    data = {"data_summary": "data_summary"}
    samples = {"train_input": "train_input", "seed": "params:seed"}
    return Pipeline(
        [
            Node(
                interpret_results,
                inputs=chosen | data | histories,
                outputs="interpretations",
                name="interpret_results",
            ),
            Node(
                draw_results,
                inputs=chosen | corrupted | captions | histories,
                outputs={name: name for name in (*RESULT_FIGURES, "result_drawings")},
                name="draw_results",
            ),
            Node(
                draw_data,
                inputs=samples | data | captions,
                outputs={name: name for name in (*DATA_FIGURES, "data_drawings")},
                name="draw_data",
            ),
            Node(
                plot_results,
                inputs={
                    "comparison": "comparison",
                    "chosen_metrics": "chosen_metrics",
                    "test_input": "test_input",
                    **captions,
                },
                outputs={
                    "comparison_plot": "comparison_plot",
                    "confusion_matrix_plot": "confusion_matrix_plot",
                },
                name="plot_results",
            ),
            Node(
                write_report,
                inputs={
                    name: name
                    for name in (
                        "choice",
                        "comparison",
                        "chosen_metrics",
                        "drawn_digit_score",
                        "robustness",
                        "interpretations",
                        "result_drawings",
                        "data_drawings",
                    )
                },
                outputs="report",
                name="write_report",
            ),
        ]
    )


def _results(names: Sequence[str], *kinds: str) -> dict[str, str]:
    """Name each candidate's results as keyword arguments."""
    return {f"{n}{SEPARATOR}{kind}": f"{n}.{kind}" for n in names for kind in kinds}
