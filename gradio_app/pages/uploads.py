"""Read the pictures of the upload page: several in one request, each for itself."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from digit_pipeline.image_errors import ImageError
from gradio_app.pages.answer import set_png, show_reading
from gradio_app.rest.bodies import FIELD
from gradio_app.service import Reading, Service

# The page sends its files in parts of this many, to show how far it is.
MAX_FILES = 16


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``POST /pages/read``; programs have ``/api/predict/batch``."""

    @app.post("/pages/read", include_in_schema=False)
    async def read(request: Request) -> JSONResponse:
        """Answer each file of a form in order: a prediction, or why there is none."""
        async with request.form(max_files=MAX_FILES, max_fields=1) as form:
            files = [f for f in form.getlist(FIELD) if isinstance(f, UploadFile)]
            bodies = [await file.read() for file in files]
        session = request.scope.get("state", {}).get("session")
        items = await run_in_threadpool(_read, service, bodies, session)
        return JSONResponse({"items": items})


def _read(
    service: Service, bodies: list[bytes], session: str | None
) -> list[dict[str, Any]]:
    alone = len(bodies) == 1
    found = service.read_many(bodies, door="upload", session=session)
    return [_describe(one, alone) for one in found]


def _describe(found: Reading | ImageError, alone: bool) -> dict[str, Any]:
    if isinstance(found, ImageError):
        return {"problem": {"code": found.code, "detail": found.sentence}}
    prediction = found.prediction
    return {
        "prediction": prediction.as_json(),
        "seen": set_png(found.view.digit),
        "card": show_reading(found, explained=False, ink=alone),
    }
