"""What the app can do. REST and the pages are two doors to it."""

from gradio_app.service.errors import (
    NoRecordsError,
    NotReadyError,
    ServiceError,
    word_records_error,
)
from gradio_app.service.predictions import Prediction, Reading, SplitReading
from gradio_app.service.service import Service

__all__ = [
    "NoRecordsError",
    "NotReadyError",
    "Prediction",
    "Reading",
    "Service",
    "ServiceError",
    "SplitReading",
    "word_records_error",
]
