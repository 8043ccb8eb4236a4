"""The REST door, a file per subject."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.routing import APIRoute

from gradio_app.rest import (
    batch,
    docs,
    drift,
    explain,
    feedback,
    health,
    history,
    manage,
    model,
    predict,
    problems,
    retrain,
    reviewing,
    statistics,
    teaching,
    tracing,
    visualizations,
)
from gradio_app.rest.routes import strict_routes
from gradio_app.rest.schemas import drift as drift_schemas
from gradio_app.rest.schemas import health as health_schemas
from gradio_app.rest.schemas import model as model_schemas
from gradio_app.rest.schemas import predictions as prediction_schemas
from gradio_app.rest.schemas import records as record_schemas
from gradio_app.rest.schemas import retrain as retrain_schemas
from gradio_app.rest.schemas import reviewing as review_schemas
from gradio_app.rest.schemas import teaching as teaching_schemas
from gradio_app.rest.schemas import tracing as trace_schemas
from gradio_app.rest.schemas.problem import Problem
from gradio_app.rest.schemas.retrain import RunningProblem
from gradio_app.service import Service

__all__ = ["add_rest"]

SUBJECTS = (
    predict,
    batch,
    explain,
    feedback,
    teaching,
    history,
    statistics,
    drift,
    model,
    visualizations,
    health,
)
SCHEMAS = (
    health_schemas,
    model_schemas,
    prediction_schemas,
    record_schemas,
    drift_schemas,
    retrain_schemas,
    teaching_schemas,
    review_schemas,
    trace_schemas,
)
# Without a key these do not exist.
GUARDED = (manage, reviewing, tracing)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def add_rest(app: FastAPI, service: Service) -> None:
    """Add every REST route, its short aliases, and errors as problem+json."""
    with strict_routes(app):
        for subject in SUBJECTS:
            subject.add_routes(app, service)
        if app.state.keys.exist:
            for subject in GUARDED:
                subject.add_routes(app, service)
            if app.state.retraining.is_offered:
                retrain.add_routes(app, app.state.retraining)
    docs.add_routes(app)
    problems.add_handlers(app)
    _refuse_other_methods(app)
    _describe_problems(app)


def _refuse_other_methods(app: FastAPI) -> None:
    """Answer 405 here: the pages, mounted behind, would take the request for theirs."""
    allowed: dict[str, set[str]] = {}
    for route in [route for route in app.routes if isinstance(route, APIRoute)]:
        allowed.setdefault(route.path, set()).update(route.methods or ())
    for path, methods in allowed.items():
        app.add_api_route(
            path,
            _refuse(", ".join(sorted(methods))),
            methods=sorted(METHODS - methods),
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
        for shape in (Problem, RunningProblem):
            schemas.setdefault(shape.__name__, shape.model_json_schema())
        for name, examples in _examples():
            if name in schemas:
                schemas[name]["examples"] = examples
        return described

    app.openapi = openapi  # type: ignore[method-assign]


def _examples() -> Iterator[tuple[str, list[Any]]]:
    """Give the models' examples as they are: FastAPI leaves out what is null."""
    for module in SCHEMAS:
        for found in vars(module).values():
            extra = getattr(found, "model_config", {}).get("json_schema_extra")
            if extra:
                yield found.__name__, extra["examples"]
