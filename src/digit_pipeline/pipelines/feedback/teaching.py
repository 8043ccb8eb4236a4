"""Which corrections are learned from, on which side, and how often an epoch shows them.

Weights keep a training affordable and fair: all corrections together are shown no more
often than a budget allows, one client's no more often than its part of it, and what no
person has reviewed less often than what one has.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.quarantine import Corrections, find_near_duplicates

SOURCE = "corrections"


@dataclass(frozen=True, kw_only=True)
class Teaching:
    """How corrections are taught; see conf/base/parameters_feedback.yml.

    Attributes:
        validation_share: share of the clients whose corrections are validated by.
        unreviewed_weight: weight of what no person has reviewed, in [0, 1].
        most_per_client: sum of one client's weights at most.
        most: sum of all weights at most.
        least_similarity: least cosine of a near copy of an evaluation image.
    """

    validation_share: float
    unreviewed_weight: float
    most_per_client: float
    most: float
    least_similarity: float


def choose_taught(
    accepted: Corrections,
    class_names: tuple[str, ...],
    evaluation: NDArray[np.uint8],
    settings: Teaching,
) -> Corrections:
    """Leave out what can't be learned from, or would give an evaluation away.

    Args:
        accepted: what was accepted.
        class_names: the model's.
        evaluation: images that decide about models, uint8 ``(m, 28, 28, 1)``.
        settings: hold the least similarity.
    """
    seen = accepted.images.any(axis=(1, 2, 3))
    usable = accepted.take(seen & (accepted.find_labels(class_names) >= 0))
    copies = find_near_duplicates(usable.images, evaluation, settings.least_similarity)
    return usable.take(copies < 0)


def weigh(taught: Corrections, settings: Teaching) -> NDArray[np.float32]:
    """Say how often an epoch shows each correction, times its source's repeats.

    Returns:
        float32 ``(n,)`` in (0, 1].
    """
    weights = np.where(taught.by_person, 1.0, settings.unreviewed_weight)
    of_client: Counter[str] = Counter()
    for client, weight in zip(taught.clients, weights.tolist(), strict=True):
        of_client[client] += weight
    shrinking = [
        min(1.0, settings.most_per_client / of_client[client])
        for client in taught.clients
    ]
    weights *= np.array(shrinking, np.float64)
    total = float(weights.sum())
    if total > settings.most:
        weights *= settings.most / total
    return weights.astype(np.float32)


def take_side(
    taught: Corrections,
    mask: NDArray[np.bool_],
    class_names: tuple[str, ...],
    weights: NDArray[np.float32] | None = None,
) -> LabelledImages | None:
    """Give one side's corrections as labelled images; None where there are none.

    Args:
        taught: n corrections.
        mask: bool ``(n,)``, whether each is on this side.
        class_names: the model's.
        weights: float32 ``(n,)``; 1 when None.
    """
    side = taught.take(mask)
    if not len(side):
        return None
    return LabelledImages(
        side.images,
        side.find_labels(class_names),
        class_names,
        sources=np.full(len(side), SOURCE),
        weights=None if weights is None else weights[mask],
        corrections=np.array(side.ids),
    )
