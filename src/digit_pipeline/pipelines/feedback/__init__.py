"""The feedback pipeline."""

from digit_pipeline.pipelines.feedback.pipeline import create_pipeline

__all__ = ["create_pipeline"]
