"""Measure what each step of the image contract and of training brings on drawings.

``python benchmarks/contract_ablation.py [--seeds 3] [--epochs 3] [--digits 1000]
[--save]``, with MNIST and the pen digits in ``DATA_DIR``/01_raw. One small network
learns MNIST as it is; the first four steps differ only in how a drawing is brought to
28x28. The fifth trains it with the augmentation of conf/mnist, the sixth on pen strokes
by the training writers too, as conf/sketch does. Digits by the test writers, and by
training writers whom no network learns from, are drawn centred and "messy" as
benchmarks/drawn_digits.py draws them. Nothing was chosen by these figures.

Each training is kept in ``build/contract_ablation`` when it ends: a run that broke off
goes on there, with the same parameters.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from numpy.typing import NDArray

from benchmarks import drawn_digits
from benchmarks.contract_steps import FITS, view_step
from benchmarks.drawn_digits import CENTRED_PEN, CENTRED_SIZE, Placement
from benchmarks.results import save_result
from benchmarks.sources import ROOT, load_source, read_configuration
from digit_pipeline.atomic import write_atomically
from digit_pipeline.intervals import wilson_interval
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import to_input
from digit_pipeline.pipelines.ingestion.splitting import assign_sides
from digit_pipeline.pipelines.preprocessing.nodes import fit_digits

NAME = "contract_ablation"
SEED = 20
CONTRACT = "mass"
STEPS = {
    "whole": "whole canvas to 28x28",
    "crop": "+ cropped to the ink",
    "aspect": "+ aspect kept",
    "mass": "+ centre of mass in the middle",
    "augmentation": "+ augmentation in training",
    "strokes": "+ pen strokes in training",
}
# What each training is asked about: how its drawings are brought to 28x28.
TRAININGS = {
    "plain": tuple(FITS),
    "augmentation": (CONTRACT,),
    "strokes": (CONTRACT,),
}
WRITERS = {"test": "test writers", "held_out": "held-out training writers"}
DRAWINGS = ("centred", "messy")
ARCHITECTURE = "sketch_cnn"
HYPERPARAMETERS: dict[str, Any] = {
    "filters": [16, 16, 32, 64],
    "units": 128,
    "dropout": 0.2,
}
# The same for every step, so that they differ in nothing else.
FIT = {
    "batch_size": 128,
    "learning_rate": 0.002,
    "cycle": 0.2,
    "weight_average": 0.98,
}
AUGMENTED = ("repeats", "augmentation")

Drawn = Mapping[str, NDArray[np.uint8]]


@dataclass(frozen=True)
class Part:
    """Digits of some writers, drawn one way.

    Attributes:
        labels: int64 ``(n,)``.
        digits: uint8 ``(n, 28, 28)`` by step of ``FITS``.
    """

    labels: NDArray[np.int64]
    digits: Drawn


def main() -> int:
    """Train, ask, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--digits", type=int, default=1000, help="of each test")
    parser.add_argument("--train", type=int, default=20000, help="MNIST images")
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    folder = (
        ROOT / "build" / NAME
        / f"{options.epochs}-epochs-{options.train}-images-{options.digits}-digits"
    )  # fmt: skip
    jobs = [(t, s) for s in range(options.seeds) for t in TRAININGS]
    missing = [job for job in jobs if not is_kept(_path(folder, *job), options.epochs)]
    if missing:
        study = Study.load(options.train, options.digits)
        for training, seed in missing:
            _keep(_path(folder, training, seed), study, training, seed, options.epochs)
    kept = [json.loads(_path(folder, *job).read_text()) for job in jobs]
    figures = summarise(kept, options.seeds, options.epochs)
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


def is_kept(path: Path, epochs: int) -> bool:
    """Say whether a training is there that had today's parameters."""
    if not path.is_file():
        return False
    kept = json.loads(path.read_text())
    return bool(kept.get("parameters") == choose_parameters(kept["training"], epochs))


def _path(folder: Path, training: str, seed: int) -> Path:
    return folder / f"{training}-{seed}.json"


