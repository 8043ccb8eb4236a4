"""Measure how many drawn numbers are split into their digits, and read.

``python benchmarks/splitting.py [--numbers 60] [--tune] [--save]``, with a champion in
``DATA_DIR``/09_serving and the pen digits in ``DATA_DIR``/01_raw. Numbers of one to six
digits, each by one of the pen test's writers, are set side by side on a canvas of
400 x 400 pixels, with more and less white between them, whole and with a hole in every
digit's longest stroke. ``--numbers`` are drawn for each length, gap and kind. A number
is split right when it gives as many parts as it has digits, each over its own; it is
read right when the best guesses are its digits. ``--tune`` looks for the thresholds on
numbers by training writers instead, and reads nothing.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np

from benchmarks.drawn_numbers import GAPS, Number, draw_number
from benchmarks.results import save_result
from benchmarks.sources import load_source
from digit_pipeline import splitting
from digit_pipeline.classifier import Classifier
from digit_pipeline.images import view_digit
from digit_pipeline.intervals import wilson_interval
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.releases import ReleaseStore
from digit_pipeline.releases.__main__ import default_store
from digit_pipeline.splitting import Part, split_digits

NAME = "splitting"
SEED = 11
LENGTHS = (1, 2, 3, 4, 5, 6)
KINDS = {"whole": False, "broken": True}
OVERLAP = 0.5
GRID = {
    "SHARED_WIDTH": (0.6, 0.7, 0.8, 0.9),
    "BELOW": (0.3,),
    "SMALL": (0.5, 0.6, 0.65, 0.7, 0.75),
    "NEAR": (0.15, 0.2, 0.25, 0.3, 0.4),
}

Cell = tuple[str, str, int]


def main() -> int:
    """Draw, split, read, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, default=60, help="of each sort")
    parser.add_argument("--tune", action="store_true", help="look for thresholds")
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    if options.tune:
        return tune(options.numbers)
    drawn = draw_all(load_source("pen_digits")["test"], options.numbers)
    release = ReleaseStore(default_store()).champion()
    figures = {
        "environment": release.manifest["environment"],
        **summarise(drawn, Classifier.load(release)),
    }
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


def tune(numbers: int) -> int:
    """Print the best thresholds for numbers by training writers, best last."""
    drawn = draw_all(load_source("pen_digits", splits=["train"])["train"], numbers)
    everything = [n for (gap, *_), ns in drawn.items() if gap != "touching" for n in ns]
    found = []
    for values in itertools.product(*GRID.values()):
        for name, value in zip(GRID, values, strict=True):
            setattr(splitting, name, value)
        right = sum(is_split(n, split_digits(n.pixels)) for n in everything)
        found.append((right / len(everything), values))
    for share, values in sorted(found)[-12:]:
        print(f"{100 * share:.2f} %", dict(zip(GRID, values, strict=True)))
    return 0


def draw_all(digits: LabelledImages, numbers: int) -> dict[Cell, list[Number]]:
    """Draw numbers of each kind, gap and length."""
    return {
        (gap, kind, length): [
            draw_number(
                digits, length, gap, KINDS[kind],
                np.random.default_rng([SEED, i, length, *gap.encode(), *kind.encode()]),
            )
            for i in range(numbers)
        ]
        for gap in GAPS
        for kind in KINDS
        for length in (LENGTHS if gap != "touching" else LENGTHS[1:])
    }  # fmt: skip


def is_split(number: Number, parts: Sequence[Part]) -> bool:
    """Tell whether each part lies over its own digit, and none is missing."""
    if len(parts) != len(number.spans):
        return False
    for part, span in zip(parts, number.spans, strict=True):
        shared = min(part.box.right, span.right) - max(part.box.left, span.left)
        whole = max(part.box.right, span.right) - min(part.box.left, span.left)
        if shared < OVERLAP * whole:
            return False
    return True


