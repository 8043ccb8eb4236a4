"""What was predicted, in numbers."""

from typing import Annotated

from fastapi import FastAPI, Query

from gradio_app.rest.examples import samples
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.records import (
    LatencyAnswer,
    Minute,
    StatisticsAnswer,
)
from gradio_app.rest.times import SINCE, Moment
from gradio_app.service import Service


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``GET /api/statistics``."""

    @app.get(
        "/api/statistics",
        tags=["records"],
        summary="What was predicted, in numbers",
        responses=responses(422, 503),
        openapi_extra=samples("statistics"),
    )
    def statistics(
        since: Annotated[Moment | None, Query(description=SINCE)] = None,
    ) -> StatisticsAnswer:
        """Count predictions by label, verdict, door, release, minute, confidence."""
        found = service.statistics(since)
        latency = found.latency
        return StatisticsAnswer(
            total=found.total,
            by_label=found.by_label,
            by_verdict=found.by_verdict,
            by_door=found.by_door,
            by_version=found.by_version,
            per_minute=[
                Minute(minute=minute.isoformat(), predictions=count)
                for minute, count in found.per_minute
            ],
            latency=LatencyAnswer(**vars(latency)) if latency else None,
            confidence=list(found.confidence),
            not_recorded=service.recorder.lost,
        )