def _keep(path: Path, study: "Study", training: str, seed: int, epochs: int) -> None:
    started = time.process_time()
    outcome = study.run(training, seed, epochs)
    seconds = time.process_time() - started
    print(f"{training}, seed {seed}: {seconds:.0f} s of processor time", flush=True)
    with write_atomically(path) as file:
        file.write(json.dumps({**outcome, "seconds": seconds}).encode())


@dataclass(frozen=True)
class Study:
    """What is learned from, and what is asked.

    Attributes:
        scans: MNIST training images.
        strokes: pen digits by training writers, 28x28 by the contract.
        parts: by writers and drawing.
    """

    scans: LabelledImages
    strokes: LabelledImages
    parts: Mapping[str, Mapping[str, Part]]

    @classmethod
    def load(cls, scans: int, digits: int) -> "Study":
        """Load the sources and draw the digits; takes as many as asked for."""
        pens = load_source("pen_digits", splits=["train", "test"])
        fractions = read_configuration("parameters")["ingestion"]["fractions"]
        sides = assign_sides(pens["train"], fractions["pendigits"])
        writers = {
            "test": pens["test"],
            "held_out": pens["train"].take(sides == "gate"),
        }
        asked = {name: sample(one, digits) for name, one in writers.items()}
        mnist = load_source("mnist_digits")["train"]
        learned = assign_sides(mnist, fractions["mnist"]) == "train"
        return cls(
            sample(mnist.take(learned), scans),
            fit_digits(pens["train"].take(sides == "train")),
            {
                name: {way: draw_part(one, way == "messy") for way in DRAWINGS}
                for name, one in asked.items()
            },
        )

    def run(self, training: str, seed: int, epochs: int) -> dict[str, Any]:
        """Train once and ask: right answers by step, writers and drawing."""
        network = self.train(training, seed, epochs)

        def count_right(part: Part, fit: str) -> list[int]:
            images = to_input(part.digits[fit][..., np.newaxis])
            answers = network.predict(images, batch_size=500, verbose=0).argmax(axis=1)
            return [int((answers == part.labels).sum()), len(part.labels)]

        steps = {
            fit if training == "plain" else training: fit for fit in TRAININGS[training]
        }
        return {
            "training": training,
            "parameters": choose_parameters(training, epochs),
            "seed": seed,
            "images": len(self.scans),
            "strokes": len(self.strokes) if training == "strokes" else 0,
            "right": {
                step: {
                    writers: {way: count_right(part, fit) for way, part in ways.items()}
                    for writers, ways in self.parts.items()
                }
                for step, fit in steps.items()
            },
        }

    def train(self, training: str, seed: int, epochs: int) -> Any:
        """Train the network as the project does."""
        # TensorFlow: figures.py imports this module and trains nothing.
        from digit_pipeline.architectures import build_network  # noqa: PLC0415
        from digit_pipeline.pipelines.training.batches import Batches  # noqa: PLC0415
        from digit_pipeline.pipelines.training.network_fitting import (  # noqa: PLC0415
            fit_network,
        )
        from digit_pipeline.pipelines.training.settings import (  # noqa: PLC0415
            FitSettings,
        )

        images = self.scans
        if training == "strokes":
            images = LabelledImages.concatenate([self.scans, self.strokes])
        settings = FitSettings.from_parameters(choose_parameters(training, epochs))
        network = build_network(
            ARCHITECTURE,
            shape=images.images.shape[1:],
            classes=len(images.class_names),
            seed=seed,
            hyperparameters=HYPERPARAMETERS,
        )
        batches = Batches(
            images=images,
            batch_size=settings.batch_size,
            seed=seed,
            repeats=settings.repeats,
            augmentation=settings.augmentation,
        )
        # It decides about nothing here, for there is no early stop.
        few = self.scans.take(slice(0, 500))
        fit_network(network, batches, few, settings=settings, title=training)
        return network


def choose_parameters(training: str, epochs: int) -> dict[str, Any]:
    """Give a training's parameters: plain, or as an environment says."""
    parameters: dict[str, Any] = {"epochs": epochs, **FIT}
    if training != "plain":
        environment = {"augmentation": "mnist", "strokes": "sketch"}[training]
        candidate = read_configuration("parameters", environment)["training"][
            "candidates"
        ][ARCHITECTURE]
        parameters |= {key: candidate[key] for key in AUGMENTED}
    return parameters


