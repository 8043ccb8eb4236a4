"""Models of one recipe that differ by their seed: what chance makes of a training.

Kept in ``build/trained/<environment>/seed-<seed>.onnx``, beside the parameters they
were trained with; what was trained with today's is not trained again.
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import DataCatalog
from numpy.typing import NDArray

from benchmarks.sources import ROOT, read_configuration
from digit_pipeline.atomic import write_atomically
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import OnnxModel, to_input
from digit_pipeline.pipelines.preprocessing.nodes import fit_digits
from digit_pipeline.pipelines.training.nodes import export_onnx, train_model

FOLDER = ROOT / "build" / "trained"
CANDIDATE = "sketch_cnn"

Right = NDArray[np.bool_]


def load_entries(environment: str, *names: str) -> dict[str, Any]:
    """Load catalog entries that a run in an environment has left."""
    entries = read_configuration("catalog", environment)
    catalog = DataCatalog.from_config({name: entries[name] for name in names})
    return {name: catalog.load(name) for name in names}


def train_alike(environment: str, count: int) -> list[Path]:
    """Give so many models by other seeds than the project's, trained if missing."""
    first = read_configuration("parameters", environment)["seed"] + 1
    for seed in range(first, first + count):
        load_or_train(environment, seed)
    return [_path(environment, seed) for seed in range(first, first + count)]


def find_trained(environment: str) -> list[Path]:
    """Find the models that were trained with today's parameters, by any seed."""
    candidate = _read_candidate(environment)
    paths = sorted((FOLDER / environment).glob("seed-*.onnx"))
    return [path for path in paths if _is_kept(path, candidate)]


def load_or_train(environment: str, seed: int) -> tuple[bytes, dict[str, Any]]:
    """Give a seed's ONNX file and training report, kept from before or trained now."""
    path, candidate = _path(environment, seed), _read_candidate(environment)
    if _is_kept(path, candidate):
        return path.read_bytes(), json.loads(_about(path).read_text(encoding="utf-8"))
    sets = load_entries(
        environment, "train_input", "validation_input", "train_non_digits"
    )
    model, history = train_model(**sets, parameters=candidate, seed=seed)
    onnx, report = export_onnx(
        model=model,
        history=history,
        validation_input=sets["validation_input"],
        parameters=candidate,
    )
    report |= {"seed": seed, "candidate": candidate}
    for place, content in {
        path: onnx,
        _about(path): json.dumps(report).encode(),
    }.items():
        with write_atomically(place) as file:
            file.write(content)
    return onnx, report


def _read_candidate(environment: str) -> dict[str, Any]:
    parameters = read_configuration("parameters", environment)
    return dict(parameters["training"]["candidates"][CANDIDATE])


def _path(environment: str, seed: int) -> Path:
    return FOLDER / environment / f"seed-{seed}.onnx"


def _about(path: Path) -> Path:
    return path.with_suffix(".json")


def _is_kept(path: Path, candidate: dict[str, Any]) -> bool:
    if not (path.is_file() and _about(path).is_file()):
        return False
    kept = json.loads(_about(path).read_text(encoding="utf-8"))
    return bool(kept.get("candidate") == candidate)


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
