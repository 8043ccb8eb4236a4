"""What needs the key about corrections: look at them, decide, take them back."""

from typing import Annotated

from fastapi import Depends, FastAPI, Header, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from digit_pipeline.records import CorrectionFilter, Decision, FeedbackRecord
from gradio_app.keys import require_key
from gradio_app.rest.examples import samples
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.reviewing import (
    CorrectionRow,
    Opinion,
    Origin,
    QueuedRow,
    ReviewAnswer,
    ReviewBody,
    ReviewedAnswer,
    State,
)
from gradio_app.service import Prediction, Service
from gradio_app.service.reviewing import Queued
from gradio_app.service.seen import draw_digit

GUARDED = (401, 429)
CORRECTION = "^[0-9a-f]{24}$"
TEXT = r"^[^\x00]*$"
PICTURE = {
    "description": "The picture, a grey PNG of at most 400 pixels a side",
    "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
}
# Pictures that somebody has withdrawn may not be shown again from a browser's memory.
PRIVATE = {"Cache-Control": "private, no-store"}
Reviewer = Annotated[
    str | None,
    Header(
        alias="X-Reviewer",
        max_length=200,
        description="Who decides, for the history; percent-encoded where it is not "
        "ASCII, and `key` without it.",
    ),
]


class ReviewQuery(BaseModel):
    """Which corrections, and which page of them."""

    model_config = ConfigDict(extra="ignore")

    state: State | None = Field(
        default="quarantined", description="How far their review is."
    )
    origin: Origin | None = None
    label: str | None = Field(default=None, max_length=100, pattern=TEXT)
    client: str | None = Field(default=None, max_length=100, pattern=TEXT)
    upload: str | None = Field(default=None, max_length=100, pattern=TEXT)
    reviewer: str | None = Field(default=None, max_length=100, pattern=TEXT)
    group: str | None = Field(
        default=None, max_length=100, description="Only near copies of each other."
    )
    page: int = Field(default=1, ge=1, le=1_000_000)
    page_size: int = Field(default=50, ge=1, le=200)


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``/api/review`` and ``/api/corrections/{id}/image``."""
    _add_queue(app, service)
    _add_decide(app, service)
    _add_image(app, service)


def _add_queue(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/review",
        tags=["manage"],
        summary="Corrections that wait for a decision, or have one",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 422, 503),
        openapi_extra=samples("review"),
    )
    def queue(query: Annotated[ReviewQuery, Query()]) -> ReviewAnswer:
        """Give corrections with what the champion says of them now.

        The oldest come first, and with each of them what is nearly the same; where
        the labels of such a group differ, `conflicts` says so.
        """
        wanted = CorrectionFilter(
            state=query.state,
            origin=query.origin,
            label=query.label,
            client=query.client,
            upload=query.upload,
            reviewer=query.reviewer,
        )
        found, pages = service.reviewing.queue(
            wanted, query.page, query.page_size, query.group
        )
        return ReviewAnswer(
            items=[_describe_queued(one) for one in found.items],
            page=found.page,
            page_size=found.page_size,
            pages=pages,
            total=found.total,
        )


def _add_decide(app: FastAPI, service: Service) -> None:
    @app.post(
        "/api/review",
        tags=["manage"],
        summary="Accept, reject or relabel corrections",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 400, 404, 413, 422, 503, 507),
        openapi_extra=samples("decide"),
    )
    def decide(body: ReviewBody, reviewer: Reviewer = None) -> ReviewedAnswer:
        """Carry out all decisions or none; they are on the disk when this answers.

        A later decision replaces an earlier one, and the history keeps both. What
        was withdrawn stays withdrawn.
        """
        decisions = [Decision(**dict(one)) for one in body.decisions]
        who, records = service.reviewing.decide(decisions, reviewer)
        items = [describe_correction(record) for record in records]
        return ReviewedAnswer(reviewer=who, items=items)


def _add_image(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/corrections/{id}/image",
        response_class=Response,
        tags=["manage"],
        summary="The picture of a correction",
        dependencies=[Depends(require_key)],
        responses={200: PICTURE, **responses(*GUARDED, 404, 422, 503)},
        openapi_extra=samples("correction_image"),
    )
    def image(id: Annotated[str, Path(pattern=CORRECTION)]) -> Response:
        """Give the picture as it is kept: re-encoded, without metadata."""
        return Response(service.reviewing.image(id), 200, PRIVATE, "image/png")


def describe_correction(record: FeedbackRecord) -> CorrectionRow:
    """Give a correction as REST answers it."""
    return CorrectionRow(
        id=record.id,
        time=record.time.isoformat(),
        origin=record.origin,
        state=record.state,
        label=record.final_label,
        given_label=record.label,
        predicted=record.predicted,
        prediction_id=record.prediction_id,
        model_version=record.model_version,
        client=record.client,
        upload=record.upload,
        name=record.name,
        image=f"/api/corrections/{record.id}/image" if record.image else None,
        content=record.content,
        reviewer=record.reviewer,
        reviewed=record.reviewed.isoformat() if record.reviewed else None,
        reason=record.reason,
    )


def _describe_queued(one: Queued) -> QueuedRow:
    label = one.record.final_label
    return QueuedRow(
        **dict(describe_correction(one.record)),
        seen=None if one.seen is None else draw_digit(one.seen),
        champion=_describe_opinion(one.opinion) if one.opinion else None,
        group=one.group.name,
        group_size=one.group.size,
        conflicts=[other for other in one.group.labels if other != label],
        client_counts=one.client_counts,
    )


def _describe_opinion(prediction: Prediction) -> Opinion:
    return Opinion.model_validate(
        {name: getattr(prediction, name) for name in Opinion.model_fields}
    )
