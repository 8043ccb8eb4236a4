"""Which images of a source can be learnt from, and why the others can't."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages

# Values this low mean that 0..1 or 0..16 was never brought to 0..255.
DARKEST_USABLE = 32


class UnusableSourceError(ValueError):
    """A source that no model should be trained on."""


def check_source(name: str, source: LabelledImages, min_per_class: int) -> None:
    """Stop with a sentence when a whole source is unusable.

    Raises:
        UnusableSourceError: no images, values far from 0..255, or a class with fewer
            than ``min_per_class`` images.
    """
    if not len(source):
        raise UnusableSourceError(
            f"expected images in {name}, found none: check the files of this source"
        )
    brightest = int(source.images.max())
    if brightest < DARKEST_USABLE:
        raise UnusableSourceError(
            f"expected values in 0..255 in {name}, found none above {brightest}: "
            "bring the source to 0..255 first"
        )
    fewest, count = min(source.class_counts().items(), key=lambda item: item[1])
    if count < min_per_class:
        raise UnusableSourceError(
            f"expected at least {min_per_class} images of each class in {name}, "
            f"found {count} of {fewest!r}: add images or lower min_per_class"
        )


def find_faults(source: LabelledImages) -> dict[str, NDArray[np.bool_]]:
    """Mark the images that have to go, by reason.

    Returns:
        bool ``(n,)`` for each of "unknown label" (no such class) and "corrupt" (one
        single value all over: nothing is to be seen).
    """
    classes = len(source.class_names)
    pixels = (1, 2, 3)
    return {
        "unknown label": (source.labels < 0) | (source.labels >= classes),
        "corrupt": source.images.min(axis=pixels) == source.images.max(axis=pixels),
    }


def drop_faults(source: LabelledImages) -> tuple[LabelledImages, dict[str, int]]:
    """Leave the faulty images out and count them by reason."""
    faults = find_faults(source)
    keep = ~np.any(list(faults.values()), axis=0)
    return source.take(keep), {why: int(bad.sum()) for why, bad in faults.items()}


def check_classes(sources: Mapping[str, LabelledImages]) -> None:
    """Require one list of classes, in one order, from all sources.

    Raises:
        UnusableSourceError: two sources name their classes differently.
    """
    lists = {source.class_names for source in sources.values()}
    if len(lists) != 1:
        raise UnusableSourceError(
            f"expected one list of classes from {', '.join(sources)}, got "
            f"{sorted(lists)}: give them the same class names"
        )
