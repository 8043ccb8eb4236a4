"""How every figure looks: colours, captions, axes.

The five colours keep apart for the colour-blind, are told apart by markers as well, and
are readable on white as on near-black.
"""

from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, TEAL, MAGENTA, VIOLET = (
    "#2f7fd1",
    "#e08a1e",
    "#1a9a7a",
    "#c05fa0",
    "#7a6fd0",
)
COLOURS = (BLUE, ORANGE, TEAL, MAGENTA, VIOLET)
MARKERS = ("o", "s", "D", "^", "v")
# The report swaps these three for its own colours in light and in dark.
TEXT, MUTED, LINE = "#1b1f25", "#69717f", "#d6dae2"

CAPTION_SIZE = 9
# Inches; about how much of a 9 pt caption fits into one.
CAPTION_LINE = 0.17
CHARACTERS_PER_INCH = 14.5


def new_figure(width: float, height: float, title: str, caption: str) -> "Figure":
    """Make a figure with a title above and a caption below, both left-aligned.

    Args:
        width: inches.
        height: inches, without the caption.
        title: in words.
        caption: a sentence on what the figure shows; none when empty.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - 0.4 s only figures pay

    lines = wrap(caption, int(width * CHARACTERS_PER_INCH))
    below = CAPTION_LINE * len(lines) + (0.12 if lines else 0)
    figure = Figure((width, height + below), dpi=110, facecolor="white")
    figure.set_layout_engine(
        "constrained",
        rect=(0, below / (height + below), 1, 1 - below / (height + below)),
    )
    if title:
        figure.suptitle(
            title, x=0.012, ha="left", fontsize=13, fontweight="bold", color=TEXT
        )
    figure.text(
        0.012,
        0.08 / (height + below),
        "\n".join(lines),
        fontsize=CAPTION_SIZE,
        color=MUTED,
        va="bottom",
        linespacing=1.3,
    )
    return figure


def style_axes(
    axes: "Axes", *, grid: Literal["x", "y", "both"] | None = None
) -> "Axes":
    """Keep only the lines that carry something.

    Args:
        axes: to be styled, and returned.
        grid: "x", "y" or "both", behind the data.
    """
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
    axes.tick_params(colors=MUTED, labelsize=9, length=0)
    axes.xaxis.label.set(color=MUTED, fontsize=9)
    axes.yaxis.label.set(color=MUTED, fontsize=9)
    axes.title.set(color=TEXT, fontsize=10)
    axes.set_facecolor("none")
    if grid:
        axes.grid(True, axis=grid, color=LINE, linewidth=0.7)
        axes.set_axisbelow(True)
    return axes


def add_legend(axes: "Axes", **options: Any) -> None:
    """Add a frameless legend in the figure's colours."""
    axes.legend(frameon=False, labelcolor=TEXT, fontsize=9, **options)


def as_percent(axes: "Axes", which: str = "both", decimals: int = 0) -> None:
    """Label the ticks of the x axis, the y axis or both as per cent of 1."""
    from matplotlib.ticker import PercentFormatter  # noqa: PLC0415 - as above

    if which in ("x", "both"):
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals, " %"))
    if which in ("y", "both"):
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals, " %"))
