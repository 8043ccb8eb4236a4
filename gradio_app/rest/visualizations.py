"""The figures of the champion's report, and their files."""

import hashlib
from typing import Annotated

from fastapi import FastAPI, Path, Request
from fastapi.responses import Response

from gradio_app.rest.examples import samples
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.model import FigureAnswer, FiguresAnswer
from gradio_app.service import Service

PNG = "image/png"
# Seen from `/api/visualizations`, as any other link in what an address gives: so it
# holds behind a proxy too that puts the app into a folder of its own.
PICTURES = "../static/"
# Another release may have another figure under the same name.
CACHING = "no-cache"
FILE = r"^[A-Za-z0-9_]{1,100}\.png$"


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``GET /api/visualizations`` and ``GET /static/{file}``."""

    @app.get(
        "/api/visualizations",
        tags=["model"],
        summary="Figures of the champion's report",
        responses=responses(409, 503),
        openapi_extra=samples("visualizations"),
    )
    def visualizations() -> FiguresAnswer:
        """Give each figure, what it shows in words, and where its PNG is."""
        return FiguresAnswer(
            model_version=service.classifier.version,
            figures=[
                FigureAnswer(**{**figure, "url": f"{PICTURES}{figure['file']}"})
                for figure in service.releases.gallery()
            ],
        )

    @app.get(
        "/static/{file}",
        response_class=Response,
        tags=["model"],
        summary="A figure of the report",
        responses={
            200: {
                "description": "The picture",
                "content": {PNG: {"schema": {"type": "string", "format": "binary"}}},
            },
            304: {"description": "The picture that was sent before"},
            **responses(404, 409, 503),
        },
        openapi_extra=samples("static"),
    )
    def static(
        request: Request,
        file: Annotated[str, Path(examples=["confusion_matrix.png"])],
    ) -> Response:
        """Give a PNG that `/api/visualizations` lists."""
        content = service.releases.picture(file)
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": CACHING}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=PNG)
