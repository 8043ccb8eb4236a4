"""HEAD, which monitors and balancers ask by, wherever there is GET."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Heads:
    """Let routes answer HEAD as they answer GET.

    The server leaves the body out: it knows the method that came.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, HEAD as GET."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
