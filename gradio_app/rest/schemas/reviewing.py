"""What REST takes and answers about the review of corrections."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gradio_app.rest.schemas.body import RequestBody
from gradio_app.rest.schemas.records import ID, VERSION, Verdict

CORRECTION = "0a1b2c3d4e5f60718293a4b5"
State = Literal["received", "quarantined", "accepted", "rejected", "withdrawn"]
Origin = Literal["answer", "upload"]
Action = Literal["accept", "reject", "relabel"]
MOST_DECISIONS = 1000
WHEN = "2026-11-21T10:05:00.123456+00:00"
EXAMPLE_CORRECTION: dict[str, Any] = {
    "id": CORRECTION,
    "time": "2026-11-21T10:00:05.654321+00:00",
    "origin": "answer",
    "state": "accepted",
    "label": "1",
    "given_label": "1",
    "predicted": "7",
    "prediction_id": ID,
    "model_version": VERSION,
    "client": "9c1e4b7a2f6d8035b1c9e7aa",
    "upload": None,
    "name": None,
    "image": f"/api/corrections/{CORRECTION}/image",
    "content": "5f2b8c1e9a7d4c3b6e0f1a2d9c1e4b7a",
    "reviewer": "ada",
    "reviewed": WHEN,
    "reason": None,
}
EXAMPLE_OPINION: dict[str, Any] = {
    "label": "7",
    "verdict": "unsure",
    "confidence": 0.61,
    "probabilities": {"7": 0.61, "1": 0.37, "9": 0.02},
    "model_version": VERSION,
}
EXAMPLE_QUEUED: dict[str, Any] = {
    **EXAMPLE_CORRECTION,
    "state": "quarantined",
    "reviewer": None,
    "reviewed": None,
    "seen": "data:image/png;base64,iVBORw0K…",
    "champion": EXAMPLE_OPINION,
    "group": CORRECTION,
    "group_size": 1,
    "conflicts": [],
    "client_counts": {"quarantined": 1},
}


class CorrectionRow(BaseModel):
    """A correction: one labelled picture that somebody gave."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CORRECTION]})

    id: str
    time: str = Field(description="ISO 8601, UTC.")
    origin: Origin = Field(description="Said of an answer, or taught in bulk.")
    state: State
    label: str = Field(description="The label that counts: the review's, if any.")
    given_label: str = Field(description="The label that came with it.")
    predicted: str | None = Field(description="What was answered when it came.")
    prediction_id: str
    model_version: str | None = Field(description="The release that answered then.")
    client: str | None = Field(
        description="Keyed hash of the address; null once it is old."
    )
    upload: str | None
    name: str | None = Field(description="Of its file, cleaned; escape it in HTML.")
    image: str | None = Field(
        description="Where its picture is, with the key; null when none is kept."
    )
    content: str | None = Field(description="Hash of what the model sees of it.")
    reviewer: str | None = Field(description="Who decided last; `rules` is no person.")
    reviewed: str | None = Field(description="When; ISO 8601, UTC.")
    reason: str | None


class Opinion(BaseModel):
    """What the champion says of a correction's picture at this moment."""

    label: str | None = Field(description="Best guess, for recognised and unsure.")
    verdict: Verdict
    confidence: float = Field(ge=0, le=1)
    probabilities: dict[str, float] = Field(description="By label; none for empty.")
    model_version: str


class QueuedRow(CorrectionRow):
    """A correction, with what helps to decide about it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_QUEUED]})

    seen: str | None = Field(
        description="What the model sees: a PNG of 28 by 28, white on black, as a data "
        "URL; null without a picture."
    )
    champion: Opinion | None = Field(description="Null without a picture.")
    group: str = Field(
        description="Name of the pictures that are nearly the same: the id of the "
        "first of them."
    )
    group_size: int = Field(ge=1, description="How many they are.")
    conflicts: list[str] = Field(description="Other labels that the group is given.")
    client_counts: dict[str, int] = Field(
        description="What its client has sent in all, by state."
    )


class ReviewAnswer(BaseModel):
    """A page of corrections: the oldest first, and what is nearly the same together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [EXAMPLE_QUEUED],
                    "page": 1,
                    "page_size": 50,
                    "pages": 1,
                    "total": 1,
                }
            ]
        }
    )

    items: list[QueuedRow]
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)
    pages: int = Field(
        ge=1, description="Of the first 1,000; others move up as these are decided."
    )
    total: int = Field(ge=0, description="Corrections that are meant.")


class DecisionBody(RequestBody):
    """What is to become of a correction."""

    id: str = Field(pattern="^[0-9a-f]{24}$")
    action: Action
    label: str | None = Field(
        default=None, max_length=100, description="With `relabel` only."
    )
    reason: str | None = Field(
        default=None, max_length=500, pattern=r"^[^\x00]*$", description="Why."
    )

    @model_validator(mode="after")
    def _check_label(self) -> Self:
        if (self.action == "relabel") != bool(self.label):
            raise ValueError("a `label` with `relabel`, and none with other actions,")
        return self


class ReviewBody(RequestBody):
    """Decisions, carried out together or not at all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "decisions": [
                        {"id": CORRECTION, "action": "relabel", "label": "1"},
                    ]
                }
            ]
        }
    )

    decisions: list[DecisionBody] = Field(min_length=1, max_length=MOST_DECISIONS)


class ReviewedAnswer(BaseModel):
    """What the corrections are now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reviewer": "ada", "items": [EXAMPLE_CORRECTION]}]
        }
    )

    reviewer: str
    items: list[CorrectionRow] = Field(
        description="In the order of the decisions. What was withdrawn stays so."
    )