def summarise(
    drawn: Mapping[Cell, list[Number]], champion: Classifier
) -> dict[str, Any]:
    """Split and read every number.

    Returns:
        ``gaps``: by gap and kind the counts ``split``, ``read`` and ``n``;
        ``lengths``: the same by number of digits, touching ones left out;
        ``recognised``: of the digits that touching numbers gave, the share with that
        verdict; ``same``: single digits whose 28x28 is as unsplit, and ``n``;
        ``split_ms``: median time of a split.
    """
    rows = []
    milliseconds = []
    trusted = []
    for (gap, kind, length), numbers in drawn.items():
        for number in numbers:
            start = time.perf_counter()
            parts = split_digits(number.pixels)
            milliseconds.append(1000 * (time.perf_counter() - start))
            split = is_split(number, parts)
            text, verdicts = read(parts, champion)
            if gap == "touching" and not split:
                trusted.append(all(verdict == "recognised" for verdict in verdicts))
            rows.append((gap, kind, length, split, text == number.text))
    single = [n for (_, _, length), ns in drawn.items() if length == 1 for n in ns]
    apart = [row for row in rows if row[0] != "touching"]
    return {
        "version": champion.version,
        "gaps": {
            gap: {
                kind: _count(r for r in rows if r[:2] == (gap, kind)) for kind in KINDS
            }
            for gap in GAPS
        },
        "lengths": {
            str(length): _count(r for r in apart if r[2] == length)
            for length in LENGTHS
        },
        "touching_trusted": {"right": sum(trusted), "n": len(trusted)},
        "same": {"right": sum(_is_same(n) for n in single), "n": len(single)},
        "split_ms": round(float(np.median(milliseconds)), 2),
    }


def read(parts: Sequence[Part], champion: Classifier) -> tuple[str, tuple[str, ...]]:
    """Give the best guesses, and how far each may be trusted."""
    if not parts:
        return "", ()
    digits = np.stack([part.view.digit for part in parts])
    answers = champion.answer(digits, [False] * len(parts))
    best = answers.probabilities.argmax(axis=1)
    return "".join(champion.class_names[i] for i in best), answers.verdicts


def _is_same(number: Number) -> bool:
    parts = split_digits(number.pixels)
    alone = view_digit(number.pixels).digit
    return len(parts) == 1 and np.array_equal(parts[0].view.digit, alone)


def _count(rows: Iterable[tuple[str, str, int, bool, bool]]) -> dict[str, int]:
    found = list(rows)
    return {
        "split": sum(row[3] for row in found),
        "read": sum(row[4] for row in found),
        "n": len(found),
    }


def render(figures: Mapping[str, Any]) -> str:
    """Show the figures as Markdown: two tables and some sentences."""
    lines = [
        "| white between digits | split right, whole | read right "
        "| split right, a hole in every digit | read right |",
        "| --- | --- | --- | --- | --- |",
    ]
    for gap, kinds in figures["gaps"].items():
        low, high = GAPS[gap]
        cells = [
            _tell(kinds[kind][what], kinds[kind]["n"])
            for kind in KINDS
            for what in ("split", "read")
        ]
        share = f"{100 * low:.0f} to {100 * high:.0f} % of their height"
        lines.append(f"| {gap} ({share}) | {' | '.join(cells)} |")
    lengths = figures["lengths"]
    lines += [
        "",
        f"| digits in a number (touching ones left out) | {' | '.join(lengths)} |",
        f"| --- |{' --- |' * len(lengths)}",
    ]
    for what, title in (("split", "split right"), ("read", "read right")):
        cells = [_tell(one[what], one["n"], False) for one in lengths.values()]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + f"\n\n{_tell_rest(figures)}"


def _tell(right: int, n: int, interval: bool = True) -> str:
    low, high = wilson_interval(right, n)
    spread = f" ({100 * low:.1f} to {100 * high:.1f})" if interval else ""
    return f"{100 * right / n:.1f} %{spread}"


def _tell_rest(figures: Mapping[str, Any]) -> str:
    n = sum(one["whole"]["n"] + one["broken"]["n"] for one in figures["gaps"].values())
    trusted, same = figures["touching_trusted"], figures["same"]
    believed = _tell(trusted["right"], trusted["n"], False)
    return (
        f"{n:,} numbers by the pen test's 14 writers, read by the "
        f"`{figures['environment']}` champion ({figures['version']}); Wilson's "
        f"95 % intervals. Digits that touch hang together and are not taken "
        f"apart: {believed} of the touching numbers that were split wrongly got "
        f"nothing but `recognised` for an answer. Of {same['n']} single digits "
        f"{same['right']} were one part with the very 28x28 that they have unsplit. "
        f"A split takes {figures['split_ms']:.1f} ms (median)."
    )


if __name__ == "__main__":
    sys.exit(main())
