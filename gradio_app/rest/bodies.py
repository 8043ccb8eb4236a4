"""Find images in a request: a form's files, a JSON field, or the whole body."""

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import HTTPException, Request, UploadFile
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as StarletteUploadFile
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from digit_pipeline.image_errors import ImageError
from gradio_app.rest.problems import BadRequestError
from gradio_app.rest.wrong_fields import word_unknown_fields, word_value
from gradio_app.service import ServiceError
from gradio_app.service.archives import LIMITS, MAX_NAME, Member, is_zip, read_zip

FIELD = "file"
MAX_FILES = 1
MAX_FIELDS = 8
# How Starlette calls a form of more files than it may have.
TOO_MANY_FILES = "Too many files"
FORM = "multipart/form-data"
JSON = "application/json"
ZIPS = {"application/zip", "application/x-zip-compressed"}
ONE = '{"image": "<base64 or data URL>"}'
MANY = '{"images": ["<base64 or data URL>", …]}'


async def read_image(
    request: Request, instead: str = "all of them to /api/predict/batch"
) -> bytes:
    """Read the image's bytes, whichever way they came.

    Args:
        request: with one file.
        instead: what to send, rather than one, when there are several.

    Returns:
        The file; empty when the form has no such field or the body nothing in it.

    Raises:
        BadRequestError: when JSON or base64 cannot be read, or files are several.
        HTTPException: 400 for a broken form, 413 beyond the body limit.
    """
    media_type = read_media_type(request)
    if media_type == FORM:
        return await _read_field(request, instead)
    body = await request.body()
    if media_type == JSON:
        return decode_base64(_read_text(body)) if body else b""
    return body


async def read_images(request: Request) -> Iterator[Member]:
    """Read a batch: the files of a form, a JSON list, or one zip.

    Returns:
        the images with their names, unpacked as they are asked for.

    Raises:
        BadRequestError: when JSON cannot be read.
        ServiceError: when the zip is beyond a limit, or none.
        HTTPException: 400 for a broken form, 413 beyond a limit.
    """
    media_type = read_media_type(request)
    if media_type == FORM:
        files = await _read_files(request)
    else:
        body = await request.body()
        if media_type == JSON:
            return iter(_decode_list(body))
        if media_type in ZIPS and body:
            return read_zip(body)
        files = [Member("image", body)] if body else []
    # A zip beside other files is no image: many zips in one would be many limits.
    only = files[0].content if len(files) == 1 else None
    if isinstance(only, bytes) and is_zip(only):
        return read_zip(only)
    return iter(files)


def read_media_type(request: Request) -> str:
    """Give the body's media type without its parameters, in lower case."""
    given = request.headers.get("content-type", "")
    return given.partition(";")[0].strip().lower()


async def _read_field(request: Request, instead: str) -> bytes:
    try:
        async with _open_form(request, MAX_FILES, MAX_FIELDS) as form:
            file = form.get(FIELD)
            if isinstance(file, UploadFile | StarletteUploadFile):
                return await file.read()
            return b""
    except StarletteHTTPException as error:
        if TOO_MANY_FILES in str(error.detail):
            raise BadRequestError(
                f"Expected one file in the form, as `{FIELD}`, but more than one came; "
                f"send one, or {instead}."
            ) from None
        raise


@asynccontextmanager
async def _open_form(
    request: Request, max_files: int, max_fields: int
) -> AsyncIterator[FormData]:
    parser = WholeFormParser(request, max_files=max_files, max_fields=max_fields)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    try:
        yield form
    finally:
        await form.close()


class WholeFormParser(MultiPartParser):
    """Starlette's parser, which would leave out the part that a form is cut off in."""

    def __init__(self, request: Request, **limits: int):
        super().__init__(request.headers, self._read(request), **limits)
        self._has_ended = False

    def on_end(self) -> None:
        """Note that the last boundary came."""
        self._has_ended = True

    async def _read(self, request: Request) -> AsyncGenerator[bytes, None]:
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            yield chunk
        if received and not self._has_ended:
            raise ServiceError(
                400,
                "bad_request",
                "Expected a form that ends with its boundary, but this one is cut off; "
                "send it again, whole.",
            )


