"""Predictions, corrections and pictures to record."""

import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from digit_pipeline.records import (
    FeedbackRecord,
    ManifestRecord,
    PredictionRecord,
    UploadRecord,
)

NOW = datetime(2026, 11, 21, 12, 34, 56, 789_000, tzinfo=UTC)


def make_prediction(number: int, **changes: Any) -> PredictionRecord:
    """Give a prediction; its number makes its id, its label and its time."""
    values: dict[str, Any] = {
        "id": f"{number:024x}.{number:024x}",
        "time": NOW,
        "door": "rest",
        "model_version": "000002-20261120T120000Z",
        "verdict": "recognised",
        "label": str(number % 10),
        "probabilities": {str(number % 10): 0.93, "1": 0.04, "x": 0.02},
        "confidence": 0.93,
        "energy": -7.5,
        "elapsed_ms": 1.5,
        "latency": {"decode_ms": 0.25, "contract_ms": 0.5, "inference_ms": 0.75},
        "ink": {"share": 0.125, "width": 80.0, "height": 200.0, "thickness": 9.5},
        "session": None,
    }
    return PredictionRecord(**values | changes)


def make_feedback(number: int, **changes: Any) -> FeedbackRecord:
    """Give a correction of the prediction with that number."""
    values: dict[str, Any] = {
        "prediction_id": make_prediction(number).id,
        "label": "3",
        "agrees": False,
        "client": "c" * 32,
        "model_version": "000002-20261120T120000Z",
        "predicted": "8",
        "time": NOW,
    }
    return FeedbackRecord(**values | changes)


def make_upload(id: str, count: int, **changes: Any) -> UploadRecord:
    """Give an upload of which so many pictures were taken, and one file was not."""
    report = [
        {"name": f"{n}.png", "label": "3", "taken": True, "code": None, "sentence": ""}
        for n in range(count)
    ]
    refused = {"name": "notes.txt", "taken": False, "code": "unsupported_format"}
    values: dict[str, Any] = {
        "id": id,
        "client": "c" * 32,
        "session": "s",
        "name": "digits.zip",
        "taken": count,
        "refused": 1,
        "report": [*report, refused],
        "time": NOW,
    }
    return UploadRecord(**values | changes)


def make_items(
    upload: UploadRecord, **changes: Any
) -> list[tuple[FeedbackRecord, bytes]]:
    """Give the corrections of an upload, each with a picture of its own."""
    return [
        (
            make_feedback(
                number,
                **{
                    "prediction_id": f"upload:{upload.id}:{number}",
                    "origin": "upload",
                    "upload": upload.id,
                    "name": f"{number}.png",
                    "content": f"{number:032x}",
                    "client": upload.client,
                    "session": upload.session,
                    "confidence": 0.75,
                    "verdict": "recognised",
                    **changes,
                },
            ),
            draw_picture(number % 256),
        )
        for number in range(upload.taken)
    ]


def make_manifest(
    digest: str, *corrections: FeedbackRecord, **changes: Any
) -> ManifestRecord:
    """Give a manifest that some corrections lie in."""
    values: dict[str, Any] = {
        "digest": digest,
        "environment": "test",
        "images": 100,
        "corrections": tuple(sorted(record.id for record in corrections)),
        "run_id": "run",
        "time": NOW,
    }
    return ManifestRecord(**values | changes)


def draw_picture(
    shade: int = 0, size: tuple[int, int] = (280, 280), mode: str = "L"
) -> bytes:
    """Draw a bar on white, with metadata that nobody should keep."""
    pixels = np.full((size[1], size[0]), 255, np.uint8)
    pixels[size[1] // 5 : -size[1] // 5, size[0] // 2 - 9 : size[0] // 2 + 9] = shade
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Ada of 12 Long Street")
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "PNG", pnginfo=notes)
    return file.getvalue()
