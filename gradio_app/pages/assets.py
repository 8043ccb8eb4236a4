"""The pages' own files: markup and styles for Gradio, scripts for the browser."""

import hashlib
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response

ASSETS = Path(__file__).with_name("assets")
STYLES = ("page.css", "answer.css", "plain.css", "dashboard.css", "learning.css")
# The browser asks for a script by the digest of them all, and never for it again.
FOR_EVER = "public, max-age=31536000, immutable"


def read_asset(name: str) -> str:
    """Read one of the pages' files."""
    return (ASSETS / name).read_text(encoding="utf-8")


def add_assets(app: FastAPI) -> str:
    """Serve the scripts; they are read once, so no request names a path.

    Returns:
        the folder of their addresses, relative to the page.
    """
    scripts = {path.name: path.read_bytes() for path in ASSETS.glob("*.js")}
    joined = b"".join(scripts[name] for name in sorted(scripts))
    digest = hashlib.sha256(joined).hexdigest()[:12]

    @app.get("/pages/{version}/{name}", include_in_schema=False)
    async def script(version: str, name: str) -> Response:
        if name not in scripts:
            raise HTTPException(404)
        # A page that was open during an update asks for scripts of its own time.
        caching = FOR_EVER if version == digest else "no-store"
        return Response(
            scripts[name],
            media_type="text/javascript",
            headers={"Cache-Control": caching},
        )

    return f"pages/{digest}/"
