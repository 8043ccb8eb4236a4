"""Read one digit from an image."""

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from gradio_app.rest.bodies import read_image
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas import ImageBody, PredictionAnswer
from gradio_app.service import Service

IMAGE = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
}
BODY = {
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


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``POST /api/predict`` and its alias ``/predict``."""

    @app.post(
        "/api/predict",
        response_model=PredictionAnswer,
        responses=responses(400, 413, 415, 422, 503),
        openapi_extra={"requestBody": BODY},
        tags=["predict"],
        summary="Read one digit",
    )
    @app.post("/predict", include_in_schema=False)
    async def predict(request: Request) -> JSONResponse:
        """Read one digit from a PNG, JPEG, WebP or BMP image.

        Dark on light or light on dark, anywhere in the picture, of any size.
        """
        body = await read_image(request)
        reading = await run_in_threadpool(service.read, body)
        return JSONResponse(
            reading.prediction.as_json(),
            headers={"X-Model-Version": reading.prediction.model_version},
        )
