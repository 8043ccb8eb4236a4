"""What browsers may do: no requests from other sites' pages, and safety headers."""

from functools import lru_cache
from ipaddress import ip_address
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
MISDIRECTED = problem(
    421,
    "foreign_host",
    "Expected localhost or 127.0.0.1 as the host, because this app listens to this "
    "machine alone, but another name came; ask by one of these, or name the site in "
    "ALLOWED_ORIGINS or the proxy in between in TRUSTED_PROXIES.",
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
    """Refuse what other sites' pages send.

    A site may also have its own name lead to this machine (DNS rebinding): its pages
    are then of the origin that they ask, and only ``Host`` tells.

    Args:
        app: what comes behind.
        allowed_origins: other sites that may ask.
        local: whether only this machine can ask, by its own names.
    """

    def __init__(self, app: ASGIApp, allowed_origins: tuple[str, ...], local: bool):
        self.app = app
        self.allowed = frozenset(origin.encode() for origin in allowed_origins)
        self.local = local
        self.hosts = frozenset(urlsplit(one).netloc.encode() for one in allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 or 421."""
        app = self.app
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            if self._is_foreign(headers):
                app = FOREIGN
            elif self.local and not self._is_own(headers.get(b"host")):
                app = MISDIRECTED
        await app(scope, receive, send)

    def _is_own(self, host: bytes | None) -> bool:
        # Without a name, as old programs ask, it is no browser.
        return host is None or is_loopback(host) or host in self.hosts

    def _is_foreign(self, headers: dict[bytes, bytes]) -> bool:
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


@lru_cache(maxsize=1024)
def is_loopback(host: bytes) -> bool:
    """Tell whether a ``Host``, with or without a port, can only be this machine."""
    try:
        name = urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
