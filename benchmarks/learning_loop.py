"""Does the model get better by being corrected, and never worse?

``python benchmarks/learning_loop.py [--noise 0 0.02 0.1] [--rounds 15] [--size 500]
[--folder build/learning_loop] [--save]``

Starts from the `base` champion, which has seen no pen. The 26 pen training writers
outside the field set draw their digits on the running app's canvas and say what they
are, 500 in each round, a share of the labels wrong. After each round the automatic
rules look at them, then a scripted reviewer who overlooks 2 % of the wrong labels; then
the app retrains, and the gate decides. What counts is how well the champion reads the
digits of 14 other writers. Every round is kept: started again, it goes on.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import teaching
from benchmarks.results import save_result
from benchmarks.sources import ROOT
from digit_pipeline.atomic import write_atomically
from digit_pipeline.intervals import wilson_interval

NAME = "learning_loop"
OVERLOOKED = 0.02
FOLDER = ROOT / "build" / NAME
Round = dict[str, Any]


def main() -> int:
    """Run every round that has not been run yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--noise", type=float, nargs="+", default=[0.0, 0.02, 0.1])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--save", action="store_true", help="keep the figures")
    options = parser.parse_args()
    start = teaching.prepare_store(options.folder)
    courses = {}
    for noise in options.noise:
        own = options.folder / f"noise_{noise:g}"
        courses[f"{noise:g}"] = run_course(
            start, own, noise=noise, rounds=options.rounds, size=options.size
        )
    figures = {"size": options.size, "overlooked": OVERLOOKED, "courses": courses}
    print(render(figures))
    draw_courses(courses, options.folder / "accuracy.png")
    if options.save:
        save_result(NAME, figures)
    return 0


def run_course(
    start: Path, folder: Path, *, noise: float, rounds: int, size: int
) -> list[Round]:
    """Run the rounds of one share of wrong labels; go on where they stopped.

    Args:
        start: data folder of the champion that they begin with.
        folder: keeps the store as it was after the last whole round.
        noise: share of wrong labels.
        rounds: how many, as long as there are drawings.
        size: drawings in each.

    Returns:
        a row per round, that before the first included.
    """
    log = folder / "rounds.json"
    done: list[Round] = json.loads(log.read_text("utf-8")) if log.is_file() else []
    gifts = teaching.load_gifts(noise)
    if not done:
        with teaching.taught_app(teaching.copy_store(start, folder / "0")) as client:
            done = [_row(0, teaching.measure(client), {})]
        _keep(log, done)
    for number in range(len(done), rounds + 1):
        share = gifts[(number - 1) * size : number * size]
        if not share:
            break
        before = folder / str(number - 1)
        data = teaching.copy_store(before, folder / str(number))
        done.append(_run_round(data, number, share, done[-1]["corrections"]))
        _keep(log, done)
        shutil.rmtree(before)
        print(f"noise {noise:g}, {_tell(done[-1])}", flush=True)
    return done


def render(figures: Mapping[str, Any]) -> str:
    """Give the Markdown table: a column for each share of wrong labels."""
    courses: Mapping[str, Sequence[Round]] = figures["courses"]
    heads = [f"{100 * float(noise):g} % wrong labels" for noise in courses]
    lines = [
        f"| corrections | {' | '.join(heads)} |",
        f"| ---: |{' ---: |' * len(heads)}",
    ]
    longest = max(courses.values(), key=len)
    first = longest[0]
    for number, row in enumerate(longest):
        cells = [
            _cell(course[number]) if number < len(course) else ""
            for course in courses.values()
        ]
        lines.append(f"| {row['corrections']:,} | {' | '.join(cells)} |")
    low, high = wilson_interval(first["right"], first["n"])
    half = 50 * (high - low)
    falls = {noise: largest_fall(course) for noise, course in courses.items()}
    lines += [
        "",
        f"Accuracy of the champion on {first['n']:,} drawings by 14 writers of whom no "
        f"correction came, ± {half:.1f} points at the start; **bold** where the "
        "round's retraining was promoted. Largest fall between promoted releases: "
        + ", ".join(
            f"{100 * fall:.2f} points at {100 * float(noise):g} %"
            for noise, fall in falls.items()
        )
        + ".",
    ]
    return "\n".join(lines)


def largest_fall(course: Sequence[Round]) -> float:
    """Give the largest loss from one promoted release to the next, a share or 0."""
    shares = [
        row["right"] / row["n"]
        for row in course
        if row["outcome"] in {"start", "promoted"}
    ]
    return max([0.0, *(before - after for before, after in pairwise(shares))])


def draw_courses(courses: Mapping[str, Sequence[Round]], path: Path) -> None:
    """Plot accuracy by corrections, a line for each share of wrong labels."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only the plot needs it

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for noise, course in courses.items():
        given = [row["corrections"] for row in course]
        axes.plot(
            given,
            [100 * row["right"] / row["n"] for row in course],
            marker="o",
            label=f"{100 * float(noise):g} % wrong labels",
        )
    axes.set_xlabel("corrections given")
    axes.set_ylabel("right on unseen writers, %")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=144)


def _run_round(
    data: Path, number: int, gifts: Sequence[teaching.Gift], given: int
) -> Round:
    with teaching.taught_app(data) as client:
        truths = teaching.give(client, gifts)
        teaching.screen(data)
        reviewer = teaching.scripted_reviewer(truths, OVERLOOKED, number)
        reviewed = teaching.review(client, reviewer)
        decided = teaching.retrain(client)
        return _row(
            number,
            teaching.measure(client),
            {
                "corrections": given + len(gifts),
                "reviewed": reviewed,
                "states": teaching.count_states(client),
                **vars(decided),
            },
        )


def _row(number: int, score: teaching.Score, more: Mapping[str, Any]) -> Round:
    return {
        "round": number,
        "corrections": 0,
        "outcome": "start",
        "right": score.right,
        "n": score.n,
        **more,
    }


def _keep(log: Path, rounds: Sequence[Round]) -> None:
    with write_atomically(log) as file:
        file.write((json.dumps(rounds, indent=2) + "\n").encode())


def _cell(row: Round) -> str:
    share = f"{100 * row['right'] / row['n']:.2f} %"
    return f"**{share}**" if row["outcome"] == "promoted" else share


def _tell(row: Round) -> str:
    return (
        f"round {row['round']}: {row['outcome']} after {row['seconds']:.0f} s, "
        f"{100 * row['right'] / row['n']:.2f} % of {row['n']:,} right; {row['reason']}"
    )


if __name__ == "__main__":
    sys.exit(main())
