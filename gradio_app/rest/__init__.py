"""The REST door, a file per subject."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.routing import APIRoute

from gradio_app.rest import docs, explain, health, model, predict, problems
from gradio_app.rest.schemas import Problem
from gradio_app.service import Service

__all__ = ["add_rest"]

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def add_rest(app: FastAPI, service: Service) -> None:
    """Add every REST route, its short aliases, and errors as problem+json."""
    for subject in (predict, explain, health, model):
        subject.add_routes(app, service)
    docs.add_routes(app)
    problems.add_handlers(app)
    _refuse_other_methods(app)
    _describe_problems(app)


def _refuse_other_methods(app: FastAPI) -> None:
    """Answer 405 here: the pages, mounted behind, would take the request for theirs."""
    for route in [route for route in app.routes if isinstance(route, APIRoute)]:
        allowed = route.methods or set()
        app.add_api_route(
            route.path,
            _refuse(", ".join(sorted(allowed))),
            methods=sorted(METHODS - allowed),
            include_in_schema=False,
        )


def _refuse(allowed: str) -> Callable[[], Awaitable[None]]:
    async def refuse() -> None:
        raise HTTPException(405, headers={"Allow": allowed})

    return refuse


def _describe_problems(app: FastAPI) -> None:
    """Add the errors' schema, which no route returns by itself, to OpenAPI."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        described = describe()
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        return described

    app.openapi = openapi  # type: ignore[method-assign]
