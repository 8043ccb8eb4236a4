"""Read one digit, or every digit, of an image."""

import asyncio
import struct
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic_core import to_json

from digit_pipeline.splitting import MAX_PARTS
from gradio_app.rest.asking import session_of
from gradio_app.rest.bodies import JSON, read_image
from gradio_app.rest.examples import samples
from gradio_app.rest.problems import BadRequestError, responses
from gradio_app.rest.routes import DirectRoute
from gradio_app.rest.schemas.predictions import (
    ImageBody,
    PredictionAnswer,
    SplitAnswer,
)
from gradio_app.rest.together import Together
from gradio_app.rest.wrong_fields import word_value
from gradio_app.service import Reading, Service, SplitReading

IMAGE = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
}
BODY: dict[str, Any] = {
    "required": True,
    "description": "The image, in whichever of these ways is easiest.",
    "content": {
        "multipart/form-data": FORM,
        "application/json": {"schema": ImageBody.model_json_schema()},
        "image/png": IMAGE,
        "image/jpeg": IMAGE,
        "image/webp": IMAGE,
        "image/bmp": IMAGE,
    },
}
SPLIT = {
    "name": "split",
    "in": "query",
    "description": (
        "Read several digits, from left to right, instead of one. At most "
        f"{MAX_PARTS}: a picture of more parts is read as one, and `notes` says so."
    ),
    "schema": {"type": "boolean", "default": False},
}
FLAGS = {"": False, "false": False, "0": False, "true": True, "1": True}
ERRORS = (400, 413, 415, 422, 503)
# A picture this small is read in a few milliseconds. Handed to a thread it takes longer
# when there is much to do: threads wait for each other in Python, and for the event
# loop, which then only refuses.
QUICK_BYTES = 64 << 10
QUICK_PIXELS = 512 * 512
PNG_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
PNG_SIZE = struct.Struct(">II")


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``POST /api/predict`` and its alias ``/predict``."""
    together = Together(service.read_together)
    # A small body may hold a large picture: no more of them than of others at once.
    threads = asyncio.Semaphore(service.settings.max_in_flight)

    async def read_in_thread(body: bytes, session: str | None) -> Reading:
        async with threads:
            return await run_in_threadpool(service.read, body, session=session)

    async def predict(request: Request) -> Response:
        """Read one digit from a PNG, JPEG, WebP or BMP image.

        Dark on light or light on dark, anywhere in the picture, of any size. With
        `split=true` every digit of the picture, each with a verdict of its own.
        """
        split = request.scope["query_string"] and _wants_split(request)
        body = await read_image(request)
        session = session_of(request)
        if split:
            found = await run_in_threadpool(service.read_split, body, session=session)
            answer, version = answer_split(found), found.model_version
        else:
            reading = (
                await together.read(body, session)
                if is_quick(body)
                else await read_in_thread(body, session)
            )
            answer = reading.prediction.as_json()
            version = reading.prediction.model_version
        # Written as it is: the schema is held by a test, not checked at each answer.
        return write_json(answer, {"X-Model-Version": version})

    app.router.add_api_route(
        "/api/predict",
        predict,
        methods=["POST"],
        route_class_override=DirectRoute,
        response_model=PredictionAnswer | SplitAnswer,
        responses=responses(*ERRORS),
        openapi_extra={
            "requestBody": BODY,
            "parameters": [SPLIT],
            **samples("predict"),
        },
        tags=["predict"],
        summary="Read one digit, or several",
    )
    app.post("/predict", include_in_schema=False)(predict)


def write_json(
    answer: dict[str, Any], headers: dict[str, str], status: int = 200
) -> Response:
    """Answer with JSON by Pydantic's encoder, in a third of the time of Python's."""
    return Response(to_json(answer), status, headers, JSON)


def is_quick(body: bytes) -> bool:
    """Tell whether a body is a PNG so small that it may be read without a thread."""
    if len(body) > QUICK_BYTES or not body.startswith(PNG_START):
        return False
    if len(body) < len(PNG_START) + PNG_SIZE.size:
        return False
    width, height = PNG_SIZE.unpack_from(body, len(PNG_START))
    return bool(width * height <= QUICK_PIXELS)


def answer_split(found: SplitReading) -> dict[str, Any]:
    """Give the answer to a picture of several digits."""
    width, height = found.size
    return {
        "text": found.text,
        "digits": [
            {**reading.prediction.as_json(), "box": list(box)}
            for reading, box in zip(found.digits, found.boxes, strict=True)
        ],
        "width": width,
        "height": height,
        "model_version": found.model_version,
        "elapsed_ms": found.elapsed_ms,
        "notes": found.notes,
    }


def _wants_split(request: Request) -> bool:
    given = request.query_params.get("split", "")
    if given.lower() not in FLAGS:
        raise BadRequestError(
            f"Expected true or false as `split` in the query, but {word_value(given)} "
            "came; leave it out to read one digit."
        )
    return FLAGS[given.lower()]
