"""Which candidate to hand to the gate: a policy, free of data and files."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.percentages import word_share
from digit_pipeline.pipelines.evaluation.metrics import compare_paired


@dataclass(frozen=True, eq=False)
class Candidate:
    """What the choice knows of a candidate, all measured on validation images.

    Attributes:
        correct: bool ``(n,)``, whether each validation image was answered rightly.
        perturbed_accuracy: share of the validation images drawn anew that were.
        nll: mean negative log-likelihood on the validation images, in nats.
    """

    correct: NDArray[np.bool_]
    perturbed_accuracy: float
    nll: float


def choose(candidates: dict[str, Candidate], alpha: float) -> dict[str, Any]:
    """Choose the candidate that reads redrawn digits best, among those as accurate.

    A candidate stays in the running unless McNemar's test says that it is worse than
    the most accurate one on the same validation images. Of those that stay, the one
    with the highest accuracy on perturbed validation images is chosen: a small
    validation set leaves several candidates tied near 99 %, while what tells them apart
    is how they read ink drawn by other hands. An exact tie goes to the lower
    likelihood loss.

    Args:
        candidates: by name, at least one.
        alpha: significance of the paired test, in (0, 1).

    Returns:
        ``candidate``, ``reason`` (a sentence), ``contenders`` and ``ruled_out`` (name
        to p-value).
    """
    best = max(candidates, key=lambda name: _most_accurate(candidates[name]))
    p_values = {
        name: compare_paired(candidates[best].correct, other.correct)["p_value"]
        for name, other in candidates.items()
    }
    contenders = [name for name in candidates if p_values[name] >= alpha]
    chosen = max(contenders, key=lambda name: _most_robust(candidates[name]))
    return {
        "candidate": chosen,
        "reason": _explain(chosen, contenders, candidates),
        "contenders": contenders,
        "ruled_out": {n: p for n, p in p_values.items() if n not in contenders},
        "alpha": alpha,
    }


def _most_accurate(candidate: Candidate) -> tuple[float, float]:
    return float(candidate.correct.mean()), -candidate.nll


def _most_robust(candidate: Candidate) -> tuple[float, float]:
    return candidate.perturbed_accuracy, -candidate.nll


def _explain(
    chosen: str, contenders: list[str], candidates: dict[str, Candidate]
) -> str:
    winner = candidates[chosen]
    images = len(winner.correct)
    if len(contenders) == 1:
        right = word_share(winner.correct.mean())
        return (
            f"{chosen} got {right} of {images:,} validation images right, "
            "significantly more than every other candidate."
        )
    return (
        f"{len(contenders)} of {len(candidates)} candidates can't be told apart on "
        f"{images:,} validation images (McNemar's test); of these {chosen} reads the "
        "same images best when they are drawn anew with other slants and pens "
        f"({word_share(winner.perturbed_accuracy)})."
    )
