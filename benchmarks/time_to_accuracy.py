"""Measure how long training takes to 98, 99 and 99.2 % of held-out MNIST images.

``python benchmarks/time_to_accuracy.py [--pairs 3] [--keep FOLDER] [--save]``, with
MNIST in ``DATA_DIR``/01_raw. Each pair trains keras.io's "Simple MNIST convnet" and
then ours, in fresh processes on the same cores. Both learn from 54,000 images and are
validated on the 6,000 others. Building, compiling and tracing count; loading the
images, importing TensorFlow and validating do not, for neither of them.
Chance is seeded by the pair's number. The ratio is the recipe's 15 epochs over our
time to 99.2 %.
With ``--keep`` each pair is kept when it ends, and a run that broke off goes on there.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.drawn_digits import Score
from benchmarks.results import save_result
from benchmarks.timed_training import TARGETS, find_first
from digit_pipeline.atomic import write_atomically

NAME = "time_to_accuracy"
GOAL = 15
KERAS, OURS = "keras", "ours"
CLOCKS = ("wall", "processor")
SCRIPT = Path(__file__).resolve().with_name("digit_recipes.py")

Run = Mapping[str, Any]
Pair = Mapping[str, Run]


def main() -> int:
    """Train the pairs and print, or save, what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for pairs that ended")
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    pairs: list[dict[str, Run]] = []
    for seed in range(options.pairs):
        pairs.append(train_pair(seed, options.keep))
        print(f"pair {seed + 1}: {_tell_pair(pairs[-1])}", flush=True)
    figures = summarise(pairs)
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


def train_pair(seed: int, folder: Path | None) -> dict[str, Run]:
    """Train one pair, or read it where it was kept: never half of it."""
    path = folder / f"pair-{seed}.json" if folder else None
    if path and path.is_file():
        kept: dict[str, Run] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    pair = {recipe: train(recipe, seed) for recipe in (KERAS, OURS)}
    if path:
        with write_atomically(path) as file:
            file.write(json.dumps(pair).encode())
    return pair


def train(recipe: str, seed: int) -> Run:
    """Train one network in a process of its own."""
    command = [sys.executable, str(SCRIPT), recipe, "--seed", str(seed)]
    child = subprocess.run(  # noqa: S603
        command, check=True, stdout=subprocess.PIPE, text=True
    )
    outcome: Run = json.loads(child.stdout.splitlines()[-1])
    return outcome


