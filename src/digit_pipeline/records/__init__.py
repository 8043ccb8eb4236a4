"""Predictions, corrections and kept images: SQLite by default, PostgreSQL by URL.

``Records`` is the store; ``PredictionLog`` writes predictions to it without holding
up the answers. Corrections are stored before they are acknowledged; what is decided
about them, which trainings saw them and which retraining runs is kept here too.
"""

from digit_pipeline.records.corrections import CorrectionFilter
from digit_pipeline.records.engine import default_url
from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.feedback import FeedbackRecord, Origin, State
from digit_pipeline.records.figures import Saying, VersionFigures
from digit_pipeline.records.job import Job, JobLostError, JobRunningError
from digit_pipeline.records.jobs import Jobs
from digit_pipeline.records.kept_images import encode_image
from digit_pipeline.records.manifests import ManifestRecord
from digit_pipeline.records.page import Page
from digit_pipeline.records.prediction_log import PredictionLog
from digit_pipeline.records.predictions import PredictionFilter, PredictionRecord
from digit_pipeline.records.retention import Forgotten
from digit_pipeline.records.reviews import RULES, Decision, ReviewRecord
from digit_pipeline.records.statistics import Latency, Statistics
from digit_pipeline.records.store import Records
from digit_pipeline.records.trace import Trace
from digit_pipeline.records.uploads import UploadRecord
from digit_pipeline.records.withdrawal import Withdrawal

__all__ = [
    "RULES",
    "CorrectionFilter",
    "Decision",
    "FeedbackRecord",
    "Forgotten",
    "Job",
    "JobLostError",
    "JobRunningError",
    "Jobs",
    "Latency",
    "ManifestRecord",
    "Origin",
    "Page",
    "PredictionFilter",
    "PredictionLog",
    "PredictionRecord",
    "Records",
    "RecordsError",
    "ReviewRecord",
    "Saying",
    "State",
    "Statistics",
    "Trace",
    "UploadRecord",
    "VersionFigures",
    "Withdrawal",
    "default_url",
    "encode_image",
]
