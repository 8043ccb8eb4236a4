"""Which release answers."""

from datetime import UTC, datetime

from fastapi import FastAPI

from gradio_app.rest.problems import responses
from gradio_app.rest.schemas import ModelInfo
from gradio_app.service import NotReadyError, Service


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``GET /api/model/info`` and its alias ``/model-info``."""

    @app.get(
        "/api/model/info",
        tags=["model"],
        summary="Which release answers?",
        responses=responses(503),
    )
    @app.get("/model-info", include_in_schema=False)
    async def info() -> ModelInfo:
        """Give the release, its classes, and its manifest with its metrics."""
        champion = service.champion
        if champion.classifier is None or champion.since is None:
            raise NotReadyError(service.problem)
        return ModelInfo(
            version=champion.classifier.version,
            task=service.settings.task,
            class_names=list(champion.classifier.class_names),
            serving_since=datetime.fromtimestamp(champion.since, UTC).isoformat(
                timespec="seconds"
            ),
            manifest=champion.classifier.manifest,
        )
