"""Measure images per second: ONNX Runtime on the champion's file, and Keras.

``python benchmarks/batch_prediction.py [--rounds 5] [--images 4096] [--save]``, with a
champion in ``DATA_DIR``/09_serving and the run that made it in ``DATA_DIR``/06_models.
For one and for two threads a fresh process loads the champion's ONNX file, the Keras
model it was written from, and a float32 ONNX file of that, and lets them predict by
turns, after a first round that isn't counted. Images are random float32 28x28: the time
depends on no pixel.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np

from benchmarks.results import save_result
from digit_pipeline import onnx_model
from digit_pipeline.onnx_model import Floats, OnnxModel
from digit_pipeline.releases import ReleaseStore
from digit_pipeline.releases.__main__ import default_store

NAME = "batch_prediction"
GOAL = 5
THREADS = (1, 2)
ONNX_BATCHES = (1, 8, 32, 64, 128, 256, 512, 1024, 2048)
# 32 is what `model.predict` takes when it isn't told, the others what serves it better.
KERAS_BATCHES = (32, 512, 2048)
KERAS_DEFAULT = 32
PROJECT_BATCH = onnx_model.BATCH
SINGLE_IMAGES = 500

Predict = Callable[[Floats], Any]


def main() -> int:
    """Measure in a process per number of threads, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=4096)
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.threads:
        figures = measure(options.threads, options.rounds, options.images)
        print(json.dumps(figures))
        return 0
    measured = {
        str(threads): _measure_apart(threads, options.rounds, options.images)
        for threads in THREADS
    }
    figures = summarise(measured, PROJECT_BATCH)
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


def _measure_apart(threads: int, rounds: int, images: int) -> dict[str, Any]:
    """Measure in a fresh process: TensorFlow sets its threads once."""
    script = str(Path(__file__).resolve())
    command = [sys.executable, script, "--threads", str(threads)]
    command += ["--rounds", str(rounds), "--images", str(images)]
    child = subprocess.run(  # noqa: S603
        command, check=True, stdout=subprocess.PIPE, text=True
    )
    figures: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return figures


def measure(threads: int, rounds: int, count: int) -> dict[str, Any]:
    """Let both predict by turns.

    Args:
        threads: that each of them may use.
        rounds: that are counted.
        count: images in a prediction.

    Returns:
        ``images``, ``parameters``, the original's ``keras_file`` and, by batch size,
        the images per second of each round: ``onnx``, ``float32``, ``keras``;
        ``single_ms``, the milliseconds of each single prediction by ONNX Runtime.
    """
    import digit_pipeline.quiet_tensorflow  # noqa: F401, PLC0415 - it comes first

    # isort: split
    import keras  # noqa: PLC0415
    import tensorflow as tf  # noqa: PLC0415

    from digit_pipeline.pipelines.training.export import to_onnx  # noqa: PLC0415

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    content = ReleaseStore(default_store()).champion().read("model.onnx")
    champion = OnnxModel(content, threads)
    images = np.random.default_rng(0).random(
        (count, champion.side, champion.side, 1), np.float32
    )
    path = find_original(content)
    network = keras.models.load_model(path, compile=False)
    network(images[:1], training=False)
    exact = OnnxModel(to_onnx(network, images.shape[1:]), threads)
    speeds = measure_by_turns(
        {
            **{f"onnx {b}": _by_onnx(champion, b) for b in ONNX_BATCHES},
            f"float32 {PROJECT_BATCH}": _by_onnx(exact, PROJECT_BATCH),
            **{f"keras {b}": _by_keras(network, b) for b in KERAS_BATCHES},
        },
        images,
        rounds,
    )
    return {
        "images": count,
        "parameters": network.count_params(),
        "keras_file": path.as_posix().split("06_models/")[-1],
        "onnx": _part(speeds, "onnx "),
        "float32": _part(speeds, "float32 "),
        "keras": _part(speeds, "keras "),
        "single_ms": _measure_single(champion, images[:1]),
    }


def find_original(content: bytes) -> Path:
    """Find the Keras model that the champion's file was written from, beside that file.

    Raises:
        ValueError: when there is none in ``DATA_DIR``/06_models.
    """
    folder = Path(os.environ.get("DATA_DIR") or "data") / "06_models"
    for path in sorted(folder.glob("*/*/model.onnx")):
        original = path.with_suffix(".keras")
        if path.read_bytes() == content and original.is_file():
            return original
    raise ValueError(
        f"expected the champion's model.onnx and model.keras in {folder}, got other "
        "files: set DATA_DIR to the folder of the run that made them"
    )


