"""What REST takes and answers, as models with examples, a file per subject."""

from gradio_app.rest.schemas.health import Health
from gradio_app.rest.schemas.model import ModelInfo
from gradio_app.rest.schemas.predictions import (
    ExplanationAnswer,
    ImageBody,
    PredictionAnswer,
)
from gradio_app.rest.schemas.problem import Problem

__all__ = [
    "ExplanationAnswer",
    "Health",
    "ImageBody",
    "ModelInfo",
    "PredictionAnswer",
    "Problem",
]
