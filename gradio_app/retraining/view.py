"""A retraining as it is shown: what the records say, and how far its process is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digit_pipeline.jobs.progress import Progress, read_progress
from digit_pipeline.records.jobs import Job

DECIDED = ("outcome", "reason", "challenger", "champion", "version")
RULE = ("name", "passed", "figure", "threshold", "sentence")


@dataclass(frozen=True)
class JobView:
    """One retraining: how far it is, or how it ended.

    Attributes:
        id: its own.
        state: what became of it.
        environment: Kedro's.
        started: ISO 8601, UTC.
        ended: likewise; None while it runs.
        started_by: who or what wanted it.
        sentence: how it ended; None while it runs.
        code: why it failed, for programs.
        stage: what it is doing, or did last, in words.
        stages_done: steps that have ended.
        stages: steps in all; 0 as long as that is not known.
        epoch: of the training that runs or ran last.
        epochs: at most so many.
        curve: a row per epoch: epoch, loss, accuracy, val_loss, val_accuracy, seconds.
        seconds: since it started, or that it took.
        seconds_left: estimated; None if unknown.
        attempt: 2 or 3 after its process was killed.
        memory_mb: megabytes of its process.
        decision: outcome, reason, challenger, champion, version, and the rules with
            name, passed, figure, threshold, by (how far apart the two are), sentence.
    """

    id: str
    state: str
    environment: str
    started: str
    ended: str | None
    started_by: str
    sentence: str | None
    code: str | None
    stage: str | None
    stages_done: int
    stages: int
    epoch: int | None
    epochs: int | None
    curve: tuple[Mapping[str, float | None], ...]
    seconds: float
    seconds_left: float | None
    attempt: int
    memory_mb: float | None
    decision: Mapping[str, Any] | None


@dataclass(frozen=True)
class Status:
    """What there is to say of retraining at this moment.

    Attributes:
        running: whether one runs.
        job: that one, otherwise the last one; None when there was none yet.
        waiting: accepted corrections that none has learned from which came to the
            gate's decision.
        starts_at: so many start the next one; None if no number of them does.
        starts_at_drift: so many, and fewer than those, start it when drift is
            confirmed; None if no number of them does.
    """

    running: bool
    job: JobView | None
    waiting: int
    starts_at: int | None
    starts_at_drift: int | None


def show_job(job: Job, folder: Path) -> JobView:
    """Show a job with the progress that its process wrote.

    Args:
        job: as the records have it.
        folder: its own; on another host it need not exist.
    """
    progress = _find_progress(job, folder)
    runs = job.state == "running"
    result = job.result or {}
    end = job.ended or datetime.now(UTC)
    return JobView(
        id=job.id,
        state=job.state,
        environment=job.environment,
        started=_write_time(job.started),
        ended=_write_time(job.ended) if job.ended else None,
        started_by=job.started_by,
        sentence=None if runs else job.sentence,
        code=result.get("code"),
        stage=progress.stage,
        stages_done=progress.stages_done,
        stages=progress.stages,
        epoch=progress.epoch,
        epochs=progress.epochs,
        curve=progress.curve,
        seconds=round(max(0.0, (end - job.started).total_seconds()), 1),
        seconds_left=progress.seconds_left if runs else None,
        attempt=progress.attempt,
        memory_mb=progress.memory_mb,
        decision=_show_decision(result.get("decision")),
    )


def _find_progress(job: Job, folder: Path) -> Progress:
    """Read the file, which is newest; elsewhere the records know almost as much."""
    found = read_progress(folder) or Progress.from_json(job.progress)
    return found or Progress(stage=job.stage)


def _show_decision(decision: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not decision:
        return None
    rules = [_show_rule(rule) for rule in decision.get("rules", [])]
    return {**{name: decision.get(name) for name in DECIDED}, "rules": rules}


def _show_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    figure, threshold = rule.get("figure"), rule.get("threshold")
    apart = None
    if figure is not None and threshold is not None:
        apart = round(abs(figure - threshold), 6)
    return {**{name: rule.get(name) for name in RULE}, "by": apart}


def _write_time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()
