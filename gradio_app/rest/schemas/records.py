"""What REST takes and answers about what was predicted before."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from digit_pipeline.door import Door
from gradio_app.rest.schemas.body import RequestBody

Verdict = Literal["recognised", "unsure", "unfamiliar", "empty"]

ID = "5f2b8c1e9a7d4c3b6e0f1a2d.9c1e4b7a2f6d8035b1c9e7aa"
VERSION = "000012-20261120T231949Z"
EXAMPLE_ROW: dict[str, Any] = {
    "id": ID,
    "time": "2026-11-21T10:00:00.123456+00:00",
    "door": "rest",
    "model_version": VERSION,
    "verdict": "recognised",
    "label": "7",
    "probabilities": {"7": 0.9987, "1": 0.0009, "9": 0.0004},
    "confidence": 0.9987,
    "energy": 8.41,
    "elapsed_ms": 0.61,
    "latency": {"decode_ms": 0.09, "contract_ms": 0.16, "inference_ms": 0.36},
    "ink": {"share": 0.13, "width": 0.5, "height": 0.7, "aspect": 0.7},
}
EXAMPLE_STATISTICS: dict[str, Any] = {
    "total": 2,
    "by_label": {"7": 1},
    "by_verdict": {"empty": 1, "recognised": 1},
    "by_door": {"rest": 2},
    "by_version": {VERSION: 2},
    "per_minute": [{"minute": "2026-11-21T10:00:00+00:00", "predictions": 2}],
    "latency": {"p50": 0.61, "p95": 0.9, "p99": 0.9},
    "confidence": [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    "not_recorded": 0,
}
EXAMPLE_FEEDBACK: dict[str, Any] = {
    "id": "0a1b2c3d4e5f60718293a4b5",
    "prediction_id": ID,
    "label": "1",
    "predicted": "7",
    "agrees": False,
    "state": "quarantined",
    "time": "2026-11-21T10:00:05.654321+00:00",
    "image_kept": True,
    "new": True,
}


class HistoryRow(BaseModel):
    """A prediction, as it was recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ROW]})

    id: str
    time: str = Field(description="ISO 8601, UTC.")
    door: Door = Field(description="Where it came in.")
    model_version: str
    verdict: Verdict
    label: str | None
    probabilities: dict[str, float] = Field(description="The three largest.")
    confidence: float = Field(ge=0, le=1)
    energy: float | None = Field(description="How much like a digit; above 0 is one.")
    elapsed_ms: float
    latency: dict[str, float] = Field(description="Its parts, in ms.")
    ink: dict[str, float] = Field(description="What the ink measures.")


class HistoryAnswer(BaseModel):
    """A page of predictions, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [EXAMPLE_ROW],
                    "page": 1,
                    "page_size": 50,
                    "pages": 1,
                    "total": 1,
                }
            ]
        }
    )

    items: list[HistoryRow]
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)
    pages: int = Field(ge=1)
    total: int = Field(ge=0, description="Predictions on all pages.")


class ForgottenAnswer(BaseModel):
    """What was deleted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"predictions": 12, "feedback": 1, "images": 1, "releases": [VERSION]}
            ]
        }
    )

    predictions: int = Field(ge=0)
    feedback: int = Field(ge=0)
    images: int = Field(ge=0)
    releases: list[str] = Field(
        description="Releases that learned from some of it; no later one will."
    )


class Minute(BaseModel):
    """A minute and its predictions."""

    minute: str = Field(description="Its start, ISO 8601, UTC.")
    predictions: int = Field(ge=0)


class LatencyAnswer(BaseModel):
    """Milliseconds that so many of a hundred predictions did not exceed."""

    p50: float
    p95: float
    p99: float


class StatisticsAnswer(BaseModel):
    """What was predicted, by everybody and through every door."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_STATISTICS]})

    total: int = Field(ge=0)
    by_label: dict[str, int]
    by_verdict: dict[str, int]
    by_door: dict[str, int]
    by_version: dict[str, int]
    per_minute: list[Minute] = Field(description="The last hour, oldest first.")
    latency: LatencyAnswer | None = Field(
        description="Of the latest 10,000; null without any."
    )
    confidence: list[int] = Field(description="Predictions in ten bins, 0 to 1.")
    not_recorded: int = Field(
        ge=0, description="Predictions of this process that could not be recorded."
    )


class FeedbackBody(RequestBody):
    """What an answer should have been."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prediction_id": ID, "label": "1"}]}
    )

    prediction_id: str = Field(max_length=100, description="`id` of the answer.")
    label: str = Field(max_length=100, description="Exactly one of the classes.")
    image: str | None = Field(
        default=None,
        description="The picture as a data URL or base64, if it may be kept to learn "
        "from.",
    )


class FeedbackAnswer(BaseModel):
    """A correction, as it lies on the disk now."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_FEEDBACK]})

    id: str
    prediction_id: str
    label: str
    predicted: str | None = Field(description="What was answered, if it is known.")
    agrees: bool = Field(description="Whether that is what was answered.")
    state: str = Field(description="`quarantined` until rules or a person decide.")
    time: str = Field(description="ISO 8601, UTC.")
    image_kept: bool
    new: bool = Field(description="False when the very same was said before.")
