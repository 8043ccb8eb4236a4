"""Bodies: how large they may be."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.rest.problems import problem


class TooLargeError(HTTPException):
    """A body beyond the limit; what is left of it is never read."""

    def __init__(self, limit: int):
        sentence = (
            f"Expected at most {limit / (1 << 20):.3g} MB, but more came; make the "
            "picture smaller and send it again."
        )
        super().__init__(413, sentence, {"Connection": "close"})


class BodyLimit:
    """Refuse bodies beyond a limit, by their declared length and by counting."""

    def __init__(self, app: ASGIApp, limit: int):
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > self.limit:
            await self._refuse(scope, receive, send)
            return
        received = 0
        started = False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise TooLargeError(self.limit)
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except TooLargeError:
            if started:
                raise
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = TooLargeError(self.limit)
        answer = problem(413, "too_large", error.detail, error.headers)
        await answer(scope, receive, send)
