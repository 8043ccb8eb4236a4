"""What browsers may do: no requests from other sites' pages, and safety headers."""

from urllib.parse import urlsplit

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
POLICY = b"content-security-policy"
RULES = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))
FOREIGN = problem(
    403,
    "foreign_origin",
    "This request comes from another site's page; add that site to ALLOWED_ORIGINS "
    "if it may.",
)


class SafetyHeaders:
    """Tell browsers what the pages may do, with every answer."""

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...]):
        self.app = app
        ancestors = " ".join(("'self'", *allowed_origins))
        page = PAGE_POLICY.format(ancestors=ancestors)
        self.page_headers = (*RULES, (POLICY, page.encode()))
        self.api_headers = (*RULES, (POLICY, API_POLICY.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add to the answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_api = scope["path"].startswith("/api/")
        added = self.api_headers if is_api else self.page_headers

        async def send_with_rules(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                stricter = any(name == POLICY for name, _ in headers)
                message["headers"] = [*headers, *(RULES if stricter else added)]
            await send(message)

        await self.app(scope, receive, send_with_rules)


class OwnOrigin:
    """Refuse what other sites' pages send."""

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...]):
        self.app = app
        self.allowed = frozenset(origin.encode() for origin in allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        app = self.app
        if scope["type"] == "http" and self._is_foreign(scope):
            app = FOREIGN
        await app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is None or origin in self.allowed:
            return False
        # A page of another site cannot set X-Forwarded-Host without asking first.
        own = {headers.get(b"host"), headers.get(b"x-forwarded-host")}
        try:
            return urlsplit(origin).netloc not in own
        except ValueError:
            # No browser calls a page so.
            return True
