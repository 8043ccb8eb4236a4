"""What REST answers about retraining."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gradio_app.rest.schemas.problem import EXAMPLE_PROBLEM, Problem

State = Literal[
    "running",
    "promoted",
    "refused",
    "failed",
    "cancelled",
    "timed_out",
    "interrupted",
]
Outcome = Literal["promoted", "refused", "already_champion"]

ID = "9f3c51d27ab04e68"
OLD, NEW = "000012-20261120T231949Z", "000013-20261121T101204Z"
EXAMPLE_EPOCH: dict[str, Any] = {
    "epoch": 1,
    "loss": 0.4182,
    "accuracy": 0.8721,
    "val_loss": 0.1033,
    "val_accuracy": 0.9702,
    "seconds": 8.4,
}
EXAMPLE_RULE: dict[str, Any] = {
    "name": "accuracy",
    "passed": True,
    "figure": 0.9961,
    "threshold": 0.9,
    "by": 0.0961,
    "sentence": "99.61 % of the gate images right, at least 90.00 % needed.",
}
EXAMPLE_DECISION: dict[str, Any] = {
    "outcome": "promoted",
    "reason": "Not worse than the champion on either gate set, in any class, and good "
    "enough in itself (99.61 % of 10,000 gate images).",
    "challenger": "sketch_cnn",
    "champion": OLD,
    "version": NEW,
    "rules": [EXAMPLE_RULE],
}
EXAMPLE_JOB: dict[str, Any] = {
    "id": ID,
    "state": "promoted",
    "environment": "sketch",
    "started": "2026-11-21T10:00:00.123456+00:00",
    "ended": "2026-11-21T10:12:05.654321+00:00",
    "started_by": "key",
    "sentence": f"Promoted: {NEW} answers in the place of {OLD}.",
    "code": None,
    "stage": "draft release",
    "stages_done": 44,
    "stages": 44,
    "epoch": 1,
    "epochs": 1,
    "curve": [EXAMPLE_EPOCH],
    "seconds": 725.5,
    "seconds_left": None,
    "attempt": 1,
    "memory_mb": 1210.5,
    "decision": EXAMPLE_DECISION,
}
RUNNING_JOB = EXAMPLE_JOB | {
    "state": "running",
    "ended": None,
    "sentence": None,
    "stage": "train model (sketch cnn)",
    "stages_done": 9,
    "epochs": 10,
    "seconds": 61.2,
    "seconds_left": 540.0,
    "decision": None,
}


class Epoch(BaseModel):
    """One pass over the training images: a point of the learning curve."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_EPOCH]})

    epoch: int = Field(ge=1)
    loss: float | None
    accuracy: float | None
    val_loss: float | None = Field(description="Of the validation images.")
    val_accuracy: float | None
    seconds: float = Field(description="How long it took.")


class RuleAnswer(BaseModel):
    """One rule of the gate."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_RULE]})

    name: str
    passed: bool
    figure: float | None = Field(description="What was measured.")
    threshold: float | None = Field(description="What is allowed or needed.")
    by: float | None = Field(description="How far apart the two are.")
    sentence: str


class DecisionAnswer(BaseModel):
    """What the gate decided, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_DECISION]})

    outcome: Outcome
    reason: str
    challenger: str = Field(description="The candidate.")
    champion: str | None = Field(description="The release that it met.")
    version: str | None = Field(description="The new release, when promoted.")
    rules: list[RuleAnswer]


class JobAnswer(BaseModel):
    """One retraining: how far it is, or how it ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_JOB]})

    id: str
    state: State
    environment: str
    started: str = Field(description="ISO 8601, UTC.")
    ended: str | None
    started_by: str
    sentence: str | None = Field(description="How it ended; null while it runs.")
    code: str | None = Field(description="Why it failed, for programs.")
    stage: str | None = Field(description="What it is doing, or did last.")
    stages_done: int = Field(ge=0)
    stages: int = Field(ge=0, description="0 as long as that is not known.")
    epoch: int | None = Field(description="Of the training that runs or ran last.")
    epochs: int | None = Field(description="At most so many.")
    curve: list[Epoch]
    seconds: float = Field(ge=0, description="Since it started, or that it took.")
    seconds_left: float | None = Field(description="Estimated; null if unknown.")
    attempt: int = Field(ge=1, description="2 or 3 after its process was killed.")
    memory_mb: float | None = Field(description="Of its process.")
    decision: DecisionAnswer | None = Field(description="Null before the gate.")


class StartedAnswer(BaseModel):
    """A retraining that has just been started."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"job": RUNNING_JOB}]})

    job: JobAnswer


class StatusAnswer(BaseModel):
    """The retraining that runs, or the last one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "running": True,
                    "job": RUNNING_JOB,
                    "waiting": 37,
                    "starts_at": 500,
                    "starts_at_drift": 50,
                }
            ]
        }
    )

    running: bool
    job: JobAnswer | None = Field(description="Null when there was none yet.")
    waiting: int = Field(
        ge=0,
        description="Accepted corrections that no retraining has learned from which "
        "came to the gate's decision.",
    )
    starts_at: int | None = Field(
        description="So many start the next one; null if no number of them does."
    )
    starts_at_drift: int | None = Field(
        description="So many start it when people are found to draw otherwise than "
        "before (`confirmed`); null if no number of them does, or none below "
        "`starts_at`."
    )


class HistoryOfJobs(BaseModel):
    """A page of retrainings, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [EXAMPLE_JOB],
                    "page": 1,
                    "page_size": 20,
                    "pages": 1,
                    "total": 1,
                }
            ]
        }
    )

    items: list[JobAnswer]
    page: int
    page_size: int
    pages: int
    total: int


class LogAnswer(BaseModel):
    """The end of a retraining's log."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"job": ID, "lines": ["Epoch 1/10: validation 97.02 %"]}]
        }
    )

    job: str | None = Field(description="Null when there was no retraining yet.")
    lines: list[str] = Field(description="Oldest first.")


class RunningProblem(Problem):
    """Refused, because a retraining runs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                EXAMPLE_PROBLEM
                | {
                    "title": "Conflict",
                    "status": 409,
                    "code": "retraining_runs",
                    "detail": "Expected no retraining to run, but "
                    f"{ID} does; wait for its end, or cancel it.",
                    "job": ID,
                }
            ]
        }
    )

    job: str = Field(description="The retraining that runs.")
