"""Which release answers, since when, and which others there are."""

import time
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Path, Query

from gradio_app.rest.examples import samples
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.health import Uptime
from gradio_app.rest.schemas.model import (
    DifferenceAnswer,
    ModelInfo,
    PromotionAnswer,
    ReleaseAnswer,
    ReleaseDetailAnswer,
    ReleasesAnswer,
    WatchAnswer,
)
from gradio_app.service import NotReadyError, Service
from gradio_app.service.release_list import ReleaseSummary
from gradio_app.watching import Watch

VERSION = r"^[0-9]{6,9}-[0-9]{8}T[0-9]{6}Z$"
EXAMPLE = "000012-20261120T231949Z"


def add_routes(app: FastAPI, service: Service) -> None:
    """Add everything that tells of releases and changes none."""
    _add_info(app, service)
    _add_uptime(app, service)
    _add_releases(app, service)


def _add_info(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/model/info",
        tags=["model"],
        summary="Which release answers?",
        responses=responses(503),
        openapi_extra=samples("info"),
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
            serving_since=_write_time(champion.since),
            manifest=champion.classifier.manifest,
            watch=_tell_watch(app.state.watching.current),
        )


def _tell_watch(watch: Watch | None) -> WatchAnswer | None:
    if watch is None:
        return None
    return WatchAnswer(
        version=watch.promotion.version,
        until=watch.until.isoformat(timespec="seconds"),
        over=watch.over,
        sentence=watch.judgement.sentence if watch.judgement else None,
        rolled_back_to=watch.rolled_back_to,
    )


def _add_uptime(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/model/uptime",
        tags=["model"],
        summary="Since when does it answer?",
        openapi_extra=samples("uptime"),
    )
    async def uptime() -> Uptime:
        """Give for how long the process and its release have been answering."""
        now, since = time.time(), service.champion.since
        return Uptime(
            started=_write_time(service.started),
            uptime_seconds=round(max(0.0, now - service.started), 3),
            model_version=service.champion.serving,
            serving_since=_write_time(since) if since else None,
            serving_seconds=round(max(0.0, now - since), 3) if since else None,
        )


def _add_releases(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/model/releases",
        tags=["model"],
        summary="Which releases are there?",
        openapi_extra=samples("releases"),
    )
    def releases() -> ReleasesAnswer:
        """Give every whole release, newest first, and when each was promoted."""
        summaries = service.releases.summaries()
        return ReleasesAnswer(releases=[_describe(one) for one in summaries])

    @app.get(
        "/api/model/releases/{version}",
        tags=["model"],
        summary="What does a release say of itself?",
        responses=responses(404, 409, 422),
        openapi_extra=samples("release"),
    )
    def release(
        version: Annotated[str, Path(pattern=VERSION, examples=[EXAMPLE])],
        compare: Annotated[
            str | None,
            Query(pattern=VERSION, description="Another release, to compare with."),
        ] = None,
    ) -> ReleaseDetailAnswer:
        """Give its card and its manifest; set its figures beside another's."""
        found = service.releases.describe(version)
        differences = service.releases.compare(compare, version) if compare else None
        return ReleaseDetailAnswer(
            release=_describe(found.summary),
            card=found.card,
            manifest=found.manifest,
            comparison=None
            if differences is None
            else [DifferenceAnswer(**vars(one)) for one in differences],
        )


def _describe(summary: ReleaseSummary) -> ReleaseAnswer:
    promotions = [
        PromotionAnswer(action=one.action, when=one.when, why=one.why)
        for one in summary.promotions
    ]
    return ReleaseAnswer(**{**vars(summary), "promotions": promotions})


def _write_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
