"""Measure an environment's `sketch_cnn` over several seeds, on test images and others.

``python benchmarks/accuracy.py [--env base] [--seeds 3] [--save]``, after a `kedro run`
of that environment: it trains on the model input in ``DATA_DIR`` with the committed
parameters and another seed each time. Asked are the published MNIST test images, the
pen test set drawn on canvases, centred and messy, as benchmarks/drawn_digits.py draws
it, and the run's pictures that are no digit; nothing is chosen by them. Each seed's
model is kept in ``build/trained`` when it ends: a run that broke off goes on there,
and one with other thresholds trains nothing again.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from numpy.typing import NDArray

from benchmarks import drawn_digits
from benchmarks.drawn_digits import CENTRED_PEN, CENTRED_SIZE, Placement
from benchmarks.results import save_result
from benchmarks.sources import load_source, read_configuration
from benchmarks.trained_alike import load_entries, load_or_train
from digit_pipeline.abstention import Calibration, decide, measure_energy
from digit_pipeline.images import view_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import OnnxModel, softmax, to_input
from digit_pipeline.pipelines.evaluation.metrics import expected_calibration_error
from digit_pipeline.pipelines.evaluation.refusal import calibrate, measure_refusal
from digit_pipeline.pipelines.preprocessing.nodes import fit_digits

KINDS = ("accuracy", "ece", "refused")
DRAWINGS = {"pen test, centred": False, "pen test, messy": True}


def main() -> int:
    """Train, ask, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", default="base")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    parameters = read_configuration("parameters", options.env)
    refused = parameters["evaluation"]["refused"]
    entries = load_entries(options.env, "validation_input", "test_non_digits")
    validation, non_digits = entries["validation_input"], entries["test_non_digits"]
    tests = load_tests()
    outcomes = []
    for number in range(options.seeds):
        seed = parameters["seed"] + number
        model = load_or_train(options.env, seed)
        outcomes.append(measure_seed(model, validation, refused, tests, non_digits))
        print(f"seed {seed}: {tell_seed(outcomes[-1])}", flush=True)
    figures = summarise(outcomes)
    print(render(figures))
    if options.save:
        print(f"saved {save_result(f'accuracy_{options.env}', figures)}")
    return 0


def load_tests() -> dict[str, LabelledImages]:
    """Load the test sets as model input, uint8 ``(n, 28, 28, 1)``."""
    pen = load_source("pen_digits")["test"]
    tests = {"MNIST test": fit_digits(load_source("mnist_digits")["test"])}
    return tests | {
        name: pen.with_images(_draw_all(pen, messy)) for name, messy in DRAWINGS.items()
    }


def _draw_all(pen: LabelledImages, messy: bool) -> NDArray[np.uint8]:
    if pen.strokes is None:
        raise ValueError("expected digits with strokes, got none: use UCI's pen digits")
    digits = []
    for position in range(len(pen)):
        random = np.random.default_rng([drawn_digits.SEED, position])
        centred = Placement(CENTRED_SIZE, CENTRED_PEN)
        place = drawn_digits.place_messily(random) if messy else centred
        canvas = drawn_digits.draw(pen.strokes[position], place)
        digits.append(view_digit(np.asarray(canvas)).digit)
    return np.rint(np.stack(digits)[..., np.newaxis] * 255).astype(np.uint8)


def measure_seed(
    model: tuple[bytes, Mapping[str, Any]],
    validation: LabelledImages,
    refused: dict[str, float],
    tests: Mapping[str, LabelledImages],
    non_digits: LabelledImages,
) -> dict[str, Any]:
    """Calibrate a seed's model as the pipeline does, and ask all tests.

    Returns:
        ``seconds`` of training, ``parameters`` and ``bytes`` of the network; for each
        test ``n``, ``accuracy``, ``ece`` and ``refused``, shares; for each family of
        ``non_digits`` ``n`` and ``recognised``, a share.
    """
    onnx, report = model
    calibration = calibrate(onnx, validation, refused)
    fitted = Calibration.from_json(calibration)
    families = measure_refusal(onnx, calibration, validation, non_digits)["non_digits"]
    return {
        "seed": report["seed"],
        "seconds": report["train_seconds"],
        "parameters": report["parameters"],
        "bytes": report["onnx_bytes"],
        "tests": {name: ask(onnx, fitted, images) for name, images in tests.items()},
        "non_digits": {
            family: {kind: row[kind] for kind in ("n", "recognised")}
            for family, row in families.items()
        },
    }


