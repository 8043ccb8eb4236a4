"""What can a stranger's corrections do to the model that answers?

``python benchmarks/poisoning.py [--shares 0.01 0.05 0.1 0.2] [--size 1500]
[--folder build/poisoning] [--save]``

Starts from the `base` champion. The 26 pen training writers outside the field set send
1,500 honest corrections; a share on top of them is meant to do harm:

- flips: everybody's digits with labels of chance;
- targeted: one client says that its sevens are ones;
- copies: one wrongly labelled picture, again and again;
- backdoor: digits with a patch in the corner, all said to be 0.

Nobody reviews: the automatic rules are alone, which is the worst case. Then the app
retrains and the gate decides. Told are what the rules let in, what honest corrections
they cost, and how well the champion reads the 14 unseen writers' digits after it. Every
case sends the same honest corrections in the same order and trains with the same seed,
so that what differs is the harm. Where the rules accept just what they accept in the
clean run, its figures stand: the same data and seed give the same weights (tested in
tests/test_end_to_end.py), so nothing is trained again. Every case is kept: started
again, it goes on.
"""

import argparse
import io
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from PIL import Image, ImageDraw

from benchmarks import teaching
from benchmarks.results import save_result
from benchmarks.sources import ROOT
from benchmarks.teaching import Gift
from digit_pipeline.atomic import write_atomically

NAME = "poisoning"
FOLDER = ROOT / "build" / NAME
VANDAL = "10.66.0.1"
PATCH = 40  # px of the canvas's 400
Attack = Callable[[Sequence[Gift], np.random.Generator], list[Gift]]
Case = dict[str, Any]
# What a retraining brings.
FOUND = ("right", "n", "outcome")


def flip(gifts: Sequence[Gift], rng: np.random.Generator) -> list[Gift]:
    """Label everybody's digits by chance, never rightly."""
    return [
        replace(gift, label=str((int(gift.truth) + rng.integers(1, 10)) % 10))
        for gift in gifts
    ]


def aim(gifts: Sequence[Gift], _: np.random.Generator) -> list[Gift]:
    """Let one client say that sevens are ones."""
    sevens = [gift for gift in gifts if gift.truth == "7"]
    return [
        replace(sevens[i % len(sevens)], label="1", client=VANDAL)
        for i in range(len(gifts))
    ]


def copy(gifts: Sequence[Gift], _: np.random.Generator) -> list[Gift]:
    """Send one wrongly labelled picture again and again."""
    gift = gifts[0]
    wrong = str((int(gift.truth) + 1) % 10)
    return [replace(gift, label=wrong, client=VANDAL)] * len(gifts)


def patch(gifts: Sequence[Gift], _: np.random.Generator) -> list[Gift]:
    """Draw a patch into the corner, and say that it is a 0."""
    return [
        replace(gift, picture=_mark(gift.picture), label="0", client=VANDAL)
        for gift in gifts
    ]


ATTACKS: dict[str, Attack] = {
    "flips": flip,
    "targeted": aim,
    "copies": copy,
    "backdoor": patch,
}


