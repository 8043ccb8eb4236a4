"""What happens around a run: who may, where it is, its record in MLflow, its end."""

from digit_pipeline.hooks.failures import FailureHook
from digit_pipeline.hooks.folders import FolderHook
from digit_pipeline.hooks.locks import LockHook
from digit_pipeline.hooks.retraining import RetrainingHook
from digit_pipeline.hooks.steps import StepHook
from digit_pipeline.hooks.summary import SummaryHook
from digit_pipeline.hooks.traces import TraceHook
from digit_pipeline.hooks.tracking import TrackingHook

__all__ = [
    "FailureHook",
    "FolderHook",
    "LockHook",
    "RetrainingHook",
    "StepHook",
    "SummaryHook",
    "TraceHook",
    "TrackingHook",
]
