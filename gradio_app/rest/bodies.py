"""Find the image in a request: a form's file, a JSON field, or the whole body."""

import base64
import json

from fastapi import Request, UploadFile
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as StarletteUploadFile

from gradio_app.rest.problems import BadRequestError

FIELD = "file"
MAX_FILES = 1
MAX_FIELDS = 8


async def read_image(request: Request) -> bytes:
    """Read the image's bytes, whichever way they came.

    Returns:
        The file; empty when the form has no such field or the body nothing in it.

    Raises:
        BadRequestError: when JSON or base64 cannot be read.
        HTTPException: 400 for a broken form, 413 beyond the body limit.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type.lower() == "multipart/form-data":
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
            return await _read_field(form)
    body = await request.body()
    if media_type.lower() == "application/json":
        return _read_json(body)
    return body


async def _read_field(form: FormData) -> bytes:
    file = form.get(FIELD)
    if isinstance(file, UploadFile | StarletteUploadFile):
        return await file.read()
    return b""


def _read_json(body: bytes) -> bytes:
    if not body:
        return b""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError(
            'Expected JSON such as {"image": "<base64>"}, but this is not JSON; '
            "check its syntax."
        ) from None
    image = value.get("image") if isinstance(value, dict) else None
    if not isinstance(image, str):
        raise BadRequestError(
            'Expected {"image": "<base64 or data URL>"}, but the field is missing or '
            "not a string; send the image file as base64."
        )
    return decode_base64(image)


def decode_base64(text: str) -> bytes:
    """Decode base64, alone or as a data URL.

    Raises:
        BadRequestError: when it is neither.
    """
    if text.startswith("data:"):
        head, _, text = text.partition(",")
        if not head.endswith(";base64"):
            raise BadRequestError(
                "Expected a data URL in base64, but this one is not; let it start with "
                "`data:image/png;base64,`."
            )
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise BadRequestError(
            "Expected base64, but other characters came; encode the image file anew."
        ) from None
