"""corrections → rulings, and published images with the accepted corrections."""

from kedro.pipeline import Node, Pipeline

from digit_pipeline.pipelines.feedback.nodes import screen_corrections, teach

EVALUATION = ("validation_input", "gate_input", "test_input", "field_input")


def create_pipeline() -> Pipeline:
    """Create the feedback pipeline."""
    evaluation = {name: name for name in EVALUATION}
    return Pipeline(
        [
            Node(
                screen_corrections,
                inputs={
                    "quarantined_corrections": "quarantined_corrections",
                    "earlier_corrections": "earlier_corrections",
                    "screening_champion": "screening_champion",
                    "screening": "params:feedback.screening",
                    **evaluation,
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
                    "teaching": "params:feedback.teaching",
                    **evaluation,
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
