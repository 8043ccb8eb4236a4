"""The API's page at ``/docs``, which needs no internet."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

PAGE = Path(__file__).with_name("docs.html")


def add_routes(app: FastAPI) -> None:
    """Add ``GET /docs``: FastAPI's own page would load its scripts from elsewhere."""
    page = PAGE.read_text(encoding="utf-8")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page)
