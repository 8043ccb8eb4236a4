"""Figures for Prometheus."""

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from gradio_app.metrics import Metrics
from gradio_app.rest.examples import samples

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def add_metrics(app: FastAPI, metrics: Metrics) -> None:
    """Add ``GET /metrics``."""

    @app.get(
        "/metrics",
        tags=["health"],
        summary="Figures for Prometheus",
        response_class=Response,
        openapi_extra=samples("metrics"),
        responses={
            200: {
                "description": "Requests, predictions, load and releases, as text.",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            }
        },
    )
    async def figures() -> Response:
        """Give what Prometheus collects: no address, no picture, nobody's name."""
        return Response(
            await run_in_threadpool(metrics.render), media_type=CONTENT_TYPE
        )
