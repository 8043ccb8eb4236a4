"""How often does each rule call drift where there is none, and find it where it is?

``python benchmarks/drift.py [--windows 200] [--save]``, with a champion in ``DATA_DIR``
and the pen digits in ``DATA_DIR``/01_raw. The 30 pen training writers draw their digits
on a canvas, with a pen and a size of their own for every session of three; the champion
answers. Windows of such answers are compared with 1,000 others of the same people, and
with 1,000 of theirs after something has changed. Beside the project's rule stand two
that are in use elsewhere: a population stability index over 0.2 in any column, and
Kolmogorov-Smirnov or chi-squared tests at 5 % in any column or in half of them.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np

from benchmarks.drift_peers import PEERS
from benchmarks.results import save_result
from benchmarks.seen_drawings import PER_SESSION, USUAL, Crowd, Drawings, Habits
from digit_pipeline.drift import DriftSettings, look
from digit_pipeline.intervals import wilson_interval
from digit_pipeline.progress import track

NAME = "drift"
SEED = 11
REFERENCE = 1000
SIZES = (50, 100, 300)
USUAL_SESSIONS, CHANGED_SESSIONS = 3000, 900
SUSPECTED, CONFIRMED = "suspected", "confirmed"
CHANGES = {
    "pens 0.8 times as wide": Habits(pens=(9.6, 20.8)),
    "digits 0.8 times as large": Habits(sizes=(0.28, 0.64)),
    "10 of the 30 writers": Habits(writers=tuple(range(10))),
    "all lean 8° to the right": Habits(slant=0.14),
    "no 9": Habits(labels=tuple(range(9))),
    "no 7 to 9": Habits(labels=tuple(range(7))),
    "one picture in ten a scribble": Habits(scribbles=0.1),
    "one picture in five a scribble": Habits(scribbles=0.2),
}


class World(NamedTuple):
    """Who draws what is compared.

    Attributes:
        before: draw the reference.
        after: draw the windows; the same as ``before`` where nothing has changed.
        alone: whether the reference is of single drawings, as that of a release's own
            images, while the windows come in sessions.
    """

    before: Drawings
    after: Drawings
    alone: bool = False


def main() -> int:
    """Print how often each rule calls drift where nothing, and something, changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=200, help="for each figure")
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    crowd = Crowd()
    usual = crowd.draw(USUAL, USUAL_SESSIONS, SEED)
    figures: dict[str, Any] = {"windows": options.windows, "none": {}, "changes": {}}
    for size in SIZES:
        world = World(usual, usual)
        figures["none"][str(size)] = count_alarms(world, size, options.windows)
    world = World(usual, usual, alone=True)
    figures["alone"] = count_alarms(world, SIZES[-1], options.windows)
    for change, habits in CHANGES.items():
        world = World(usual, crowd.draw(habits, CHANGED_SESSIONS, SEED + 1))
        found = count_alarms(world, SIZES[-1], options.windows)
        figures["changes"][change] = found
        print(f"{change}: {found}", flush=True)
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


def count_alarms(world: World, size: int, windows: int) -> dict[str, int]:
    """Count by rule in how many of ``windows`` it calls drift.

    Args:
        world: who draws.
        size: answers of a window; two of them follow each other.
        windows: how many worlds are drawn by chance.
    """
    settings = DriftSettings(window=size, least=size)
    alarms = dict.fromkeys([SUSPECTED, CONFIRMED, *PEERS], 0)
    for number in track(range(windows), f"Windows of {size}"):
        rng = np.random.default_rng([SEED, size, number])
        each = 1 if world.alone else PER_SESSION
        begun, later = -(-REFERENCE // each), -(-2 * size // PER_SESSION)
        order = rng.permutation(len(world.before.sessions)).tolist()
        reference = world.before.choose(order[:begun], each)[:REFERENCE]
        if world.after is not world.before:
            order = rng.permutation(len(world.after.sessions)).tolist()
        # Where both are one crowd, nobody is in both.
        answers = world.after.choose(order[-later:])[: 2 * size]
        state = look(reference, answers, settings).state
        alarms[SUSPECTED] += state in {SUSPECTED, CONFIRMED}
        alarms[CONFIRMED] += state == CONFIRMED
        for rule, calls_drift in PEERS.items():
            alarms[rule] += calls_drift(reference, answers[size:])
    return alarms


def render(figures: Mapping[str, Any]) -> str:
    """Give both tables as one, in Markdown: a row for each world."""
    windows: int = figures["windows"]
    rules = [SUSPECTED, CONFIRMED, *PEERS]
    heads = [f"**{SUSPECTED}**", f"**{CONFIRMED}**", *PEERS]
    lines = [
        f"| what changed (answers in a window) | {' | '.join(heads)} |",
        f"| --- |{' ---: |' * len(heads)}",
    ]
    worlds = {f"nothing ({size})": row for size, row in figures["none"].items()}
    worlds[f"nothing, against single drawings ({SIZES[-1]})"] = figures["alone"]
    worlds |= {f"{name} ({SIZES[-1]})": r for name, r in figures["changes"].items()}
    for name, row in worlds.items():
        shares = [f"{100 * row[rule] / windows:.1f} %" for rule in rules]
        lines.append(f"| {name} | {' | '.join(shares)} |")
    low, high = wilson_interval(round(0.01 * windows), windows)
    lines += [
        "",
        f"Share of {windows:,} windows in which each rule calls drift, against "
        f"{REFERENCE:,} answers to the same people's drawings before the change, in "
        f"sessions of {PER_SESSION}. The project's rule may err in 1 % of windows "
        f"(95 % interval of such a share: {100 * low:.1f} to {100 * high:.1f} %); what "
        "starts a retraining has to be confirmed.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
