"""The figures and the report, each from what the catalog holds."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation import image_figures, model_figures, plots
from digit_pipeline.pipelines.evaluation.metrics import bin_confidence
from digit_pipeline.pipelines.evaluation.nodes import keep_epochs, to_rows
from digit_pipeline.pipelines.evaluation.report import render_report

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as Plot

Captions = dict[str, str]


def draw_results(
    comparison: "pd.DataFrame",
    chosen_metrics: dict[str, Any],
    chosen_probabilities: NDArray[np.float32],
    test_input: LabelledImages,
    interpretations: Captions,
    **histories: "pd.DataFrame",
) -> dict[str, "Figure"]:
    """Draw what the candidates and the chosen one answer.

    Args:
        comparison: the comparison table.
        chosen_metrics: the chosen candidate's test metrics.
        chosen_probabilities: its probabilities for ``test_input``.
        test_input: the test images.
        interpretations: figure's name to its caption; none where it is missing.
        **histories: each candidate's epochs, by candidate.
    """
    names = list(test_input.class_names)
    captions = {name: interpretations.get(name, "") for name in RESULT_FIGURES}
    matrix = np.array(chosen_metrics["confusion_matrix"])
    bins = bin_confidence(chosen_probabilities, test_input.labels)
    return {
        "comparison_figure": model_figures.draw_comparison(
            to_rows(comparison), captions["comparison_figure"]
        ),
        "learning_curves": model_figures.draw_learning_curves(
            keep_epochs(histories), captions["learning_curves"]
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
    }


def draw_data(
    train_input: LabelledImages,
    data_summary: dict[str, Any],
    interpretations: Captions,
    seed: int,
) -> dict[str, "Figure"]:
    """Draw what the data are made of.

    Args:
        train_input: the training images.
        data_summary: as ``nodes.describe_data``.
        interpretations: figure's name to its caption; none where it is missing.
        seed: the project's seed.
    """
    captions = {name: interpretations.get(name, "") for name in DATA_FIGURES}
    return {
        "class_distribution": image_figures.draw_class_distribution(
            data_summary["class_counts"], captions["class_distribution"]
        ),
        "sample_sheet": image_figures.draw_sample_sheet(
            train_input, seed, captions["sample_sheet"]
        ),
        "intensity_histogram": image_figures.draw_intensity(
            data_summary["intensity"], captions["intensity_histogram"]
        ),
    }


RESULT_FIGURES = (
    "comparison_figure",
    "learning_curves",
    "confusion_matrix",
    "worst_mistakes",
    "class_scores",
    "reliability_diagram",
    "roc_curves",
)
DATA_FIGURES = ("class_distribution", "sample_sheet", "intensity_histogram")


def plot_results(
    comparison: "pd.DataFrame",
    chosen_metrics: dict[str, Any],
    test_input: LabelledImages,
    interpretations: Captions,
) -> dict[str, "Plot"]:
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


def write_report(  # noqa: PLR0913 - it reports on everything
    *,
    choice: dict[str, Any],
    comparison: "pd.DataFrame",
    chosen_metrics: dict[str, Any],
    chosen_probabilities: NDArray[np.float32],
    drawn_digit_score: dict[str, Any],
    train_input: LabelledImages,
    test_input: LabelledImages,
    data_summary: dict[str, Any],
    interpretations: Captions,
    seed: int,
    **histories: "pd.DataFrame",
) -> str:
    """Write the report as one HTML page that needs no connection.

    Its figures are drawn once more, as vector graphics without captions, so that they
    take the page's light or dark colours and stay sharp.
    """
    figures = draw_results(
        comparison, chosen_metrics, chosen_probabilities, test_input, {}, **histories
    ) | draw_data(train_input, data_summary, {}, seed)
    return render_report(
        choice,
        to_rows(comparison),
        chosen_metrics,
        drawn_digit_score,
        {name: (figure, interpretations[name]) for name, figure in figures.items()},
    )
