"""Images that tell their label, under every condition of the robustness scorecard."""

from dataclasses import replace
from typing import Any

import numpy as np

from digit_pipeline.corruptions import (
    CLEAN,
    CORRUPTIONS,
    STRENGTHS,
    name_condition,
)
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation.robustness import score_conditions

CONDITIONS = (
    CLEAN,
    *(name_condition(name, k) for name in CORRUPTIONS for k in STRENGTHS),
)


def repeat_under_conditions(images: LabelledImages) -> LabelledImages:
    """The images as they are, under each condition: uncorrupted, but named so."""
    return LabelledImages.concatenate(
        [
            replace(images, sources=np.full(len(images), condition))
            for condition in CONDITIONS
        ]
    )


def make_scorecard(wrong: tuple[str, ...] = (), images: int = 10) -> dict[str, Any]:
    """A scorecard without mistakes, but for one image under each condition named."""
    conditions = np.repeat(CONDITIONS, images)
    correct = np.ones(len(conditions), bool)
    for condition in wrong:
        correct[np.argmax(conditions == condition)] = False
    return score_conditions(correct, conditions)
