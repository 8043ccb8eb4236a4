"""Measure candidates on held-out images, choose one, and say what came out."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.percentages import word_share
from digit_pipeline.pipelines.evaluation import interpretation as words
from digit_pipeline.pipelines.evaluation.choice import Candidate, choose
from digit_pipeline.pipelines.evaluation.image_figures import (
    MISTAKES,
    describe_intensity,
    find_worst,
)
from digit_pipeline.pipelines.evaluation.metrics import (
    bin_confidence,
    expected_calibration_error,
    measure,
    measure_accuracy,
    measure_by_source,
    roc_auc,
)
from digit_pipeline.pipelines.evaluation.prediction import (
    measure_latency,
    predict_probabilities,
)
from digit_pipeline.pipelines.evaluation.refusal_figures import interpret_refusal
from digit_pipeline.pipelines.preprocessing.nodes import fit_digits

if TYPE_CHECKING:
    from pandas import DataFrame
else:  # Kedro reads the hints of nodes, and need not import pandas for that.
    DataFrame = Any

# Parts the candidate from the kind of result in the names that pipeline.py hands on.
SEPARATOR = "__"
NOT_DRAWN = (
    "Not measured on drawn digits: UCI's pen digits are not at hand; `kedro run --env "
    "sketch` fetches them, and every later run measures."
)


def predict(
    onnx: bytes, images: LabelledImages, calibration: dict[str, Any]
) -> NDArray[np.float32]:
    """Give a candidate's calibrated probabilities for held-out images.

    Args:
        onnx: the candidate's file.
        images: uint8 ``(n, 28, 28, 1)``.
        calibration: holds its ``temperature``.

    Returns:
        float32 ``(n, k)``.
    """
    from digit_pipeline.onnx_model import OnnxModel  # noqa: PLC0415 - slow to import

    model = OnnxModel(onnx, threads=0)
    return predict_probabilities(model, images, calibration["temperature"])


def measure_cost(
    onnx: bytes, training_report: dict[str, Any], repetitions: int
) -> dict[str, Any]:
    """Give ``bytes``, ``parameters``, ``latency_ms`` and ``train_seconds``.

    Args:
        onnx: the candidate's file.
        training_report: what training said of it.
        repetitions: how often one image is timed on one thread.
    """
    from digit_pipeline.onnx_model import OnnxModel  # noqa: PLC0415 - slow to import

    return {
        "bytes": len(onnx),
        "parameters": training_report["parameters"],
        "train_seconds": training_report["train_seconds"],
        **measure_latency(OnnxModel(onnx, threads=1), repetitions),
    }


def measure_candidate(
    probabilities: NDArray[np.float32], images: LabelledImages, cost: dict[str, Any]
) -> dict[str, Any]:
    """Measure a candidate's answers to one set of held-out images.

    Returns:
        all of ``metrics.measure``, ``by_source`` (the accuracy of each source of
        images) and ``cost``.
    """
    correct = probabilities.argmax(axis=1) == images.labels
    return {
        **measure(probabilities, images.labels, images.class_names),
        "by_source": measure_by_source(correct, images.sources),
        "cost": cost,
    }


def choose_candidate(
    validation_input: LabelledImages, alpha: float, **results: Any
) -> dict[str, Any]:
    """Choose a candidate by its answers to validation images.

    Args:
        validation_input: the images that ``validation_probabilities`` answer.
        alpha: significance of the paired test, in (0, 1).
        **results: ``{candidate}__{kind}`` for the kinds ``validation_probabilities``,
            ``validation_metrics`` and ``perturbed_metrics``.

    Returns:
        as ``choice.choose``.
    """
    labels = validation_input.labels
    candidates = {
        name: Candidate(
            correct=one["validation_probabilities"].argmax(axis=1) == labels,
            perturbed_accuracy=one["perturbed_metrics"]["accuracy"],
            nll=one["validation_metrics"]["nll"],
        )
        for name, one in _group(results).items()
    }
    return choose(candidates, alpha)


def compare_candidates(choice: dict[str, Any], **results: Any) -> DataFrame:
    """Lay the candidates side by side.

    Args:
        choice: the candidate chosen.
        **results: ``{candidate}__{kind}`` for the kinds ``validation_metrics``,
            ``perturbed_metrics`` and ``test_metrics``.

    Returns:
        a row per candidate: ``validation_``, ``perturbed_`` and ``test_accuracy`` with
        ``_low`` and ``_high`` (95 %); on test images ``macro_f1``, ``roc_auc``, ``ece``
        and ``nll``; ``bytes``, ``parameters``, ``latency_ms``, ``train_seconds``;
        ``chosen``.
    """
    import pandas as pd  # noqa: PLC0415 - 0.5 s that other commands should not pay

    rows = []
    for name, one in _group(results).items():
        row: dict[str, Any] = {"candidate": name, "chosen": name == choice["candidate"]}
        for side in ("validation", "perturbed", "test"):
            metrics = one[f"{side}_metrics"]
            row[f"{side}_accuracy"] = metrics["accuracy"]
            row[f"{side}_low"] = metrics["accuracy_low"]
            row[f"{side}_high"] = metrics["accuracy_high"]
        test = one["test_metrics"]
        row |= {kind: test[kind] for kind in ("macro_f1", "roc_auc", "ece", "nll")}
        costs = ("bytes", "parameters", "latency_ms", "train_seconds")
        rows.append(row | {kind: test["cost"][kind] for kind in costs})
    return pd.DataFrame(rows)


def pick_chosen(choice: dict[str, Any], **candidates: Any) -> Any:
    """Hand on the chosen candidate's own: ``candidates`` go by name."""
    return candidates[choice["candidate"]]


