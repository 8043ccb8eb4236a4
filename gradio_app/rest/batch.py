"""Read many images at once."""

import time
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from digit_pipeline.image_errors import ImageError
from gradio_app.rest.asking import session_of
from gradio_app.rest.bodies import read_images
from gradio_app.rest.examples import samples
from gradio_app.rest.predict import ERRORS, write_json
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.predictions import BatchAnswer, ImagesBody
from gradio_app.rest.tables import CSV, FORMAT, describe_csv, wants_csv, write_csv
from gradio_app.service import Service
from gradio_app.service.archives import Member
from gradio_app.service.predictions import Prediction

SOME_FAILED = 207
NO_IMAGES = (
    "Expected images, but none came; send them as the files of a form (`files`), as "
    "one zip, or as base64 in the JSON list `images`."
)
ZIP = {"schema": {"type": "string", "format": "binary"}}
FILES = {
    "schema": {
        "type": "object",
        "required": ["files"],
        "properties": {
            "files": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "format": "binary"},
            }
        },
    }
}
BODY: dict[str, Any] = {
    "required": True,
    "description": "Up to 2,000 images: as files of a form, as one zip (in a form or "
    "as the body), or as base64 in JSON.",
    "content": {
        "multipart/form-data": FILES,
        "application/zip": ZIP,
        "application/json": {"schema": ImagesBody.model_json_schema()},
    },
}


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``POST /api/predict/batch`` and its alias ``/batch-predict``."""
    some_failed = {
        "description": "As 200, but at least one image could not be read",
        "model": BatchAnswer,
        "content": CSV,
    }

    @app.post(
        "/api/predict/batch",
        response_model=BatchAnswer,
        responses={
            200: describe_csv("A prediction per image"),
            SOME_FAILED: some_failed,
            **responses(*ERRORS),
        },
        openapi_extra={
            "requestBody": BODY,
            "parameters": [FORMAT],
            **samples("batch"),
        },
        tags=["predict"],
        summary="Read many images",
    )
    @app.post("/batch-predict", include_in_schema=False)
    async def predict_batch(request: Request) -> Response:
        """Read many images: an item each, in order, as JSON or as CSV.

        An image that cannot be read is an item with its reason, and the status is 207
        instead of 200; the others are answered. Beyond a limit nothing is read (413).
        """
        as_csv = wants_csv(request)
        members = await read_images(request)
        session = session_of(request)
        batch = await run_in_threadpool(read_batch, service, members, session)
        status = SOME_FAILED if batch["summary"]["failed"] else 200
        headers = {"X-Model-Version": batch["model_version"]}
        if as_csv:
            names = service.classifier.class_names
            return write_csv(_rows(batch, names), "predictions.csv", status, headers)
        return write_json(batch, headers, status)


def read_batch(
    service: Service, members: Iterator[Member], session: str | None
) -> dict[str, Any]:
    """Read images and give the answer of a batch.

    Raises:
        ImageError: ``empty_image`` when there is no image at all.
        NotReadyError: when there is no release.
    """
    start = time.perf_counter()
    version = service.classifier.version
    names: list[str] = []

    def contents() -> Iterator[bytes | ImageError]:
        for member in members:
            names.append(member.name)
            yield member.content

    items = []
    tally = Tally()
    for place, found in enumerate(service.read_many(contents(), session=session)):
        if isinstance(found, ImageError):
            items.append(_refused(names[place], found))
            tally.failed += 1
            continue
        tally.add(found.prediction)
        version = found.prediction.model_version
        items.append(_answered(names[place], found.prediction))
    if not items:
        raise ImageError("empty_image", NO_IMAGES)
    return {
        "model_version": version,
        "elapsed_ms": round(1000 * (time.perf_counter() - start), 3),
        "summary": tally.summarise(),
        "items": items,
    }


class Tally:
    """Count predictions as they come."""

    def __init__(self) -> None:
        self.answered = 0
        self.failed = 0
        self._labels: dict[str, int] = {}
        self._verdicts: dict[str, int] = {}
        self._confidence = 0.0

    def add(self, prediction: Prediction) -> None:
        """Count a prediction."""
        self.answered += 1
        verdict, label = prediction.verdict, prediction.label
        self._verdicts[verdict] = self._verdicts.get(verdict, 0) + 1
        if label is not None:
            self._labels[label] = self._labels.get(label, 0) + 1
        self._confidence += prediction.confidence

    def summarise(self) -> dict[str, Any]:
        """Give the counts."""
        inked = self.answered - self._verdicts.get("empty", 0)
        return {
            "images": self.answered + self.failed,
            "failed": self.failed,
            "by_label": dict(sorted(self._labels.items())),
            "by_verdict": dict(sorted(self._verdicts.items())),
            "mean_confidence": round(self._confidence / inked, 6) if inked else None,
        }


def _answered(name: str, prediction: Prediction) -> dict[str, Any]:
    return {
        "name": name,
        "status": 200,
        "prediction": prediction.as_json(),
        "error": None,
    }


def _refused(name: str, error: ImageError) -> dict[str, Any]:
    return {
        "name": name,
        "status": error.status,
        "prediction": None,
        "error": {"code": error.code, "detail": error.sentence},
    }


def _rows(batch: dict[str, Any], names: tuple[str, ...]) -> Iterator[list[Any]]:
    """Give the table: what ``kedro run --pipelines batch_inference`` writes, too."""
    head = ["file", "verdict", "label", "confidence"]
    yield [*head, *(f"p_{name}" for name in names), "model_version", "error"]
    for item in batch["items"]:
        found = item["prediction"]
        if found is None:
            error = f"{item['error']['code']}: {item['error']['detail']}"
            yield [item["name"], *[""] * (4 + len(names)), error]
            continue
        probabilities = [found["probabilities"].get(name, "") for name in names]
        answer = [found["verdict"], found["label"] or "", found["confidence"]]
        yield [item["name"], *answer, *probabilities, found["model_version"], ""]
