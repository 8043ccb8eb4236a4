"""The API's page at ``/docs``, which needs no internet."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

PAGE = Path(__file__).with_name("docs.html")
# Short names, which `openapi.json` leaves out: each route stands there once.
ALIASES = {
    "/predict": "/api/predict",
    "/batch-predict": "/api/predict/batch",
    "/model-info": "/api/model/info",
    "/health": "/api/health",
}
SHORTER = ", ".join(f"`{alias}` as `{path}`" for alias, path in ALIASES.items())
DESCRIPTION = "\n\n".join(
    (
        "Reads a handwritten digit, drawn or photographed, with the newest released "
        "model.",
        "Whose history it is, a cookie says: `session`, 22 characters of `A-Z a-z 0-9 "
        "- _`. Pages set one; a program may choose its own, that nobody guesses, or "
        "send none and have no history. One of another form counts as none: the answer "
        "sets a fresh one.",
        f"Short names answer too, with nothing of their own: {SHORTER}.",
    )
)


def add_routes(app: FastAPI) -> None:
    """Add ``GET /docs``: FastAPI's own page would load its scripts from elsewhere."""
    page = PAGE.read_text(encoding="utf-8")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page)
