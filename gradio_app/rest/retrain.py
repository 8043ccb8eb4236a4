"""Retraining by the key: start, watch, cancel. Only where a model can be trained."""

from dataclasses import asdict
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse

from digit_pipeline.records.jobs import JobRunningError
from gradio_app.keys import require_key
from gradio_app.rest.examples import samples
from gradio_app.rest.problems import MEDIA_TYPE, responses
from gradio_app.rest.schemas.retrain import (
    HistoryOfJobs,
    JobAnswer,
    LogAnswer,
    RunningProblem,
    StartedAnswer,
    StatusAnswer,
)
from gradio_app.retraining import JobView, Retraining
from gradio_app.service.names import clean_text

GUARDED = (401, 429)
NOBODY = "key"
LONGEST_NAME = 80
RUNNING = {
    "description": "A retraining runs: which one",
    "content": {
        MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/RunningProblem"}}
    },
}
Reviewer = Annotated[
    str | None,
    Header(
        alias="X-Reviewer",
        max_length=200,
        description="Who starts it, for the history; `key` without it.",
    ),
]


def add_routes(app: FastAPI, retraining: Retraining) -> None:
    """Add everything below ``/api/retrain``."""
    app.add_exception_handler(JobRunningError, _on_running)
    _add_start(app, retraining)
    _add_status(app, retraining)
    _add_cancel(app, retraining)
    _add_log(app, retraining)
    _add_history(app, retraining)


def _add_start(app: FastAPI, retraining: Retraining) -> None:
    @app.post(
        "/api/retrain",
        status_code=202,
        tags=["manage"],
        summary="Train the next model and let it meet the champion",
        dependencies=[Depends(require_key)],
        responses={**responses(*GUARDED, 422, 503, 507), 409: RUNNING},
        openapi_extra=samples("retrain"),
    )
    def retrain(reviewer: Reviewer = None) -> StartedAnswer:
        """Start a retraining in a process of its own; one runs at a time.

        It learns from everything that was accepted. The gate decides whether what it
        made becomes the champion; until then, and otherwise, nothing changes.
        """
        return StartedAnswer(job=_describe(retraining.start(_name(reviewer))))


def _add_status(app: FastAPI, retraining: Retraining) -> None:
    @app.get(
        "/api/retrain/status",
        tags=["manage"],
        summary="How far is the retraining, or how did the last one end?",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 503),
        openapi_extra=samples("retrain_status"),
    )
    def status() -> StatusAnswer:
        """Give its step, its epochs with the learning curve, and the time left.

        At its end: the gate's decision with every rule's figure.
        """
        found = retraining.status()
        return StatusAnswer(
            running=found.running,
            job=_describe(found.job) if found.job else None,
            waiting=found.waiting,
            starts_at=found.starts_at,
            starts_at_drift=found.starts_at_drift,
        )


def _add_cancel(app: FastAPI, retraining: Retraining) -> None:
    @app.post(
        "/api/retrain/cancel",
        status_code=202,
        tags=["manage"],
        summary="Stop the retraining that runs",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 409, 503, 507),
        openapi_extra=samples("retrain_cancel"),
    )
    def cancel() -> StartedAnswer:
        """Ask it to stop, wherever it runs; it does within seconds."""
        return StartedAnswer(job=_describe(retraining.cancel()))


def _add_log(app: FastAPI, retraining: Retraining) -> None:
    @app.get(
        "/api/retrain/log",
        tags=["manage"],
        summary="What the retraining says",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 422, 503),
        openapi_extra=samples("retrain_log"),
    )
    def log(
        lines: Annotated[int, Query(ge=1, le=2000)] = 100,
        job: Annotated[
            str | None,
            Query(pattern="^[0-9a-f]{16}$", description="The last one's if not given."),
        ] = None,
    ) -> LogAnswer:
        """Give the end of the log of the retraining that runs, or of the last one."""
        whose, said = retraining.log_tail(lines, job)
        return LogAnswer(job=whose, lines=said)


def _add_history(app: FastAPI, retraining: Retraining) -> None:
    @app.get(
        "/api/retrain/history",
        tags=["manage"],
        summary="Which retrainings were there?",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 422, 503),
        openapi_extra=samples("retrain_history"),
    )
    def history(
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> HistoryOfJobs:
        """Give a page of retrainings, newest first, and how each of them ended."""
        found = retraining.history(page, page_size)
        return HistoryOfJobs(
            items=[_describe(one) for one in found.items],
            page=found.page,
            page_size=found.page_size,
            pages=found.pages,
            total=found.total,
        )


def _describe(job: JobView) -> JobAnswer:
    return JobAnswer.model_validate(asdict(job))


def _name(reviewer: str | None) -> str:
    """Give who starts it, as it may be shown; pages send names percent-encoded."""
    return clean_text(unquote(reviewer or ""))[:LONGEST_NAME].strip() or NOBODY


async def _on_running(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, JobRunningError)  # noqa: S101  (for the type checker)
    body = RunningProblem(
        title="Conflict",
        status=409,
        code="retraining_runs",
        detail=error.sentence,
        job=error.job.id,
    )
    return JSONResponse(body.model_dump(), 409, media_type=MEDIA_TYPE)
