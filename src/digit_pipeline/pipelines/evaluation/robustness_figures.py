"""The robustness scorecard as a figure: how accurate, and what the model was shown."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.images import DIGIT_SIDE
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation.interpretation import to_words
from digit_pipeline.pipelines.evaluation.style import (
    BLUE,
    MUTED,
    ORANGE,
    TEXT,
    Margins,
    name_panel,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Cells are blue to a point below the accuracy of uncorrupted images, which is chance,
# and fully orange so far below.
NO_LOSS, FULL_LOSS = 0.01, 0.3
SOLID_FROM = 0.75
PAPER = 255


def draw_robustness(
    scorecard: dict[str, Any], corrupted: LabelledImages, caption: str = ""
) -> "Figure":
    """Draw accuracy by corruption and strength, beside an image so corrupted.

    Args:
        scorecard: as ``robustness.score_conditions`` gives it.
        corrupted: the images it was measured on, ``sources`` their conditions.
        caption: a sentence below.
    """
    rows = scorecard["corruptions"]
    figure = new_figure(
        (7.2, 0.85 + 0.36 * max(len(rows), 1)),
        "What corrupted images cost",
        caption,
        Margins(1.3, 0.5, 0.15, 0.3),
    )
    left, right = figure.subplots(
        1, 2, width_ratios=(9, 4.4), gridspec_kw={"wspace": 0.04}
    )
    if rows:
        _draw_accuracies(left, scorecard)
        _draw_samples(right, list(rows), corrupted)
    for axes in (left, right):
        style_axes(axes)
        for spine in axes.spines.values():
            spine.set_visible(False)
    left.tick_params(axis="y", labelcolor=TEXT)
    return figure


def _draw_accuracies(axes: "Axes", scorecard: dict[str, Any]) -> None:
    rows = scorecard["corruptions"]
    table = np.array([[*row["accuracies"], row["mean"]] for row in rows.values()])
    shades = _shade_losses(scorecard["clean"] - table)
    axes.imshow(shades, aspect="auto")
    for (row, column), accuracy in np.ndenumerate(table):
        axes.text(
            column,
            row,
            f"{accuracy * 100:.1f}",
            ha="center",
            va="center",
            fontsize=9,
            fontweight="bold" if column == table.shape[1] - 1 else "normal",
            color="white" if shades[row, column, 3] > SOLID_FROM else TEXT,
        )
    axes.axvline(table.shape[1] - 1.5, color=MUTED, linewidth=1)
    axes.set_yticks(range(len(rows)), [to_words(name) for name in rows])
    axes.set_xticks(range(table.shape[1]), [*_name_strengths(table), "mean"])
    axes.set_xlabel("strength")
    name_panel(axes, f"% right (uncorrupted {scorecard['clean'] * 100:.1f})")


def _shade_losses(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colour cells as RGBA: pale blue without a loss, orange by how much is lost."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415 - 0.4 s only figures pay

    lost = np.clip(losses / FULL_LOSS, 0, 1)
    is_lost = losses > NO_LOSS + 1e-9
    shades = np.empty((*losses.shape, 4))
    shades[..., :3] = np.where(is_lost[..., None], to_rgb(ORANGE), to_rgb(BLUE))
    shades[..., 3] = np.where(is_lost, 0.1 + 0.8 * lost, 0.25)
    return shades


def _draw_samples(axes: "Axes", names: list[str], corrupted: LabelledImages) -> None:
    """Show one image under every condition, as the model sees it; columns in turn."""
    from digit_pipeline.corruptions import STRENGTHS, name_condition  # noqa: PLC0415

    columns = [
        _stack(corrupted, [name_condition(name, strength) for name in names])
        for strength in STRENGTHS
    ]
    sheet = np.concatenate(columns, axis=1)
    axes.imshow(PAPER - sheet, cmap="gray", vmin=0, vmax=PAPER)
    axes.set_yticks([])
    axes.set_xticks(
        (np.arange(len(columns)) + 0.5) * DIGIT_SIDE - 0.5,
        [str(strength) for strength in STRENGTHS],
    )
    axes.set_xlabel("strength")
    name_panel(axes, "as the model sees it")


def _stack(corrupted: LabelledImages, conditions: list[str]) -> NDArray[np.uint8]:
    """Put the first image of each condition below one another."""
    first = [int(np.argmax(corrupted.sources == one)) for one in conditions]
    return np.concatenate(list(corrupted.images[first, ..., 0]))


def _name_strengths(table: NDArray[np.float64]) -> list[str]:
    return [str(strength) for strength in range(1, table.shape[1])]
