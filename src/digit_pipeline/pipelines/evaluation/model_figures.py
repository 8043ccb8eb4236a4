"""Figures of what a model answers: from numbers to a matplotlib figure."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.intervals import wilson_interval
from digit_pipeline.pipelines.evaluation.metrics import (
    ECE_BINS,
    Labels,
    Probabilities,
    roc_auc,
    roc_curve,
)
from digit_pipeline.pipelines.evaluation.style import (
    BLUE,
    COLOURS,
    LINE,
    MARKERS,
    MUTED,
    ORANGE,
    TEAL,
    TEXT,
    Margins,
    add_legend,
    as_percent,
    name_panel,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Above this mean area every curve lies in the upper left corner.
CORNER_FROM = 0.98
PANELS_PER_ROW = 5
# Scores that are all but equal are not drawn as if they were far apart.
LEAST_SPAN = 0.02


def draw_comparison(comparison: list[dict[str, Any]], caption: str = "") -> "Figure":
    """Draw each candidate's accuracies with their 95 % intervals.

    Args:
        comparison: a row per candidate, as in the comparison table.
        caption: a sentence below.
    """
    figure = new_figure(
        (8, 1.2 + 0.5 * len(comparison)),
        "Candidates on held-out images",
        caption,
        Margins(1.6, 0.55, 0.3, 0.32),
    )
    axes = figure.subplots()
    sides = {"validation": BLUE, "perturbed": ORANGE, "test": TEAL}
    labels = ("validation", "validation, drawn anew", "test")
    places = np.arange(len(comparison))[::-1]
    for i, ((side, colour), label) in enumerate(
        zip(sides.items(), labels, strict=True)
    ):
        values = np.array([row[f"{side}_accuracy"] for row in comparison])
        low = np.array([row[f"{side}_low"] for row in comparison])
        high = np.array([row[f"{side}_high"] for row in comparison])
        axes.errorbar(
            values,
            places + 0.22 * (1 - i),
            # Rounding may leave a bound a hair on the wrong side of its value.
            xerr=np.maximum([values - low, high - values], 0),
            fmt=MARKERS[i],
            color=colour,
            markersize=6,
            linewidth=1.6,
            label=label,
        )
    axes.set_yticks(
        places,
        [f"{r['candidate']}{'  ★' if r['chosen'] else ''}" for r in comparison],
    )
    style_axes(axes, grid="x")
    axes.tick_params(axis="y", labelcolor=TEXT)
    as_percent(axes, "x")
    axes.set_xlabel("accuracy with 95 % interval; ★ the chosen candidate")
    add_legend(axes, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return figure


def draw_confusion_matrix(
    matrix: NDArray[np.int64], class_names: list[str], caption: str = ""
) -> "Figure":
    """Draw counts of truth against answer: blue where right, orange where wrong.

    Args:
        matrix: int64 ``(k, k)``, rows the truth, columns the answer.
        class_names: k names.
        caption: a sentence below.
    """
    k = len(class_names)
    side = max(5.6, 1.4 + 0.44 * k)
    figure = new_figure(
        (side, side), "What was taken for what", caption, Margins(0.6, 0.6, 0.1, 0.1)
    )
    axes = figure.subplots()
    shades = _shade_confusions(matrix)
    axes.imshow(shades)
    for truth, answer in np.argwhere(matrix > 0):
        axes.text(
            answer,
            truth,
            f"{matrix[truth, answer]:,}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if shades[truth, answer, 3] > 0.55 else TEXT,
        )
    axes.set_xticks(range(k), class_names)
    axes.set_yticks(range(k), class_names)
    axes.set_xlabel("the model's answer")
    axes.set_ylabel("the truth")
    style_axes(axes)
    _separate_cells(axes, k)
    return figure


def _shade_confusions(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Colour cells as RGBA ``(k, k, 4)``; the eye must not miss a lone mistake."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415 - 0.4 s only figures pay

    k = len(matrix)
    right = np.eye(k, dtype=bool)
    shades = np.empty((k, k, 4))
    shades[..., :3] = np.where(right[..., np.newaxis], to_rgb(BLUE), to_rgb(ORANGE))
    recall = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    wrong = np.where(right, 0, matrix)
    visible = 0.25 + 0.6 * wrong / max(int(wrong.max()), 1)
    shades[..., 3] = np.where(right, 0.9 * recall, np.where(wrong > 0, visible, 0))
    return shades


def _separate_cells(axes: "Axes", k: int) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(True, which="minor", color=LINE, linewidth=0.8)
    axes.tick_params(which="minor", length=0)


def draw_reliability(bins: list[dict[str, Any]], caption: str = "") -> "Figure":
    """Draw accuracy against confidence, and how often each confidence was given.

    Args:
        bins: as ``metrics.bin_confidence`` gives them.
        caption: a sentence below.
    """
    figure = new_figure(
        (5.6, 5.6),
        "Is it right as often as it says?",
        caption,
        Margins(0.8, 0.55, 0.2, 0.1),
    )
    upper, lower = figure.subplots(
        2, sharex=True, height_ratios=(3, 1), gridspec_kw={"hspace": 0.1}
    )
    confidence = np.array([part["confidence"] for part in bins])
    accuracy = np.array([part["accuracy"] for part in bins])
    bounds = [wilson_interval(round(p["accuracy"] * p["n"]), p["n"]) for p in bins]
    low, high = np.array(bounds).T
    upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    upper.annotate(
        "as often as it says", (0.04, 0.08), color=MUTED, fontsize=8, rotation=38
    )
    upper.errorbar(
        confidence,
        accuracy,
        yerr=np.maximum([accuracy - low, high - accuracy], 0),
        fmt="o",
        color=BLUE,
        linewidth=1.4,
        markersize=5,
    )
    upper.set_ylabel("share right, 95 % interval")
    upper.set_ylim(-0.02, 1.04)
    lower.bar(
        [(part["low"] + part["high"]) / 2 for part in bins],
        [part["n"] for part in bins],
        width=0.85 / ECE_BINS,
        color=BLUE,
    )
    lower.set_yscale("symlog", linthresh=1)
    lower.set_ylabel("images")
    lower.set_xlabel("the model's confidence")
    lower.set_xlim(0, 1.01)
    for axes in (upper, lower):
        style_axes(axes, grid="y")
    as_percent(upper)
    lower.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return figure


def draw_roc_curves(
    probabilities: Probabilities,
    labels: Labels,
    class_names: list[str],
    caption: str = "",
) -> "Figure":
    """Draw each class's ROC curve in a panel of its own.

    Args:
        probabilities: float ``(n, k)``.
        labels: int64 ``(n,)``.
        class_names: k names.
        caption: a sentence below.
    """
    areas = [roc_auc(probabilities[:, k], labels == k) for k in range(len(class_names))]
    known = [area for area in areas if area is not None]
    corner = bool(known) and float(np.mean(known)) >= CORNER_FROM
    rows = -(-len(class_names) // PANELS_PER_ROW)
    title = "Each class against the rest"
    figure = new_figure(
        (8.6, 0.7 + 1.75 * rows),
        f"{title}: the corner of the ROC curve" if corner else title,
        caption,
        Margins(0.75, 0.55, 0.15, 0.3),
    )
    grid = figure.subplots(
        rows,
        PANELS_PER_ROW,
        sharex=True,
        sharey=True,
        squeeze=False,
        gridspec_kw={"wspace": 0.16, "hspace": 0.28},
    )
    for k, axes in enumerate(grid.flat):
        style_axes(axes, grid="both")
        if k >= len(class_names):
            axes.set_visible(False)
            continue
        area = areas[k]
        if area is not None:
            false, true = roc_curve(probabilities[:, k], labels == k)
            axes.step(false, true, where="post", color=BLUE, linewidth=1.8)
        shown = "no curve" if area is None else f"{area:.4f}"
        name_panel(axes, f"{class_names[k]}  ·  {shown}")
        axes.set_xlim((-0.002, 0.1) if corner else (-0.02, 1.02))
        axes.set_ylim((0.8, 1.01) if corner else (-0.02, 1.04))
        # The last tick would run into the first of the next panel.
        axes.set_xticks([0, 0.05] if corner else [0, 0.5])
        as_percent(axes)
    grid[-1, PANELS_PER_ROW // 2].set_xlabel("others taken for it")
    for axes in grid[:, 0]:
        axes.set_ylabel("found")
    return figure


def draw_class_scores(
    per_class: dict[str, dict[str, Any]], caption: str = ""
) -> "Figure":
    """Draw precision, recall and F1 of each class, the worst class last.

    Args:
        per_class: as ``metrics.score_classes`` gives it.
        caption: a sentence below.
    """
    known = {name: one for name, one in per_class.items() if one["support"]}
    names = sorted(known, key=lambda name: -known[name]["f1"])
    figure = new_figure(
        (5.6, 1 + 0.42 * len(names)),
        "Class by class",
        caption,
        Margins(1.25, 0.4, 0.3, 0.32),
    )
    axes = figure.subplots()
    places = np.arange(len(names))[::-1]
    scores = {
        kind: np.array([known[name][kind] for name in names])
        for kind in ("precision", "recall", "f1")
    }
    axes.hlines(places, scores["precision"], scores["recall"], color=LINE, linewidth=3)
    _end_at_one(axes, min(float(values.min()) for values in scores.values()))
    for i, (kind, values) in enumerate(scores.items()):
        label = "F1" if kind == "f1" else kind
        axes.plot(values, places, MARKERS[i], color=COLOURS[i], label=label, alpha=0.9)
    axes.set_yticks(
        places, [f"{name}  ({known[name]['support']:,} images)" for name in names]
    )
    style_axes(axes, grid="x")
    axes.tick_params(axis="y", labelcolor=TEXT)
    as_percent(axes, "x")
    add_legend(axes, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return figure


def _end_at_one(axes: "Axes", lowest: float) -> None:
    """Show scores from a little below the lowest to 1, for more there is not."""
    room = max(1 - lowest, LEAST_SPAN)
    axes.set_xlim(1 - 1.08 * room, 1 + 0.03 * room)


def draw_learning_curves(
    histories: dict[str, list[dict[str, float]]], caption: str = ""
) -> "Figure":
    """Draw loss and accuracy by epoch, a column per candidate.

    Args:
        histories: by candidate, a row per epoch with ``epoch``, ``loss``,
            ``accuracy``, ``val_loss`` and ``val_accuracy``.
        caption: a sentence below.
    """
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - as in style

    columns = max(len(histories), 1)
    width = max(4.5, 2.3 * columns)
    figure = new_figure(
        (width, 4.2), "How they learned", caption, Margins(0.8, 0.55, 0.15, 0.3)
    )
    grid = figure.subplots(
        2,
        columns,
        sharex="col",
        sharey="row",
        squeeze=False,
        gridspec_kw={"wspace": 0.1, "hspace": 0.12},
    )
    for axes in grid.flat:
        style_axes(axes, grid="y")
    for column, (name, rows) in enumerate(histories.items()):
        epochs = [row["epoch"] for row in rows]
        for axes, kind in zip(grid[:, column], ("loss", "accuracy"), strict=True):
            for prefix, i, label in (("", 0, "training"), ("val_", 1, "validation")):
                axes.plot(
                    epochs,
                    [row[prefix + kind] for row in rows],
                    color=COLOURS[i],
                    linewidth=1.8,
                    linestyle=("-", "--")[i],
                    marker=MARKERS[i] if len(rows) < 4 else "",
                    label=label,
                )
        name_panel(grid[0, column], name)
        grid[1, column].set_xlabel("epoch")
    grid[0, 0].set_ylabel("loss (log scale)")
    grid[0, 0].set_yscale("log")
    for axes in grid[0]:
        axes.minorticks_off()
    grid[1, 0].set_ylabel("accuracy")
    as_percent(grid[1, 0], "y")
    for axes in grid.flat:
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    if histories:
        add_legend(grid[0, -1], loc="upper right")
    return figure
