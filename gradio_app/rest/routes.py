"""Routes that refuse what they do not know in a query, and one that is fast."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from gradio_app.rest.problems import BadRequestError, responses
from gradio_app.rest.wrong_fields import name_all, word_value

# Who watches, and who fetches a file, may add what keeps caches away.
LENIENT = ("/api/health", "/api/ready", "/health", "/static/{file}")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route that answers 422 to a query parameter that it does not have.

    A typing error would otherwise be an answer to another question. A request
    without a query is not looked at.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any):
        if path not in LENIENT:
            described = options.get("responses") or {}
            options["responses"] = {**responses(422), **described}
            # Behind what it depends on: without the key, that is wrong first.
            before = options.get("dependencies") or ()
            options["dependencies"] = [*before, Depends(self.check)]
        super().__init__(path, endpoint, **options)

    async def check(self, request: Request) -> None:
        """Refuse what the route does not know.

        Raises:
            BadRequestError: names what came, and what the route knows.
        """
        if not request.scope["query_string"]:
            return
        unknown = [name for name in request.query_params if name not in self._known]
        if unknown:
            known = f"only {name_all(self._known)}" if self._known else "nothing"
            raise BadRequestError(
                f"Expected {known} in the query, but {word_value(unknown[0])} came; "
                "/docs describes what it takes."
            )

    @cached_property
    def _known(self) -> tuple[str, ...]:
        """The query's parameters, of the function and as OpenAPI has them."""
        described = (self.openapi_extra or {}).get("parameters", ())
        return (
            *_name_taken(self.dependant),
            *(one["name"] for one in described if one["in"] == "query"),
        )


class DirectRoute(StrictRoute):
    """A route to a function of the request that gives the response.

    FastAPI would look for what it has to solve and to serialise, and find nothing.
    """

    def get_route_handler(self) -> Handler:
        """Give the function itself, behind the check if there is a query."""
        answer: Handler = self.endpoint

        async def check_and_answer(request: Request) -> Response:
            if request.scope["query_string"]:
                await self.check(request)
            return await answer(request)

        return check_and_answer


@contextmanager
def strict_routes(app: FastAPI) -> Iterator[None]:
    """Make every route that is added in here a strict one."""
    before = app.router.route_class
    app.router.route_class = StrictRoute
    try:
        yield
    finally:
        app.router.route_class = before


def _name_taken(dependant: Dependant) -> Iterator[str]:
    """Name the parameters that a function and what it depends on take of a query."""
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (one.alias or name for name, one in kind.model_fields.items())
        else:
            yield field.alias
    for inner in dependant.dependencies:
        yield from _name_taken(inner)
