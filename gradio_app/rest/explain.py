"""Why an image is read as it is."""

import base64
import time

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from gradio_app.rest.bodies import read_image
from gradio_app.rest.examples import samples
from gradio_app.rest.predict import BODY
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.predictions import ExplanationAnswer
from gradio_app.service import Service


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``POST /api/explain``."""

    @app.post(
        "/api/explain",
        response_model=ExplanationAnswer,
        responses=responses(400, 413, 415, 422, 503),
        openapi_extra={"requestBody": BODY, **samples("explain")},
        tags=["predict"],
        summary="Why is it read so?",
    )
    async def explain(request: Request) -> JSONResponse:
        """Show which ink spoke for the answer, and what would make it the runner-up.

        A heuristic: the model is asked about the digit with pieces missing or added.
        Lay the overlay over the picture, stretched to its size.
        """
        body = await read_image(request)
        start = time.perf_counter()
        reason = await run_in_threadpool(service.explain, body)
        answer = ExplanationAnswer(
            label=reason.label,
            runner_up=reason.runner_up,
            sentence=reason.sentence,
            overlay=_data_url(reason.overlay),
            model_version=reason.model_version,
            elapsed_ms=round(1000 * (time.perf_counter() - start), 3),
        )
        return JSONResponse(
            answer.model_dump(), headers={"X-Model-Version": reason.model_version}
        )


def _data_url(png: bytes | None) -> str | None:
    if png is None:
        return None
    return "data:image/png;base64," + base64.b64encode(png).decode()
