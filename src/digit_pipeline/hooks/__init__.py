"""What happens around a run: where it is, its record in MLflow, how it ended."""

from digit_pipeline.hooks.steps import StepHook
from digit_pipeline.hooks.summary import SummaryHook
from digit_pipeline.hooks.tracking import TrackingHook

__all__ = ["StepHook", "SummaryHook", "TrackingHook"]
