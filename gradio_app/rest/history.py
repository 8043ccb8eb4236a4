"""What was predicted before: one's own, and with the key everybody's."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from digit_pipeline.records import Page, PredictionFilter, PredictionRecord
from gradio_app.rest.asking import Credentials, Scope, session_of, whose
from gradio_app.rest.examples import samples
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.records import (
    Door,
    ForgottenAnswer,
    HistoryAnswer,
    HistoryRow,
    Verdict,
)
from gradio_app.rest.tables import FORMAT, describe_csv, wants_csv, write_csv
from gradio_app.rest.times import SINCE, UNTIL, Moment
from gradio_app.service import Service

COLUMNS = ("id", "time", "door", "model_version", "verdict", "label", "confidence")
MEASURED = ("elapsed_ms", "energy")


class HistoryQuery(BaseModel):
    """Which predictions, and which page of them."""

    model_config = ConfigDict(extra="ignore")

    scope: Scope = Field(default="own", description="`all` needs the key.")
    verdict: Verdict | None = None
    label: str | None = Field(default=None, max_length=100, pattern=r"^[^\x00]*$")
    door: Door | None = None
    model_version: str | None = Field(
        default=None, max_length=100, pattern=r"^[^\x00]*$"
    )
    since: Moment | None = Field(default=None, description=SINCE)
    until: Moment | None = Field(default=None, description=UNTIL)
    page: int = Field(default=1, ge=1, le=1_000_000)
    page_size: int = Field(default=50, ge=1, le=500)


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``GET /api/history`` and ``DELETE /api/history``."""

    @app.get(
        "/api/history",
        response_model=HistoryAnswer,
        tags=["records"],
        summary="What was predicted before",
        responses={
            200: describe_csv("A page of predictions; as CSV, all of them"),
            **responses(401, 404, 422, 429, 503),
        },
        openapi_extra={"parameters": [FORMAT], **samples("history")},
    )
    async def history(
        request: Request,
        query: Annotated[HistoryQuery, Query()],
        credentials: Credentials,
    ) -> Response:
        """Give predictions, newest first: of this session, or everybody's.

        A session is a browser's, by its cookie. A program without one has no history
        of its own; it may choose one, 22 characters of `A-Z a-z 0-9 - _` that nobody
        guesses, and send it with every request as the cookie `session`. A cookie of
        another form counts as none, and the answer sets a fresh one.
        """
        as_csv = wants_csv(request)
        session = await whose(request, query.scope, credentials)
        if session == "":
            found = Page[PredictionRecord]((), query.page, query.page_size, 0)
            return _write_table(()) if as_csv else JSONResponse(_describe(found))
        wanted = PredictionFilter(
            session=session,
            door=query.door,
            verdict=query.verdict,
            label=query.label,
            model_version=query.model_version,
            since=query.since,
            until=query.until,
        )
        if as_csv:
            return _write_table(
                await run_in_threadpool(service.iterate_history, wanted)
            )
        found = await run_in_threadpool(
            service.history, wanted, query.page, query.page_size
        )
        return JSONResponse(_describe(found))

    @app.delete(
        "/api/history",
        tags=["records"],
        summary="Delete what came from this session",
        responses=responses(503),
        openapi_extra=samples("forget"),
    )
    def forget(request: Request) -> ForgottenAnswer:
        """Delete this session's predictions, corrections, uploads and pictures."""
        gone = service.forget(session_of(request))
        return ForgottenAnswer.model_validate(vars(gone))


def _describe(found: Page[PredictionRecord]) -> dict[str, Any]:
    return HistoryAnswer(
        items=[describe_prediction(row) for row in found.items],
        page=found.page,
        page_size=found.page_size,
        pages=found.pages,
        total=found.total,
    ).model_dump()


def describe_prediction(row: PredictionRecord) -> HistoryRow:
    """Give a prediction as REST answers it."""
    values = {name: getattr(row, name) for name in HistoryRow.model_fields}
    return HistoryRow(**{**values, "time": row.time.isoformat()})


def _write_table(rows: Iterable[PredictionRecord]) -> Response:
    return write_csv(_rows(rows), "history.csv")


def _rows(records: Iterable[PredictionRecord]) -> Iterator[list[Any]]:
    yield [*COLUMNS, "probabilities", *MEASURED]
    for row in records:
        values = [getattr(row, name) for name in COLUMNS]
        values[1] = row.time.isoformat()
        shares = " ".join(f"{name}:{p:.4f}" for name, p in row.probabilities.items())
        yield [*values, shares, row.elapsed_ms, row.energy]
