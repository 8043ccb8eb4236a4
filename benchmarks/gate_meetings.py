"""Let real models meet each other, and the champion, at the gate of a retraining."""

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.simulated_tables import pair_answers
from benchmarks.sources import read_configuration
from benchmarks.trained_alike import find_right, load_entries, load_frozen_sets
from digit_pipeline.pipelines.evaluation.refusal import calibrate
from digit_pipeline.pipelines.evaluation.robustness import measure_robustness
from digit_pipeline.pipelines.promotion.frozen_images import pool_images
from digit_pipeline.pipelines.promotion.gate import Limits, decide_promotion
from digit_pipeline.pipelines.promotion.nodes import compare_with_champion
from digit_pipeline.releases import Release, ReleaseStore
from digit_pipeline.releases.__main__ import default_store
from digit_pipeline.training_manifest import TrainingManifest


def meet_champion(environment: str, models: Sequence[Path]) -> dict[str, Any]:
    """Let each model meet the environment's newest release, which is the baseline too.

    Returns:
        the champion's ``version``, how many were ``promoted``, the ``accuracy`` of
        "champion" and "retrained" (mean) on all frozen images, and ``failed``: how
        often each rule refused, in words.
    """
    champion = _find_release(environment)
    parameters = read_configuration("parameters", environment)
    sets = load_frozen_sets(environment)
    inputs = load_entries(environment, "validation_input", "corrupted_gate")
    rules = {**parameters["promotion"], **parameters["retraining"]["promotion"]}
    failed: Counter[str] = Counter()
    promoted = 0
    accuracies = []
    for path in models:
        onnx = path.read_bytes()
        decision = compare_with_champion(
            choice={"candidate": "model"},
            gate_input=sets["gate"],
            field_input=sets["field"],
            **inputs,
            robustness=measure_robustness(onnx, inputs["corrupted_gate"]),
            incumbent=champion,
            baseline=champion,
            # The same images for all of them, and no release of theirs.
            taken_back=(),
            training_manifest=TrainingManifest.of({}),
            chosen_calibration=calibrate(
                onnx, inputs["validation_input"], parameters["evaluation"]["refused"]
            ),
            parameters=rules,
            model=onnx,
        )
        promoted += decision["promoted"]
        names = [rule["name"] for rule in decision["rules"] if not rule["passed"]]
        failed.update(names)
        [margin] = [r for r in decision["rules"] if r["name"] == "margin.champion"]
        accuracies.append(
            [margin["details"][f"{who}_accuracy"] for who in ("champion", "challenger")]
        )
        print(f"{path.stem}: {decision['outcome']} {', '.join(names)}", flush=True)
    return {
        "version": champion.version,
        "promoted": promoted,
        "accuracy": dict(
            zip(("champion", "retrained"), np.mean(accuracies, axis=0), strict=True)
        ),
        "failed": ", ".join(f"{name} ({n})" for name, n in sorted(failed.items())),
    }


def meet_each_other(
    environment: str, models: Sequence[Path], limits: Limits
) -> dict[str, Any]:
    """Let each model be champion for every other, by the rules on paired answers.

    Returns:
        ``pairs`` and how many of them were ``promoted``.
    """
    sets = load_frozen_sets(environment)
    counts, images = pool_images({"challenger": sets["gate"], "field": sets["field"]})
    own = set(sets["field"].content_hashes().tolist())
    parts = {
        "challenger": np.arange(len(images)) < counts["challenger"],
        "field": np.array([one in own for one in images.content_hashes()]),
    }
    answers = [find_right(path, {"all": images})["all"] for path in models]
    promoted = [
        decide_promotion(pair_answers(*both, images.labels, parts), limits)["promoted"]
        for both in itertools.permutations(answers, 2)
    ]
    return {"pairs": len(promoted), "promoted": sum(promoted)}


def _find_release(environment: str) -> Release:
    store = ReleaseStore(default_store())
    for version in reversed(store.versions()):
        release = store.verify(version)
        if release.manifest.get("environment") == environment:
            return release
    raise SystemExit(
        f"expected a release of {environment} in {store.folder}, found none: make one "
        f"with `kedro run --env {environment}`"
    )
