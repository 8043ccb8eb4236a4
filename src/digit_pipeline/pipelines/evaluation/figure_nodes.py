"""The figures and the report, each from what the catalog holds."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation import image_figures, model_figures, plots
from digit_pipeline.pipelines.evaluation.drawings import to_drawing
from digit_pipeline.pipelines.evaluation.metrics import bin_confidence
from digit_pipeline.pipelines.evaluation.nodes import keep_epochs, to_rows
from digit_pipeline.pipelines.evaluation.refusal_figures import draw_refusal
from digit_pipeline.pipelines.evaluation.report import render_report
from digit_pipeline.pipelines.evaluation.robustness_figures import draw_robustness

if TYPE_CHECKING:
    from pandas import DataFrame
else:  # Kedro reads the hints of nodes, and need not import pandas for that.
    DataFrame = Any

Captions = dict[str, str]

RESULT_FIGURES = (
    "comparison_figure",
    "learning_curves",
    "confusion_matrix",
    "worst_mistakes",
    "class_scores",
    "reliability_diagram",
    "roc_curves",
    "refusal_figure",
    "robustness_scorecard",
)
DATA_FIGURES = ("class_distribution", "sample_sheet", "intensity_histogram")


def draw_results(  # noqa: PLR0913 - by keyword, from the catalog
    *,
    comparison: DataFrame,
    chosen_metrics: dict[str, Any],
    chosen_probabilities: NDArray[np.float32],
    chosen_refusal: dict[str, Any],
    test_input: LabelledImages,
    robustness: dict[str, Any],
    corrupted_gate: LabelledImages,
    interpretations: Captions,
    **histories: DataFrame,
) -> dict[str, Any]:
    """Draw what the candidates and the chosen one answer.

    Args:
        comparison: the comparison table.
        chosen_metrics: the chosen candidate's test metrics.
        chosen_probabilities: its probabilities for ``test_input``.
        chosen_refusal: what it refuses.
        test_input: the test images.
        robustness: its scorecard.
        corrupted_gate: the images that the scorecard was measured on.
        interpretations: figure's name to its caption.
        **histories: each candidate's epochs, by candidate.

    Returns:
        the figures by name, and ``result_drawings``: the same for the report.
    """
    names = list(test_input.class_names)
    captions = interpretations
    matrix = np.array(chosen_metrics["confusion_matrix"])
    rows, epochs = to_rows(comparison), keep_epochs(histories)
    bins = bin_confidence(chosen_probabilities, test_input.labels)
    figures = {
        "comparison_figure": model_figures.draw_comparison(
            rows, captions["comparison_figure"]
        ),
        "learning_curves": model_figures.draw_learning_curves(
            epochs, captions["learning_curves"]
        ),
        "confusion_matrix": model_figures.draw_confusion_matrix(
            matrix, names, captions["confusion_matrix"]
        ),
        "worst_mistakes": image_figures.draw_worst_mistakes(
            test_input, chosen_probabilities, captions["worst_mistakes"]
        ),
        "class_scores": model_figures.draw_class_scores(
            chosen_metrics["per_class"], captions["class_scores"]
        ),
        "reliability_diagram": model_figures.draw_reliability(
            bins, captions["reliability_diagram"]
        ),
        "roc_curves": model_figures.draw_roc_curves(
            chosen_probabilities, test_input.labels, names, captions["roc_curves"]
        ),
        "refusal_figure": draw_refusal(chosen_refusal, captions["refusal_figure"]),
        "robustness_scorecard": draw_robustness(
            robustness, corrupted_gate, captions["robustness_scorecard"]
        ),
    }
    return figures | {"result_drawings": _draw_for_report(figures)}


def draw_data(
    train_input: LabelledImages,
    data_summary: dict[str, Any],
    interpretations: Captions,
    seed: int,
) -> dict[str, Any]:
    """Draw what the data are made of.

    Args:
        train_input: the training images, of which the published ones are shown.
        data_summary: as ``nodes.describe_data``.
        interpretations: figure's name to its caption.
        seed: the project's seed.

    Returns:
        the figures by name, and ``data_drawings``: the same for the report.
    """
    captions = interpretations
    figures = {
        "class_distribution": image_figures.draw_class_distribution(
            data_summary["class_counts"], captions["class_distribution"]
        ),
        "sample_sheet": image_figures.draw_sample_sheet(
            train_input.published(), seed, captions["sample_sheet"]
        ),
        "intensity_histogram": image_figures.draw_intensity(
            data_summary["intensity"], captions["intensity_histogram"]
        ),
    }
    return figures | {"data_drawings": _draw_for_report(figures)}


def _draw_for_report(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: to_drawing(figure, name) for name, figure in figures.items()}


def plot_results(
    comparison: DataFrame,
    chosen_metrics: dict[str, Any],
    test_input: LabelledImages,
    interpretations: Captions,
) -> dict[str, Any]:
    """Plot the candidates and the confusion matrix, to be hovered over."""
    return {
        "comparison_plot": plots.plot_comparison(
            to_rows(comparison), interpretations["comparison_figure"]
        ),
        "confusion_matrix_plot": plots.plot_confusion_matrix(
            np.array(chosen_metrics["confusion_matrix"]),
            list(test_input.class_names),
            interpretations["confusion_matrix"],
        ),
    }


def write_report(  # noqa: PLR0913, PLR0917 - by keyword, from the catalog
    choice: dict[str, Any],
    comparison: DataFrame,
    chosen_metrics: dict[str, Any],
    drawn_digit_score: dict[str, Any],
    robustness: dict[str, Any],
    interpretations: Captions,
    **drawings: dict[str, Any],
) -> str:
    """Write the report as one HTML page that needs no connection.

    Args:
        choice: the candidate and the reason.
        comparison: the comparison table.
        chosen_metrics: the chosen candidate's test metrics.
        drawn_digit_score: its score on drawn digits.
        robustness: its scorecard.
        interpretations: figure's name to sentence.
        **drawings: figures as vector drawings, in groups.
    """
    return render_report(
        choice=choice,
        comparison=to_rows(comparison),
        metrics=chosen_metrics,
        drawn=drawn_digit_score,
        robustness=robustness,
        drawings={k: v for group in drawings.values() for k, v in group.items()},
        sentences=interpretations,
    )
