"""The figure of the monitoring: distances, and what chance alone would give."""

from typing import TYPE_CHECKING, Any, NamedTuple

from digit_pipeline.pipelines.evaluation.style import (
    BLUE,
    MUTED,
    ORANGE,
    TEXT,
    Margins,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COMPARISONS = {
    "from_checked": "against the images it was checked with",
    "in_use": "against its first answers in use",
}
ROW_INCHES = 0.24


class Row(NamedTuple):
    """A bar: how far a column lies apart, and whether it counts as drift."""

    column: str
    distance: float
    chance: float
    differs: bool


def draw_distances(report: dict[str, Any], caption: str = "") -> "Figure":
    """Draw the distances of both comparisons; what differs is orange.

    Args:
        report: as ``nodes.look_for_drift`` gives it.
        caption: a sentence below.
    """
    rows = {name: _list_rows(report[name]) for name in COMPARISONS}
    most = max(len(one) for one in rows.values())
    figure = new_figure(
        (7.2, 1.1 + ROW_INCHES * max(most, 3)),
        "Do people draw as before?",
        caption,
        Margins(1.0, 0.55, 0.2, 0.3),
    )
    panels = figure.subplots(1, 2, sharex=True, gridspec_kw={"wspace": 0.45})
    # One scale for both, and no bar beyond it.
    farthest = max(
        (max(row.distance, row.chance) for one in rows.values() for row in one),
        default=0.0,
    )
    panels[0].set_xlim(0, 1.08 * max(0.2, farthest))
    for axes, (name, title) in zip(panels, COMPARISONS.items(), strict=True):
        axes.set_title(title, fontsize=9, color=MUTED, loc="left")
        _draw_rows(axes, rows[name])
    return figure


def _list_rows(finding: dict[str, Any] | None) -> list[Row]:
    if finding is None:
        return []
    return [
        Row(column, one["value"], one["chance"], column in finding["differing"])
        for family in finding["measured"].values()
        for column, one in family["distances"].items()
    ]


def _draw_rows(axes: "Axes", rows: list[Row]) -> None:
    style_axes(axes, grid="x")
    if not rows:
        axes.set_axis_off()
        axes.text(0, 0.5, "nothing to compare yet", color=MUTED, fontsize=9)
        return
    heights = range(len(rows))[::-1]
    distances = [row.distance for row in rows]
    chances = [row.chance for row in rows]
    colours = [ORANGE if row.differs else BLUE for row in rows]
    axes.barh(heights, distances, 0.62, color=colours)
    axes.scatter(chances, heights, marker="|", s=120, color=TEXT)
    axes.set_yticks(heights, [row.column for row in rows])
    axes.set_xlabel("distance; line: chance, 95 of 100", fontsize=8)