def ask(
    onnx: bytes, calibration: Calibration, images: LabelledImages
) -> dict[str, float]:
    """Give ``n``, ``accuracy``, ``ece`` and ``refused`` (not recognised) as shares."""
    logits = OnnxModel(onnx, threads=0).logits(to_input(images.images))
    probabilities = softmax(logits, calibration.temperature)
    verdicts = [
        decide(False, float(energy), float(row.max()), calibration)
        for energy, row in zip(measure_energy(logits), probabilities, strict=True)
    ]
    return {
        "n": len(images),
        "accuracy": float(np.mean(logits.argmax(axis=1) == images.labels)),
        "ece": expected_calibration_error(probabilities, images.labels),
        "refused": float(np.mean([verdict != "recognised" for verdict in verdicts])),
    }


def summarise(outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give mean and standard deviation over the seeds, and every seed's own."""
    seconds = [outcome["seconds"] for outcome in outcomes]
    return {
        "seeds": [outcome["seed"] for outcome in outcomes],
        "seconds": float(np.mean(seconds)),
        "parameters": outcomes[0]["parameters"],
        "bytes": outcomes[0]["bytes"],
        "tests": _summarise_rows([outcome["tests"] for outcome in outcomes]),
        "non_digits": _summarise_rows([outcome["non_digits"] for outcome in outcomes]),
        "each": list(outcomes),
    }


def _summarise_rows(
    tables: Sequence[Mapping[str, Mapping[str, Any]]],
) -> dict[str, Any]:
    """Give each row's ``n``, and mean and deviation over tables of all else in it."""
    return {
        name: {
            kind: value
            if kind == "n"
            else _spread([table[name][kind] for table in tables])
            for kind, value in first.items()
        }
        for name, first in tables[0].items()
    }


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    """Give the mean and the standard deviation; one value has none."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "deviation": deviation}


def tell_seed(outcome: Mapping[str, Any]) -> str:
    """Say what one seed reached."""
    reached = ", ".join(
        f"{name} {100 * row['accuracy']:.2f} %"
        for name, row in outcome["tests"].items()
    )
    return f"{reached}; {outcome['seconds']:.0f} s"


def render(figures: Mapping[str, Any]) -> str:
    """Write the figures as Markdown tables."""
    lines = [
        f"{len(figures['seeds'])} seeds; {figures['parameters']:,} parameters, "
        f"{figures['bytes'] / 1e6:.1f} MB as ONNX, {figures['seconds']:.0f} s of "
        "training each. Mean and standard deviation over the seeds, in %:",
        "",
        "| test set | images | accuracy | calibration error | refused |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, row in figures["tests"].items():
        cells = " | ".join(_tell(row[kind]) for kind in KINDS)
        lines.append(f"| {name} | {row['n']:,} | {cells} |")
    lines += ["", "| no digit | pictures | taken for one |", "| --- | --- | --- |"]
    for family, row in figures["non_digits"].items():
        lines.append(f"| {family} | {row['n']:,} | {_tell(row['recognised'])} |")
    return "\n".join(lines)


def _tell(figure: Mapping[str, float | None]) -> str:
    mean, deviation = figure["mean"], figure["deviation"]
    spread = "" if deviation is None else f" ± {100 * deviation:.2f}"
    return f"{100 * (mean or 0):.2f}{spread}"


if __name__ == "__main__":
    sys.exit(main())
