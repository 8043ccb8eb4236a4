"""What REST answers about releases."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gradio_app.rest.schemas.body import RequestBody

VERSION = "000012-20261120T231949Z"
EXAMPLE_PROMOTION: dict[str, Any] = {
    "action": "promote",
    "when": "2026-11-20T23:19:52+00:00",
    "why": "better on both gate sets",
}
EXAMPLE_SUMMARY: dict[str, Any] = {
    "version": VERSION,
    "created": "2026-11-20T23:19:49+00:00",
    "candidate": "sketch_cnn",
    "environment": "sketch",
    "accuracy": 0.9961,
    "accuracy_low": 0.9947,
    "accuracy_high": 0.9971,
    "images": 10000,
    "champion": True,
    "promotions": [EXAMPLE_PROMOTION],
}
EXAMPLE_WATCH: dict[str, Any] = {
    "version": VERSION,
    "until": "2026-11-21T10:30:00+00:00",
    "over": False,
    "sentence": "Nothing is wrong in 312 answers.",
    "rolled_back_to": None,
}
EXAMPLE_INFO: dict[str, Any] = {
    "version": VERSION,
    "task": "digits",
    "class_names": list("0123456789"),
    "serving_since": "2026-11-21T09:30:00+00:00",
    "manifest": {"version": VERSION, "candidate": "sketch_cnn"},
    "watch": EXAMPLE_WATCH,
}
EXAMPLE_DIFFERENCE: dict[str, Any] = {
    "name": "metrics.test.accuracy",
    "first": 0.9943,
    "second": 0.9961,
    "change": 0.0018,
}
EXAMPLE_EVALUATION: dict[str, Any] = {
    "model_version": VERSION,
    "source": "archive",
    "class_names": ["0", "1"],
    "n": 4,
    "accuracy": 0.75,
    "accuracy_low": 0.3006,
    "accuracy_high": 0.9544,
    "macro_precision": 0.8333,
    "macro_recall": 0.75,
    "macro_f1": 0.7333,
    "per_class": {
        "0": {"precision": 0.6667, "recall": 1.0, "f1": 0.8, "support": 2},
        "1": {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "support": 2},
    },
    "confusion_matrix": [[2, 0], [1, 1]],
    "verdicts": {"recognised": 3, "unsure": 1, "unfamiliar": 0, "empty": 0},
    "recognised_accuracy": 1.0,
    "failures": [],
    "elapsed_ms": 8.4,
}


class WatchAnswer(BaseModel):
    """What the watch after a promotion has found."""

    version: str = Field(description="The release that is watched, or was last.")
    until: str = Field(description="When the watch ends; ISO 8601, UTC.")
    over: bool
    sentence: str | None = Field(description="What was found when it looked last.")
    rolled_back_to: str | None = Field(description="The release it brought back.")


class ModelInfo(BaseModel):
    """The release that answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_INFO]})

    version: str
    task: str
    class_names: list[str]
    serving_since: str = Field(description="ISO 8601, UTC.")
    manifest: dict[str, object] = Field(description="As published with the release.")
    watch: WatchAnswer | None = Field(
        description="Of the newest promotion; null when this process watched none."
    )


class PromotionAnswer(BaseModel):
    """When and why a release became champion."""

    action: str = Field(description="`promote` or `rollback`.")
    when: str = Field(description="ISO 8601, UTC.")
    why: str


class ReleaseAnswer(BaseModel):
    """A release in one line."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_SUMMARY]})

    version: str
    created: str | None = Field(description="ISO 8601, UTC.")
    candidate: str | None = Field(description="The candidate that won.")
    environment: str | None = Field(description="What it learned from.")
    accuracy: float = Field(ge=0, le=1, description="On images it never saw.")
    accuracy_low: float = Field(description="Lower end of the 95 % interval.")
    accuracy_high: float = Field(description="Upper end.")
    images: int = Field(description="How many those images were.")
    champion: bool = Field(description="Whether it should answer now.")
    promotions: list[PromotionAnswer] = Field(description="Oldest first.")


class ReleasesAnswer(BaseModel):
    """Every release, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"releases": [EXAMPLE_SUMMARY]}]}
    )

    releases: list[ReleaseAnswer]