def sample(digits: LabelledImages, count: int) -> LabelledImages:
    """Take so many of them, spread over all by chance; all when there are no more."""
    if count >= len(digits):
        return digits
    chosen = np.random.default_rng(SEED).permutation(len(digits))[:count]
    return digits.take(np.sort(chosen))


def draw_part(digits: LabelledImages, messy: bool) -> Part:
    """Draw each digit and bring it to 28x28 by every step.

    Raises:
        ValueError: when the digits have no strokes.
    """
    strokes = digits.strokes
    if strokes is None:
        raise ValueError("expected digits with strokes, got none: use UCI's pen digits")
    seen: dict[str, list[NDArray[np.uint8]]] = {step: [] for step in FITS}
    for position in range(len(digits)):
        random = np.random.default_rng([drawn_digits.SEED, position])
        centred = Placement(CENTRED_SIZE, CENTRED_PEN)
        place = drawn_digits.place_messily(random) if messy else centred
        pixels = np.asarray(drawn_digits.draw(strokes[position], place))
        for step, images in seen.items():
            images.append(view_step(pixels, step))
    return Part(digits.labels, {step: np.stack(one) for step, one in seen.items()})


def summarise(
    kept: Sequence[Mapping[str, Any]], seeds: int, epochs: int
) -> dict[str, Any]:
    """Join the trainings' right answers.

    Args:
        kept: what ``Study.run`` gave, of every training and seed.
        seeds: how many of each training.
        epochs: of each.

    Returns:
        ``seeds``, ``epochs``, ``images``, ``strokes`` and ``steps``: by step, writers
        and drawing the mean ``accuracy`` in %, Wilson's ``low`` and ``high`` for the
        ``n`` digits (answers by several seeds about one digit are not independent, so
        they do not narrow it), and the seeds' own range ``least``, ``greatest``.
    """
    steps: dict[str, Any] = {}
    for step in STEPS:
        found = [one["right"][step] for one in kept if step in one["right"]]
        steps[step] = {
            writers: {
                way: _join([one[writers][way] for one in found]) for way in DRAWINGS
            }
            for writers in WRITERS
        }
    return {
        "seeds": seeds,
        "epochs": epochs,
        "images": kept[0]["images"],
        "strokes": max(one["strokes"] for one in kept),
        "processor_seconds": round(sum(one["seconds"] for one in kept)),
        "steps": steps,
    }


def _join(counts: Sequence[Sequence[int]]) -> dict[str, Any]:
    n = counts[0][1]
    shares = [100 * right / n for right, _ in counts]
    mean = sum(right for right, _ in counts) / len(counts)
    low, high = wilson_interval(round(mean), n)
    return {
        "n": n,
        "accuracy": round(100 * mean / n, 2),
        "low": round(100 * low, 2),
        "high": round(100 * high, 2),
        "least": round(min(shares), 2),
        "greatest": round(max(shares), 2),
    }


def render(figures: Mapping[str, Any]) -> str:
    """Show the figures as Markdown: a row per step and a sentence."""
    columns = [(writers, way) for writers in WRITERS for way in DRAWINGS]
    names = [f"{WRITERS[writers]}, {way}, %" for writers, way in columns]
    lines = [
        f"| step | {' | '.join(names)} |",
        f"| --- |{' --- |' * len(columns)}",
    ]
    steps = figures["steps"]
    for step, name in STEPS.items():
        cells = [_tell(steps[step][writers][way]) for writers, way in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    counts = " and ".join(f"{steps['whole'][w]['messy']['n']:,}" for w in WRITERS)
    sentence = (
        f"Mean of {figures['seeds']} seeds with Wilson's 95 % interval for {counts} "
        f"digits; {figures['images']:,} MNIST images, in the last step "
        f"{figures['strokes']:,} pen digits too; epochs: {figures['epochs']}. These "
        f"compare steps; the project's own networks are larger and learn longer."
    )
    return "\n".join(lines) + f"\n\n{sentence}"


def _tell(score: Mapping[str, Any]) -> str:
    return f"{score['accuracy']:.1f} ({score['low']:.1f} to {score['high']:.1f})"


if __name__ == "__main__":
    sys.exit(main())