def measure_by_turns(
    ways: Mapping[str, Predict],
    images: Floats,
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Measure images per second of each way, round by round.

    Args:
        ways: what predicts, by name.
        images: what is predicted at once.
        rounds: that are counted; one more goes before them.
        clock: gives seconds; tests turn it by hand.
    """
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, predict in ways.items():
            start = clock()
            predict(images)
            seconds = clock() - start
            if turn:
                speeds[name].append(len(images) / seconds)
    return speeds


def _by_onnx(champion: OnnxModel, batch: int) -> Predict:
    """Predict the project's way, with another constant."""

    def predict(images: Floats) -> None:
        onnx_model.BATCH = batch
        champion.logits(images)

    return predict


def _by_keras(network: Any, batch: int) -> Predict:
    return lambda images: network.predict(images, batch_size=batch, verbose=0)


def _measure_single(champion: OnnxModel, image: Floats) -> list[float]:
    times = []
    for _ in range(SINGLE_IMAGES):
        start = time.perf_counter()
        champion.logits(image)
        times.append(1000 * (time.perf_counter() - start))
    return times


def _part(speeds: Mapping[str, list[float]], start: str) -> dict[str, list[float]]:
    return {
        name.removeprefix(start): values
        for name, values in speeds.items()
        if name.startswith(start)
    }


def summarise(measured: Mapping[str, Mapping[str, Any]], batch: int) -> dict[str, Any]:
    """Turn rounds into medians and ranges.

    Args:
        measured: what ``measure`` gave, by number of threads.
        batch: the batch size that the project uses.

    Returns:
        ``images``, ``parameters``, ``rounds``, ``batch`` and, by number of threads,
        images per second by batch size, the fastest batch sizes, and how many times as
        fast ONNX Runtime with ``batch`` is as Keras with its default and with its best.
    """
    first = next(iter(measured.values()))
    return {
        "images": first["images"],
        "parameters": first["parameters"],
        "keras_file": first["keras_file"],
        "rounds": len(next(iter(first["onnx"].values()))),
        "batch": batch,
        "goal": GOAL,
        "threads": {
            threads: _summarise_threads(one, str(batch))
            for threads, one in measured.items()
        },
    }


def _summarise_threads(one: Mapping[str, Any], batch: str) -> dict[str, Any]:
    onnx = {size: _spread(values) for size, values in one["onnx"].items()}
    exact = {size: _spread(values) for size, values in one["float32"].items()}
    keras = {size: _spread(values) for size, values in one["keras"].items()}
    best = max(keras, key=lambda size: keras[size]["median"])
    speed = onnx[batch]["median"]
    single = one["single_ms"]
    return {
        "onnx": onnx,
        "float32": exact,
        "keras": keras,
        "fastest_onnx_batch": int(max(onnx, key=lambda size: onnx[size]["median"])),
        "fastest_keras_batch": int(best),
        "ratio_default": round(speed / keras[str(KERAS_DEFAULT)]["median"], 2),
        "ratio_best": round(speed / keras[best]["median"], 2),
        "single_ms": {
            "median": round(statistics.median(single), 3),
            "p95": round(float(np.quantile(single, 0.95)), 3),
            "n": len(single),
        },
    }


def _spread(values: Sequence[float]) -> dict[str, int]:
    return {
        "median": round(statistics.median(values)),
        "low": round(min(values)),
        "high": round(max(values)),
    }


def render(figures: Mapping[str, Any]) -> str:
    """Show the figures as Markdown: a table and some sentences."""
    batch = str(figures["batch"])
    lines = [
        f"| images per second, median of {figures['rounds']} rounds (range) "
        "| one thread | two threads |",
        "| --- | --- | --- |",
    ]
    names = [
        (f"ONNX Runtime, the champion's file, batches of {batch}", "onnx", batch),
        (f"ONNX Runtime, the same in float32, batches of {batch}", "float32", batch),
        *(
            (f"Keras `predict`, batches of {size}", "keras", str(size))
            for size in KERAS_BATCHES
        ),
    ]
    threads = figures["threads"]
    for name, runtime, size in names:
        cells = [_tell(threads[str(n)][runtime][size]) for n in THREADS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + f"\n\n{_tell_ratio(figures)}"


def _tell(values: Mapping[str, int]) -> str:
    return f"{values['median']:,} ({values['low']:,} to {values['high']:,})"


def _tell_ratio(figures: Mapping[str, Any]) -> str:
    one, two = (figures["threads"][str(n)] for n in THREADS)
    goal, batch = figures["goal"], figures["batch"]
    met = min(one["ratio_default"], two["ratio_default"]) >= goal
    fastest = one["fastest_onnx_batch"]
    fast = one["onnx"][str(fastest)]["median"] / one["onnx"][str(batch)]["median"]
    return (
        f"The champion ({figures['parameters']:,} parameters): ONNX Runtime reads "
        f"{one['ratio_default']:.1f} (one thread) and {two['ratio_default']:.1f} times "
        f"(two) as many images as Keras with its default batch of {KERAS_DEFAULT}, and "
        f"{one['ratio_best']:.1f} and {two['ratio_best']:.1f} times as many as Keras "
        f"with its best. The goal of {goal} times is "
        f"{'met' if met else 'not met'} against the default. On one thread batches of "
        f"{fastest} are the fastest, {fast:.2f} times as fast as the project's "
        f"{batch}; one image takes {one['single_ms']['median']:.2f} ms "
        f"(95th percentile {one['single_ms']['p95']:.2f})."
    )


if __name__ == "__main__":
    sys.exit(main())
