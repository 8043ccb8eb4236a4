"""Measure every candidate on held-out images, choose one and report."""

from digit_pipeline.pipelines.evaluation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
