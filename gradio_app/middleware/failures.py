"""What nobody foresaw: one line in the log, and an answer with all its headers."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.rest.problems import problem

log = logging.getLogger(__name__)


class Failures:
    """Answer 500 for an exception that came through everything."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and catch what falls."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            log.exception("A %s request failed", scope.get("method", scope["type"]))
            if started or scope["type"] != "http":
                raise
            answer = problem(
                500, "internal", "Something failed on our side; try again, or tell us."
            )
            await answer(scope, receive, send)
