"""The pipelines `feedback` and `retrain`, composed of the others."""

from digit_pipeline.pipelines.retraining.pipeline import (
    create_feedback_pipeline,
    create_pipeline,
)

__all__ = ["create_feedback_pipeline", "create_pipeline"]
