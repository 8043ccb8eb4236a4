"""What REST takes and answers about pictures."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gradio_app.rest.schemas.body import RequestBody

EXAMPLE_PREDICTION: dict[str, Any] = {
    "id": "5f2b8c1e9a7d4c3b6e0f1a2d.9c1e4b7a2f6d8035b1c9e7aa",
    "verdict": "recognised",
    "label": "7",
    "confidence": 0.9987,
    "probabilities": {"1": 0.0009, "7": 0.9987, "9": 0.0004},
    "model_version": "000012-20261120T231949Z",
    "elapsed_ms": 1.4,
    "notes": [],
}
EXAMPLE_EXPLANATION: dict[str, Any] = {
    "label": "4",
    "runner_up": "9",
    "sentence": (
        "Blue ink spoke for 4 rather than 9, most on the left. Adding ink at the top "
        "(green, hatched) would make it look like a 9. This is a heuristic: it asks "
        "the model about the drawing with pieces missing or added."
    ),
    "overlay": "data:image/png;base64,iVBORw0K…",
    "model_version": "000012-20261120T231949Z",
    "elapsed_ms": 31.2,
}
EXAMPLE_BOXED: dict[str, Any] = {**EXAMPLE_PREDICTION, "box": [31, 40, 92, 160]}
EXAMPLE_SPLIT: dict[str, Any] = {
    "text": "7",
    "digits": [EXAMPLE_BOXED],
    "width": 400,
    "height": 200,
    "model_version": EXAMPLE_PREDICTION["model_version"],
    "elapsed_ms": 3.1,
    "notes": [],
}
EXAMPLE_BATCH: dict[str, Any] = {
    "model_version": EXAMPLE_PREDICTION["model_version"],
    "elapsed_ms": 12.5,
    "summary": {
        "images": 2,
        "failed": 1,
        "by_label": {"7": 1},
        "by_verdict": {"recognised": 1},
        "mean_confidence": 0.9987,
    },
    "items": [
        {
            "name": "seven.png",
            "status": 200,
            "prediction": EXAMPLE_PREDICTION,
            "error": None,
        },
        {
            "name": "half.png",
            "status": 422,
            "prediction": None,
            "error": {
                "code": "truncated",
                "detail": "Expected a whole image, but its end is missing; send the "
                "file again.",
            },
        },
    ],
}


class PredictionAnswer(BaseModel):
    """One digit, read."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PREDICTION]})

    id: str = Field(description="Signed: name it when you correct the answer.")
    verdict: Literal["recognised", "unsure", "unfamiliar", "empty"]
    label: str | None = Field(description="Best guess, for recognised and unsure.")
    confidence: float = Field(ge=0, le=1)
    probabilities: dict[str, float] = Field(description="By label; none for empty.")
    model_version: str
    elapsed_ms: float
    notes: list[str] = Field(description="How the picture was read, where it matters.")


class BoxedPrediction(PredictionAnswer):
    """One digit of several, read, and where it stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_BOXED]})

    box: tuple[int, int, int, int] = Field(
        description="Left, top, right, bottom in pixels of `width` times `height`; "
        "right and bottom lie outside of it."
    )


class SplitAnswer(BaseModel):
    """Every digit of a picture, from left to right."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_SPLIT]})

    text: str | None = Field(
        description="All labels in one word; null when one of them is none."
    )
    digits: list[BoxedPrediction]
    width: int = Field(ge=1, description="Of the picture as it was read, in pixels.")
    height: int = Field(ge=1, description="Of the picture as it was read, in pixels.")
    model_version: str
    elapsed_ms: float
    notes: list[str] = Field(description="How the picture was read, where it matters.")


class BatchError(BaseModel):
    """Why one image of a batch has no answer."""

    code: str = Field(description="For programs; stable.")
    detail: str = Field(description="For people; one sentence.")


class BatchItem(BaseModel):
    """One image of a batch: a prediction, or the reason why there is none."""

    name: str = Field(description="As the file was named, shortened.")
    status: int = Field(description="What the image alone would have been answered.")
    prediction: PredictionAnswer | None
    error: BatchError | None


class BatchSummary(BaseModel):
    """A batch in numbers."""

    images: int = Field(ge=0)
    failed: int = Field(ge=0, description="Images without a prediction.")
    by_label: dict[str, int]
    by_verdict: dict[str, int]
    mean_confidence: float | None = Field(
        description="Of predictions with ink; null without any."
    )


class BatchAnswer(BaseModel):
    """A batch, read: an item per image, in the order in which they came."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_BATCH]})

    model_version: str
    elapsed_ms: float
    summary: BatchSummary
    items: list[BatchItem]


class ExplanationAnswer(BaseModel):
    """Why a digit was read so."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_EXPLANATION]})

    label: str | None = Field(description="The best guess; null without ink.")
    runner_up: str | None = Field(description="The second best; null without ink.")
    sentence: str = Field(
        description="What the overlay shows, and how far to trust it."
    )
    overlay: str | None = Field(
        description="Transparent PNG over the whole picture, as a data URL: blue ink "
        "spoke for the answer, orange dots against it, green hatching is ink to add "
        "and white stripes are ink to leave out for the runner-up. Null without ink."
    )
    model_version: str
    elapsed_ms: float


class ImageBody(RequestBody):
    """An image inside JSON."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"image": "data:image/png;base64,iVBORw0K…"}]}
    )

    image: str = Field(description="A data URL, or base64 alone.")


class ImagesBody(RequestBody):
    """Images inside JSON."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"images": ["data:image/png;base64,iVBORw0K…"]}]
        }
    )

    images: list[str] = Field(description="Data URLs, or base64 alone.")
