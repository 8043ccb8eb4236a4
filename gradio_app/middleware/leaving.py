"""Send clients elsewhere while the app is stopping."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.readiness import Readiness


class Leaving:
    """Close each connection after its answer, once the app has been told to stop.

    A client that keeps its connection would send the next request into the closing.
    """

    def __init__(self, app: ASGIApp, readiness: Readiness):
        self.app = app
        self.readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if not self.readiness.is_leaving:
            await self.app(scope, receive, send)
            return

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self.app(scope, receive, closing)
