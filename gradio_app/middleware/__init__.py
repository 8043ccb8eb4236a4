"""What every request passes, for REST and the pages alike."""

from fastapi import FastAPI

from gradio_app.middleware.bodies import BodyLimit
from gradio_app.middleware.browsers import BrowserRules
from gradio_app.middleware.visitors import Visitors
from gradio_app.settings import Settings

__all__ = ["add_middleware"]


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """Put everything around the app; the last one added is met first."""
    app.add_middleware(BodyLimit, limit=settings.max_body)
    app.add_middleware(BrowserRules, allowed_origins=settings.allowed_origins)
    app.add_middleware(
        Visitors,
        proxies=settings.trusted_proxies,
        framed=bool(settings.allowed_origins),
    )
