"""Whether what people draw, and how the model takes it, differs from before."""

from digit_pipeline.drift.findings import DriftSettings, Finding, State, look
from digit_pipeline.drift.observations import (
    Observations,
    measure_ink,
    observe,
    observe_reference,
)
from digit_pipeline.drift.report import DriftReport, report_drift
from digit_pipeline.drift.two_samples import Distance, Family, compare
from digit_pipeline.drift.words import ColumnWords, word_column, word_drift

__all__ = [
    "ColumnWords",
    "Distance",
    "DriftReport",
    "DriftSettings",
    "Family",
    "Finding",
    "Observations",
    "State",
    "compare",
    "look",
    "measure_ink",
    "observe",
    "observe_reference",
    "report_drift",
    "word_column",
    "word_drift",
]
