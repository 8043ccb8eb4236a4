"""What browsers may do: no requests from other sites' pages, and safety headers."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.rest.problems import problem

# Gradio compiles its templates and starts from inline scripts, hence the two unsafe-.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors {ancestors}"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


class BrowserRules:
    """Refuse other sites' pages, and tell browsers what this one may do."""

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...]):
        self.app = app
        self.allowed = allowed_origins
        ancestors = " ".join(("'self'", *allowed_origins))
        self.page_policy = PAGE_POLICY.format(ancestors=ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check where the request comes from, and add headers to the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = API_POLICY if scope["path"].startswith("/api/") else self.page_policy

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers.setdefault("Content-Security-Policy", policy)
            await send(message)

        app: ASGIApp = self.app
        if self._is_foreign(Headers(scope=scope)):
            app = problem(
                403,
                "foreign_origin",
                "This request comes from another site's page; add that site to "
                "ALLOWED_ORIGINS if it may.",
            )
        await app(scope, receive, send_with_headers)

    def _is_foreign(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None or origin in self.allowed:
            return False
        # A page of another site cannot set X-Forwarded-Host without asking first.
        own = {headers.get("host"), headers.get("x-forwarded-host")}
        return urlsplit(origin).netloc not in own
