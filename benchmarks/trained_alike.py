"""Models of one recipe that differ by their seed: what chance makes of a training.

Kept in ``build/trained_alike/<environment>/<seed>.onnx``; what lies there is not made
again. Models of a long training may be put there by hand.
"""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import DataCatalog
from numpy.typing import NDArray

from benchmarks.sources import ROOT, read_configuration
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import OnnxModel, to_input
from digit_pipeline.pipelines.preprocessing.nodes import fit_digits
from digit_pipeline.pipelines.training.nodes import export_onnx, train_model

FOLDER = ROOT / "build" / "trained_alike"
CANDIDATE = "sketch_cnn"
FIRST_SEED = 101

Right = NDArray[np.bool_]


def load_entries(environment: str, *names: str) -> dict[str, Any]:
    """Load catalog entries that a run in an environment has left."""
    entries = read_configuration("catalog", environment)
    catalog = DataCatalog.from_config({name: entries[name] for name in names})
    return {name: catalog.load(name) for name in names}


def train_alike(environment: str, count: int) -> list[Path]:
    """Train a candidate as often as is missing; give all files that are there."""
    folder = FOLDER / environment
    folder.mkdir(parents=True, exist_ok=True)
    parameters = read_configuration("parameters", environment)
    candidate = parameters["training"]["candidates"][CANDIDATE]
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        path = folder / f"{seed}.onnx"
        if path.is_file():
            continue
        onnx, report = train_one(environment, candidate, seed)
        path.write_bytes(onnx)
        print(f"trained {path.name} in {report['train_seconds']:.0f} s", flush=True)
    return sorted(folder.glob("*.onnx"))


def train_one(
    environment: str, candidate: Mapping[str, Any], seed: int
) -> tuple[bytes, dict[str, Any]]:
    """Train a candidate on the environment's model input; give its file and report."""
    sets = load_entries(
        environment, "train_input", "validation_input", "train_non_digits"
    )
    model, history = train_model(**sets, parameters=candidate, seed=seed)
    return export_onnx(
        model=model,
        history=history,
        validation_input=sets["validation_input"],
        parameters=candidate,
    )


def load_frozen_sets(environment: str) -> dict[str, LabelledImages]:
    """Load what a retrained challenger is held to: ``gate`` and ``field``."""
    gate = load_entries(environment, "gate_input")["gate_input"]
    field = load_entries("base", "field_set")["field_set"]
    return {"gate": gate, "field": fit_digits(field)}


def find_right(path: Path, sets: Mapping[str, LabelledImages]) -> dict[str, Right]:
    """Say which images of each set a model reads rightly."""
    model = OnnxModel(path.read_bytes(), threads=0)
    return {
        name: model.logits(to_input(images.images)).argmax(axis=1) == images.labels
        for name, images in sets.items()
    }


def measure_discordance(answers: Sequence[Right]) -> dict[str, float]:
    """Compare every two models of one recipe on the same images.

    Returns:
        ``accuracy`` and ``discordance``, means in [0, 1]: how many images are right,
        and how many exactly one of two models gets right; ``models``.
    """
    pairs = [float(np.mean(a != b)) for a, b in itertools.combinations(answers, 2)]
    return {
        "accuracy": float(np.mean([answer.mean() for answer in answers])),
        "discordance": float(np.mean(pairs)),
        "models": len(answers),
    }
