"""Answers as CSV, for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from gradio_app.rest.problems import BadRequestError
from gradio_app.rest.wrong_fields import word_value

MEDIA_TYPE = "text/csv"
CSV = {MEDIA_TYPE: {"schema": {"type": "string"}}}
FORMAT = {
    "name": "format",
    "in": "query",
    "description": "`csv` for a table; the header `Accept: text/csv` does the same.",
    "schema": {"type": "string", "enum": ["json", "csv"], "default": "json"},
}
# Spreadsheets run what starts so as a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
ROWS = 200


def wants_csv(request: Request) -> bool:
    """Tell whether a table is asked for, by ``format`` or else by ``Accept``.

    Raises:
        BadRequestError: when ``format`` is neither ``json`` nor ``csv``.
    """
    asked = request.query_params.get("format")
    if asked is None:
        return request.headers.get("accept", "").strip().startswith(MEDIA_TYPE)
    if asked not in {"json", "csv"}:
        raise BadRequestError(
            f"Expected json or csv as `format` in the query, but {word_value(asked)} "
            "came; leave it out for JSON."
        )
    return asked == "csv"


def write_csv(
    rows: Iterable[Iterable[Any]],
    name: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """Answer with a table, written row by row.

    Args:
        rows: the head first.
        name: of the file that a browser stores.
        status: of the answer.
        headers: more of them.
    """
    shown = {"Content-Disposition": f'attachment; filename="{name}"', **(headers or {})}
    return StreamingResponse(_lines(rows), status, shown, MEDIA_TYPE)


def describe_csv(description: str) -> dict[str, Any]:
    """Describe an answer that comes as JSON or as a table."""
    return {"description": description, "content": CSV}


def _lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for number, row in enumerate(rows, 1):
        writer.writerow(map(_disarm, row))
        if number % ROWS == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _disarm(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULAS):
        return f"'{value}"
    return value
