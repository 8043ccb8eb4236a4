"""What every request passes, for REST and the pages alike."""

from fastapi import FastAPI

from gradio_app.metrics import Metrics
from gradio_app.middleware.bodies import Bodies
from gradio_app.middleware.browsers import OwnOrigin, SafetyHeaders
from gradio_app.middleware.heads import Heads
from gradio_app.middleware.leaving import Leaving
from gradio_app.middleware.observing import Observing
from gradio_app.middleware.rates import RateLimit
from gradio_app.middleware.turns import TurnAway, Turns
from gradio_app.middleware.visitors import Visitors
from gradio_app.readiness import Readiness
from gradio_app.settings import Settings
from gradio_app.slots import Slots

__all__ = ["add_middleware"]


def add_middleware(
    app: FastAPI,
    settings: Settings,
    slots: Slots,
    metrics: Metrics,
    readiness: Readiness,
) -> None:
    """Put everything around the app; read from below, as a request meets it."""
    app.add_middleware(Heads)
    app.add_middleware(Turns, slots=slots, seconds=settings.slow_seconds)
    app.add_middleware(
        Bodies,
        limit=settings.max_body,
        seconds=settings.slow_seconds,
        picture=settings.upload_limits.body,
    )
    app.add_middleware(RateLimit, per_minute=settings.requests_per_minute)
    app.add_middleware(TurnAway, slots=slots)
    app.add_middleware(
        OwnOrigin, allowed_origins=settings.allowed_origins, local=settings.is_local
    )
    app.add_middleware(
        Observing, metrics=metrics, all_requests=settings.log_requests == "all"
    )
    app.add_middleware(SafetyHeaders, allowed_origins=settings.allowed_origins)
    app.add_middleware(Leaving, readiness=readiness)
    app.add_middleware(
        Visitors,
        proxies=settings.trusted_proxies,
        framed=bool(settings.allowed_origins),
    )
