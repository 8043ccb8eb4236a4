"""Bodies: how large they may be, and how slow."""

import asyncio
from collections import deque

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.middleware.costs import declared_length
from gradio_app.rest.problems import problem

# Bytes that have to come in the time that a client is given for each such piece.
CHUNK = 100_000
# Bodies that are held at once, as a multiple of the largest.
MOST_HELD = 16
CLOSE = {"Connection": "close"}


class _RefusedError(Exception):
    """A body that is not read to its end."""

    def __init__(self, answer: ASGIApp):
        super().__init__()
        self.answer = answer


class Bodies:
    """Read each body before anything is done with it, and refuse what is too much.

    Refused are bodies beyond the limit (413), by their declared length and by
    counting; bodies that come too slowly (408); and any body while those that are
    held already fill the memory meant for them (503). The connection is closed then.
    What comes behind never waits for a client.

    Args:
        app: what comes behind.
        limit: bytes of one body.
        seconds: time for the first 100 kB, and for each 100 kB after them.
        picture: bytes of the largest picture; ``limit`` also holds it as base64.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float, picture: int):
        self.app = app
        self.limit = limit
        self.seconds = seconds
        self.picture = picture
        self.held = 0
        self.most_held = MOST_HELD * limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then pass the request on with it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = declared_length(scope)
        if declared == 0:
            await self.app(scope, receive, send)
            return
        if declared > self.limit:
            await self._too_large()(scope, receive, send)
            return
        messages: deque[Message] = deque()
        size = 0
        try:
            try:
                size = await self._read(receive, messages)
            except _RefusedError as refused:
                await refused.answer(scope, receive, send)
                return
            if messages[-1]["type"] == "http.disconnect":
                # It left before it had said everything: nobody waits for an answer.
                return
            await self.app(scope, _replay(messages, receive), send)
        finally:
            self.held -= size

    async def _read(self, receive: Receive, messages: "deque[Message]") -> int:
        """Read all that comes; give its bytes, which count as held from now on."""
        loop = asyncio.get_running_loop()
        received = 0
        try:
            async with asyncio.timeout(self.seconds) as patience:
                while True:
                    message = await receive()
                    messages.append(message)
                    size = len(message.get("body", b""))
                    if (received + size) // CHUNK > received // CHUNK:
                        # From now: what came fast buys no time for what does not.
                        patience.reschedule(loop.time() + self.seconds)
                    received += size
                    self.held += size
                    self._check(received)
                    if not message.get("more_body", False):
                        return received
        except BaseException as error:
            self.held -= received
            messages.clear()
            if isinstance(error, TimeoutError):
                raise _RefusedError(self._too_slow()) from None
            raise

    def _check(self, received: int) -> None:
        if received > self.limit:
            raise _RefusedError(self._too_large())
        if self.held > self.most_held:
            raise _RefusedError(_too_many())

    def _too_large(self) -> ASGIApp:
        sentence = (
            f"Expected at most {self.picture / (1 << 20):.3g} MB (in JSON a third "
            "more, as base64), but more came; make the picture smaller and send it "
            "again."
        )
        return problem(413, "too_large", sentence, CLOSE)

    def _too_slow(self) -> ASGIApp:
        sentence = (
            f"Expected 100 kB in {self.seconds:g} seconds, but the body came slower; "
            "send it again over a better connection."
        )
        return problem(408, "too_slow", sentence, CLOSE)


def _too_many() -> ASGIApp:
    sentence = "Too many large bodies are coming at once; send it again in a second."
    return problem(503, "busy", sentence, {**CLOSE, "Retry-After": "1"})


def _replay(messages: "deque[Message]", receive: Receive) -> Receive:
    async def replayed() -> Message:
        return messages.popleft() if messages else await receive()

    return replayed
