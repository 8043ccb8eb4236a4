"""The figure of the monitoring: distances, and what chance alone would give."""

from typing import TYPE_CHECKING, Any

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


def draw_distances(report: dict[str, Any], caption: str = "") -> "Figure":
    """Draw the distances of both comparisons.

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
    for axes, (name, title) in zip(panels, COMPARISONS.items(), strict=True):
        axes.set_title(title, fontsize=9, color=MUTED, loc="left")
        _draw_rows(axes, rows[name])
    return figure


def _list_rows(finding: dict[str, Any] | None) -> list[tuple[str, dict[str, Any]]]:
    families = finding["measured"].values() if finding else ()
    return [
        (name, one) for family in families for name, one in family["distances"].items()
    ]


def _draw_rows(axes: "Axes", rows: list[tuple[str, dict[str, Any]]]) -> None:
    style_axes(axes, grid="x")
    if not rows:
        axes.set_axis_off()
        axes.text(0, 0.5, "nothing to compare yet", color=MUTED, fontsize=9)
        return
    heights = range(len(rows))[::-1]
    beyond = [one["value"] > one["chance"] for _, one in rows]
    colours = [ORANGE if late else BLUE for late in beyond]
    axes.barh(heights, [one["value"] for _, one in rows], 0.62, color=colours)
    axes.scatter(
        [one["chance"] for _, one in rows], heights, marker="|", s=120, color=TEXT
    )
    axes.set_yticks(heights, [name for name, _ in rows])
    axes.set_xlim(0, max(0.2, *(max(o["value"], o["chance"]) for _, o in rows)) * 1.08)
    axes.set_xlabel(
        "distance; the line: what chance stays under, 95 of 100", fontsize=8
    )
