"""Who asks, as the middleware found out."""

from fastapi import Request


def session_of(request: Request) -> str | None:
    """Give the random id of the browser's session; None for programs without one."""
    session: str | None = request.scope.get("state", {}).get("session")
    return session


def client_of(request: Request) -> str:
    """Give the address that limits count by."""
    return str(request.scope.get("state", {}).get("client", ""))
