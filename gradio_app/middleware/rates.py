"""How often one client may ask: 429 beyond it."""

import math

from starlette.types import ASGIApp, Receive, Scope, Send

from gradio_app.limits import Buckets
from gradio_app.middleware.costs import is_costly
from gradio_app.rest.problems import problem


class RateLimit:
    """Refuse what one client asks beyond its rate; a minute's worth may come at once.

    Args:
        app: what comes behind.
        per_minute: requests per minute and client; 0 for any number.
    """

    def __init__(self, app: ASGIApp, per_minute: int):
        self.app = app
        self.per_minute = per_minute
        self.buckets = Buckets(per_minute, per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429 with the seconds to wait."""
        app = self.app
        if self.per_minute and is_costly(scope):
            wait = self.buckets.take(scope["state"]["client"])
            if wait:
                app = self._refuse(wait)
        await app(scope, receive, send)

    def _refuse(self, wait: float) -> ASGIApp:
        seconds = str(math.ceil(wait))
        return problem(
            429,
            "too_many_requests",
            f"Expected at most {self.per_minute} requests per minute from one address; "
            f"try again in {'a second' if seconds == '1' else f'{seconds} seconds'}.",
            {"Retry-After": seconds},
        )
