"""Teach in bulk: labelled pictures, which reach quarantine and no further."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from digit_pipeline.records import Page, UploadRecord
from gradio_app.rest.asking import Credentials, Scope, client_of, session_of, whose
from gradio_app.rest.bodies import FORM, read_form, read_media_type
from gradio_app.rest.examples import samples
from gradio_app.rest.predict import write_json
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.teaching import (
    ReportLine,
    TakenBackAnswer,
    TeachAnswer,
    UploadRow,
    UploadsAnswer,
)
from gradio_app.service import Service
from gradio_app.service.archives import LIMITS, Member, corrupt_zip, is_zip
from gradio_app.service.labelling import Given, read_labels
from gradio_app.service.teaching import Taught

CREATED = 201
OK = 200
# A label per file, and a few fields that browsers add.
MAX_FIELDS = LIMITS.entries + 8
UPLOAD = "^[0-9a-f]{24}$"
BODY: dict[str, Any] = {
    "required": True,
    "description": "Up to 2,000 pictures with their labels: a zip (in a form or as "
    "the body) or the files of a form. A picture's label is the one in `labels` (one "
    'per file in their order, or JSON such as `{"a.png": "7"}`), otherwise the one in '
    "a CSV of file and label that came along, otherwise its folder (`7/a.png`).",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string", "format": "binary"},
                    },
                    "labels": {"type": "array", "items": {"type": "string"}},
                },
            }
        },
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
    },
}


class UploadsQuery(BaseModel):
    """Which uploads, and which page of them."""

    model_config = ConfigDict(extra="ignore")

    scope: Scope = Field(default="own", description="`all` needs the key.")
    page: int = Field(default=1, ge=1, le=1_000_000)
    page_size: int = Field(default=20, ge=1, le=100)


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``/api/upload/training-data`` and ``/api/uploads``."""
    _add_teach(app, service)
    _add_uploads(app, service)
    _add_take_back(app, service)


def _add_teach(app: FastAPI, service: Service) -> None:
    @app.post(
        "/api/upload/training-data",
        status_code=CREATED,
        response_model=TeachAnswer,
        tags=["learning"],
        summary="Teach labelled pictures in bulk",
        responses={
            OK: {
                "model": TeachAnswer,
                "description": "Nothing new was stored: a dry run, an upload that came "
                "before, or one of which nothing was taken",
            },
            **responses(400, 413, 415, 422, 429, 503, 507),
        },
        openapi_extra={"requestBody": BODY, **samples("teach")},
    )
    async def teach(
        request: Request,
        dry_run: Annotated[
            bool, Query(description="Only say what would be taken.")
        ] = False,
    ) -> Response:
        """Take pictures into quarantine; they are on the disk when this answers.

        A report tells of each whether it was taken, and why not. Rules look first at
        what was taken, and may accept what the champion reads the same; a person looks
        at the rest before any model learns from it. The very same again
        from one address changes nothing, whichever session sends it: the `id` is that
        of the upload that lies there, and only the session that sent it first finds it
        in `/api/uploads` and may take it back.
        """
        files, given = await _read_upload(request)
        taught = await run_in_threadpool(
            service.teaching.teach,
            files,
            given,
            client=client_of(request),
            session=session_of(request),
            rehearse=dry_run,
        )
        answer = await run_in_threadpool(_describe_taught, taught, dry_run)
        return write_json(answer, {}, CREATED if taught.is_new else OK)


def _add_uploads(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/uploads",
        response_model=UploadsAnswer,
        tags=["learning"],
        summary="What was taught before, and what became of it",
        responses=responses(401, 404, 422, 429, 503),
        openapi_extra=samples("uploads"),
    )
    async def uploads(
        request: Request,
        query: Annotated[UploadsQuery, Query()],
        credentials: Credentials,
    ) -> UploadsAnswer:
        """Give uploads with their reports, newest first: this session's, or all.

        A session is a browser's, by its cookie. A program without one has no history
        of its own.
        """
        session = await whose(request, query.scope, credentials)
        if session == "":
            return _describe_page(Page((), query.page, query.page_size, 0), {})
        found, states = await run_in_threadpool(
            service.teaching.uploads, query.page, query.page_size, session=session
        )
        return _describe_page(found, states)


def _add_take_back(app: FastAPI, service: Service) -> None:
    @app.delete(
        "/api/uploads/{id}",
        tags=["learning"],
        summary="Take back what this session has taught",
        responses=responses(404, 422, 503, 507),
        openapi_extra=samples("take_back"),
    )
    def take_back(
        request: Request, id: Annotated[str, Path(pattern=UPLOAD)]
    ) -> TakenBackAnswer:
        """Withdraw an upload: its pictures are deleted, and no training sees them."""
        done = service.teaching.take_back(id, session_of(request))
        return TakenBackAnswer(
            id=id, corrections=len(done.corrections), changed=done.changed
        )


async def _read_upload(request: Request) -> tuple[list[Member], Given]:
    if read_media_type(request) == FORM:
        files, texts = await read_form(request, MAX_FIELDS)
        return files, read_labels(texts)
    body = await request.body()
    if body and not is_zip(body):
        raise corrupt_zip()
    return ([Member("upload.zip", body)] if body else []), ()


def _describe_taught(taught: Taught, dry_run: bool) -> dict[str, Any]:
    return {
        "id": taught.upload.id if taught.upload else None,
        "new": taught.is_new,
        "dry_run": dry_run,
        "taken": taught.taken,
        "refused": len(taught.items) - taught.taken,
        "items": [
            {**_describe_line(item.as_json()), "preview": item.preview}
            for item in taught.items
        ],
    }


def _describe_line(line: dict[str, Any]) -> dict[str, Any]:
    shown = {name: line[name] for name in ("name", "label", "taken", "code")}
    return {**shown, "message": line["sentence"]}


def _describe_page(
    found: Page[UploadRecord], states: dict[str, dict[str, int]]
) -> UploadsAnswer:
    return UploadsAnswer(
        items=[_describe_upload(row, states.get(row.id, {})) for row in found.items],
        page=found.page,
        page_size=found.page_size,
        pages=found.pages,
        total=found.total,
    )


def _describe_upload(row: UploadRecord, states: dict[str, int]) -> UploadRow:
    return UploadRow(
        id=row.id,
        time=row.time.isoformat(),
        name=row.name,
        taken=row.taken,
        refused=row.refused,
        states=states,
        items=_describe_report(row.report),
    )


def _describe_report(report: Iterable[dict[str, Any]]) -> list[ReportLine]:
    return [ReportLine(**_describe_line(line)) for line in report]
