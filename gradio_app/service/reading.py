"""From views of pictures to readings, one by one and many at a time."""

import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from digit_pipeline import image_errors as errors
from digit_pipeline.batch_views import view_digits
from digit_pipeline.image_errors import ImageError
from digit_pipeline.image_headers import PNG_SIGNATURE, read_header
from digit_pipeline.images import DigitView
from digit_pipeline.uploads import OpenedImage, UploadLimits, open_upload
from gradio_app.service.ink import measure_inks
from gradio_app.service.predictions import Prediction, Reading

if TYPE_CHECKING:
    from digit_pipeline.classifier import Answers, Classifier

# The size stands in a PNG's first chunk, always at the same place.
PNG_SIZE_END = 24
NewId = Callable[[], str]
# Digits asked about together: more are no faster, and wait longer for the first.
CHUNK = 64
# Pictures of a chunk, in pixels: what they hold in memory until they are answered.
CHUNK_PIXELS = 2_000_000
# Pictures of one batch, in pixels as they came: about ten seconds of decoding.
BATCH_PIXELS = 1_000_000_000


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture ready to be asked about.

    Attributes:
        body: the file it came as.
        view: its ink and digit.
        notes: how it was read.
        decode_ms: time to decode it.
        contract_ms: its share of the time to bring it, and others, to 28x28.
    """

    body: bytes
    view: DigitView
    notes: tuple[str, ...]
    decode_ms: float
    contract_ms: float


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture's pixels.

    Attributes:
        body: the file it came as.
        image: its pixels, and how it was read.
        decode_ms: time to decode it.
    """

    body: bytes
    image: OpenedImage
    decode_ms: float


# Pictures that are asked about together, and why others could not be opened.
Chunk = Sequence[Opened | ImageError]


def open_picture(body: bytes, limits: UploadLimits) -> Opened:
    """Open an image file and bring it to the contract.

    Raises:
        ImageError: when the file cannot be opened.
    """
    [opened] = _view([_decode(body, limits)])
    return opened


def _decode(body: bytes, limits: UploadLimits) -> Decoded:
    start = time.perf_counter()
    image = open_upload(body, limits)
    return Decoded(body, image, round(1000 * (time.perf_counter() - start), 3))


def _view(pictures: Sequence[Decoded]) -> list[Opened]:
    """Bring pictures to the contract together."""
    if not pictures:
        return []
    start = time.perf_counter()
    views = view_digits([picture.image.pixels for picture in pictures])
    each = round(1000 * (time.perf_counter() - start) / len(pictures), 3)
    return [
        Opened(picture.body, view, picture.image.notes, picture.decode_ms, each)
        for picture, view in zip(pictures, views, strict=True)
    ]


def answer_pictures(
    classifier: "Classifier", pictures: Sequence[Opened], new_id: NewId
) -> list[Reading]:
    """Ask about pictures together."""
    if not pictures:
        return []
    start = time.perf_counter()
    if len(pictures) == 1:
        digits = pictures[0].view.digit[None]
    else:
        digits = np.stack([picture.view.digit for picture in pictures])
    answers = classifier.answer(digits, [p.view.is_empty for p in pictures])
    each = round(1000 * (time.perf_counter() - start) / len(pictures), 3)
    inks = measure_inks([picture.view for picture in pictures], digits)
    return [
        _make_reading(classifier, picture, answers, row, each, ink, new_id())
        for row, (picture, ink) in enumerate(zip(pictures, inks, strict=True))
    ]


def _make_reading(  # noqa: PLR0913, PLR0917 - the parts of a reading
    classifier: "Classifier",
    picture: Opened,
    answers: "Answers",
    row: int,
    inference_ms: float,
    ink: dict[str, float],
    name: str,
) -> Reading:
    verdict = answers.verdicts[row]
    label, confidence, named, energy = None, 0.0, {}, None
    probabilities = answers.probabilities[row].tolist()
    highest = max(probabilities)
    best = probabilities.index(highest)
    if verdict != "empty":
        confidence = highest
        energy = float(answers.energies[row])
        named = dict(zip(classifier.class_names, probabilities, strict=True))
        if verdict != "unfamiliar":
            label = classifier.class_names[best]
    prediction = Prediction(
        id=name,
        verdict=verdict,
        label=label,
        confidence=confidence,
        probabilities=named,
        model_version=classifier.version,
        elapsed_ms=round(picture.decode_ms + picture.contract_ms + inference_ms, 3),
        notes=picture.notes,
    )
    latency = {
        "decode_ms": picture.decode_ms,
        "contract_ms": picture.contract_ms,
        "inference_ms": inference_ms,
    }
    return Reading(prediction, picture.view, classifier, best, energy, latency, ink)


