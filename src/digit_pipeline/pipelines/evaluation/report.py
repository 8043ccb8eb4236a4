"""The report: one HTML file with tables, figures and sentences, and no links out."""

import re
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from digit_pipeline.percentages import word_share
from digit_pipeline.pipelines.evaluation.interpretation import to_words

KILO = 1000


def render_report(  # noqa: PLR0913 - it reports on everything
    *,
    choice: dict[str, Any],
    comparison: list[dict[str, Any]],
    metrics: dict[str, Any],
    drawn: dict[str, Any],
    robustness: dict[str, Any],
    drawings: dict[str, dict[str, Any]],
    sentences: dict[str, str],
) -> str:
    """Write the report as a page that stands alone and follows light and dark.

    Args:
        choice: the candidate and the reason.
        comparison: a row per candidate, as in the comparison table.
        metrics: the chosen candidate's test metrics.
        drawn: its score on drawn digits.
        robustness: its scorecard on corrupted images.
        drawings: the figures by name, as ``drawings.to_drawing`` makes them.
        sentences: what each shows, by the same names.

    Returns:
        HTML.
    """
    template = Template(files(__package__).joinpath("report.html").read_text("utf-8"))
    chosen = next(row for row in comparison if row["chosen"])
    return template.substitute(
        candidate=escape(choice["candidate"]),
        reason=escape(choice["reason"]),
        tiles="\n".join(_tile(*tile) for tile in _headlines(chosen, metrics, drawn)),
        comparison=_render_comparison(comparison),
        sources=_render_sources(metrics["by_source"]),
        drawn=_mark_code(escape(drawn["sentence"])),
        robustness=_render_robustness(robustness["corruptions"]),
        hardest=escape(sentences["robustness_scorecard"]),
        figures="\n".join(
            _render_figure(name, drawing, sentences[name])
            for name, drawing in drawings.items()
        ),
    )


def _headlines(
    chosen: dict[str, Any], metrics: dict[str, Any], drawn: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """Give the figures at the top: value, name, small print."""
    tiles = [
        (word_share(chosen["test_accuracy"]), "test accuracy", _range(chosen, "test")),
        (
            word_share(chosen["perturbed_accuracy"]),
            "validation, drawn anew",
            _range(chosen, "perturbed"),
        ),
        (f"{metrics['macro_f1']:.4f}", "macro F1", f"{metrics['n']:,} test images"),
        (word_share(metrics["ece"]), "calibration error", metrics["ece_bins"]),
        (f"{chosen['latency_ms']:.2f} ms", "one image, one thread", "median"),
        (f"{chosen['train_seconds']:.1f} s", "training", _size(chosen["bytes"])),
    ]
    if drawn["accuracy"] is not None:
        low, high = (
            word_share(drawn["accuracy_low"]),
            word_share(drawn["accuracy_high"]),
        )
        small = f"{low} to {high}, {drawn['n']:,} digits"
        tiles.insert(2, (word_share(drawn["accuracy"]), "drawn digits", small))
    return tiles


def _tile(value: str, name: str, small: str) -> str:
    return (
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span>'
        f"<small>{escape(small)}</small></div>"
    )


def _render_comparison(comparison: list[dict[str, Any]]) -> str:
    """Write the table's rows; the best of each column is marked by the page's style."""
    return "\n".join(_render_candidate(row) for row in comparison)


def _render_candidate(row: dict[str, Any]) -> str:
    cells = [
        _accuracy(row, "validation"),
        _accuracy(row, "perturbed"),
        _accuracy(row, "test"),
        f"{row['macro_f1']:.4f}",
        "–" if row["roc_auc"] is None else f"{row['roc_auc']:.5f}",  # noqa: RUF001
        word_share(row["ece"]),
        _size(row["bytes"]),
        f"{row['latency_ms']:.2f} ms",
        f"{row['train_seconds']:.1f} s",
    ]
    name = escape(row["candidate"])
    head = f"{name} <mark>chosen</mark>" if row["chosen"] else name
    return (
        f'<tr{" class=chosen" if row["chosen"] else ""}><th scope="row">{head}</th>'
        f"{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    )


def _render_sources(by_source: dict[str, dict[str, Any]]) -> str:
    return "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{one["n"]:,}</td>'
        f"<td>{word_share(one['accuracy'])}</td>"
        f"<td>{word_share(one['accuracy_low'])} to "
        f"{word_share(one['accuracy_high'])}</td></tr>"
        for name, one in by_source.items()
    )


def _render_robustness(corruptions: dict[str, dict[str, Any]]) -> str:
    return "\n".join(
        f'<tr><th scope="row">{escape(to_words(name))}'
        f"<small>{escape(_tell_amounts(one))}</small></th>"
        + "".join(f"<td>{word_share(accuracy)}</td>" for accuracy in one["accuracies"])
        + f"<td><b>{word_share(one['mean'])}</b></td></tr>"
        for name, one in corruptions.items()
    )


def _tell_amounts(corruption: dict[str, Any]) -> str:
    """Say how far strengths 1 to 5 go: "6, 12, 18, 24, 30 degrees"."""
    amounts = ", ".join(f"{amount:g}" for amount in corruption["amounts"])
    return f"{amounts} {corruption['unit']}"


def _render_figure(name: str, drawing: dict[str, Any], sentence: str) -> str:
    return (
        f'<figure id="{escape(name)}"{" class=wide" if drawing["is_wide"] else ""}>'
        f'<h3>{escape(drawing["title"])}</h3><div class="plot">{drawing["svg"]}</div>'
        f"<figcaption>{escape(sentence)}</figcaption></figure>"
    )


def _accuracy(row: dict[str, Any], side: str) -> str:
    return f"{word_share(row[f'{side}_accuracy'])}<small>{_range(row, side)}</small>"


def _mark_code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def _range(row: dict[str, Any], side: str) -> str:
    return f"{word_share(row[f'{side}_low'])} to {word_share(row[f'{side}_high'])}"


def _size(count: int) -> str:
    if count < KILO * KILO:
        return f"{count / KILO:,.0f} kB"
    return f"{count / KILO / KILO:,.1f} MB"
