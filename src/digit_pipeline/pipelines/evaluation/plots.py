"""Interactive plots, for Kedro-Viz and MLflow: from numbers to a plotly figure."""

from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.pipelines.evaluation.style import BLUE, ORANGE, TEAL

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Grey that is read on Kedro-Viz's light and dark pages alike.
NEUTRAL = "#808894"
# Characters of a caption that fit beside each other in Kedro-Viz.
WRAP_AT = 90


def plot_confusion_matrix(
    matrix: NDArray[np.int64], class_names: list[str], caption: str
) -> "Figure":
    """Plot counts of truth against answer; hovering tells each cell in words.

    Args:
        matrix: int64 ``(k, k)``, rows the truth, columns the answer.
        class_names: k names.
        caption: a sentence below.
    """
    import plotly.graph_objects as go  # noqa: PLC0415 - 0.5 s only plots pay

    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    heat = go.Heatmap(
        z=shares.tolist(),
        x=class_names,
        y=class_names,
        customdata=matrix.tolist(),
        text=np.where(matrix > 0, matrix.astype(str), "").tolist(),
        texttemplate="%{text}",
        hovertemplate="%{customdata} of class %{y} were read as %{x}<br>"
        "(%{z:.1%} of the class)<extra></extra>",
        colorscale=[[0, "rgba(47,127,209,0)"], [0.02, "#f3c98b"], [1, BLUE]],
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=1,
        ygap=1,
    )
    figure = go.Figure(heat)
    # Every class: by itself plotly would name every second one.
    figure.update_xaxes(title="the model's answer", type="category", dtick=1)
    figure.update_yaxes(
        title="the truth", type="category", dtick=1, autorange="reversed"
    )
    return _finish(figure, "What was taken for what", caption)


def plot_comparison(comparison: list[dict[str, Any]], caption: str) -> "Figure":
    """Plot each candidate's accuracies with their 95 % intervals.

    Args:
        comparison: a row per candidate, as in the comparison table.
        caption: a sentence below.
    """
    import plotly.graph_objects as go  # noqa: PLC0415 - as above

    figure = go.Figure()
    sides = {
        "validation": ("validation", BLUE, "circle"),
        "perturbed": ("validation, drawn anew", ORANGE, "square"),
        "test": ("test", TEAL, "diamond"),
    }
    names = [f"{r['candidate']}{' ★' if r['chosen'] else ''}" for r in comparison]
    for side, (label, colour, symbol) in sides.items():
        values = np.array([row[f"{side}_accuracy"] for row in comparison])
        high = np.array([row[f"{side}_high"] for row in comparison]) - values
        low = values - np.array([row[f"{side}_low"] for row in comparison])
        figure.add_scatter(
            x=names,
            y=values.tolist(),
            error_y={"array": high.tolist(), "arrayminus": low.tolist()},
            name=label,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10},
            hovertemplate="%{x}: %{y:.2%} of " + label + "<extra></extra>",
        )
    figure.update_layout(scattermode="group", legend={"orientation": "h", "y": -0.12})
    lowest = min(row[f"{side}_low"] for row in comparison for side in sides)
    # Plotly would begin at 0, where there is nothing to see.
    figure.update_yaxes(
        title="accuracy, 95 % interval",
        tickformat=".0%",
        range=[lowest - 0.01, 1.005],
    )
    return _finish(figure, "Candidates on held-out images", caption)


def _finish(figure: "Figure", title: str, caption: str) -> "Figure":
    figure.update_layout(
        title={
            "text": title,
            "subtitle": {"text": "<br>".join(wrap(caption, WRAP_AT))},
        },
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": NEUTRAL},
        margin={"t": 125},
    )
    figure.update_xaxes(gridcolor="rgba(128,136,148,0.2)")
    figure.update_yaxes(gridcolor="rgba(128,136,148,0.2)")
    return figure
