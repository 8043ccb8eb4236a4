"""The REST door, a file per subject."""

from fastapi import FastAPI

from gradio_app.rest import docs, health, model, predict, problems
from gradio_app.service import Service

__all__ = ["add_rest"]


def add_rest(app: FastAPI, service: Service) -> None:
    """Add every REST route, its short aliases, and errors as problem+json."""
    for subject in (predict, health, model):
        subject.add_routes(app, service)
    docs.add_routes(app)
    problems.add_handlers(app)
