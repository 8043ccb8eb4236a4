"""What is kept of a retraining, and what says that there can't be one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from digit_pipeline.records.errors import RecordsError

JobState = Literal[
    "running",
    "promoted",
    "refused",
    "failed",
    "cancelled",
    "timed_out",
    "interrupted",
]
# The gate judged what was learned: the run went through every step.
DECIDED = ("promoted", "refused")


@dataclass(frozen=True, slots=True)
class Job:
    """One retraining.

    Attributes:
        id: its own.
        environment: Kedro's, like ``sketch``.
        state: what became of it; ``interrupted`` once its owner is silent.
        started: when, with its zone.
        started_by: who or what wanted it.
        owner: host and process that hold it.
        lease_until: when it counts as interrupted unless its owner gives a sign.
        ended: when, with its zone; None while it runs.
        cancel_requested: whether somebody wants it to stop.
        stage: what it does at the moment, in words.
        sentence: how it ended, in words.
        result: how it ended, for programs.
        progress: how far it is, for programs.
    """

    id: str
    environment: str
    state: JobState
    started: datetime
    started_by: str
    owner: str
    lease_until: datetime
    ended: datetime | None = None
    cancel_requested: bool = False
    stage: str | None = None
    sentence: str | None = None
    result: dict[str, Any] | None = None
    progress: dict[str, Any] | None = None


class JobRunningError(RecordsError):
    """Another job runs.

    Attributes:
        job: that one.
    """

    def __init__(self, job: Job):
        super().__init__(
            "job_running",
            f"Expected no retraining to run, but {job.id} does since "
            f"{job.started:%Y-%m-%d %H:%M} UTC; wait for its end, or cancel it.",
        )
        self.job = job


class JobLostError(RecordsError):
    """The job ended, or somebody has taken over: its owner must stop."""

    def __init__(self, job: Job):
        super().__init__(
            "job_lost",
            f"Expected retraining {job.id} to be running, but it is {job.state}; "
            "stop, and start another one.",
        )
        self.job = job
