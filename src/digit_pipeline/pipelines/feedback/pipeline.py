"""corrections → rulings, and published images with the accepted corrections."""

from kedro.pipeline import Node, Pipeline

from digit_pipeline.pipelines.feedback.nodes import (
    collect_evaluation,
    screen_corrections,
    teach,
)

EVALUATION = (
    "validation_input",
    "gate_input",
    "test_input",
    "field_input",
    "pen_digits",
    "screening_champion",
)


def create_pipeline() -> Pipeline:
    """Create the feedback pipeline."""
    return Pipeline(
        [
            Node(
                collect_evaluation,
                inputs={name: name for name in EVALUATION},
                outputs="evaluation_images",
                name="collect_evaluation",
            ),
            Node(
                screen_corrections,
                inputs={
                    "quarantined_corrections": "quarantined_corrections",
                    "earlier_corrections": "earlier_corrections",
                    "screening_champion": "screening_champion",
                    "evaluation_images": "evaluation_images",
                    "screening": "params:feedback.screening",
                },
                outputs="rulings",
                name="screen_corrections",
            ),
            Node(
                teach,
                # Saved rulings are carried out, so what they accept is read after.
                inputs={
                    "rulings": "rulings",
                    "accepted_corrections": "accepted_corrections",
                    "train_input": "train_input",
                    "validation_input": "validation_input",
                    "evaluation_images": "evaluation_images",
                    "teaching": "params:feedback.teaching",
                },
                outputs=[
                    "taught_train_input",
                    "taught_validation_input",
                    "feedback_report",
                ],
                name="teach",
            ),
        ]
    )
