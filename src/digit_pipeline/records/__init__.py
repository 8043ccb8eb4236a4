"""Predictions, corrections and kept images: SQLite by default, PostgreSQL by URL.

``Records`` is the store; ``PredictionLog`` writes predictions to it without holding
up the answers. Corrections are stored before they are acknowledged.
"""

from digit_pipeline.records.engine import default_url
from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.feedback import FeedbackRecord
from digit_pipeline.records.page import Page
from digit_pipeline.records.prediction_log import PredictionLog
from digit_pipeline.records.predictions import PredictionFilter, PredictionRecord
from digit_pipeline.records.retention import Forgotten
from digit_pipeline.records.statistics import Latency, Statistics
from digit_pipeline.records.store import Records

__all__ = [
    "FeedbackRecord",
    "Forgotten",
    "Latency",
    "Page",
    "PredictionFilter",
    "PredictionLog",
    "PredictionRecord",
    "Records",
    "RecordsError",
    "Statistics",
    "default_url",
]
