"""Every error as ``application/problem+json``: code, sentence, status."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from digit_pipeline.records import RecordsError
from digit_pipeline.releases import ReleaseError
from digit_pipeline.uploads import ImageError
from gradio_app.rest.schemas.problem import Problem
from gradio_app.rest.wrong_fields import word_wrong_field
from gradio_app.service import ServiceError, word_records_error

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
CODES = {
    400: "bad_request",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    422: "bad_request",
    429: "too_many_requests",
    503: "busy",
}
SENTENCES = {
    400: "Expected a body as /docs describes it, but this one cannot be parsed; send "
    "it that way.",
    404: "There is nothing at this address; /docs lists what there is.",
    405: "This address does not take that method; /docs lists which it takes.",
    422: "The request does not have the form that /docs describes; send it that way.",
}


class BadRequestError(ValueError):
    """A request whose form cannot be read: 422, with its own sentence."""


def problem(
    status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Build the answer to a request that failed."""
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, code=code, detail=sentence
    )
    return JSONResponse(
        body.model_dump(), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Describe error answers for OpenAPI."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def add_handlers(app: FastAPI) -> None:
    """Answer every exception with a problem."""
    app.add_exception_handler(ImageError, _on_image_error)
    app.add_exception_handler(BadRequestError, _on_bad_request)
    app.add_exception_handler(ServiceError, _on_service_error)
    app.add_exception_handler(RecordsError, _on_records_error)
    app.add_exception_handler(ReleaseError, _on_release_error)
    app.add_exception_handler(StarletteHTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(Exception, _on_anything_else)


async def _on_image_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ImageError)  # noqa: S101  (for the type checker)
    return problem(error.status, error.code, error.sentence)


async def _on_bad_request(_: Request, error: Exception) -> JSONResponse:
    return problem(422, "bad_request", str(error))


async def _on_service_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)  # noqa: S101
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return problem(error.status, error.code, error.sentence, headers)


async def _on_records_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RecordsError)  # noqa: S101
    headers = {"Retry-After": "10"} if error.status in {503, 507} else {}
    told = word_records_error(error)
    if told != error.sentence:
        log.warning("%s %s: %s", request.method, request.url.path, error)
    return problem(error.status, error.code, told, headers)


async def _on_release_error(_: Request, error: Exception) -> JSONResponse:
    sentence = str(error)
    return problem(409, "release", sentence[0].upper() + sentence[1:] + ".")


async def _on_http_exception(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException | StarletteHTTPException)  # noqa: S101
    status = error.status_code
    sentence = SENTENCES.get(status, str(error.detail))
    return problem(status, CODES.get(status, "error"), sentence, error.headers)


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first, required = error.errors()[0], _name_required(request)
    return problem(422, CODES[422], word_wrong_field(first, required))


def _name_required(request: Request) -> list[str]:
    """Name the fields that the body of the route that was asked must have."""
    body = getattr(request.scope.get("route"), "body_field", None)
    fields = getattr(body and body.field_info.annotation, "model_fields", {})
    return [name for name, field in fields.items() if field.is_required()]


async def _on_anything_else(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(
        500, "internal", "Something failed on our side; try again, or tell us."
    )
