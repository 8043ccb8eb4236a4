"""sets → model input by the image contract, its manifest and its digests."""

from kedro.pipeline import Node, Pipeline

from digit_pipeline.pipelines.preprocessing.nodes import (
    digest_sets,
    fit_digits,
    list_training_images,
    make_non_digits,
)

SIDES = ("train", "validation", "gate", "test")
# The field set is no side of the split: nothing is learned from it anywhere.
FITTED = (*SIDES, "field")
MANIFEST = "list_training_images"


def create_pipeline() -> Pipeline:
    """Create the preprocessing pipeline."""
    fitting = [
        Node(
            fit_digits,
            inputs=f"{side}_set",
            outputs=f"{side}_input",
            name=f"fit_{side}_digits",
        )
        for side in FITTED
    ]
    return Pipeline(
        [
            *fitting,
            Node(
                make_non_digits,
                inputs=[
                    "train_input",
                    "params:preprocessing.non_digits_per_family",
                    "params:preprocessing.narrowest_non_digit",
                    "params:seed",
                ],
                outputs="train_non_digits",
                name="make_non_digits",
            ),
            Node(
                list_training_images,
                inputs=["train_input", "validation_input"],
                outputs="training_manifest",
                name=MANIFEST,
            ),
            Node(
                digest_sets,
                inputs={f"{side}_input": f"{side}_input" for side in SIDES},
                outputs="data_digests",
                name="digest_sets",
            ),
        ]
    )
