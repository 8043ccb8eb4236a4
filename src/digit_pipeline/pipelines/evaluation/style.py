"""How every figure looks: colours, captions, axes.

The five colours keep apart for the colour-blind, are told apart by markers as well, and
are readable on white as on near-black.
"""

from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

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
# Inches: one line of the caption, and what the title has to itself.
CAPTION_LINE = 0.17
TITLE_BAND = 0.42
# About how much of a 9 pt caption fits into an inch.
CHARACTERS_PER_INCH = 14.5


class Margins(NamedTuple):
    """Room around the axes, for their labels, in inches."""

    left: float
    bottom: float
    right: float
    top: float


def new_figure(
    size: tuple[float, float], title: str, caption: str, margins: Margins
) -> "Figure":
    """Make a figure with a title above and a caption below, both left-aligned.

    Margins are given because finding them costs more than drawing.

    Args:
        size: width and height in inches, the height without title and caption.
        title: in words.
        caption: a sentence on what the figure shows; none when empty.
        margins: around the axes.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - 0.4 s only figures pay

    width, inner = size
    lines = wrap(caption, int(width * CHARACTERS_PER_INCH))
    below = measure_caption(len(lines))
    height = TITLE_BAND + inner + below
    figure = Figure((width, height), dpi=110, facecolor="white")
    figure.subplots_adjust(
        left=margins.left / width,
        right=1 - margins.right / width,
        bottom=(below + margins.bottom) / height,
        top=1 - (TITLE_BAND + margins.top) / height,
    )
    figure.suptitle(
        title,
        x=0.12 / width,
        y=1 - 0.12 / height,
        ha="left",
        va="top",
        fontsize=13,
        fontweight="bold",
        color=TEXT,
    )
    figure.text(
        0.12 / width,
        0.1 / height,
        "\n".join(lines),
        fontsize=CAPTION_SIZE,
        color=MUTED,
        va="bottom",
        linespacing=1.3,
    )
    return figure


def measure_caption(lines: int) -> float:
    """Give the height of a caption of so many lines, in inches."""
    return CAPTION_LINE * lines + 0.15 if lines else 0.0


def cut_words(picture: "Image", caption: str) -> "Image":
    """Cut title and caption off a figure, for pages that set them in their own type.

    Args:
        picture: a figure of ``new_figure`` as PNG, with its dots per inch; what has
            none is no such figure, and stays as it is.
        caption: as the figure was given.
    """
    if "dpi" not in picture.info:
        return picture
    dots = round(picture.info["dpi"][0])
    lines = wrap(caption, int(picture.width / dots * CHARACTERS_PER_INCH))
    above = round(TITLE_BAND * dots)
    below = round(measure_caption(len(lines)) * dots)
    return picture.crop((0, above, picture.width, picture.height - below))


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
    axes.set_facecolor("none")
    axes.minorticks_off()
    if grid:
        axes.grid(True, axis=grid, color=LINE, linewidth=0.7)
        axes.set_axisbelow(True)
    return axes


def name_panel(axes: "Axes", title: str) -> None:
    """Give one of several panels its title."""
    axes.set_title(title, color=TEXT, fontsize=10)


def add_legend(axes: "Axes", **options: Any) -> None:
    """Add a frameless legend in the figure's colours."""
    axes.legend(frameon=False, labelcolor=TEXT, fontsize=9, **options)


def as_percent(axes: "Axes", which: Literal["x", "y", "both"] = "both") -> None:
    """Label the ticks of the x axis, the y axis or both as per cent of 1."""
    for axis, name in ((axes.xaxis, "x"), (axes.yaxis, "y")):
        if which in (name, "both"):
            axis.set_major_formatter(lambda value, _: f"{round(value * 100, 4):g} %")