async def _read_files(request: Request) -> list[Member]:
    """Read every file of a form, whatever its field is called."""
    return (await read_form(request))[0]


async def read_form(
    request: Request, max_fields: int = MAX_FIELDS
) -> tuple[list[Member], list[str]]:
    """Read a form: every file and every text, whatever their fields are called.

    Raises:
        HTTPException: 400 for a broken form, 413 beyond a limit.
    """
    files, texts = [], []
    try:
        async with _open_form(request, LIMITS.entries, max_fields) as form:
            for _, part in form.multi_items():
                if isinstance(part, str):
                    texts.append(part)
                else:
                    name = _read_name(part.filename)[:MAX_NAME]
                    files.append(Member(name, await part.read()))
    except StarletteHTTPException as error:
        if "Too many" in str(error.detail):
            raise HTTPException(413, TOO_MANY) from None
        raise
    return files, texts


TOO_MANY = (
    f"Expected at most {LIMITS.entries} files at once, but more came; send them in "
    "several requests."
)


def _decode_list(body: bytes) -> list[Member]:
    images = _read_json(body, MANY, "images") if body else []
    if not isinstance(images, list):
        raise BadRequestError(
            f"Expected {MANY}, but the field is missing or not a list; send the image "
            "files as base64."
        )
    if len(images) > LIMITS.entries:
        raise HTTPException(413, TOO_MANY)
    return [Member(f"{i + 1}", _decode(image, i)) for i, image in enumerate(images)]


def _decode(image: object, place: int) -> bytes | ImageError:
    field = f"images[{place}]"
    if not isinstance(image, str):
        raise BadRequestError(
            f"Expected base64 in a string as `{field}`, but {word_value(image)} came; "
            "send the image files as base64."
        )
    try:
        return decode_base64(image, field)
    except BadRequestError as error:
        return BadBase64Error(str(error))


class BadBase64Error(ImageError):
    """One image of several that is not base64; status 422."""

    def __init__(self, sentence: str):
        ValueError.__init__(self, sentence)
        self.code, self.sentence, self.status = "bad_request", sentence, 422


def _read_text(body: bytes) -> str:
    text = _read_json(body, ONE, "image")
    if not isinstance(text, str):
        raise BadRequestError(
            f"Expected {ONE}, but the field is missing or not a string; send the image "
            "file as base64."
        )
    return text


def _read_json(body: bytes, form: str, field: str) -> Any:
    """Read the only field of a JSON object, meant to be of a form; None without it."""
    try:
        value = json.loads(body)
    except RecursionError:
        raise BadRequestError(
            f"Expected {form}, but this is nested too deeply; send the text alone."
        ) from None
    except ValueError:
        raise BadRequestError(
            f"Expected {form}, but this is not JSON; check its syntax."
        ) from None
    fields = value if isinstance(value, dict) else {}
    unknown = fields.keys() - {field}
    if unknown:
        raise BadRequestError(word_unknown_fields(sorted(unknown), [field]))
    return fields.get(field)


def decode_base64(text: str, field: str = "image") -> bytes:
    """Decode base64, alone or as a data URL.

    Args:
        text: what came.
        field: where it came, for the error.

    Raises:
        BadRequestError: when it is neither.
    """
    if text.startswith("data:"):
        head, _, text = text.partition(",")
        if not head.endswith(";base64"):
            raise BadRequestError(
                f"Expected a data URL in base64 as `{field}`, but this one is not; let "
                "it start with `data:image/png;base64,`."
            )
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise BadRequestError(
            f"Expected base64 as `{field}`, but other characters came; encode the "
            "image file anew."
        ) from None


def _read_name(sent: str | None) -> str:
    """Undo what a browser does to a file's name in a form, and nothing else.

    Source: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html,
    "multipart/form-data": only quotes and line ends are escaped.
    """
    name = sent or "image"
    for escape, meant in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        name = name.replace(escape, meant)
    return name
