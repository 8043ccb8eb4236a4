"""published images and corrections → a challenger → the gate, by stricter rules.

Everything here is another pipeline's work. What differs from `kedro run`: training and
validation images are those with the corrections, few candidates are trained, and the
gate asks for more. It starts from the published splits that ingestion left; what it
makes is kept apart from what `kedro run` made (``hooks/folders.py``).
"""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline, pipeline

from digit_pipeline.candidates import retrained_names
from digit_pipeline.pipelines import (
    evaluation,
    feedback,
    preprocessing,
    promotion,
    training,
)
from digit_pipeline.pipelines.preprocessing.pipeline import FITTED, MANIFEST
from digit_pipeline.pipelines.retraining.nodes import set_rules

TAUGHT = {
    "train_input": "taught_train_input",
    "validation_input": "taught_validation_input",
}
FITTING = [f"fit_{side}_digits" for side in FITTED]
RULES = "retraining_rules"


def create_feedback_pipeline() -> Pipeline:
    """Create `feedback`: from published images to the manifest of the next training."""
    preparing = preprocessing.create_pipeline()
    manifest = pipeline(preparing.filter(node_names=[MANIFEST]), inputs=TAUGHT)
    return preparing.filter(node_names=FITTING) + feedback.create_pipeline() + manifest


def create_pipeline(candidates: Sequence[str] | None = None) -> Pipeline:
    """Create `retrain`: `feedback`, and all that makes a challenger of it.

    Args:
        candidates: names under `training.candidates`; those that
            `retraining.candidates` names when None.
    """
    names = retrained_names() if candidates is None else candidates
    preparing = preprocessing.create_pipeline()
    made_before = preparing.filter(node_names=[*FITTING, MANIFEST])
    taught = (
        (preparing - made_before)
        + training.create_pipeline(names)
        + evaluation.create_pipeline(names)
    )
    rules = Node(
        set_rules,
        inputs={
            "promotion": "params:promotion",
            "retraining": "params:retraining",
        },
        outputs=RULES,
        name="set_rules",
    )
    # The gate sees nothing of what people gave, so it can be asked again by itself.
    return (
        create_feedback_pipeline()
        + pipeline(taught, inputs=TAUGHT)
        + promotion.create_pipeline(names, rules=RULES)
        + Pipeline([rules])
    )
