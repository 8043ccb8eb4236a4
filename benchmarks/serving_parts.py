"""What each part of a prediction costs, in processor time of one thread."""

import base64
import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from digit_pipeline.images import view_digit
from digit_pipeline.uploads import open_upload
from gradio_app.app import create_app
from gradio_app.rest.bodies import decode_base64
from gradio_app.service.reading import answer_pictures, open_picture
from gradio_app.settings import Settings

PARTS_MEASURED = (
    "base64",
    "decoding",
    "contract",
    "inference",
    "verdict",
    "answer",
    "recording",
    "writing",
    "serialising",
)
REPEATS = 60
ROUNDS = 7


def measure_parts(picture: bytes) -> dict[str, float]:
    """Measure each part for one picture.

    Returns:
        milliseconds of processor time, by the names of ``PARTS_MEASURED``.
    """
    app = create_app(Settings(pages="off"))
    service = app.state.service
    service.start()
    try:
        return _measure(service, picture)
    finally:
        service.stop()


def _measure(service: Any, picture: bytes) -> dict[str, float]:
    limits = service.settings.upload_limits
    classifier = service.classifier
    pixels = open_upload(picture, limits).pixels
    opened = open_picture(picture, limits)
    digit = opened.view.digit[np.newaxis]
    image = digit[..., np.newaxis]
    # What the service does inside, each on its own; the sums are compared with all.
    new_id = service.new_id
    [reading] = answer_pictures(classifier, [opened], new_id)
    text = base64.b64encode(picture).decode()
    empty = [opened.view.is_empty]
    inference = _time(lambda: classifier._model.logits(image))
    answer = _time(lambda: classifier.answer(digit, empty))
    built = _time(lambda: answer_pictures(classifier, [opened], new_id))
    return {
        "base64": _time(lambda: decode_base64(text)),
        "decoding": _time(lambda: open_upload(picture, limits)),
        "contract": _time(lambda: view_digit(pixels)),
        "inference": inference,
        "verdict": max(0.0, answer - inference),
        "answer": max(0.0, built - answer),
        "recording": _measure_recording(service, opened),
        "writing": _measure_writing(service, opened),
        "serialising": _time(lambda: json.dumps(reading.prediction.as_json())),
    }


def _measure_recording(service: Any, opened: Any) -> float:
    readings = iter(_make_readings(service, opened, REPEATS * (ROUNDS + 1)))
    return _time(lambda: service.recorder.add(next(readings), "rest", None, b""))


def _measure_writing(service: Any, opened: Any) -> float:
    """Measure what the writer's thread spends on a row.

    By the whole process' time, less what this thread spends.
    """
    readings = _make_readings(service, opened, 1000)
    service.recorder.log.flush(10)
    whole, own = time.process_time(), time.thread_time()
    for reading in readings:
        service.recorder.add(reading, "rest", None, b"")
    service.recorder.log.flush(30)
    spent = time.process_time() - whole - (time.thread_time() - own)
    return 1000 * spent / len(readings)


def _make_readings(service: Any, opened: Any, count: int) -> list[Any]:
    """Make readings with an id each: no record is written twice."""
    new_id = service.new_id
    return [
        answer_pictures(service.classifier, [opened], new_id)[0] for _ in range(count)
    ]


def _time(work: Callable[[], object]) -> float:
    """Give the median of some rounds, in milliseconds of this thread's time."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.thread_time()
        for _ in range(REPEATS):
            work()
        times.append(1000 * (time.thread_time() - start) / REPEATS)
    return statistics.median(times[1:])


def round_parts(parts: Mapping[str, float]) -> dict[str, float]:
    """Round to microseconds."""
    return {name: round(value, 3) for name, value in parts.items()}