def read_few(
    bodies: Iterable[bytes],
    classifier: "Classifier",
    limits: UploadLimits,
    new_id: NewId,
) -> list[Reading | ImageError]:
    """Read a few pictures at once: one bad one is one error among the readings.

    Args:
        bodies: image files.
        classifier: who answers.
        limits: how large each may be.
        new_id: gives each its id.
    """
    decoded = [_try_to_decode(body, limits) for body in bodies]
    return _answer(_view_chunk(decoded), classifier, new_id)


def _try_to_decode(body: bytes, limits: UploadLimits) -> Decoded | ImageError:
    try:
        return _decode(body, limits)
    except ImageError as error:
        return error


def read_pictures(
    items: Iterable[bytes | ImageError],
    classifier: "Classifier",
    limits: UploadLimits,
    new_id: NewId,
) -> Iterator[tuple[bytes, Reading | ImageError]]:
    """Read many pictures, in order: one bad one is one error among the readings.

    While one chunk is asked about, the next one is opened.

    Args:
        items: image files, or why there is none.
        classifier: who answers.
        limits: how large each may be.
        new_id: gives each its id.

    Yields:
        each file with its reading, or with why it has none.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="batch") as worker:
        before: tuple[Chunk, Future[list[Reading | ImageError]]] | None = None
        for chunk in _open_chunks(items, limits):
            asked = worker.submit(_answer, chunk, classifier, new_id)
            if before:
                yield from _merge(*before)
            before = chunk, asked
        if before:
            yield from _merge(*before)


def _open_chunks(
    items: Iterable[bytes | ImageError], limits: UploadLimits
) -> Iterator[Chunk]:
    chunk: list[Decoded | ImageError] = []
    pixels, left = 0, BATCH_PIXELS
    for item in items:
        one: Decoded | ImageError
        try:
            if isinstance(item, ImageError):
                raise item
            left -= count_pixels(item)
            if left < 0:
                raise errors.too_large("less to decode in one batch", "more")
            one = _decode(item, limits)
            pixels += one.image.pixels[..., 0].size
        except ImageError as error:
            one = error
        chunk.append(one)
        if len(chunk) >= CHUNK or pixels >= CHUNK_PIXELS:
            yield _view_chunk(chunk)
            chunk, pixels = [], 0
    if chunk:
        yield _view_chunk(chunk)


def _view_chunk(chunk: Sequence[Decoded | ImageError]) -> Chunk:
    """Bring what could be decoded to the contract; what could not stays in place."""
    opened = iter(_view([one for one in chunk if isinstance(one, Decoded)]))
    return [next(opened) if isinstance(one, Decoded) else one for one in chunk]


def count_pixels(body: bytes) -> int:
    """Give width times height as the file claims them; 0 when it claims nothing."""
    if body.startswith(PNG_SIGNATURE) and len(body) >= PNG_SIZE_END:
        width, height = struct.unpack_from(">II", body, PNG_SIZE_END - 8)
        return int(width * height)
    try:
        header = read_header(body)
    except ImageError:
        return 0
    return header.width * header.height


def _answer(
    chunk: Chunk, classifier: "Classifier", new_id: NewId
) -> list[Reading | ImageError]:
    """Ask about what could be opened; what could not stays in its place."""
    opened = [one for one in chunk if isinstance(one, Opened)]
    readings = iter(answer_pictures(classifier, opened, new_id))
    return [next(readings) if isinstance(one, Opened) else one for one in chunk]


def _merge(
    chunk: Chunk, asked: "Future[list[Reading | ImageError]]"
) -> Iterator[tuple[bytes, Reading | ImageError]]:
    for one, found in zip(chunk, asked.result(), strict=True):
        yield (one.body if isinstance(one, Opened) else b""), found
