"""Say how often the gate for retrained challengers errs: simulated paired tables.

``python benchmarks/gate_power.py [--tables 10000] [--null 10] [--save]``, with what
runs in the environments have left in ``DATA_DIR`` and the pen digits in
``DATA_DIR``/01_raw. Two trainings of one recipe never answer alike. How far apart they
are is measured on models that differ by their seed (``build/trained``); at that
rate, and at the sizes of the real frozen sets, answers are drawn of a challenger that
is truly worse or better by so many points, everywhere alike, and the gate's own rules
on paired answers decide. An environment without such models keeps the figures that were
saved, with their date. ``--null`` real retrainings of the base recipe meet the base
champion at the whole gate besides.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np

from benchmarks.gate_meetings import meet_champion, meet_each_other
from benchmarks.results import load_result, save_result
from benchmarks.simulated_tables import CHANGES, Sizes, share_promoted
from benchmarks.sources import read_configuration
from benchmarks.trained_alike import (
    find_right,
    find_trained,
    load_frozen_sets,
    measure_discordance,
    train_alike,
)
from digit_pipeline.pipelines.promotion.gate import Limits
from digit_pipeline.pipelines.promotion.margins import Margins

NAME = "gate_power"
ENVIRONMENTS = ("base", "mnist", "sketch")
# Two models are the fewest that can differ.
PAIR = 2
SEED = 5


def main() -> int:
    """Measure, simulate, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=10_000, help="for each cell")
    parser.add_argument("--null", type=int, default=10, help="real retrainings")
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    figures: dict[str, Any] = {"tables": options.tables, "environments": {}}
    if options.null:
        models = train_alike("base", options.null)
        figures["null"] = {
            "retrainings": len(models),
            "champion": meet_champion("base", models),
            "each_other": meet_each_other("base", models, read_limits("base")),
        }
    for environment in ENVIRONMENTS:
        models = find_trained(environment)
        found = (
            simulate(environment, models, options.tables)
            if len(models) >= PAIR
            else find_saved(environment)
        )
        if found:
            figures["environments"][environment] = found
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


def find_saved(environment: str) -> dict[str, Any] | None:
    """Give what was last saved of an environment that has no models here."""
    saved = load_result(NAME)
    found = saved["figures"]["environments"].get(environment) if saved else None
    return {"date": saved["date"], **found} if saved and found else None


def simulate(environment: str, models: Sequence[Path], tables: int) -> dict[str, Any]:
    """Simulate one environment.

    Args:
        environment: whose gate set and limits.
        models: trained alike, at least two.
        tables: paired tables of each change.

    Returns:
        the ``date``, ``images`` of each set and of all, ``shared`` by both sets, the
        measured ``accuracy`` and ``discordance`` of each set, ``max_loss``, and
        ``promoted``: tables promoted by true change in points.
    """
    sets = load_frozen_sets(environment)
    answers = [find_right(path, sets) for path in models]
    rates = {
        name: measure_discordance([answer[name] for answer in answers]) for name in sets
    }
    hashes = {name: images.content_hashes() for name, images in sets.items()}
    shared = len(np.intersect1d(hashes["gate"], hashes["field"]))
    sizes = Sizes(
        gate=len(sets["gate"]),
        field=len(sets["field"]),
        shared=shared,
        discordance={name: one["discordance"] for name, one in rates.items()},
        accuracy={name: one["accuracy"] for name, one in rates.items()},
    )
    limits = read_limits(environment)
    random = np.random.default_rng([SEED, *environment.encode()])
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "images": {
            **{name: len(images) for name, images in sets.items()},
            "all": sizes.images,
        },
        "shared": shared,
        "rates": rates,
        "max_loss": limits.margins.max_loss if limits.margins else None,
        "alpha": limits.margins.alpha if limits.margins else None,
        "promoted": {
            f"{change:g}": share_promoted(sizes, limits, change / 100, tables, random)
            for change in CHANGES
            if change / 100 <= sizes.mistakes
        },
    }


def read_limits(environment: str) -> Limits:
    """Read what a retrained challenger's paired answers have to meet."""
    parameters = read_configuration("parameters", environment)
    margins = Margins(**parameters["retraining"]["promotion"]["margins"])
    limits = Limits(**parameters["promotion"]["limits"])
    # Drawn answers have neither pixels nor corruptions.
    margins = replace(margins, field_sha256=None)
    return replace(limits, robustness_floors={}, margins=margins)


def render(figures: Mapping[str, Any]) -> str:
    """Show the figures as Markdown: a table and some sentences."""
    head = [f"{change:+g}" if change else "equal" for change in CHANGES]
    lines = [
        f"| promoted, of {figures['tables']:,} simulated challengers | "
        f"{' | '.join(f'truly {one}' for one in head)} |",
        f"| --- |{' --- |' * len(head)}",
    ]
    for environment, one in figures["environments"].items():
        title = (
            f"`{environment}`: {one['images']['all']:,} frozen images, "
            f"a loss of {100 * one['max_loss']:.1f} points is ruled out"
        )
        cells = [_tell(one["promoted"].get(f"{change:g}")) for change in CHANGES]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\n" + " ".join(_explain(figures))


def _tell(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _explain(figures: Mapping[str, Any]) -> list[str]:
    rates = [
        f"{name} {100 * one['rates']['gate']['discordance']:.1f} % of the gate images "
        f"and {100 * one['rates']['field']['discordance']:.1f} % of the field set "
        f"({one['rates']['gate']['models']} models, {one['date']})"
        for name, one in figures["environments"].items()
    ]
    told = [
        "True changes are points of accuracy over all frozen images, against a "
        "champion that is the baseline too; no figure where fewer mistakes are left "
        "than that. What is worse is so on every set and in every class alike, the "
        "hardest to see.",
        f"Two trainings of one recipe differ on this much: {'; '.join(rates)}.",
        "The table holds the rules on paired answers (every set, every class, the "
        "margins); calibration, robustness, refusals and latency can refuse besides.",
    ]
    if figures.get("null"):
        told.append(_tell_null(figures["null"]))
    return told


def _tell_null(null: Mapping[str, Any]) -> str:
    each, champion = null["each_other"], null["champion"]
    accuracy = champion["accuracy"]
    return (
        f"{null['retrainings']} real retrainings of the base recipe, by another seed "
        f"alone: when each is champion for every other, {each['promoted']} of "
        f"{each['pairs']} are promoted. At the whole gate, against the base champion, "
        f"{champion['promoted']} are; refusing: {champion['failed'] or 'no rule'}. "
        f"That champion reads {100 * accuracy['champion']:.2f} % of the frozen images, "
        f"they {100 * accuracy['retrained']:.2f} % on average."
    )


if __name__ == "__main__":
    sys.exit(main())
