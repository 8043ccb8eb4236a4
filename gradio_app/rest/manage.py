"""What needs the key: roll back, evaluate. Without a key these routes do not exist."""

import time
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from gradio_app.keys import require_key
from gradio_app.rest.bodies import read_image
from gradio_app.rest.examples import samples
from gradio_app.rest.problems import BadRequestError, responses
from gradio_app.rest.schemas.model import (
    EvaluationAnswer,
    FailureAnswer,
    RollbackAnswer,
    RollbackBody,
)
from gradio_app.service import Service

ARCHIVE: dict[str, Any] = {
    "required": False,
    "description": "A zip with a folder of images per label (`7/a.png`); nothing for "
    "the release's frozen test set.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
    },
}
GUARDED = (401, 429)


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``POST /api/model/rollback`` and ``POST /api/model/evaluate``."""
    _add_rollback(app, service)
    _add_evaluate(app, service)


def _add_rollback(app: FastAPI, service: Service) -> None:
    @app.post(
        "/api/model/rollback",
        tags=["manage"],
        summary="Make an earlier release the champion",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 400, 409, 413, 422),
        openapi_extra=samples("rollback"),
    )
    def rollback(body: RollbackBody) -> RollbackAnswer:
        """Go back to what the champion replaced, or to a release by name.

        It is tested first, then promoted, then served; the record keeps the reason.
        """
        promotion = service.releases.rollback(body.reason, body.to)
        return RollbackAnswer(
            version=promotion.version,
            serving=service.champion.serving,
            when=promotion.when,
            why=promotion.why,
        )


def _add_evaluate(app: FastAPI, service: Service) -> None:
    @app.post(
        "/api/model/evaluate",
        response_model=EvaluationAnswer,
        tags=["manage"],
        summary="Measure the champion on labelled images",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 400, 404, 413, 422, 503),
        openapi_extra={"requestBody": ARCHIVE, **samples("evaluate")},
    )
    async def evaluate(request: Request) -> JSONResponse:
        """Count right answers: accuracy with its 95 % interval, and every class.

        An image that cannot be read, or lies in no label's folder, is listed among
        the failures and counts for nothing else.
        """
        start = time.perf_counter()
        archive = await read_image(request, "all of their images in one zip")
        if not archive and "content-type" in request.headers:
            raise BadRequestError(NO_ARCHIVE)
        found = await run_in_threadpool(service.releases.evaluate, archive or None)
        failures = [FailureAnswer(**vars(one)) for one in found.failures]
        answer = EvaluationAnswer(
            **{**vars(found), "failures": failures},
            elapsed_ms=round(1000 * (time.perf_counter() - start), 3),
        )
        headers = {"X-Model-Version": found.model_version}
        return JSONResponse(answer.model_dump(), headers=headers)


NO_ARCHIVE = (
    "Expected a zip as the field `file` or as the body, but nothing came; send one, or "
    "send no body at all to use the frozen test set."
)