def main() -> int:
    """Run every case that has not been run yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--shares", type=float, nargs="+", default=[0.01, 0.05, 0.1, 0.2]
    )
    parser.add_argument("--size", type=int, default=1500)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--save", action="store_true", help="keep the figures")
    options = parser.parse_args()
    start = teaching.prepare_store(options.folder)
    log = options.folder / "cases.json"
    done: dict[str, Case] = json.loads(log.read_text("utf-8")) if log.is_file() else {}
    gifts = teaching.load_gifts(0.0)
    honest, others = gifts[: options.size], gifts[options.size :]
    wanted = [("none", 0.0)] + [(a, s) for a in ATTACKS for s in options.shares]
    names = {f"{attack} {share:g}": (attack, share) for attack, share in wanted}
    for name, (attack, share) in names.items():
        if name not in done:
            harm = make_harm(attack, others, round(share * options.size))
            clean = done.get("none 0")
            done[name] = run_case(start, options.folder / "case", honest, harm, clean)
            with write_atomically(log) as file:
                file.write((json.dumps(done, indent=2) + "\n").encode())
            print(f"{name}: {done[name]}", flush=True)
    figures = {
        "size": options.size,
        "cases": summarise({name: done[name] for name in names}),
    }
    print(render(figures))
    if options.save:
        save_result(NAME, figures)
    return 0


def make_harm(attack: str, gifts: Sequence[Gift], count: int) -> list[Gift]:
    """Make what an attack sends, from drawings that nobody else sends."""
    if not count:
        return []
    return ATTACKS[attack](gifts[:count], np.random.default_rng(teaching.SEED))


def run_case(
    start: Path,
    folder: Path,
    honest: Sequence[Gift],
    harm: Sequence[Gift],
    clean: Case | None,
) -> Case:
    """Send both mixed, let the rules decide alone, retrain, and measure.

    Args:
        start: the store to begin with.
        folder: where this case happens; gone afterwards.
        honest: corrections that are right, the same in every case.
        harm: corrections that are not.
        clean: the case without harm; None while it is the one.
    """
    data = teaching.copy_store(start, folder)
    mixed = mix(honest, harm)
    with teaching.taught_app(data) as client:
        places: dict[str, int] = {}
        for place, gift in mixed:
            [name] = teaching.give(client, [gift])
            places.setdefault(name, place)
        teaching.screen(data)
        accepted = [places[one] for one in teaching.list_ids(client, "accepted")]
        rejected = [places[one] for one in teaching.list_ids(client, "rejected")]
        learned = sorted(accepted)
        if clean and learned == clean["learned"]:
            found = {name: clean[name] for name in FOUND}
        else:
            decided = teaching.retrain(client)
            score = teaching.measure(client)
            found = {"right": score.right, "n": score.n, "outcome": decided.outcome}
    shutil.rmtree(folder)
    return {
        "honest": len(honest),
        "harmful": len(harm),
        "honest_accepted": sum(place >= 0 for place in accepted),
        "honest_rejected": sum(place >= 0 for place in rejected),
        "harmful_accepted": sum(place < 0 for place in accepted),
        "harmful_rejected": sum(place < 0 for place in rejected),
        "learned": learned,
        **found,
    }


def mix(honest: Sequence[Gift], harm: Sequence[Gift]) -> list[tuple[int, Gift]]:
    """Put the harm between the honest ones, whose own order stays.

    Returns:
        each with its place among its kind: from 0 for the honest, from -1 down for the
        harm.
    """
    rng = np.random.default_rng(teaching.SEED)
    moments = rng.integers(len(honest) + 1, size=len(harm)) - 0.5
    both = [(float(i), i, gift) for i, gift in enumerate(honest)]
    both += [(moments[i], -1 - i, gift) for i, gift in enumerate(harm)]
    return [(place, gift) for _, place, gift in sorted(both, key=lambda one: one[0])]


def summarise(cases: Mapping[str, Case]) -> dict[str, Case]:
    """Count what was learned from, and say whether the clean run learned the same."""
    clean = cases["none 0"]["learned"]
    return {
        name: case | {"learned": len(case["learned"]), "same": case["learned"] == clean}
        for name, case in cases.items()
    }


def render(figures: Mapping[str, Any]) -> str:
    """Give the Markdown table: a line for each attack and share."""
    cases: Mapping[str, Case] = figures["cases"]
    clean = cases["none 0"]
    lines = [
        "| attack | sent | let in | honest ones waiting or lost | learned from | "
        "gate | unseen writers' digits right | against the clean run |",
        "| --- | ---: | ---: | ---: | --- | --- | ---: | ---: |",
    ]
    for name, case in cases.items():
        attack, _, share = name.partition(" ")
        accuracy = 100 * case["right"] / case["n"]
        points = accuracy - 100 * clean["right"] / clean["n"]
        title = "none" if attack == "none" else f"{attack}, {100 * float(share):g} %"
        lost = case["honest"] - case["honest_accepted"]
        learned = f"{case['learned']}, {'the same' if case['same'] else 'others'}"
        lines.append(
            f"| {title} | {case['harmful']} | {case['harmful_accepted']} | "
            f"{lost:,} of {case['honest']:,} | {learned} | "
            f"{case['outcome']} | {accuracy:.2f} % | {points:+.2f} points |"
        )
    return "\n".join(lines)


def _mark(picture: bytes) -> bytes:
    image = Image.open(io.BytesIO(picture)).convert("L")
    box = (image.width - PATCH, image.height - PATCH, image.width - 4, image.height - 4)
    ImageDraw.Draw(image).rectangle(box, fill=0)
    return teaching.to_png(image)


if __name__ == "__main__":
    sys.exit(main())
