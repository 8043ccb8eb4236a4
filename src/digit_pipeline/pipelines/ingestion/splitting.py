"""Which side of the split an image is on: a matter of its content or its group.

No seed takes part: an image keeps its side from run to run and from environment to
environment, so that what once was a gate image is never trained on.
"""

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages

SIDES = ("train", "validation", "gate", "test")


def assign_sides(
    images: LabelledImages, fractions: Mapping[str, float]
) -> NDArray[np.str_]:
    """Give every image its side.

    Grouped images (writer, patient) go by whole groups; others are stratified: each
    class is divided by the order of its content hashes.

    Args:
        images: one source.
        fractions: share of each side but "train", which takes the rest.

    Returns:
        str ``(n,)``, values of ``SIDES``.
    """
    if images.groups is not None:
        return _divide_groups(images.groups, fractions)
    hashes = images.content_hashes()
    sides = np.empty(len(images), "U10")
    for label in np.unique(images.labels):
        members = np.flatnonzero(images.labels == label)
        order = members[np.argsort(hashes[members])]
        sides[order] = _cut(len(order), fractions)
    return sides


def _divide_groups(
    groups: NDArray[np.str_], fractions: Mapping[str, float]
) -> NDArray[np.str_]:
    names, positions = np.unique(groups, return_inverse=True)
    hashes = [hashlib.sha256(name.encode()).hexdigest() for name in names]
    group_sides = np.empty(len(names), "U10")
    group_sides[np.argsort(hashes)] = _cut(len(names), fractions)
    return group_sides[positions]


def _cut(length: int, fractions: Mapping[str, float]) -> NDArray[np.str_]:
    """Cut a row of ``length`` into sides, the held-out ones first."""
    held_out = [side for side in SIDES[1:] if fractions.get(side)]
    counts = [round(length * fractions[side]) for side in held_out]
    names = np.repeat(np.array(held_out, "U10"), counts)
    return np.concatenate([names, np.full(length - len(names), "train", "U10")])
