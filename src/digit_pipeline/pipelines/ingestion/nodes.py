"""From raw sources to disjoint train, validation, gate and test sets."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.ingestion.duplicates import drop_duplicates
from digit_pipeline.pipelines.ingestion.splitting import SIDES, assign_sides
from digit_pipeline.pipelines.ingestion.validation import (
    check_classes,
    check_source,
    drop_faults,
)
from digit_pipeline.progress import track

Sources = Mapping[str, LabelledImages]
Report = dict[str, dict[str, int]]


def clean_images(sources: Sources, min_per_class: int) -> tuple[Sources, Report]:
    """Check every source; leave faulty and duplicate images out.

    A published test split stays as published: an image that occurs in both goes from
    the training part.

    Args:
        sources: raw sets by "<source>/<published split>"; the split is "train",
            "test", or "all" where none was published.
        min_per_class: fewest images of each class that a training part may have.

    Returns:
        the sets without those images, and the number dropped by set and reason.

    Raises:
        UnusableSourceError: a set that no model should be trained on.
    """
    check_classes(sources)
    valid, dropped = {}, {}
    for name, source in track(sources.items(), "Validating", total=len(sources)):
        valid[name], dropped[name] = drop_faults(source)
        check_source(name, valid[name], 0 if _is_test(name) else min_per_class)
    clean = dict(valid)
    for name, source in valid.items():
        if not _is_test(name):
            test = valid.get(f"{name.rpartition('/')[0]}/test")
            clean[name], duplicates = drop_duplicates(source, test)
            dropped[name] |= duplicates
    return clean, dropped


def _is_test(name: str) -> bool:
    return name.endswith("/test")


def split_images(
    sources: Sources, fractions: Mapping[str, Mapping[str, float]]
) -> dict[str, LabelledImages]:
    """Divide the sources into disjoint sets.

    Args:
        sources: sets by "<source>/<published split>".
        fractions: by source, the share of each side but "train".

    Returns:
        ``train_set``, ``validation_set``, ``gate_set`` and ``test_set``.
    """
    parts: dict[str, list[LabelledImages]] = {side: [] for side in SIDES}
    for name, source in sources.items():
        if _is_test(name):
            parts["test"].append(source)
            continue
        sides = assign_sides(source, fractions[name.rpartition("/")[0]])
        for side in SIDES:
            members = source.take(sides == side)
            if len(members):
                parts[side].append(members)
    return {f"{side}_set": join_sets(members) for side, members in parts.items()}


def join_sets(sets: list[LabelledImages]) -> LabelledImages:
    """Join sets of different image sizes by laying the smaller on empty margins.

    The margin is background (0), which the contract crops away again.
    """
    height = max(s.images.shape[1] for s in sets)
    width = max(s.images.shape[2] for s in sets)
    return LabelledImages.concatenate([_pad(s, height, width) for s in sets])


def _pad(images: LabelledImages, height: int, width: int) -> LabelledImages:
    _, own_height, own_width, _ = images.images.shape
    margins = ((0, 0), (0, height - own_height), (0, width - own_width), (0, 0))
    return images.with_images(np.pad(images.images, margins))


def report_ingestion(
    *,
    dropped: Report,
    train_set: LabelledImages,
    validation_set: LabelledImages,
    gate_set: LabelledImages,
    test_set: LabelledImages,
) -> dict[str, Any]:
    """Say what was dropped and what each set holds.

    Returns:
        "dropped" by set and reason, and for each of "train", "validation", "gate" and
        "test": "images", "groups", "classes" (images of each) and "sources".
    """
    sets = (train_set, validation_set, gate_set, test_set)
    return {"dropped": dropped} | {
        side: _describe(images) for side, images in zip(SIDES, sets, strict=True)
    }


def _describe(images: LabelledImages) -> dict[str, Any]:
    groups = images.groups if images.groups is not None else np.array([""])
    sources = images.sources if images.sources is not None else np.array([], str)
    names, counts = np.unique(sources, return_counts=True)
    return {
        "images": len(images),
        "groups": len(set(groups.tolist()) - {""}),
        "classes": images.class_counts(),
        "sources": dict(zip(names.tolist(), counts.tolist(), strict=True)),
    }
