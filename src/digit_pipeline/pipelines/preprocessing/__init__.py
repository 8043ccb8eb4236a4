"""The preprocessing pipeline."""

from digit_pipeline.pipelines.preprocessing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
