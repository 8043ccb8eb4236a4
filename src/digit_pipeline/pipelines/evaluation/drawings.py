"""A figure as a vector drawing for the report, in the report's own colours."""

import io
import re
from typing import TYPE_CHECKING, Any

from digit_pipeline.pipelines.evaluation.style import (
    LINE,
    MUTED,
    TEXT,
    TITLE_BAND,
    measure_caption,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What the page's light and dark styles fill in for the figures' own colours.
THEMED = {TEXT: "var(--text)", MUTED: "var(--muted)", LINE: "var(--line)"}
WIDE_FROM = 1.6


def to_drawing(figure: "Figure", name: str) -> dict[str, Any]:
    """Draw a figure without title and caption, which the page sets in its own type.

    Args:
        figure: as ``style.new_figure`` makes it.
        name: goes into the ids, so that two figures of a page do not share any.

    Returns:
        ``title``, ``svg`` (transparent, its text kept as text) and ``is_wide``.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - 0.4 s only figures pay
    from matplotlib.transforms import Bbox  # noqa: PLC0415 - as above

    width, height = figure.get_size_inches()
    caption = figure.texts[-1].get_text()
    below = measure_caption(len(caption.splitlines()))
    box = Bbox([[0, below], [width, height - TITLE_BAND]])
    surroundings = [*figure.texts]
    for text in surroundings:
        text.set_visible(False)
    buffer = io.StringIO()
    options: Any = {"svg.fonttype": "none", "svg.hashsalt": name}
    with rc_context(options):
        figure.savefig(
            buffer,
            format="svg",
            transparent=True,
            bbox_inches=box,
            metadata={"Date": None},
        )
    for text in surroundings:
        text.set_visible(True)
    return {
        "title": figure.get_suptitle(),
        "svg": _theme(buffer.getvalue(), name),
        "is_wide": box.width / box.height > WIDE_FROM,
    }


def _theme(svg: str, name: str) -> str:
    """Swap colours for the page's, and make every id the drawing's own."""
    svg = svg[svg.index("<svg") :]
    for colour, variable in THEMED.items():
        svg = svg.replace(colour, variable)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    return svg.replace("url(#", f"url(#{name}-")
