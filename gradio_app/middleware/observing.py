"""Count every request, write down those worth it, and answer for what broke."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.metrics import Metrics
from gradio_app.rest.problems import problem

log = logging.getLogger("gradio_app.requests")

SLOW_SECONDS = 1.0
# What nginx calls a client that left before its answer began.
LEFT = 499
FAILED = 400
BROKEN = 500
BROKEN_SENTENCE = "Something failed on our side; try again, or tell us."


class Observing:
    """Tell metrics and log of each request: route, method, status, time.

    Args:
        app: what comes behind.
        metrics: who counts.
        all_requests: whether the log tells of good ones as well.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, all_requests: bool):
        self.app = app
        self.metrics = metrics
        self.all_requests = all_requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at what came of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        status = LEFT

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            log.exception("%s %s failed", scope["method"], name_route(scope))
            if status != LEFT:
                raise
            await problem(500, "internal", BROKEN_SENTENCE)(scope, receive, noted)
        finally:
            self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = name_route(scope), scope["method"]
        self.metrics.count_request(route, method, status, seconds)
        if scope["state"].get("untold"):
            return
        failed = status >= FAILED
        slow = seconds > SLOW_SECONDS and not is_stream(route)
        if failed or slow or self.all_requests:
            ms = round(1000 * seconds, 2)
            level = logging.WARNING if status >= BROKEN else logging.INFO
            text = f"{method} {route} {status}"
            log.log(level, text, extra={"route": route, "status": status, "ms": ms})


def name_route(scope: Scope) -> str:
    """Give the pattern that a request matched; a path would make figures endless."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return path if isinstance(path, str) and path else "none"


def is_stream(route: str) -> bool:
    """Tell whether a page keeps such a request open for as long as it is open."""
    return route.startswith(("/heartbeat", "/gradio_api/")) or "{" in route
