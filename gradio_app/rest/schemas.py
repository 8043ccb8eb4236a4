"""What REST answers, as models with examples."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_PREDICTION: dict[str, Any] = {
    "id": "5f2b8c1e9a7d4c3b6e0f1a2d.9c1e4b7a2f6d8035b1c9e7aa",
    "verdict": "recognised",
    "label": "7",
    "confidence": 0.9987,
    "probabilities": {"1": 0.0009, "7": 0.9987, "9": 0.0004},
    "model_version": "000012-sketch_cnn-5d1f0a",
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
    "model_version": "000012-sketch_cnn-5d1f0a",
    "elapsed_ms": 31.2,
}
EXAMPLE_PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "code": "truncated",
    "detail": "Expected a whole image, but its end is missing; send the file again.",
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


class ImageBody(BaseModel):
    """An image inside JSON."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"image": "data:image/png;base64,iVBORw0K…"}]}
    )

    image: str = Field(description="A data URL, or base64 alone.")


class Problem(BaseModel):
    """An error (RFC 9457): what was expected, what came, what to do."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PROBLEM]})

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="For programs; stable.")
    detail: str = Field(description="For people; one sentence.")


class Health(BaseModel):
    """Whether the process answers, and with which release."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "ready": True,
                    "serving": "000012-sketch_cnn-5d1f0a",
                    "desired": "000012-sketch_cnn-5d1f0a",
                    "problem": None,
                }
            ]
        }
    )

    status: Literal["ok"] = "ok"
    ready: bool = Field(description="Whether a release is loaded.")
    serving: str | None = Field(description="The release that answers.")
    desired: str | None = Field(description="The release that should answer.")
    problem: str | None = Field(description="Why the two differ, or none serves.")


class ModelInfo(BaseModel):
    """The release that answers."""

    version: str
    task: str
    class_names: list[str]
    serving_since: str = Field(description="ISO 8601, UTC.")
    manifest: dict[str, object] = Field(description="As published with the release.")