def summarise(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Turn runs into medians and ranges.

    Args:
        pairs: "keras" and "ours": ``log`` (rows of wall, processor, accuracy),
            ``total`` (wall, processor), ``parameters``, ``test_right``, ``test_n``.

    Returns:
        ``pairs``, ``ratio`` and ``ratio_same_target`` by clock, and ``runs`` by recipe.
        A spread is ``median``, ``low``, ``high``, ``n`` of those that got there.
    """
    goal = TARGETS[-1]
    return {
        "pairs": len(pairs),
        "goal": GOAL,
        "ratio": {
            clock: spread([_whole_ratio(pair, goal, clock) for pair in pairs])
            for clock in CLOCKS
        },
        "ratio_same_target": {
            clock: spread([_target_ratio(pair, goal, clock) for pair in pairs])
            for clock in CLOCKS
        },
        "runs": {
            recipe: _summarise_runs([pair[recipe] for pair in pairs])
            for recipe in (KERAS, OURS)
        },
    }


def spread(values: Sequence[float | None]) -> dict[str, float] | None:
    """Give median, least and greatest of those that are there; None without any."""
    found = [value for value in values if value is not None]
    if not found:
        return None
    return {
        "median": round(statistics.median(found), 2),
        "low": round(min(found), 2),
        "high": round(max(found), 2),
        "n": len(found),
    }


def _whole_ratio(pair: Pair, target: float, clock: str) -> float | None:
    first = find_first(pair[OURS]["log"], target)
    return None if first is None else pair[KERAS]["total"][clock] / first[clock]


def _target_ratio(pair: Pair, target: float, clock: str) -> float | None:
    ours = find_first(pair[OURS]["log"], target)
    theirs = find_first(pair[KERAS]["log"], target)
    return None if ours is None or theirs is None else theirs[clock] / ours[clock]


def _summarise_runs(runs: Sequence[Run]) -> dict[str, Any]:
    def spread_first(target: float, clock: str) -> dict[str, float] | None:
        firsts = [find_first(run["log"], target) for run in runs]
        return spread([None if first is None else first[clock] for first in firsts])

    return {
        "parameters": runs[0]["parameters"],
        "to": {
            f"{target:g}": {clock: spread_first(target, clock) for clock in CLOCKS}
            for target in TARGETS
        },
        "total": {
            clock: spread([run["total"][clock] for run in runs]) for clock in CLOCKS
        },
        "last_validation": spread([100 * run["log"][-1]["accuracy"] for run in runs]),
        "test_right": sum(run["test_right"] for run in runs),
        "test_n": sum(run["test_n"] for run in runs),
        "test": spread([100 * run["test_right"] / run["test_n"] for run in runs]),
    }


def render(figures: Mapping[str, Any]) -> str:
    """Show the figures as Markdown: a table and two sentences."""
    theirs, ours = figures["runs"][KERAS], figures["runs"][OURS]
    count = figures["pairs"]
    rows: list[tuple[str, Callable[[Mapping[str, Any]], str]]] = [
        ("parameters", lambda run: f"{run['parameters']:,}"),
        *(
            (f"to {100 * target:g} % of validation, s", _tell_first(target, count))
            for target in TARGETS
        ),
        ("whole training, s", lambda run: tell_spread(run["total"]["wall"], 1)),
        ("validation at the end, %", lambda run: tell_spread(run["last_validation"])),
        ("test at the end, %", lambda run: tell_spread(run["test"])),
    ]
    lines = [
        f"| median of {count} (range) | keras.io's recipe, 15 epochs | ours |",
        "| --- | --- | --- |",
        *(f"| {name} | {tell(theirs)} | {tell(ours)} |" for name, tell in rows),
    ]
    return "\n".join(lines) + f"\n\n{_tell_ratio(figures)}"


def _tell_first(target: float, count: int) -> Callable[[Mapping[str, Any]], str]:
    def tell(run: Mapping[str, Any]) -> str:
        found = run["to"][f"{target:g}"]["wall"]
        if found is None:
            return "never"
        told = tell_spread(found, 1)
        return told if found["n"] == count else f"{told} in {found['n']} of {count}"

    return tell


def tell_spread(values: Mapping[str, float], digits: int = 2) -> str:
    """Say a median and its range."""
    low, middle, high = (
        f"{values[key]:.{digits}f}" for key in ("low", "median", "high")
    )
    return f"{middle} ({low} to {high})"


def _tell_ratio(figures: Mapping[str, Any]) -> str:
    wall, processor = (figures["ratio"][clock] for clock in CLOCKS)
    goal = figures["goal"]
    if wall is None:
        return f"Ours never reached 99.2 %; the goal is {goal} times as fast."
    verdict = "met" if wall["median"] >= goal else "not met"
    same = figures["ratio_same_target"]["wall"]
    to_same = "" if same is None else f"; to the same 99.2 %, {tell_spread(same, 1)}"
    return (
        f"99.2 % comes {tell_spread(wall, 1)} times as fast as the recipe's 15 epochs "
        f"by wall time, {tell_spread(processor, 1)} by processor time{to_same}. "
        f"The goal of {goal} is {verdict}."
    )


def _tell_pair(pair: Pair) -> str:
    parts = []
    for recipe in (KERAS, OURS):
        run = pair[recipe]
        first = find_first(run["log"], TARGETS[-1])
        reached = "never" if first is None else f"{first['wall']:.1f} s"
        score = Score(run["test_right"], run["test_n"])
        parts.append(
            f"{recipe} {run['total']['wall']:.1f} s, 99.2 % {reached}, test {score}"
        )
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
