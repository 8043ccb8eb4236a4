"""Chosen candidate + champion -> decision, model card, release."""

from digit_pipeline.pipelines.promotion.pipeline import create_pipeline

__all__ = ["create_pipeline"]