class DifferenceAnswer(BaseModel):
    """A figure of two releases."""

    name: str
    first: float | None
    second: float | None
    change: float | None = Field(description="Second minus first.")


class ReleaseDetailAnswer(BaseModel):
    """A release and everything it says of itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "release": EXAMPLE_SUMMARY,
                    "card": "# sketch_cnn\n\nReads one handwritten digit …",
                    "manifest": {"version": VERSION, "candidate": "sketch_cnn"},
                    "comparison": [EXAMPLE_DIFFERENCE],
                }
            ]
        }
    )

    release: ReleaseAnswer
    card: str = Field(description="The model card, Markdown.")
    manifest: dict[str, object] = Field(description="As published with the release.")
    comparison: list[DifferenceAnswer] | None = Field(
        description="Every figure of the release named in `compare` (first) and of "
        "this one (second); null if none was named."
    )


class RollbackBody(RequestBody):
    """Why, and where to."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Sevens are read as ones."}]}
    )

    reason: str = Field(min_length=1, max_length=500, description="For the record.")
    to: str | None = Field(
        default=None,
        pattern=r"^[0-9]{6,9}-[0-9]{8}T[0-9]{6}Z$",
        description="Version to go to; by default what the champion replaced.",
    )


class RollbackAnswer(BaseModel):
    """What answers after a roll-back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": VERSION,
                    "serving": VERSION,
                    "when": "2026-11-21T10:02:11+00:00",
                    "why": "Sevens are read as ones.",
                }
            ]
        }
    )

    version: str = Field(description="The champion now.")
    serving: str | None = Field(description="What this process answers with.")
    when: str = Field(description="ISO 8601, UTC.")
    why: str


class ClassScores(BaseModel):
    """How well one class is read."""

    precision: float = Field(ge=0, le=1)
    recall: float = Field(ge=0, le=1)
    f1: float = Field(ge=0, le=1)
    support: int = Field(ge=0, description="Images of the class.")


class FailureAnswer(BaseModel):
    """A labelled image that could not be read."""

    name: str
    code: str = Field(description="For programs; stable.")
    detail: str = Field(description="For people; one sentence.")


class EvaluationAnswer(BaseModel):
    """How well the champion does on labelled images."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_EVALUATION]})

    model_version: str
    source: str = Field(description="`archive` or `test_set`.")
    class_names: list[str]
    n: int = Field(ge=0, description="Images that were asked about.")
    accuracy: float = Field(ge=0, le=1, description="Best guess right, any verdict.")
    accuracy_low: float = Field(description="Lower end of the 95 % interval.")
    accuracy_high: float = Field(description="Upper end.")
    macro_precision: float = Field(ge=0, le=1)
    macro_recall: float = Field(ge=0, le=1)
    macro_f1: float = Field(ge=0, le=1)
    per_class: dict[str, ClassScores]
    confusion_matrix: list[list[int]] = Field(
        description="A row per true class, a column per answer."
    )
    verdicts: dict[str, int] = Field(description="Images by verdict.")
    recognised_accuracy: float | None = Field(
        description="Accuracy on those that were recognised; null without any."
    )
    failures: list[FailureAnswer]
    elapsed_ms: float


class FigureAnswer(BaseModel):
    """A figure of the report, and what it shows in words."""

    name: str
    title: str
    interpretation: str
    url: str = Field(
        description="Where the PNG is, relative to the address of this answer."
    )
    width: int = Field(description="In pixels.")
    height: int = Field(description="In pixels.")


class FiguresAnswer(BaseModel):
    """The figures of the champion's report, in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model_version": VERSION,
                    "figures": [
                        {
                            "name": "confusion_matrix",
                            "title": "Confusion matrix",
                            "interpretation": "Most often a 4 is read as a 9.",
                            "url": "../static/confusion_matrix.png",
                            "width": 900,
                            "height": 700,
                        }
                    ],
                }
            ]
        }
    )

    model_version: str
    figures: list[FigureAnswer]
