"""Who asks: the client behind trusted proxies, the session, the request's name."""

import re
import secrets
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.logs import request_id
from gradio_app.settings import Network

COOKIE = "session"
SESSION = re.compile(rb"(?:^|;\s*)session=([A-Za-z0-9_-]{22})(?:;|$)")
NAMED = re.compile(rb"(?:^|;\s*)session=")
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# A visitor without an address, through a Unix socket, is a client as well.
NO_ADDRESS = "local"
# A household has 2**64 addresses of version 6: they are one client.
HOUSEHOLD_BITS = 64


class Visitors:
    """Fill ``scope["state"]`` with ``client``, ``session`` and ``request_id``.

    ``client`` is the address that limits count by, never one that the client made up:
    ``X-Forwarded-For`` counts only from a trusted proxy. ``session`` is a random name
    from the cookie that pages set, or None for a program; for a cookie of another form
    there is a new one, or who sent it would wait for a history. ``request_id`` is the
    ``X-Request-ID`` that came, or a new one, and goes back with the answer.

    Args:
        app: what comes behind.
        proxies: networks whose ``X-Forwarded-For`` and ``-Proto`` are believed.
        framed: whether other sites may show the page in a frame, where browsers keep
            cookies only if told so.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[Network], framed: bool):
        self.app = app
        self.proxies = tuple(proxies)
        self.framed = framed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the visitor, pass the request on, and send cookie and name along."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        state = scope.setdefault("state", {})
        state["client"] = self._find_client(scope, headers)
        cookie = headers.get(b"cookie", b"")
        found = SESSION.search(cookie)
        state["session"] = found[1].decode() if found else None
        given = headers.get(b"x-request-id", b"")
        name = given if REQUEST_ID.fullmatch(given) else _new_name()
        state["request_id"] = name.decode()
        request_id.set(state["request_id"])
        added = [(b"x-request-id", name)]
        if not found and (_is_page(scope, headers) or NAMED.search(cookie)):
            state["session"] = secrets.token_urlsafe(16)
            added.append((b"set-cookie", self._write_cookie(scope, state["session"])))

        async def send_with_names(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self.app(scope, receive, send_with_names)

    def _find_client(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        peer = scope.get("client")
        if peer is None:
            return NO_ADDRESS
        if not self.proxies or not is_trusted(peer[0], self.proxies):
            return name_client(peer[0])
        protocol = headers.get(b"x-forwarded-proto")
        if protocol in {b"http", b"https"}:
            scope["scheme"] = protocol.decode()
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        return find_client(peer[0], forwarded, self.proxies)

    def _write_cookie(self, scope: Scope, session: str) -> bytes:
        secure = scope.get("scheme") == "https"
        cookie = f"{COOKIE}={session}; Path=/; HttpOnly"
        if secure and self.framed:
            return f"{cookie}; Secure; SameSite=None; Partitioned".encode()
        return f"{cookie}; SameSite=Lax{'; Secure' * secure}".encode()


def find_client(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """Walk from the peer back through trusted proxies, to the first that is none.

    Args:
        peer: address of the connection.
        forwarded: ``X-Forwarded-For``, farthest first; the client may have begun it.
        proxies: networks that are believed.
    """
    found = peer
    for address in reversed(forwarded.split(",")):
        if not is_trusted(found, proxies):
            break
        try:
            found = str(ip_address(address.strip()))
        except ValueError:
            break
    return name_client(found)


@lru_cache(maxsize=4096)
def name_client(address: str) -> str:
    """Give the name that limits count by: an IPv4 address, or an IPv6 /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), HOUSEHOLD_BITS), strict=False))


@lru_cache(maxsize=4096)
def is_trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    """Tell whether an address is one of the proxies'."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return any((mapped or found) in network for network in proxies)


def _is_page(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    return scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b"")


def _new_name() -> bytes:
    return secrets.token_hex(8).encode()
