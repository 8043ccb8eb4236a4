"""Who asks, as the middleware found out, and whose data that is."""

from typing import Annotated, Literal

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials

from gradio_app.keys import SCHEME, require_key
from gradio_app.rest.problems import SENTENCES

Scope = Literal["own", "all"]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(SCHEME)]


def session_of(request: Request) -> str | None:
    """Give the random id of the browser's session; None for programs without one."""
    session: str | None = request.scope.get("state", {}).get("session")
    return session


def client_of(request: Request) -> str:
    """Give the address that limits count by."""
    return str(request.scope.get("state", {}).get("client", ""))


async def whose(
    request: Request, scope: Scope, credentials: HTTPAuthorizationCredentials | None
) -> str | None:
    """Give the session to show: None for everybody's, "" for a program without one.

    Raises:
        HTTPException: 401 without the right key, 404 where there is none at all.
    """
    if scope == "own":
        return session_of(request) or ""
    if not request.app.state.keys.exist:
        raise HTTPException(404, SENTENCES[404])
    await require_key(request, credentials)
    return None
