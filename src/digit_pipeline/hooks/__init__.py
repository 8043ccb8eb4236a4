"""What happens around a run: who may, where it is, its record in MLflow, its end."""

from digit_pipeline.hooks.retraining import RetrainingHook
from digit_pipeline.hooks.steps import StepHook
from digit_pipeline.hooks.summary import SummaryHook
from digit_pipeline.hooks.tracking import TrackingHook

__all__ = ["RetrainingHook", "StepHook", "SummaryHook", "TrackingHook"]
