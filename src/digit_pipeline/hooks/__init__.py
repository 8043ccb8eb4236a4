"""What happens around a run: tracking it in MLflow, and telling how it ended."""

from digit_pipeline.hooks.summary import SummaryHook
from digit_pipeline.hooks.tracking import TrackingHook

__all__ = ["SummaryHook", "TrackingHook"]
