"""What people say that an answer should have been."""

from fastapi import FastAPI, Request, Response

from gradio_app.rest.asking import client_of, session_of
from gradio_app.rest.bodies import decode_base64
from gradio_app.rest.examples import samples
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.records import FeedbackAnswer, FeedbackBody
from gradio_app.service import Service

CREATED = 201
OK = 200


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``POST /api/feedback``."""

    @app.post(
        "/api/feedback",
        status_code=CREATED,
        tags=["records"],
        summary="Say what an answer should have been",
        responses={
            OK: {"model": FeedbackAnswer, "description": "It was said before"},
            **responses(400, 413, 415, 422, 429, 503, 507),
        },
        openapi_extra=samples("feedback"),
    )
    def feedback(
        body: FeedbackBody, request: Request, response: Response
    ) -> FeedbackAnswer:
        """Store a correction, or an agreement; it is on the disk when this answers.

        Rules look first, and may accept what the champion reads the same; a person
        decides on the rest before any model learns from it. Only one that brings its
        picture teaches. Saying the same of an answer again changes nothing, whoever
        says it: what was stored first is given. Only a picture that was missing is
        kept, as long as neither has decided.
        """
        stored, is_new = service.give_feedback(
            body.prediction_id,
            body.label,
            image=decode_base64(body.image) if body.image else None,
            client=client_of(request),
            session=session_of(request),
        )
        response.status_code = CREATED if is_new else OK
        return FeedbackAnswer(
            id=stored.id,
            prediction_id=stored.prediction_id,
            label=stored.label,
            predicted=stored.predicted,
            agrees=stored.agrees,
            state=stored.state,
            time=stored.time.isoformat(),
            image_kept=stored.image is not None,
            new=is_new,
        )