def score_drawn_digits(
    onnx: bytes, calibration: dict[str, Any], pen_digits: dict[str, LabelledImages]
) -> dict[str, Any]:
    """Score the chosen candidate on digits drawn with a pen by writers unknown to it.

    Args:
        onnx: the candidate's file.
        calibration: holds its ``temperature``.
        pen_digits: the published "test" part, uint8 ``(n, h, w, 1)``, ink = 255;
            without it where the files are not at hand.

    Returns:
        ``n``, ``accuracy`` with its interval, ``ece`` (expected calibration error), or
        None for them, and a ``sentence``.
    """
    if "test" not in pen_digits:
        figures = ("accuracy", "accuracy_low", "accuracy_high", "ece")
        return {"n": 0, **dict.fromkeys(figures), "sentence": NOT_DRAWN}
    drawn = pen_digits["test"]
    probabilities = predict(onnx, fit_digits(drawn), calibration)
    score = measure_accuracy(probabilities.argmax(axis=1) == drawn.labels)
    error = expected_calibration_error(probabilities, drawn.labels)
    low, high = word_share(score["accuracy_low"]), word_share(score["accuracy_high"])
    sentence = (
        f"Of {score['n']:,} digits drawn with a pen by writers it never saw, "
        f"{word_share(score['accuracy'])} are read rightly (95 % interval {low} to "
        f"{high}); confidence and accuracy differ by {word_share(error)}."
    )
    return {**score, "ece": error, "sentence": sentence}


def describe_data(
    train_input: LabelledImages,
    validation_input: LabelledImages,
    gate_input: LabelledImages,
    test_input: LabelledImages,
) -> dict[str, Any]:
    """Count classes and sources, and describe the training images' ink.

    Returns:
        ``class_counts`` by set, ``sources`` of the training images, and ``intensity``
        as ``image_figures.describe_intensity``.
    """
    sides = {
        "train": train_input,
        "validation": validation_input,
        "gate": gate_input,
        "test": test_input,
    }
    sources = train_input.sources
    if sources is None:
        counts = {"of unknown source": len(train_input)}
    else:
        names, numbers = np.unique(sources, return_counts=True)
        counts = dict(zip(names.tolist(), numbers.tolist(), strict=True))
    return {
        "class_counts": {side: one.class_counts() for side, one in sides.items()},
        "sources": counts,
        "intensity": describe_intensity(train_input),
    }


def interpret_results(  # noqa: PLR0913 - by keyword, from the catalog
    *,
    comparison: DataFrame,
    chosen_metrics: dict[str, Any],
    chosen_probabilities: NDArray[np.float32],
    chosen_refusal: dict[str, Any],
    test_input: LabelledImages,
    data_summary: dict[str, Any],
    robustness: dict[str, Any],
    **histories: DataFrame,
) -> dict[str, str]:
    """Say in one sentence what each figure shows.

    Args:
        comparison: the comparison table.
        chosen_metrics: the chosen candidate's test metrics.
        chosen_probabilities: its probabilities for ``test_input``.
        chosen_refusal: what it refuses.
        test_input: the test images.
        data_summary: as ``describe_data``.
        robustness: as ``robustness.score_conditions``.
        **histories: each candidate's epochs, by candidate.

    Returns:
        figure's name to sentence.
    """
    labels, names = test_input.labels, list(test_input.class_names)
    surest = find_worst(chosen_probabilities, labels, 1)
    wrong = int((chosen_probabilities.argmax(axis=1) != labels).sum())
    areas = {
        name: roc_auc(chosen_probabilities[:, k], labels == k)
        for k, name in enumerate(names)
    }
    return {
        "comparison_figure": words.interpret_comparison(to_rows(comparison)),
        "learning_curves": words.interpret_learning(keep_epochs(histories)),
        "confusion_matrix": words.interpret_confusions(chosen_metrics, names),
        "worst_mistakes": words.interpret_mistakes(
            wrong,
            len(labels),
            float(chosen_probabilities[surest].max()) if wrong else None,
            MISTAKES,
        ),
        "class_scores": words.interpret_classes(chosen_metrics),
        "reliability_diagram": words.interpret_reliability(
            chosen_metrics, bin_confidence(chosen_probabilities, labels)
        ),
        "roc_curves": words.interpret_roc(areas),
        "refusal_figure": interpret_refusal(chosen_refusal),
        "robustness_scorecard": words.interpret_robustness(robustness),
        "class_distribution": words.interpret_distribution(
            data_summary["class_counts"]
        ),
        "sample_sheet": words.interpret_samples(data_summary["sources"]),
        "intensity_histogram": words.interpret_intensity(data_summary["intensity"]),
    }


def keep_epochs(
    histories: dict[str, DataFrame],
) -> dict[str, list[dict[str, float]]]:
    """Give the epochs of each candidate that has several, as rows."""
    return {
        name: _rows(history) for name, history in histories.items() if len(history) > 1
    }


def to_rows(comparison: DataFrame) -> list[dict[str, Any]]:
    """Give the table's rows, with None where a figure could not be had."""
    table = comparison.astype(object)
    return _rows(table.where(table.notna(), None))


def _rows(table: DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _group(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Turn ``{candidate}__{kind}`` into a dictionary of dictionaries."""
    grouped: dict[str, dict[str, Any]] = {}
    for key, value in results.items():
        candidate, kind = key.split(SEPARATOR)
        grouped.setdefault(candidate, {})[kind] = value
    return grouped
