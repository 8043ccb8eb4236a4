"""What is refused, as a figure and as words."""

from typing import TYPE_CHECKING, Any

import numpy as np

from digit_pipeline.percentages import word_share
from digit_pipeline.pipelines.evaluation.style import (
    BLUE,
    LINE,
    MUTED,
    ORANGE,
    Margins,
    add_legend,
    as_percent,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What a family of non-digits may reach before the caption names it.
TOLERATED = 0.05
COLOUR_OF = {"recognised": BLUE, "unsure": ORANGE, "unfamiliar": MUTED}
VERDICTS = tuple(COLOUR_OF)


def draw_refusal(refusal: dict[str, Any], caption: str = "") -> "Figure":
    """Draw the shares recognised, unsure and unfamiliar of digits and non-digits.

    Args:
        refusal: as ``refusal.measure_refusal``.
        caption: a sentence below.
    """
    rows = refusal["digits"] | refusal["non_digits"]
    figure = new_figure(
        (8, 1.0 + 0.36 * len(rows)),
        "Recognised or refused",
        caption,
        Margins(1.9, 0.55, 0.3, 0.32),
    )
    axes = figure.subplots()
    places = np.arange(len(rows))[::-1]
    left = np.zeros(len(rows))
    for verdict, colour in COLOUR_OF.items():
        shares = np.array([row[verdict] for row in rows.values()])
        axes.barh(places, shares, 0.62, left=left, color=colour, label=verdict)
        left += shares
    axes.axhline(len(refusal["non_digits"]) - 0.5, color=LINE, linewidth=1)
    names = [f"{name} ({row['n']:,})" for name, row in rows.items()]
    axes.set_yticks(places, names)
    axes.set(xlim=(0, 1), xlabel="share of the pictures; digits above the line")
    as_percent(axes, "x")
    add_legend(
        style_axes(axes, grid="x"), ncols=3, loc="lower right", bbox_to_anchor=(1, 1)
    )
    return figure


def interpret_refusal(refusal: dict[str, Any]) -> str:
    """Say how many digits are refused, and which non-digits are not."""
    recognised = {n: row["recognised"] for n, row in refusal["non_digits"].items()}
    over = [name for name, value in recognised.items() if value > TOLERATED]
    worst = max(recognised, key=lambda name: recognised[name])
    weak = (
        f"too many of {', '.join(over)}"
        if over
        else f"at most {word_share(recognised[worst])} of any kind ({worst})"
    )
    energy, softmax = (refusal["scores"][s]["all"] for s in ("energy", "softmax"))
    return (
        f"{word_share(refusal['refused_digits'])} of the digits are refused; of "
        f"pictures that are none, {weak} pass as a digit. The energy, which "
        f"decides, parts the two with an AUROC of {energy['auroc']:.4f}, and "
        f"{word_share(energy['fpr95'])} of them reach what 95 % of the digits do "
        "(FPR95); the softmax's best probability alone would with "
        f"{softmax['auroc']:.4f} and {word_share(softmax['fpr95'])}."
    )
